"""The hub's web server from outside: /healthz, /rpc, /events, /ws, /metrics, its life and what it bears."""

import collections
import json
import os
import pathlib
import random
import re
import resource
import socket
import subprocess
import time

from fold import Fold, bare, comparable
from harness import LIMIT, SANITIZED, SLOW, Closed, Home, RpcError, main, of_type, resident_mib, scaled, wait_until
from web import TEXT, Refused, WebTest, frame, read_head, read_response

MIB = 1 << 20

GATED = """
remote = true
[[steps]]
id = "work"
script = 'echo 25%%; while [ ! -e %(work)s/gate ]; do sleep 0.02; done; echo passed; echo bytes >&2'
[[steps]]
id = "rest"
command = ["echo", "rest"]
"""


def busy(steps, count, pause="0.01"):
    """Steps that print lines and progress at once."""
    return "remote = true\n" + "".join("""
[[steps]]
id = "s%d"
needs = []
script = '''
i=0
while [ $i -lt %d ]; do i=$((i + 1)); echo "line $i of %d"; echo "$i.%d%%"; sleep %s; done
'''
""" % (i, count, i, i, pause) for i in range(steps))


class PlainWebTest(WebTest):
    def prepare(self):
        self.home.own_pipeline("gated", GATED % {"work": self.home.work})
        self.home.own_pipeline("busy", busy(3, scaled(60, 20)))

    def position(self):
        return {"epoch": self.client.hello["epoch"], "seq": self.client.hello["seq"]}

    def last_id(self, seq=None):
        return "%s:%d" % (self.client.hello["epoch"], self.client.hello["seq"] if seq is None else seq)

    def everything(self, job):
        """All events of this hub up to the end of the job, as the local socket tells them."""
        with self.home.client() as reader:
            self.assertTrue(reader.call("subscribe", **self.position())["recovered"])
            return reader.finished(job)


class Http(PlainWebTest):
    def test_health_needs_no_token(self):
        for token in (None, "wrong", "control"):
            answer = self.web.get("/healthz", token=token)
            self.assertEqual((answer.status, answer.text), (200, "ok\n"))
        self.assertEqual(answer.header("content-type"), "text/plain; charset=utf-8")
        self.assertEqual(answer.header("cache-control"), "no-store")

    def test_where_there_is_nothing(self):
        for path in ("/nothing", "/rpc/", "/healthz/x", "/%2e%2e/etc/passwd", "/../../etc/passwd", "//", "/ws%00"):
            with self.subTest(path):
                self.assertIn(self.web.get(path).status, (404, 400))

    def test_one_connection_for_many_requests(self):
        wire = self.web.connect()
        for number in range(20):
            self.assertEqual(self.web.get("/healthz", wire=wire).text, "ok\n")
            self.assertEqual(self.web.rpc("job.list", number=number, wire=wire).json["id"], number)
        self.assertEqual(self.web.get("/healthz", wire=wire, headers={"Connection": "close"}).header("connection"), "close")
        self.assertTrue(wire.is_over())

    def test_http_1_0_is_answered_and_closed(self):
        wire = self.web.connect()
        wire.send(self.web.head("GET", "/healthz", version="1.0"))
        self.assertEqual(read_response(wire).text, "ok\n")
        self.assertTrue(wire.is_over())

    def test_pipelined_requests_are_answered_in_order(self):
        wire = self.web.connect()
        calls = []
        for number in range(40):
            body = json.dumps({"jsonrpc": "2.0", "id": number, "method": ("job.list", "unknown")[number % 2]}).encode()
            calls.append(self.web.head("POST", "/rpc", {"Content-Length": str(len(body))}) + body)
            calls.append(self.web.head("GET", "/healthz"))
        wire.send(b"".join(calls))
        for number in range(40):
            answer = read_response(wire).json
            self.assertEqual((answer["id"], "error" in answer), (number, number % 2 == 1))
            self.assertEqual(read_response(wire).text, "ok\n")
        self.assertFalse(wire.buffer)

    def test_more_pipelined_than_is_read_ahead(self):
        wire = self.web.connect()
        request = self.web.head("GET", "/healthz", {"X-Padding": "x" * 8000})
        wire.send(request * 100)
        for _ in range(100):
            self.assertEqual(read_response(wire).text, "ok\n")

    def test_head(self):
        wire = self.web.connect()
        wire.send(self.web.head("HEAD", "/healthz") + self.web.head("GET", "/healthz"))
        answer = read_response(wire, "HEAD")
        self.assertEqual((answer.status, answer.header("content-length")), (200, "3"))
        self.assertEqual(read_response(wire).text, "ok\n")

    def test_a_body_after_100_continue(self):
        wire = self.web.connect()
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "job.list"}).encode()
        wire.send(self.web.head("POST", "/rpc", {"Content-Length": str(len(body)), "Expect": "100-continue"}))
        self.assertEqual(read_head(wire).status, 100)
        wire.send(body)
        self.assertEqual(read_response(wire).json["result"], {"jobs": []})
        wire.send(self.web.head("POST", "/rpc", {"Content-Length": "5", "Expect": "a-miracle"}))
        self.assertEqual(read_response(wire).status, 417)
        # Who may not ask, or sends too much, is told so before the body.
        wire = self.web.connect()
        wire.send(self.web.head("POST", "/rpc", {"Content-Length": str(2 * MIB), "Expect": "100-continue"}))
        self.assertEqual(read_head(wire).status, 413)

    def test_chunked_bodies(self):
        body = json.dumps({"jsonrpc": "2.0", "id": 8, "method": "job.list"}).encode()
        head = self.web.head("POST", "/rpc", {"Transfer-Encoding": "chunked"})
        whole = b"".join(b"%x;ext=1\r\n%s\r\n" % (len(piece), piece) for piece in (body[:1], body[1:20], body[20:])) + b"0\r\nTrailer: x\r\n\r\n"
        wire = self.web.connect()
        wire.send((head + whole) * 3)
        for _ in range(3):
            self.assertEqual(read_response(wire).json["id"], 8)
        for data in (head, whole):
            for i in range(len(data)):
                wire.send(data[i:i + 1])
        self.assertEqual(read_response(wire).json["id"], 8)

    def test_bodies_up_to_a_mebibyte(self):
        call = {"jsonrpc": "2.0", "id": 1, "method": "job.get", "params": {"job": "none", "padding": ""}}
        call["params"]["padding"] = "x" * (MIB - len(json.dumps(call)))
        answer = self.web.ask("POST", "/rpc", json.dumps(call).encode())
        self.assertEqual((answer.status, answer.json["error"]["code"]), (200, 1))
        wire = self.web.connect()
        wire.send(self.web.head("POST", "/rpc", {"Content-Length": str(MIB + 1)}))
        self.assertEqual(read_response(wire).status, 413)
        self.assertTrue(wire.is_over())
        wire = self.web.connect()
        wire.send(self.web.head("POST", "/rpc", {"Transfer-Encoding": "chunked"}) + b"%x\r\n" % (MIB + 1))
        self.assertEqual(read_response(wire).status, 413)
        # One who sends it all the same can read why it was refused.
        wire = self.web.connect()
        wire.send(self.web.head("POST", "/rpc", {"Content-Length": str(4 * MIB)}) + b"x" * (4 * MIB))
        self.assertEqual(read_response(wire).status, 413)

    def test_requests_that_could_be_read_in_two_ways_are_refused(self):
        host = b"Host: %s\r\n" % self.web.authority.encode()
        for data in (b"GET /healthz HTTP/1.1\r\n\r\n",
                     b"GET /healthz HTTP/1.1\r\n" + host + host + b"\r\n",
                     b"GET /healthz HTTP/1.1\n" + host + b"\r\n",
                     b"GET /healthz HTTP/1.1\r\n" + host + b" folded: x\r\n\r\n",
                     b"GET /healthz HTTP/1.1\r\n" + host + b"Name : x\r\n\r\n",
                     b"GET /healthz HTTP/1.1\r\n" + host + b"A: \0\r\n\r\n",
                     b"POST /rpc HTTP/1.1\r\n" + host + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                     b"POST /rpc HTTP/1.1\r\n" + host + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
                     b"POST /rpc HTTP/1.1\r\n" + host + b"Content-Length: +3\r\n\r\nabc",
                     b"POST /rpc HTTP/1.1\r\n" + host + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
                     b"CONNECT evil:80 HTTP/1.1\r\n" + host + b"\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
                     b"GET http://evil/healthz HTTP/1.1\r\n" + host + b"\r\n", b"get\r\n\r\n", b"GET /  HTTP/1.1\r\n\r\n"):
            with self.subTest(data):
                wire = self.web.connect()
                wire.send(data)
                self.assertEqual(read_response(wire).status, 400)
                self.assertTrue(wire.is_over())
        for status, data in ((505, b"GET / HTTP/2.0\r\n\r\n"), (431, b"GET / HTTP/1.1\r\nA: " + b"x" * 17000),
                             (431, b"GET /healthz HTTP/1.1\r\n" + b"A: b\r\n" * 101),
                             (501, b"POST /rpc HTTP/1.1\r\n" + host + b"Transfer-Encoding: gzip, chunked\r\n\r\n")):
            with self.subTest(data[:60]):
                wire = self.web.connect()
                wire.send(data)
                self.assertEqual(read_response(wire).status, status)

    def test_the_slow(self):
        """All at once, for it takes ten seconds; meanwhile and afterwards others are served."""
        half_head, half_body, silent, dripping = (self.web.connect() for _ in range(4))
        began = time.monotonic()
        half_head.send(self.web.head("GET", "/healthz")[:30])
        half_body.send(self.web.head("POST", "/rpc", {"Content-Length": "10"}) + b"{")
        kept = self.web.connect()
        self.web.get("/healthz", wire=kept)
        drip, data = 0, self.web.head("GET", "/healthz", {"X-Slow": "x" * 1000})
        refused = None
        while not refused:
            try:
                dripping.send(data[drip:drip + 1])
                drip += 1
                dripping.fill(time.monotonic() + 0.2)
                refused = dripping.buffer
            except TimeoutError:
                self.assertLess(time.monotonic() - began, 13 * SLOW)
        self.assertGreater(time.monotonic() - began, 9)
        self.assertTrue(refused.startswith(b"HTTP/1.1 408 "), refused)
        for wire in (half_head, half_body):
            self.assertEqual(read_response(wire).status, 408)
            self.assertTrue(wire.is_over())
        self.assertTrue(silent.is_over())
        # A connection between two requests may rest longer.
        self.assertEqual(self.web.get("/healthz", wire=kept).text, "ok\n")


class Rpc(PlainWebTest):
    def test_a_job_from_its_start_to_its_log(self):
        ack = self.web.call("job.run", pipeline="gated")
        self.assertEqual(set(ack), {"job", "state", "queue_position"})
        job = ack["job"]
        wait_until(lambda: self.web.call("job.get", job=job)["fraction"], "progress")
        self.assertEqual(self.web.call("job.get", job=job), self.client.call("job.get", job=job))
        self.assertIsNone(self.web.call("job.pause", job=job, mode="now").get("error"))
        self.assertEqual(self.web.call("job.get", job=job)["state"], "paused")
        self.web.call("job.resume", job=job)
        self.release()
        wait_until(lambda: self.web.call("job.get", job=job)["state"] == "succeeded", "the end")
        text, log = "", {"end": 1}
        while len(text) < log["end"]:
            log = self.web.call("job.log", job=job, step="work", offset=len(text))
            text += log["text"]
        self.assertEqual(text, "25%\npassed\nbytes\n")
        self.assertEqual(self.web.call("job.list")["jobs"][0], self.client.call("job.get", job=job))
        self.assertIn("gated", [p["pipeline"] for p in self.web.call("pipeline.list")["pipelines"]])

    def test_cancel_is_answered_when_it_is_done(self):
        job = self.web.call("job.run", pipeline="gated")["job"]
        wait_until(lambda: self.web.call("job.get", job=job)["state"] == "running", "its start")
        self.web.call("job.cancel", job=job)
        self.assertEqual(self.web.call("job.get", job=job)["state"], "cancelled")

    def test_reports_and_custom_events(self):
        self.client.call("subscribe", **self.position())
        job = self.web.call("report.start", title="elsewhere", steps=["a"])["job"]
        self.web.call("report.progress", job=job, step="a", fraction=0.5)
        self.web.call("emit", job=job, name="noticed", value={"x": [1, "ä"]})
        self.web.call("report.finish", job=job)
        events = self.client.finished(job)
        self.assertEqual(of_type(events, "custom")[0]["data"], {"name": "noticed", "value": {"x": [1, "ä"]}})

    def test_errors(self):
        for body, code in ((b"", -32700), (b"{", -32700), (b"\xff", -32700), (b"[]", -32600), (b"1", -32600), (b"{}", -32600),
                           (b'[{"jsonrpc":"2.0","id":1,"method":"job.list"}]', -32600),
                           (b'{"jsonrpc":"1.0","id":1,"method":"job.list"}', -32600),
                           (b'{"jsonrpc":"2.0","id":1,"method":"job.nothing"}', -32601),
                           (b'{"jsonrpc":"2.0","id":1,"method":"job.get","params":{"job":7}}', -32602),
                           (b'{"jsonrpc":"2.0","id":1,"method":"job.get","params":{"job":"none"}}', 1),
                           (b'{"jsonrpc":"2.0","id":1,"method":"job.run","params":{"pipeline":"unheard-of"}}', 2),
                           (b'{"jsonrpc":"2.0","id":1,"method":"subscribe"}', -32600)):
            with self.subTest(body):
                answer = self.web.ask("POST", "/rpc", body, headers={"Content-Length": str(len(body))})
                self.assertEqual((answer.status, answer.header("content-type")), (200, "application/json"))
                error = answer.json["error"]
                self.assertEqual(error["code"], code, error)
                self.assertTrue(error["message"][0].islower() or error["message"][0] in "\"'[{", error)
                self.assertNotIn("\n", error["message"])

    def test_notifications_get_204(self):
        job = self.client.call("report.start", title="t", steps=["a"])["job"]
        body = json.dumps({"jsonrpc": "2.0", "method": "report.progress", "params": {"job": job, "step": "a", "fraction": 0.5}})
        wire = self.web.connect()
        for _ in range(3):
            answer = self.web.ask("POST", "/rpc", body.encode(), wire=wire)
            self.assertEqual((answer.status, answer.body, answer.header("content-length")), (204, b"", None))
        self.assertEqual(self.web.call("job.get", job=job)["fraction"], 0.5)
        # Also one that fails.
        self.assertEqual(self.web.ask("POST", "/rpc", b'{"jsonrpc":"2.0","method":"job.get","params":{"job":"x"}}').status, 204)

    def test_other_methods(self):
        for method in ("GET", "PUT", "DELETE", "HEAD", "PATCH"):
            with self.subTest(method):
                answer = self.web.ask(method, "/rpc")
                self.assertEqual((answer.status, answer.header("allow")), (405, "POST"))
        self.assertEqual(self.web.ask("POST", "/events").status, 405)

    def test_a_client_that_goes_before_the_answer(self):
        job = self.client.call("job.run", command=["sh", "-c", "trap 'sleep 0.3; exit' TERM; while :; do sleep 0.05; done"], terminal=False)["job"]
        wait_until(lambda: self.client.call("job.get", job=job)["state"] == "running", "its start")
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "job.cancel", "params": {"job": job}}).encode()
        wire = self.web.connect()
        wire.send(self.web.head("POST", "/rpc", {"Content-Length": str(len(body))}) + body)
        wait_until(lambda: self.client.call("job.get", job=job)["state"] != "running", "the cancelling")
        wire.reset()
        wait_until(lambda: self.client.call("job.get", job=job)["state"] == "cancelled", "the end")
        self.assert_served()


SAMPLE = re.compile(r'^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? '
                    r'(-?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?)|NaN|[+-]Inf)$')


def parse_metrics(text):
    """The text format of Prometheus, version 0.0.4: {(name, labels): value}. Complains about what a scraper would."""
    if not text.endswith("\n"):
        raise AssertionError("no line feed at the end")
    kinds, helps, samples, current, done = {}, set(), {}, None, set()
    for line in text.splitlines():
        if line.startswith("# HELP "):
            name = line.split(" ", 3)[2]
            assert name not in helps and len(line.split(" ", 3)) == 4, line
            helps.add(name)
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in kinds and kind in ("counter", "gauge"), line
            assert kind != "counter" or name.endswith("_total"), line
            if current:
                done.add(current)
            kinds[name] = kind
            current = name
        else:
            match = SAMPLE.match(line)
            assert match, line
            name, labels, value = match.groups()
            assert name == current and name not in done and name in helps, line
            key = (name, labels or "")
            assert key not in samples, line
            samples[key] = float(value)
            assert kinds[name] != "counter" or samples[key] >= 0, line
    return samples


class Metrics(PlainWebTest):
    def metrics(self):
        answer = self.web.get("/metrics")
        self.assertEqual(answer.header("content-type"), "text/plain; version=0.0.4; charset=utf-8")
        return parse_metrics(answer.text)

    def test_figures_are_those_of_what_was_done(self):
        before = self.metrics()
        self.assertEqual(before["stepwire_jobs", 'state="running"'], 0)
        self.assertEqual(before["stepwire_clients", 'carrier="local"'], 1)
        jobs = [self.run_toml(busy(1, 3)) for _ in range(3)]
        failing = self.client.call("job.run", command=["false"], terminal=False)["job"]
        running = self.client.call("job.run", pipeline="gated")["job"]
        first, second = (self.client.call("job.run", command=["sleep", "60"], terminal=False, group='odd_group-1')["job"] for _ in range(2))
        for job in (*jobs, failing):
            wait_until(lambda: self.client.call("job.get", job=job)["finished"], "the end")
        wait_until(lambda: self.client.call("job.get", job=first)["state"] == "running", "its start")
        wait_until(lambda: self.client.call("job.get", job=running)["fraction"], "progress")
        sockets = [self.web.socket() for _ in range(3)]
        streams = [self.web.events() for _ in range(2)]
        for _ in range(7):
            self.web.call("job.list")
        for client in sockets:
            client.call("job.list")
        self.web.rpc("job.list", token="read")
        self.web.rpc("job.cancel", {"job": "x"}, token="read")  # refused, and a call all the same
        after = self.metrics()
        for key, value in ((("stepwire_jobs", 'state="succeeded"'), 3), (("stepwire_jobs", 'state="failed"'), 1),
                           (("stepwire_jobs", 'state="running"'), 2), (("stepwire_jobs", 'state="queued"'), 1),
                           (("stepwire_queue_jobs", 'group="odd_group-1"'), 1), (("stepwire_clients", 'carrier="local"'), 1),
                           (("stepwire_clients", 'carrier="websocket"'), 3), (("stepwire_clients", 'carrier="sse"'), 2),
                           (("stepwire_degraded", ""), 0)):
            self.assertEqual(after[key], value, key)
        for name, risen in (("stepwire_requests_total", 7 + 3 + 2), ("stepwire_requests_refused_total", 1)):
            self.assertEqual(after[name, ""] - before[name, ""], risen, name)
        with self.home.client() as fresh:
            seq = fresh.hello["seq"]
        self.assertEqual(after["stepwire_event_seq", ""], seq)
        self.assertEqual(after["stepwire_events_total", ""], seq)
        self.assertGreater(after["stepwire_sent_bytes_total", ""], before["stepwire_sent_bytes_total", ""])
        self.assertLess(abs(after["process_resident_memory_bytes", ""] / MIB - resident_mib(self.hub.pid)), 20 * SLOW)
        for client in (*sockets, *streams):
            client.close()

        def gone():
            now = self.metrics()
            return now["stepwire_clients", 'carrier="websocket"'] + now["stepwire_clients", 'carrier="sse"'] == 0
        wait_until(gone, "the clients to be counted out")
        self.assertEqual({name for name, _ in before}, {name for name, _ in after} - {"stepwire_queue_jobs"})
        for job in (running, first, second):
            self.client.call("job.cancel", job=job)


class Streams(PlainWebTest):
    def test_hello_snapshot_and_events(self):
        job = self.web.call("job.run", pipeline="gated")["job"]
        wait_until(lambda: self.web.call("job.get", job=job)["fraction"], "progress")
        events = self.web.events()
        self.assertEqual(events.response.header("content-type"), "text/event-stream")
        self.assertEqual(events.response.header("cache-control"), "no-store")
        self.assertGreater(events.retry, 0)
        self.assertEqual(events.hello["epoch"], self.client.hello["epoch"])
        self.assertEqual(events.hello["scope"], "control")
        self.assertIsNone(events.last)
        snapshot = events.next()
        self.assertEqual((snapshot.event, snapshot.id), ("snapshot", self.last_id(snapshot.data["seq"])))
        self.assertEqual([j["job"] for j in snapshot.data["jobs"]], [job])
        self.release()
        position, fold = snapshot.data["seq"], Fold(snapshot.data)
        while True:
            sent = events.next()
            self.assertEqual((sent.event, sent.id), ("event", self.last_id(position + 1)))
            self.assertEqual(sent.data["seq"], position + 1)
            fold.apply(sent.data)
            position += 1
            if sent.data["type"] == "job.finished":
                break
        self.assertEqual(comparable(fold.jobs[job], True), comparable(self.client.call("job.get", job=job), True))

    def test_replay_from_every_position(self):
        job = self.web.call("job.run", pipeline="busy")["job"]
        wait_until(lambda: self.web.call("job.get", job=job)["finished"], "the end")
        whole = self.everything(job)
        self.assert_gapless(whole)
        first = self.client.hello["seq"]
        for seq in [first, first + 1, whole[-1]["seq"] - 1, *random.Random(5).sample([e["seq"] for e in whole[:-1]], 15)]:
            with self.web.events(last=self.last_id(seq)) as events:
                got = events.finished(job)
                self.assertEqual(got, whole[seq - first:])
        with self.web.events("?lastEventId=" + self.last_id(first)) as events:
            self.assertEqual(events.finished(job), whole)

    def test_cut_and_taken_up_while_it_runs(self):
        dice, last, got, lost = random.Random(3), self.last_id(), [], 0
        job = self.web.call("job.run", pipeline="busy")["job"]
        while not got or got[-1]["type"] != "job.finished":
            with self.web.events(last=last) as events:
                for _ in range(dice.randint(1, 12) if lost < 40 else 100_000):
                    sent = events.next()
                    self.assertEqual(sent.event, "event")
                    got.append(sent.data)
                    if sent.data["type"] == "job.finished":
                        break
                last = events.last
                events.wire.reset()
            lost += 1
        self.assertGreater(lost, 5)
        self.assertEqual(got, self.everything(job))

    def test_positions_that_are_not_held_get_a_snapshot(self):
        for last in ("other:1", self.last_id(10**9), ":0", "a:b:1"):
            with self.subTest(last), self.web.events(last=last) as events:
                sent = events.next()
                self.assertEqual((sent.event, sent.data["jobs"]), ("snapshot", []))
        for last in ("x", "1", "epoch:", "epoch:x", "epoch:-1", "epoch:99999999999999999999999"):
            with self.subTest(last), self.assertRaises(Refused) as caught:
                self.web.events(last=last)
            self.assertEqual(caught.exception.response.status, 400)

    def test_filters(self):
        first = self.web.call("job.run", pipeline="gated")["job"]
        second = self.web.call("job.run", pipeline="gated")["job"]
        ways = {"?jobs=" + first: lambda e: e.get("job") == first,
                "?jobs=%s,%s" % (first, second): lambda e: e.get("job") in (first, second),
                "?types=job.finished,step.output": lambda e: e["type"] in ("job.finished", "step.output"),
                "?types=step.*": lambda e: e["type"].startswith("step."),
                "?output=0": lambda e: e["type"] != "step.output", "?output=false&jobs=" + second: lambda e: e.get("job") == second and e["type"] != "step.output",
                "?output=1": lambda e: True}
        streams = {query: self.web.events(query, last=self.last_id()) for query in ways}
        self.release()
        for job in (first, second):
            wait_until(lambda: self.web.call("job.get", job=job)["finished"], "the end")
        whole = []
        with self.home.client() as reader:
            reader.call("subscribe", **self.position())
            while sum(e["type"] == "job.finished" for e in whole) < 2:
                whole.append(reader.event())
        for query, wanted in ways.items():
            with self.subTest(query):
                expected = [e for e in whole if wanted(e)]
                got = [streams[query].event() for _ in expected]
                self.assertEqual([bare(e) for e in got], expected)
                position = self.client.hello["seq"]
                for event in got:
                    self.assertEqual(event["seq"], position + 1 + event.get("skipped", 0))
                    position = event["seq"]
        with self.web.events("?jobs=" + second) as events:
            self.assertEqual([j["job"] for j in events.next().data["jobs"]], [second])


class Sockets(PlainWebTest):
    def test_speaks_as_the_local_socket_does(self):
        client = self.web.socket(headers={"Sec-WebSocket-Protocol": "stepwire.v1"})
        there, here = dict(client.hello), dict(self.client.hello)
        self.assertIsNone(there.pop("socket_dir", None))  # a path of this machine
        here.pop("socket_dir")
        self.assertEqual(there, here)
        job = client.call("job.run", pipeline="gated")["job"]
        with self.assertRaises(RpcError) as caught:
            client.call("job.get", job="none")
        self.assertEqual(caught.exception.code, 1)
        number = client.start("subscribe")
        first = client.receive()
        self.assertEqual((first["id"], first["result"]["recovered"], set(first["result"])), (number, False, {"recovered", "epoch", "seq"}))
        snapshot = client.receive()
        self.assertEqual((snapshot["method"], [j["job"] for j in snapshot["params"]["jobs"]]), ("snapshot", [job]))
        self.release()
        events = client.finished(job)
        self.assertEqual(events[0]["seq"], snapshot["params"]["seq"] + 1)
        self.assert_gapless(events)
        client.tell("job.get", job=job)  # no answer
        self.assertEqual(client.call("job.log", job=job, step="rest")["text"], "rest\n")

    def test_recovery_by_position(self):
        dice, got, lost = random.Random(4), [], 0
        position = self.position()
        job = self.web.call("job.run", pipeline="busy")["job"]
        while not got or got[-1]["type"] != "job.finished":
            with self.web.socket() as client:
                self.assertTrue(client.call("subscribe", **position)["recovered"])
                for _ in range(dice.randint(1, 12) if lost < 40 else 100_000):
                    got.append(client.event())
                    if got[-1]["type"] == "job.finished":
                        break
            lost += 1
            position["seq"] = got[-1]["seq"]
        self.assertGreater(lost, 5)
        self.assertEqual(got, self.everything(job))
        for wrong in ({"epoch": "other", "seq": 0}, {"epoch": position["epoch"], "seq": 10**9}, {"seq": 0}, {}):
            with self.web.socket() as client:
                self.assertFalse(client.call("subscribe", **wrong)["recovered"])
                self.assertEqual(client.next()[0], "snapshot")

    def test_all_carriers_agree_event_by_event_with_watch(self):
        watch = self.home.start("watch", "--since", self.last_id(), "--json")
        local, web, stream = self.home.client(), self.web.socket(), self.web.events(last=self.last_id())
        for client in (local, web):
            client.call("subscribe", **self.position())
        job = self.web.call("job.run", pipeline="busy")["job"]
        expected = local.finished(job)
        self.assert_gapless(expected)
        self.assert_whole_job(expected, job)
        self.assertEqual(web.finished(job), expected)
        self.assertEqual(stream.finished(job), expected)
        wait_until(lambda: len(watch.lines()) >= len(expected), "the lines of watch")
        self.assertEqual(watch.lines()[:len(expected)], expected)

    def test_many_clients_see_the_same(self):
        count = scaled(150, 20)
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
        sockets = [self.web.socket() for _ in range(count)]
        for client in sockets:
            client.call("subscribe", **self.position())
        streams = [self.web.events(last=self.last_id()) for _ in range(count)]
        job = self.web.call("job.run", pipeline="busy")["job"]
        expected = self.everything(job)
        for client in (*sockets, *streams):
            self.assertEqual(client.finished(job), expected)

    def test_calls_without_reading_their_answers(self):
        """The hub stops reading from such a client; when it reads, each call was answered, in order."""
        jobs = [self.run_toml(busy(8, 1, "0")) for _ in range(20)]
        for job in jobs:
            wait_until(lambda: self.client.call("job.get", job=job)["finished"], "the end")
        ws = self.web.frames(receive_buffer=8192)
        for i in range(80):  # less than the limit of requests
            ws.send(TEXT, json.dumps({"jsonrpc": "2.0", "id": i, "method": "job.list"}).encode())
        self.assert_served()
        for i in range(80):
            answer = ws.message()
            self.assertEqual((answer["id"], len(answer["result"]["jobs"])), (i, 20))


class Slow(PlainWebTest):
    def flood(self, mebibytes):
        """Output and progress of so much, while a witness reads; gives all jobs when they have ended."""
        witness = self.home.client()
        witness.call("subscribe", **self.position())
        jobs = [self.client.call("job.run", command=["sh", "-c", "while [ ! -e stop ]; do printf '%%0400d\\n' $$ $$ $$ $$ $$ $$ $$ $$; done"],
                                 cwd=str(self.home.work), terminal=False)["job"] for _ in range(12)]
        seen = 0
        while seen < mebibytes * MIB:
            seen += len(json.dumps(witness.event()))
            witness.seen.clear()
            witness._taken = 0
        return witness, jobs

    def end(self, witness, jobs):
        self.release("stop")
        left = set(jobs)
        while left:
            event = witness.event()
            if event["type"] == "job.finished":
                left.discard(event["job"])

    def follow(self, jobs, next_sent):
        """What one that was behind makes of it: (what came, the state), with numbers that add up."""
        fold, position, left = Fold(), self.client.hello["seq"], set(jobs)
        kinds = collections.Counter()
        while left:
            kind, data = next_sent()
            if kind == "snapshot":
                fold, position = Fold(data), data["seq"]
                left -= {j["job"] for j in data["jobs"] if j["finished"]}
                kinds["snapshot"] += 1
                continue
            self.assertEqual(data["seq"], position + 1 + data.get("skipped", 0))
            position = data["seq"]
            kinds[data["type"]] += 1
            kinds["skipped"] += data.get("skipped", 0)
            fold.apply(data)
            if data["type"] == "job.finished":
                left.discard(data["job"])
        for job in jobs:
            self.assertEqual(comparable(fold.jobs[job]), comparable(self.client.call("job.get", job=job)))
        return kinds

    def test_those_that_never_read_cost_the_others_nothing(self):
        stream = self.web.events(last=self.last_id(), receive_buffer=65536)
        ws = self.web.socket(receive_buffer=65536)
        ws.start("subscribe", **self.position())
        witness, jobs = self.flood(scaled(16, 8))
        slowest = 0
        for _ in range(10):
            began = time.monotonic()
            self.assert_served()
            slowest = max(slowest, time.monotonic() - began)
        self.assertLess(slowest, 2 * SLOW)
        if not SANITIZED:
            self.assertLess(resident_mib(self.hub.pid), 250)
        self.end(witness, jobs)

        def of_stream():
            sent = stream.next()
            return sent.event, sent.data

        for name, next_sent in (("sse", of_stream), ("websocket", ws.next)):
            with self.subTest(name):
                kinds = self.follow(jobs, next_sent)
                self.assertTrue(kinds["skipped"] or kinds["snapshot"], kinds)
                if not kinds["snapshot"]:
                    self.assertEqual((kinds["job.queued"], kinds["step.finished"], kinds["job.finished"]), (12, 12, 12))
        metrics = parse_metrics(self.web.get("/metrics").text)
        self.assertGreater(metrics["stepwire_events_dropped_total", 'carrier="sse"'] + metrics["stepwire_resyncs_total", 'carrier="sse"'], 0)

    def test_more_state_changes_than_are_kept_give_way_to_a_snapshot(self):
        stream = self.web.events(last=self.last_id(), receive_buffer=65536)
        ws = self.web.socket(receive_buffer=65536)
        ws.start("subscribe", **self.position())
        jobs = [self.client.call("report.start", title="r%d" % i, steps=["a"])["job"] for i in range(scaled(24, 14) * 2)]
        value = "v" * 60_000
        for _ in range(15):
            for number in [self.client.start("emit", job=job, name="big", value=value) for job in jobs]:
                self.client.answer(number)
        for job in jobs:
            self.client.call("report.finish", job=job)

        def of_stream():
            sent = stream.next()
            return sent.event, sent.data

        for name, next_sent in (("sse", of_stream), ("websocket", ws.next)):
            with self.subTest(name):
                self.assertEqual(self.follow(jobs, next_sent)["snapshot"], 1)


class Life(PlainWebTest):
    def test_drain(self):
        job = self.web.call("job.run", pipeline="gated")["job"]
        wait_until(lambda: self.web.call("job.get", job=job)["state"] == "running", "its start")
        ws = self.web.socket()
        ws.call("subscribe", **self.position())
        stream, idle = self.web.events(last=self.last_id()), self.web.connect()
        self.web.get("/healthz", wire=idle)
        quiet, half = self.web.frames(), self.web.connect()
        half.send(b"GET /hea")
        self.assertEqual(self.home.stop_hub(), 0)
        for events in (ws.finished(job), stream.finished(job)):
            self.assert_whole_job(events, job)
            self.assertEqual(events[-1]["data"]["state"], "interrupted")
        with self.assertRaises(Closed) as caught:
            while True:
                ws.receive()
        self.assertIn("closed with 1001 ", str(caught.exception))
        self.assertEqual(quiet.closed()[0], 1001)
        self.assertEqual(stream.wire.to_the_end(), b"")
        self.assertEqual(idle.to_the_end(), b"")
        self.assertFalse((self.home.runtime / "web.json").exists())
        with self.assertRaises(ConnectionRefusedError):
            self.web.connect()

    def test_drain_with_clients_that_do_not_read(self):
        deaf = [self.web.events(last=self.last_id(), receive_buffer=8192) for _ in range(3)]
        mute = self.web.frames(receive_buffer=8192)
        job = self.client.call("job.run", command=["sh", "-c", "yes %s" % ("x" * 400)], terminal=False)["job"]
        wait_until(lambda: parse_metrics(self.web.get("/metrics").text)["stepwire_pending_bytes", ""] > 0, "a client to be behind", 30)
        self.assertTrue(job)
        self.assertEqual(self.home.stop_hub(), 0)
        self.assertTrue(deaf and mute)

    def test_a_restart_loses_nothing(self):
        job = self.web.call("job.run", pipeline="gated")["job"]
        with self.web.events(last=self.last_id()) as stream:
            before = stream.until(lambda e: e["type"] == "step.started")
            last = stream.last
        port = self.web.port
        self.assertEqual(self.home.stop_hub(), 0)
        self.home.start_hub("--listen", "127.0.0.1:%d" % port)
        self.web = self.reach(self.home)
        with self.web.events(last=last) as stream:
            after = stream.finished(job)
            self.assertEqual(after[-1]["data"]["state"], "interrupted")
            self.assertEqual({e["epoch"] for e in before + after}, {self.client.hello["epoch"]})
            self.assertGreater(after[0]["seq"], before[-1]["seq"])

    def test_web_json(self):
        path = self.home.runtime / "web.json"
        self.assertEqual(set(json.loads(path.read_text())), {"url"})
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        self.assertIn("listening on %s\n" % self.web.url, self.home.hub_words())

    def test_the_default_port_and_the_next(self):
        ports = []
        for _ in range(3):
            home = Home()
            self.addCleanup(lambda h=home: self.assertEqual(h.end(), []))
            home.start_hub()
            web = self.reach(home)
            self.assertEqual(home.hub_words().count("listening on "), 1)
            self.assertEqual(web.get("/healthz", token=None).text, "ok\n")
            ports.append(web.port)
        self.assertEqual(len(set(ports)), 3)
        self.assertTrue(all(7837 <= port < 7857 for port in ports), ports)

    def test_all_twenty_ports_busy(self):
        # The hub is there for this machine all the same.
        taken = []
        for port in range(7837, 7857):
            sock = socket.socket()
            self.addCleanup(sock.close)
            try:
                sock.bind(("127.0.0.1", port))
                sock.listen()
                taken.append(port)
            except OSError:
                pass  # by somebody else
        home = Home()
        self.addCleanup(lambda: self.assertEqual(home.end(), []))
        home.start_hub()
        wait_until(lambda: "hub.warning: " in home.hub_words(), "a word about it")
        self.assertIn("there is no web server: ", home.hub_words())
        self.assertFalse((home.runtime / "web.json").exists())
        home.client().call("job.list")

    def test_no_listen(self):
        home = Home()
        self.addCleanup(lambda: self.assertEqual(home.end(), []))
        home.start_hub("--no-listen")
        home.client().call("job.list")
        self.assertFalse((home.runtime / "web.json").exists())
        self.assertNotIn("listening on", home.hub_words())
        inodes = {os.readlink(each) for each in pathlib.Path("/proc/%d/fd" % home.hub.pid).iterdir()}
        for line in pathlib.Path("/proc/%d/net/tcp" % home.hub.pid).read_text().splitlines()[1:]:
            self.assertNotIn("socket:[%s]" % line.split()[9], inodes)

    def test_listen_that_cannot_be(self):
        taken = socket.socket()
        self.addCleanup(taken.close)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        home = Home()
        self.addCleanup(lambda: self.assertEqual(home.end(), []))
        for value, code in (("127.0.0.1:%d" % taken.getsockname()[1], 3), ("192.0.2.1:0", 3), ("nonsense", 2), ("127.0.0.1", 2),
                            ("127.0.0.1:65536", 2), ("127.0.0.1:-1", 2), ("example.org:80", 2), ("::1:80", 2), (":80", 2), ("", 2)):
            with self.subTest(value):
                result = home.do("--no-gui", "--listen", value)
                self.assert_code(result, code)
                self.assertEqual(result.out, b"")
                words = [line for line in result.words.splitlines() if not line.startswith("hub.resumed: ")]
                self.assertEqual(len(words), 1, result.words)
                self.assertFalse((home.runtime / "web.json").exists())

    def test_version_6(self):
        try:
            with socket.socket(socket.AF_INET6) as probe:
                probe.bind(("::1", 0))
        except OSError:
            self.skipTest("there is no IPv6")
        home = Home()
        self.addCleanup(lambda: self.assertEqual(home.end(), []))
        home.start_hub("--listen", "[::1]:0")
        web = self.reach(home)
        self.assertEqual(web.call("job.list"), {"jobs": []})
        with web.socket() as client:
            client.call("job.list")

    def test_a_hub_with_clients_of_the_web_is_not_idle(self):
        home = Home()
        self.addCleanup(lambda: self.assertEqual(home.end(), []))
        home.start_hub("--until-idle", "--idle-ms", str(1500 * SLOW), "--listen", "127.0.0.1:0")
        web = self.reach(home)
        ws, events = web.socket(), web.events()
        for client in (ws, events):
            with self.assertRaises(subprocess.TimeoutExpired):
                home.hub.wait(2 * SLOW)
            client.close()
        self.assertEqual(home.hub.wait(LIMIT * 2), 0)
        self.assertFalse((home.runtime / "web.json").exists())


class Hostile(PlainWebTest):
    def test_ten_thousand_connections_of_garbage(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(8192, hard), hard))
        dice = random.Random(1)
        head = self.web.head("GET", "/healthz")
        upgrade = self.web.head("GET", "/ws", {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
                                               "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="})
        ways = (lambda: dice.randbytes(dice.randint(1, 2000)), lambda: head[:dice.randint(1, len(head) - 1)], lambda: b"",
                lambda: self.web.head("POST", "/rpc", {"Content-Length": "1000000"}) + b"x" * dice.randint(0, 3000),
                lambda: b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * dice.randint(0, 90), lambda: b"\r\n" * 50,
                lambda: self.web.head("POST", "/rpc", {"Transfer-Encoding": "chunked"}) + b"5\r\nab",
                lambda: upgrade + dice.randbytes(dice.randint(1, 500)), lambda: upgrade + frame(TEXT, b"x" * 3000)[:100],
                lambda: self.web.head("GET", "/events"))
        held = collections.deque()
        before = resident_mib(self.hub.pid)
        most, slowest = 0, 0
        for number in range(scaled(10_000, 1000)):
            wire = self.web.connect()
            try:
                wire.send(dice.choice(ways)())
            except ConnectionError:
                pass
            held.append(wire)
            if len(held) > 1500:
                (held.popleft().reset if number % 2 else held.popleft().close)()
            self.web.open.clear()
            if number % 1000 == 999:
                began = time.monotonic()
                self.assert_served()
                slowest = max(slowest, time.monotonic() - began)
                most = max(most, resident_mib(self.hub.pid))
        self.assertLess(slowest, 3 * SLOW)
        if not SANITIZED:
            self.assertLess(most - before, 150)
        for wire in held:
            wire.reset()
        self.assert_served()
        descriptors = pathlib.Path("/proc/%d/fd" % self.hub.pid)
        wait_until(lambda: len(list(descriptors.iterdir())) < 100, "the connections to be gone")


if __name__ == "__main__":
    main()
