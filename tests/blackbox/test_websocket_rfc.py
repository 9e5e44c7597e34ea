"""RFC 6455 at /ws, a frame at a time from a plain socket."""

import json
import os
import pathlib
import socket
import struct
import time

from harness import Closed, main, wait_until
from web import (BINARY, CLOSE, PING, PONG, TEXT, Frames, Refused, WebTest, close_payload, deadline_of, frame,
                 read_response)

MIB = 1 << 20


def asking(number, padding=0):
    """A call that nobody knows: it is answered with its id, and costs nothing."""
    text = json.dumps({"jsonrpc": "2.0", "id": number, "method": "x" * max(1, padding)}, ensure_ascii=False)
    return text.encode()


class RfcTest(WebTest):
    def begin(self, **more):
        socket_ = self.web.frames(**more)
        self.addCleanup(socket_.close)
        return socket_

    def assert_answers(self, ws, number):
        """The socket is as good as before."""
        ws.send(TEXT, asking(number))
        self.assertEqual(ws.message()["id"], number)

    def assert_closed(self, ws, code):
        found, reason = ws.closed()
        self.assertEqual(found, code, reason)
        if code in (1002, 1003, 1007, 1009):
            self.assertTrue(reason and reason[0].islower() and "\n" not in reason, reason)

    def assert_violation(self, data, code=1002):
        with self.begin() as ws:
            ws.wire.send(data)
            self.assert_closed(ws, code)


class Handshake(RfcTest):
    def refusal(self, status, method="GET", version="1.1", **headers):
        fields = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
                  "Sec-WebSocket-Key": Frames.KEY}
        fields.update({name.replace("_", "-"): value for name, value in headers.items()})
        wire = self.web.connect()
        wire.send(self.web.head(method, "/ws", fields, version=version))
        response = read_response(wire, method)
        self.assertEqual(response.status, status, response)
        self.assertTrue(method == "HEAD" or response.text.strip(), response)
        return wire, response

    def test_the_example_of_the_rfc(self):
        ws = self.begin(headers={"Sec-WebSocket-Key": Frames.KEY})
        self.assertEqual(ws.response.header("sec-websocket-accept"), Frames.ACCEPT)
        self.assertEqual(ws.response.header("upgrade").lower(), "websocket")
        self.assertEqual(ws.response.header("connection").lower(), "upgrade")
        for name in ("content-length", "transfer-encoding", "sec-websocket-protocol", "sec-websocket-extensions"):
            self.assertIsNone(ws.response.header(name))
        self.assertEqual(ws.hello["version"], 1)
        self.assert_answers(ws, 1)

    def test_headers_in_the_forms_that_browsers_and_proxies_write(self):
        for headers in ({"Connection": "keep-alive, Upgrade"}, {"Connection": "upgrade", "Upgrade": "WebSocket"},
                        {"Upgrade": "h2c, websocket"}, {"Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits"},
                        {"Cookie": "a=b; c=d"}):
            with self.subTest(headers), self.begin(headers=headers) as ws:
                self.assertIsNone(ws.response.header("sec-websocket-extensions"))
                self.assert_answers(ws, 7)

    def test_versions_that_are_not_13(self):
        for version in (None, "", "8", "7, 8", "14", "013", "x"):
            with self.subTest(version):
                wire, response = self.refusal(426, Sec_WebSocket_Version=version)
                self.assertEqual(response.header("sec-websocket-version"), "13")
                # It is an HTTP answer like others: the client may try again.
                self.assertEqual(self.web.get("/healthz", wire=wire).status, 200)

    def test_keys_that_are_none(self):
        for key in (None, "", "short", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ", "!" * 24, "A" * 24, "A" * 22 + "=A",
                    Frames.KEY + "\r\nSec-WebSocket-Key: " + Frames.KEY, "A" * 4096):
            with self.subTest(key):
                self.refusal(400, Sec_WebSocket_Key=key)

    def test_requests_that_ask_for_no_socket(self):
        for headers in ({"Upgrade": None}, {"Connection": None}, {"Connection": "keep-alive"}, {"Upgrade": "h2c"},
                        {"Upgrade": None, "Connection": None}):
            with self.subTest(headers):
                _, response = self.refusal(426, **headers)
                self.assertIn("websocket", response.header("upgrade"))
        for method in ("POST", "PUT", "HEAD"):
            with self.subTest(method):
                self.refusal(426, method)

    def test_http_1_0_cannot_upgrade(self):
        wire, response = self.refusal(426, version="1.0")
        self.assertNotIn("101", response.reason)
        self.assertTrue(wire.is_over())

    def test_a_handshake_with_a_body_is_none(self):
        wire = self.web.connect()
        wire.send(self.web.head("GET", "/ws", {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
                                               "Sec-WebSocket-Key": Frames.KEY, "Content-Length": "5"}) + b"hello")
        self.assertEqual(read_response(wire).status, 400)
        self.assertTrue(wire.is_over())

    def test_subprotocols(self):
        for offered, chosen in ((None, None), ("stepwire.v1", "stepwire.v1"), ("graphql-ws, stepwire.v1", "stepwire.v1"),
                                ("mqtt\r\nSec-WebSocket-Protocol: stepwire.v1", "stepwire.v1")):
            with self.subTest(offered), self.begin(headers={"Sec-WebSocket-Protocol": offered}) as ws:
                self.assertEqual(ws.response.header("sec-websocket-protocol"), chosen)
        for offered in ("mqtt", "stepwire.v2", "STEPWIRE.V1", "stepwire"):
            with self.subTest(offered):
                self.refusal(400, Sec_WebSocket_Protocol=offered)

    def test_other_paths_are_no_sockets(self):
        for path in ("/", "/rpc", "/healthz", "/ws/", "/wsx", "/nothing"):
            with self.subTest(path), self.assertRaises(Refused) as caught:
                self.begin(path=path)
            self.assertIn(caught.exception.response.status, (200, 400, 404, 405, 426))

    def test_frames_in_the_packet_of_the_handshake(self):
        behind = frame(TEXT, asking(1)) + frame(PING, b"early") + frame(TEXT, asking(2))
        ws = self.begin(behind=behind)
        self.assertEqual(ws.message()["id"], 1)
        self.assertEqual(ws.next(), (PONG, b"early"))
        self.assertEqual(ws.message()["id"], 2)
        whole = frame(TEXT, asking(3))
        with self.begin(behind=whole[:9]) as half:
            self.assert_answers(self.begin(), 4)
            half.wire.send(whole[9:])
            self.assertEqual(half.message()["id"], 3)
        with self.begin(behind=frame(CLOSE, close_payload(1000))) as ended:
            self.assert_closed(ended, 1000)

    def test_a_handshake_a_byte_at_a_time_and_one_behind_other_requests(self):
        wire = self.web.connect()
        head = self.web.head("GET", "/ws", {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
                                            "Sec-WebSocket-Key": Frames.KEY})
        for i in range(len(head)):
            wire.send(head[i:i + 1])
        self.assertIn(b"101 ", wire.through(b"\r\n\r\n", deadline_of(None)))
        wire = self.web.connect()
        wire.send(self.web.head("GET", "/healthz") * 3 + head + frame(PING, b"!"))
        for _ in range(3):
            self.assertEqual(read_response(wire).text, "ok\n")
        self.assertIn(b"101 ", wire.through(b"\r\n\r\n", deadline_of(None)))
        self.assertIn(b'"hello"', wire.through(b"}}", deadline_of(None)))
        self.assertEqual(wire.through(b"!", deadline_of(None))[-3:], b"\x8a\x01!")


class Shape(RfcTest):
    """Of frames, whatever they hold."""

    def test_masks(self):
        self.assert_violation(frame(TEXT, asking(1), mask=False))
        self.assert_violation(frame(PING, b"", mask=False))
        with self.begin() as ws:
            for number, mask in enumerate((b"\0\0\0\0", b"\xff\xff\xff\xff", b"\1\2\3\4", b"{\"js")):
                ws.send(TEXT, asking(number), mask=mask)
                self.assertEqual(ws.message()["id"], number)

    def test_reserved_bits(self):
        for rsv in range(1, 8):
            for opcode in (TEXT, PING, CLOSE):
                with self.subTest(rsv=rsv, opcode=opcode):
                    self.assert_violation(frame(opcode, rsv=rsv))

    def test_reserved_opcodes(self):
        for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15):
            with self.subTest(opcode):
                self.assert_violation(frame(opcode))

    def test_lengths_that_are_not_the_shortest(self):
        for form, size in ((16, 0), (16, 125), (64, 0), (64, 125), (64, 126), (64, 65535)):
            with self.subTest(form=form, size=size):
                self.assert_violation(frame(TEXT, b"a" * size, form=form))
        self.assert_violation(b"\x81\xff" + struct.pack(">Q", 1 << 63) + b"\0\0\0\0")

    def test_lengths_at_the_edges(self):
        with self.begin() as ws:
            shortest = len(asking(0, 1))
            for number, size in enumerate((125, 126, 127, 65535, 65536, 65537)):
                payload = asking(number, size - shortest + 1)
                self.assertEqual(len(payload), size)
                ws.send(TEXT, payload)
                self.assertEqual(ws.message()["id"], number)

    def test_messages_of_a_mebibyte_and_beyond(self):
        with self.begin() as ws:
            shortest = len(asking(1))
            ws.send(TEXT, asking(1, MIB - shortest + 1))
            self.assertEqual(ws.message()["id"], 1)
            half = asking(2, MIB - shortest + 1)
            ws.send(TEXT, half[:MIB // 2], fin=False)
            ws.send(0, half[MIB // 2:])
            self.assertEqual(ws.message()["id"], 2)
        # Refused by the length that is announced, before it comes.
        self.assert_violation(frame(TEXT, b"a" * (MIB + 1))[:14], 1009)
        self.assert_violation(b"\x81\xff" + struct.pack(">Q", (1 << 63) - 1) + b"\0\0\0\0", 1009)
        self.assert_violation(frame(TEXT, b"a" * MIB, fin=False) + frame(0, b"b")[:6], 1009)
        with self.begin() as ws:
            for i in range(16):
                ws.send(0 if i else TEXT, b"a" * (MIB // 16), fin=False)
            ws.send(0, b"")  # all of it is there, and it is no JSON
            self.assertEqual(ws.message()["error"]["code"], -32700)

    def test_a_too_long_message_that_is_sent_all_the_same(self):
        # The client learns why, though it was still writing.
        ws = self.begin()
        ws.send(TEXT, b"a" * (4 * MIB))
        self.assert_closed(ws, 1009)

    def test_binary_messages_are_not_taken(self):
        self.assert_violation(frame(BINARY, asking(1)), 1003)
        self.assert_violation(frame(BINARY, b""), 1003)
        self.assert_violation(frame(BINARY, b"a", fin=False) + frame(0, b"b"), 1003)

    def test_a_byte_at_a_time(self):
        ws = self.begin()
        data = frame(TEXT, asking(1)) + frame(PING, b"p") + frame(TEXT, asking(2, 300)) + frame(CLOSE, close_payload(1000))
        for i in range(len(data)):
            ws.wire.send(data[i:i + 1])
        self.assertEqual(ws.message()["id"], 1)
        self.assertEqual(ws.next(), (PONG, b"p"))
        self.assertEqual(ws.message()["id"], 2)
        self.assert_closed(ws, 1000)

    def test_many_frames_in_one_packet(self):
        ws = self.begin()
        ws.wire.send(b"".join(frame(TEXT, asking(i)) + frame(PING, b"%d" % i) for i in range(300)))
        answers, pongs = [], []
        while len(answers) < 300 or len(pongs) < 300:
            opcode, payload = ws.next()
            (answers if opcode == TEXT else pongs).append(json.loads(payload)["id"] if opcode == TEXT else payload)
        self.assertEqual(answers, list(range(300)))
        self.assertEqual(pongs, [b"%d" % i for i in range(300)])

    def test_texts_that_are_no_calls_are_answered_and_harm_nothing(self):
        ws = self.begin()
        for text in (b"", b"{", b"[]", b"null", b"\"text\"", b"{}", b"\0", b"[" * 5000):
            with self.subTest(text[:20]):
                ws.send(TEXT, text)
                self.assertIn(ws.message()["error"]["code"], (-32700, -32600))
        self.assert_answers(ws, 3)


class Control(RfcTest):
    def test_pings_are_answered_with_what_they_hold(self):
        ws = self.begin()
        for payload in (b"", b"a", os.urandom(125)):
            ws.send(PING, payload)
            self.assertEqual(ws.next(), (PONG, payload))

    def test_pongs_that_nobody_asked_for(self):
        ws = self.begin()
        ws.send(PONG)
        ws.send(PONG, b"unasked")
        self.assert_answers(ws, 1)

    def test_between_fragments(self):
        ws = self.begin()
        text = asking(9)
        ws.send(TEXT, text[:5], fin=False)
        ws.send(PING, b"in between")
        self.assertEqual(ws.next(), (PONG, b"in between"))
        ws.send(PONG, b"?")
        ws.send(0, text[5:], fin=True)
        self.assertEqual(ws.message()["id"], 9)
        ws.send(TEXT, text[:5], fin=False)
        ws.send(CLOSE, close_payload(1000))
        self.assert_closed(ws, 1000)

    def test_fragmented(self):
        for opcode in (CLOSE, PING, PONG):
            with self.subTest(opcode):
                self.assert_violation(frame(opcode, fin=False))

    def test_longer_than_125_bytes(self):
        for opcode in (CLOSE, PING, PONG):
            for size in (126, 70000):
                with self.subTest(opcode=opcode, size=size):
                    self.assert_violation(frame(opcode, close_payload(1000) + b"a" * (size - 2)))

    def test_one_that_pings_without_reading_fills_nothing(self):
        ws = self.begin(receive_buffer=4096)
        ws.wire.sock.settimeout(0.5)
        pings = frame(PING, b"a" * 125) * 500
        sent = 0
        try:
            while sent < 64 * MIB:
                ws.wire.sock.sendall(pings)
                sent += len(pings)
        except TimeoutError:
            pass
        self.assert_served()
        metrics = self.web.get("/metrics").text
        pending = float([line for line in metrics.splitlines() if line.startswith("stepwire_pending_bytes ")][0].split()[1])
        self.assertLess(pending, MIB)


class Fragments(RfcTest):
    def test_of_any_size(self):
        ws = self.begin()
        text = asking("a€𐍈" * 20)
        for size in (1, 2, 3, 7, 100, 1000):
            pieces = [text[i:i + size] for i in range(0, len(text), size)]
            ws.wire.send(b"".join(frame(0 if i else TEXT, piece, fin=i == len(pieces) - 1) for i, piece in enumerate(pieces)))
            self.assertEqual(ws.message()["id"], "a€𐍈" * 20)

    def test_empty_ones(self):
        ws = self.begin()
        text = asking(5)
        ws.wire.send(frame(TEXT, b"", fin=False) + frame(0, b"", fin=False) + frame(0, text, fin=False) + frame(0, b""))
        self.assertEqual(ws.message()["id"], 5)

    def test_out_of_order(self):
        self.assert_violation(frame(0, b"x"))
        self.assert_violation(frame(0, b"x", fin=False))
        self.assert_violation(frame(TEXT, b"a", fin=False) + frame(TEXT, b"b"))
        self.assert_violation(frame(TEXT, b"a", fin=False) + frame(BINARY, b"b"))
        self.assert_violation(frame(TEXT, asking(1)) + frame(0, b"x"))


class Utf8(RfcTest):
    def test_cut_within_a_code_point(self):
        # Qt's own server of version 6.4 closes here.
        text = asking("€")
        cut = text.index("€".encode()) + 1
        ws = self.begin()
        ws.send(TEXT, text[:cut], fin=False)
        ws.send(PING, b"still here")
        self.assertEqual(ws.next(), (PONG, b"still here"))
        ws.send(0, text[cut:cut + 1], fin=False)
        ws.send(0, text[cut + 1:])
        self.assertEqual(ws.message()["id"], "€")

    def test_the_edges_of_what_is_valid(self):
        ws = self.begin()
        for text in ("\x7f", "\x80", "\u07ff", "\u0800", "\ud7ff", "\ue000", "\ufffd", "\uffff", "\U00010000", "\U0010ffff"):
            ws.send(TEXT, asking(text))
            self.assertEqual(ws.message()["id"], text)

    def test_what_is_not(self):
        for wrong in (b"\x80", b"\xbf", b"\xc0\x80", b"\xc1\xbf", b"\xe0\x80\x80", b"\xe0\x9f\xbf", b"\xed\xa0\x80", b"\xed\xbf\xbf",
                      b"\xf0\x80\x80\x80", b"\xf0\x8f\xbf\xbf", b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80", b"\xfe", b"\xff",
                      b"\xc3(", b"\xe2\x82(", b"\xf0\x9f\x98("):
            with self.subTest(wrong):
                self.assert_violation(frame(TEXT, b"{\"id\":\"" + wrong + b"\"}"), 1007)

    def test_ended_within_a_code_point(self):
        for wrong in (b"\xc3", b"\xe2\x82", b"\xf0\x9f\x98"):
            with self.subTest(wrong):
                self.assert_violation(frame(TEXT, b"text" + wrong), 1007)
                self.assert_violation(frame(TEXT, b"text" + wrong, fin=False) + frame(0, b""), 1007)

    def test_told_as_early_as_it_is_wrong(self):
        # In the middle of a frame, whose rest never comes, and of a message that goes on.
        self.assert_violation(frame(TEXT, b"a" * 10 + b"\xff" + b"b" * 5000)[:40], 1007)
        self.assert_violation(frame(TEXT, "€".encode()[:2], fin=False) + frame(0, b"(", fin=False), 1007)
        self.assert_violation(frame(TEXT, b"\xed", fin=False) + frame(0, b"\xa0", fin=False), 1007)


class Close(RfcTest):
    def test_by_the_client(self):
        for code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999):
            with self.subTest(code), self.begin() as ws:
                ws.send(CLOSE, close_payload(code, "até logo".encode()))
                self.assertEqual(ws.closed()[0], code)

    def test_without_a_code(self):
        ws = self.begin()
        ws.send(CLOSE)
        self.assertEqual(ws.closed(), (1005, ""))

    def test_codes_that_may_not_be_sent(self):
        for code in (0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535):
            with self.subTest(code):
                self.assert_violation(frame(CLOSE, close_payload(code)))
        self.assert_violation(frame(CLOSE, b"\x03"))

    def test_reasons(self):
        with self.begin() as ws:
            ws.send(CLOSE, close_payload(1000, b"a" * 123))
            self.assert_closed(ws, 1000)
        self.assert_violation(frame(CLOSE, close_payload(1000, b"\xc3")), 1007)
        self.assert_violation(frame(CLOSE, close_payload(1000, b"\xff")), 1007)

    def test_nothing_is_read_behind_one(self):
        ws = self.begin()
        ws.wire.send(frame(CLOSE, close_payload(1000)) + frame(TEXT, asking(1)) + frame(PING, b"x"))
        self.assertEqual(ws.next(), (CLOSE, close_payload(1000)))
        self.assertEqual(ws.wire.to_the_end(), b"")

    def test_what_came_before_one_is_answered(self):
        ws = self.begin()
        ws.wire.send(frame(TEXT, asking(1)) + frame(CLOSE, close_payload(1000)))
        self.assertEqual(ws.message()["id"], 1)
        self.assert_closed(ws, 1000)

    def test_with_one_direction_shut(self):
        ws = self.begin()
        ws.send(CLOSE, close_payload(1000))
        ws.wire.sock.shutdown(socket.SHUT_WR)
        self.assert_closed(ws, 1000)

    def test_an_end_without_a_close_frame(self):
        ws = self.begin()
        ws.wire.sock.shutdown(socket.SHUT_WR)
        self.assertEqual(ws.wire.to_the_end(), b"")
        ws = self.begin()
        ws.wire.send(frame(TEXT, asking(1))[:5])
        ws.wire.reset()
        self.assert_served()

    def test_by_the_server_to_one_that_never_answers(self):
        """The connection goes all the same, and no descriptor is left."""
        descriptors = pathlib.Path("/proc/%d/fd" % self.hub.pid)
        # What the request for it opens is closed again by the time it is looked at.
        before = len(list(descriptors.iterdir()))
        stubborn = [self.begin() for _ in range(5)]
        for ws in stubborn:
            ws.send(3)
            self.assertEqual(ws.next()[0], CLOSE)
        wait_until(lambda: len(list(descriptors.iterdir())) <= before, "the connections to be closed", 12)

    def test_by_the_server_to_one_that_goes_on_sending(self):
        ws = self.begin()
        ws.send(3)
        for i in range(200):
            try:
                ws.send(TEXT, asking(i, 1000))
            except ConnectionError:
                break
        self.assertEqual(ws.next()[0], CLOSE)
        self.assert_served()

    def test_a_subscriber_closes_in_the_middle_of_events(self):
        job = self.client.call("job.run", toml="[[steps]]\nid = \"s\"\nscript = 'while [ ! -e gate ]; do echo line; sleep 0.005; done'\n",
                               cwd=str(self.home.work))["job"]
        for _ in range(10):
            ws = self.begin()
            ws.send(TEXT, json.dumps({"jsonrpc": "2.0", "id": 1, "method": "subscribe"}).encode())
            while json.loads(ws.next()[1]).get("method") != "event":
                pass
            ws.send(CLOSE, close_payload(1000))
            self.assertEqual(ws.closed()[0], 1000)
        self.release()
        self.client.call("subscribe", epoch=self.client.hello["epoch"], seq=0)
        self.client.finished(job)


if __name__ == "__main__":
    main()
