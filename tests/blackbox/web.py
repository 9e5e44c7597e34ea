"""Clients of the hub's web server that are made of nothing but sockets: HTTP, WebSocket a frame at a time, SSE."""

import base64
import collections
import hashlib
import json
import os
import socket
import ssl
import struct
import time
import urllib.parse

from harness import LIMIT, SLOW, Client, Closed, HomeTest, wait_until

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def deadline_of(seconds):
    return time.monotonic() + (LIMIT if seconds is None else seconds * SLOW)


class Wire:
    """A connected socket with what has come and was not taken."""

    def __init__(self, sock):
        self.sock = sock
        self.buffer = b""

    def send(self, data):
        self.sock.settimeout(LIMIT)
        self.sock.sendall(data)

    def fill(self, end):
        left = end - time.monotonic()
        if left <= 0:
            raise TimeoutError("nothing came in time; what came before: %r" % self.buffer[-300:])
        self.sock.settimeout(left)
        try:
            chunk = self.sock.recv(1 << 18)
        except (ConnectionError, ssl.SSLError) as error:
            if isinstance(error, TimeoutError):
                raise
            raise Closed("the connection broke: %s" % error) from None
        if not chunk:
            raise Closed("the hub has closed the connection")
        self.buffer += chunk

    def exactly(self, size, end):
        while len(self.buffer) < size:
            self.fill(end)
        piece, self.buffer = self.buffer[:size], self.buffer[size:]
        return piece

    def through(self, mark, end):
        while (at := self.buffer.find(mark)) < 0:
            self.fill(end)
        piece, self.buffer = self.buffer[:at + len(mark)], self.buffer[at + len(mark):]
        return piece

    def to_the_end(self, seconds=None):
        """All up to an orderly end; a reset is none."""
        end = deadline_of(seconds)
        while True:
            self.sock.settimeout(max(0.001, end - time.monotonic()))
            chunk = self.sock.recv(1 << 18)
            if not chunk:
                rest, self.buffer = self.buffer, b""
                return rest
            self.buffer += chunk

    def is_over(self, seconds=None):
        """Whether the peer ends the connection, in whatever way, without another byte."""
        try:
            self.fill(deadline_of(seconds))
        except Closed:
            return not self.buffer
        return False

    def close(self):
        self.sock.close()

    def reset(self):
        """Away without a goodbye."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Response:
    def __init__(self, status, reason, headers, body=b""):
        self.status, self.reason, self.headers, self.body = status, reason, headers, body

    def header(self, name):
        found = [value for each, value in self.headers if each == name.lower()]
        if len(found) > 1:
            raise AssertionError("%s is there %d times: %r" % (name, len(found), self.headers))
        return found[0] if found else None

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return "%d %s %r %r" % (self.status, self.reason, self.headers, self.body[:500])


def read_head(wire, seconds=None):
    """A status line and headers, written as strictly as RFC 9112 has it."""
    lines = wire.through(b"\r\n\r\n", deadline_of(seconds)).decode("ascii")[:-4].split("\r\n")
    version, status, reason = lines[0].split(" ", 2)
    if version != "HTTP/1.1":
        raise AssertionError("a status line: %r" % lines[0])
    headers = []
    for line in lines[1:]:
        name, value = line.split(": ", 1)
        headers.append((name.lower(), value))
    return Response(int(status), reason, headers)


def read_response(wire, method="GET", seconds=None):
    """One whole answer of a connection that stays, or of one that ends with it."""
    response = read_head(wire, seconds)
    if method == "HEAD" or response.status < 200 or response.status in (204, 304):
        return response
    length = response.header("content-length")
    if length is None:
        raise AssertionError("no Content-Length: %r" % response)
    response.body = wire.exactly(int(length), deadline_of(seconds))
    return response


class Web:
    """The web server of a home's hub, as web.json tells it."""

    def __init__(self, home):
        self.home = home
        self.url = json.loads((home.runtime / "web.json").read_text())["url"]
        parts = urllib.parse.urlsplit(self.url)
        self.secure = parts.scheme == "https"
        self.host, self.port = parts.hostname, parts.port
        self.tls = None  # a context, for https
        self.open = []

    @property
    def token(self):
        return (self.home.config / "token").read_text().strip()

    @property
    def read_token(self):
        return (self.home.config / "token.read").read_text().strip()

    @property
    def authority(self):
        return "%s:%d" % ("[%s]" % self.host if ":" in self.host else self.host, self.port)

    def connect(self, receive_buffer=None, at=None):
        sock = socket.socket(socket.AF_INET6 if ":" in self.host else socket.AF_INET)
        if receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        sock.settimeout(LIMIT)
        sock.connect(at or (self.host, self.port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.secure:
            sock = self.tls.wrap_socket(sock, server_hostname=self.host)
        wire = Wire(sock)
        self.open.append(wire)
        return wire

    def head(self, method, path, headers=None, token="control", version="1.1"):
        """The bytes of a request's head. A header of None is left out; `token` is a scope, a text, or None."""
        fields = {"Host": self.authority}
        token = {"control": self.token, "read": self.read_token}.get(token, token)
        if token is not None:
            fields["Authorization"] = "Bearer " + token
        fields.update(headers or {})
        lines = ["%s %s HTTP/%s" % (method, path, version)]
        lines += ["%s: %s" % (name, value) for name, value in fields.items() if value is not None]
        return "\r\n".join(lines).encode() + b"\r\n\r\n"

    def ask(self, method, path, body=b"", headers=None, token="control", wire=None, seconds=None):
        """A request and its answer, over a connection of its own unless one is given."""
        headers = dict(headers or {})
        if body:
            headers.setdefault("Content-Length", str(len(body)))
        kept = wire or self.connect()
        try:
            kept.send(self.head(method, path, headers, token) + body)
            return read_response(kept, method, seconds)
        finally:
            if not wire:
                kept.close()
                self.open.remove(kept)

    def get(self, path, **more):
        return self.ask("GET", path, **more)

    def rpc(self, method, params=None, number=1, **more):
        call = {"jsonrpc": "2.0", "id": number, "method": method, "params": params or {}}
        return self.ask("POST", "/rpc", json.dumps(call).encode(), **more)

    def call(self, method, token="control", **params):
        """The result of a call over /rpc."""
        answer = self.rpc(method, params, token=token).json
        if "error" in answer:
            raise AssertionError("%s: %s" % (method, answer["error"]))
        return answer["result"]

    def frames(self, **more):
        return Frames(self, **more)

    def socket(self, **more):
        return SocketClient(self, **more)

    def events(self, query="", **more):
        return Events(self, query, **more)

    def close(self):
        for wire in self.open:
            wire.close()


# ---- WebSocket ------------------------------------------------------------------------------------------------

def masked(payload, mask):
    if not payload:
        return b""
    key = int.from_bytes((mask * (len(payload) // 4 + 1))[:len(payload)], "big")
    return (int.from_bytes(payload, "big") ^ key).to_bytes(len(payload), "big")


def frame(opcode, payload=b"", fin=True, rsv=0, mask=None, form=None):
    """A client's frame. `mask` False: none; `form` 7, 16 or 64: how the length is written, else the shortest."""
    if form is None:
        form = 7 if len(payload) < 126 else 16 if len(payload) < 65536 else 64
    bit = 0 if mask is False else 0x80
    head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
    if form == 7:
        head += bytes([bit | len(payload)])
    elif form == 16:
        head += bytes([bit | 126]) + struct.pack(">H", len(payload))
    else:
        head += bytes([bit | 127]) + struct.pack(">Q", len(payload))
    if mask is False:
        return head + payload
    key = mask or os.urandom(4)
    return head + key + masked(payload, key)


def close_payload(code, reason=b""):
    return struct.pack(">H", code) + reason


class Frames:
    """A WebSocket whose frames are seen one by one. Without `handshake` nothing has been said yet."""

    KEY = "dGhlIHNhbXBsZSBub25jZQ=="
    ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

    def __init__(self, web, path="/ws", headers=None, token="control", behind=b"", wire=None, receive_buffer=None,
                 at=None, hello=True):
        self.wire = wire or web.connect(receive_buffer, at)
        self.key = base64.b64encode(os.urandom(16)).decode()
        fields = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
                  "Sec-WebSocket-Key": self.key}
        fields.update(headers or {})
        self.wire.send(web.head("GET", path, fields, token) + behind)
        self.response = read_head(self.wire)
        if self.response.status != 101:
            length = self.response.header("content-length")
            self.response.body = self.wire.exactly(int(length), deadline_of(None)) if length else b""
            raise Refused(self.response)
        digest = hashlib.sha1((fields["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
        if self.response.header("sec-websocket-accept") != base64.b64encode(digest).decode():
            raise AssertionError("the handshake's answer: %r" % self.response)
        self.hello = None
        if hello:
            first = self.message()
            if first.get("method") != "hello":
                raise AssertionError("the first message is %r" % first)
            self.hello = first["params"]

    def send(self, opcode, payload=b"", **more):
        self.wire.send(frame(opcode, payload, **more))

    def next(self, seconds=None):
        """The next frame: (opcode, payload). What the server sends is checked as a client must check it."""
        end = deadline_of(seconds)
        first, second = self.wire.exactly(2, end)
        if first & 0x70 or second & 0x80 or not first & 0x80:
            raise AssertionError("a frame of the server begins with %02x %02x" % (first, second))
        length = second & 0x7f
        if length == 126:
            length = struct.unpack(">H", self.wire.exactly(2, end))[0]
            assert length > 125
        elif length == 127:
            length = struct.unpack(">Q", self.wire.exactly(8, end))[0]
            assert length > 65535
        opcode = first & 0x0f
        assert opcode in (TEXT, BINARY, CLOSE, PING, PONG), opcode
        assert opcode < 8 or length < 126
        return opcode, self.wire.exactly(length, end)

    def message(self, seconds=None):
        opcode, payload = self.next(seconds)
        if opcode != TEXT:
            raise AssertionError("not a text but %d %r" % (opcode, payload))
        return json.loads(payload)

    def closed(self, seconds=None):
        """The close frame, (code, reason), whatever comes before it; nothing but the end may follow."""
        end = deadline_of(seconds)
        while True:
            opcode, payload = self.next(max(0.001, end - time.monotonic()) / SLOW)
            if opcode == CLOSE:
                break
        rest = self.wire.to_the_end()
        if rest:
            raise AssertionError("behind the close frame came %r" % rest)
        return (struct.unpack(">H", payload[:2])[0], payload[2:].decode()) if payload else (1005, "")

    def close(self):
        self.wire.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Refused(Exception):
    def __init__(self, response):
        super().__init__(repr(response))
        self.response = response


class SocketClient(Client):
    """The client of the hub's socket, over /ws."""

    def __init__(self, web, hello=True, **more):
        self._frames = Frames(web, hello=False, **more)
        self.sock = self._frames.wire.sock
        self._begin(hello)

    def send(self, data):
        self._frames.send(TEXT, data.rstrip(b"\n"))

    def receive(self, deadline=None):
        while True:
            opcode, payload = self._frames.next(deadline)
            if opcode == CLOSE:
                code = struct.unpack(">H", payload[:2])[0] if payload else 1005
                raise Closed("closed with %d %s" % (code, payload[2:].decode()))
            if opcode == TEXT:
                return json.loads(payload)


# ---- server-sent events ---------------------------------------------------------------------------------------

Sent = collections.namedtuple("Sent", "event id data")


class Events:
    """A stream of /events. Comments are counted, everything else is what the server is to send."""

    def __init__(self, web, query="", last=None, token="control", headers=None, receive_buffer=None, at=None,
                 hello=True):
        self.wire = web.connect(receive_buffer, at)
        fields = {"Accept": "text/event-stream", "Last-Event-ID": last, **(headers or {})}
        self.wire.send(web.head("GET", "/events" + query, fields, token))
        self.response = read_head(self.wire)
        if self.response.status != 200:
            length = self.response.header("content-length")
            self.response.body = self.wire.exactly(int(length), deadline_of(None)) if length else b""
            raise Refused(self.response)
        self.last = last
        self.comments = 0
        self.retry = None
        self.hello = None
        if hello:
            first = self.next()
            if first.event != "hello":
                raise AssertionError("the first of the stream is %r" % (first,))
            self.hello = first.data

    def next(self, seconds=None):
        end = deadline_of(seconds)
        while True:
            block = self.wire.through(b"\n\n", end)[:-2].decode()
            fields = {}
            for line in block.split("\n"):
                if line.startswith(":"):
                    self.comments += 1
                    continue
                name, value = line.split(": ", 1)
                if name in fields or name not in ("id", "event", "data", "retry"):
                    raise AssertionError("a block of the stream: %r" % block[:300])
                fields[name] = value
            if "retry" in fields:
                self.retry = int(fields["retry"])
            if "data" in fields:
                self.last = fields.get("id", self.last)
                return Sent(fields.get("event", "message"), fields.get("id"), json.loads(fields["data"]))

    def event(self, seconds=None):
        """The next event; a snapshot is none."""
        end = deadline_of(seconds)
        while True:
            sent = self.next(max(0.001, end - time.monotonic()) / SLOW)
            if sent.event == "event":
                return sent.data

    def until(self, predicate, seconds=None):
        end = deadline_of(seconds)
        events = []
        while not events or not predicate(events[-1]):
            events.append(self.event(max(0.001, end - time.monotonic()) / SLOW))
        return events

    def finished(self, job, seconds=None):
        return self.until(lambda e: e["type"] == "job.finished" and e["job"] == job, seconds)

    def close(self):
        self.wire.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


# ---- a test with a hub on a free port -------------------------------------------------------------------------

class WebTest(HomeTest):
    hub_arguments = ("--listen", "127.0.0.1:0")

    def setUp(self):
        super().setUp()
        self.prepare()
        self.hub = self.home.start_hub(*self.hub_arguments)
        self.client = self.home.client()
        self.web = self.reach(self.home)

    def prepare(self):
        """Before the hub is started."""

    def reach(self, home):
        # The socket is there before the port.
        wait_until((home.runtime / "web.json").exists, "web.json")
        web = Web(home)
        self.addCleanup(web.close)
        return web

    def run_toml(self, toml, **more):
        return self.client.call("job.run", toml=toml, cwd=str(self.home.work), **more)["job"]

    def release(self, gate="gate"):
        self.home.write(gate, "")

    def assert_served(self):
        """Others are answered, by all carriers."""
        self.assertEqual(self.web.get("/healthz", token=None).status, 200)
        self.assertIn("jobs", self.web.call("job.list"))
        with self.web.socket() as client:
            self.assertIn("jobs", client.call("job.list"))
        with self.web.events() as events:
            self.assertEqual(events.next().event, "snapshot")
        self.client.call("job.list")
