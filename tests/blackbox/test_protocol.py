"""The native protocol on the hub's socket: what it promises, and what hostile clients cannot do to it."""

import base64
import contextlib
import hashlib
import os
import random
import resource
import stat
import threading
import time

from harness import (ID, LIMIT, SANITIZED, SLOW, Client, Closed, HomeTest, RpcError, main, of_type, resident_mib,
                     scaled, wait_until)

GATED = """
[[steps]]
id = "work"
title = "The work"
script = 'echo 25%; while [ ! -e gate ]; do sleep 0.02; done; echo passed; echo bytes >&2'
[[steps]]
id = "rest"
command = ["echo", "rest"]
"""


def busy(steps, count, pause="0.01"):
    """A pipeline of steps that print lines and progress at once."""
    return "".join("""
[[steps]]
id = "s%d"
needs = []
script = '''
i=0
while [ $i -lt %d ]; do i=$((i + 1)); echo "line $i of %d"; echo "$i.%d%%"; sleep %s; done
'''
""" % (i, count, i, i, pause) for i in range(steps))


class ProtocolTest(HomeTest):
    def setUp(self):
        super().setUp()
        self.hub = self.home.start_hub()
        self.client = self.home.client()

    def run_toml(self, toml, client=None, **more):
        return (client or self.client).call("job.run", toml=toml, cwd=str(self.home.work), **more)["job"]

    def gate(self):
        self.home.write("gate", "")

    def refused(self, code, method, client=None, **params):
        with self.assertRaises(RpcError) as caught:
            (client or self.client).call(method, **params)
        error = caught.exception
        self.assertEqual(error.code, code, error)
        self.assertTrue(error.message, error)
        self.assertNotIn("\n", error.message)
        self.assertTrue(error.message[0] == error.message[0].lower(), error.message)
        self.assertFalse(error.message.endswith("."), error.message)
        return error

    def assert_served(self, deadline=10):
        """A fresh client and an old one are answered."""
        with self.home.client() as fresh:
            fresh.call("job.list", deadline=deadline)
        self.client.call("job.list", deadline=deadline)


class Subscribe(ProtocolTest):
    def test_hello_comes_first(self):
        hello = self.client.hello
        self.assertEqual(hello["version"], 1)
        self.assertTrue({"version", "server", "hub", "host", "epoch", "seq", "scope"} <= set(hello))
        self.assertTrue(hello["server"].startswith("stepwire "))
        self.assertEqual(hello["scope"], "control")
        self.assertTrue(ID.match(hello["host"]) and ID.match(hello["hub"]) and ID.match(hello["epoch"]))

    def test_result_then_snapshot_then_live(self):
        job = self.run_toml(GATED)
        watcher = self.home.client()
        number = watcher.start("subscribe")
        first = watcher.receive()
        self.assertEqual((first["id"], first["result"]["recovered"], set(first["result"])), (number, False, {"recovered", "epoch", "seq"}))
        second = watcher.receive()
        self.assertEqual(second["method"], "snapshot")
        snapshot = second["params"]
        self.assertEqual([j["job"] for j in snapshot["jobs"]], [job])
        self.assertEqual(snapshot["epoch"], watcher.hello["epoch"])
        self.gate()
        events = watcher.finished(job)
        self.assertEqual(events[0]["seq"], snapshot["seq"] + 1)
        self.assert_gapless(events)

    def test_result_then_replay_then_live(self):
        job = self.run_toml(GATED)
        wait_until(lambda: self.client.call("job.get", job=job)["fraction"], "progress")
        watcher = self.home.client()
        number = watcher.start("subscribe", epoch=watcher.hello["epoch"], seq=0)
        first = watcher.receive()
        self.assertEqual((first["id"], first["result"]["recovered"]), (number, True))
        self.assertGreater(first["result"]["seq"], 2)
        self.gate()
        events = watcher.finished(job)
        self.assertEqual(events[0]["seq"], 1)
        self.assert_gapless(events)
        self.assert_whole_job(events, job)
        self.assertNotIn("snapshot", [method for method, _ in watcher.seen])

    def test_positions_that_are_not_held_get_a_snapshot(self):
        epoch = self.client.hello["epoch"]
        for position in ({"epoch": "other", "seq": 0}, {"epoch": epoch, "seq": 10**9}, {"seq": 0}, {"epoch": epoch}):
            with self.subTest(position):
                watcher = self.home.client()
                self.assertFalse(watcher.call("subscribe", **position)["recovered"])
                self.assertEqual(watcher.next()[0], "snapshot")

    def test_exactly_once_in_order_over_thirty_lost_connections(self):
        text = busy(4, scaled(150, 40))
        witness = self.home.client()
        witness.call("subscribe", epoch=witness.hello["epoch"], seq=witness.hello["seq"])
        job = self.run_toml(text, jobs=4)
        events, lost, position = [], 0, {"epoch": self.client.hello["epoch"], "seq": self.client.hello["seq"]}
        dice = random.Random(11)
        while not events or events[-1]["type"] != "job.finished":
            with self.home.client() as watcher:
                self.assertTrue(watcher.call("subscribe", **position)["recovered"])
                for _ in range(dice.randint(1, 16) if lost < 40 else 100_000):
                    events.append(watcher.event())
                    if events[-1]["type"] == "job.finished":
                        break
                lost += 1
            position["seq"] = events[-1]["seq"]
        self.assertGreaterEqual(lost, scaled(30, 5))
        self.assert_gapless(events)
        self.assert_whole_job(events, job)
        self.assertEqual(events, witness.finished(job))
        self.assertFalse([e for e in events if "skipped" in e])

    def test_job_id_of_the_client_subscribed_beforehand(self):
        early, late = self.home.client(), self.home.client()
        early.call("subscribe", jobs=["my-own_ID"], epoch=early.hello["epoch"], seq=early.hello["seq"])
        late.call("subscribe", jobs=["my-own_ID"])
        self.assertEqual(late.next(), ("snapshot", {"epoch": late.hello["epoch"], "seq": late.hello["seq"], "jobs": []}))
        self.client.call("job.run", command=["true"])
        ack = self.client.call("job.run", command=["echo", "x"], job_id="my-own_ID", terminal=False)
        self.assertEqual(set(ack), {"job", "state", "queue_position"})
        self.assertEqual(ack["job"], "my-own_ID")
        for client in (early, late):
            events = client.finished("my-own_ID")
            self.assert_whole_job(events, "my-own_ID")
            self.assertEqual({e["job"] for e in events}, {"my-own_ID"})
        self.refused(6, "job.run", command=["true"], job_id="my-own_ID")

    def test_filters_and_what_they_skip(self):
        filters = {"all": {}, "no output": {"output": False}, "types": {"types": ["job.queued", "job.finished", "step.progress"]},
                   "one type": {"types": ["job.finished"]}}
        clients = {}
        for name, words in filters.items():
            clients[name] = self.home.client()
            clients[name].call("subscribe", epoch=self.client.hello["epoch"], seq=self.client.hello["seq"], **words)
        job = self.run_toml(busy(2, 30))
        events = {name: client.finished(job) for name, client in clients.items()}
        everything = events["all"]
        self.assert_gapless(everything)
        self.assertEqual(events["no output"], [{**e, **({"skipped": n["skipped"]} if "skipped" in n else {})}
                                               for e, n in zip([e for e in everything if e["type"] != "step.output"], events["no output"])])
        self.assertEqual({e["type"] for e in events["types"]}, set(filters["types"]["types"]))
        self.assertEqual([e["type"] for e in events["one type"]], ["job.finished"])
        self.assertGreater(len(of_type(everything, "step.output")), 5)
        for name, got in events.items():
            position = self.client.hello["seq"]
            for event in got:
                self.assertEqual(event["seq"], position + 1 + event.get("skipped", 0), name)
                position = event["seq"]

    def test_snapshot_of_some_jobs(self):
        first, second = self.run_toml(GATED), self.run_toml(GATED)
        watcher = self.home.client()
        watcher.call("subscribe", jobs=[second])
        self.assertEqual([j["job"] for j in watcher.next()[1]["jobs"]], [second])
        self.gate()
        self.assertEqual({e["job"] for e in watcher.finished(second)}, {second})
        self.client.call("subscribe", jobs=[first])


class Requests(ProtocolTest):
    def test_errors_and_their_codes(self):
        job = self.run_toml(GATED)
        self.refused(-32601, "no.such")
        self.assertIn("job.run", self.refused(-32601, "job.rum").message)
        self.refused(-32602, "job.run")
        self.refused(-32602, "job.run", command=["true"], toml=GATED)
        self.refused(-32602, "job.run", command="true")
        self.refused(-32602, "job.run", command=["true"], cwd="relative")
        self.refused(-32602, "job.run", command=["true"], job_id="bad id/")
        self.refused(-32602, "job.run", command=["true"], job_id="x" * 65)
        self.refused(-32602, "job.run", command=["true"], env={"A": 1})
        self.refused(-32602, "job.run", command=["true"], jobs=0)
        self.refused(-32602, "job.log", job=job, step="work", offset=-1)
        self.refused(-32602, "subscribe", jobs="x")
        self.refused(-32602, "report.progress", job=job, step="work", fraction=7)
        for method in ("job.get", "job.cancel", "report.progress", "report.finish"):
            self.assertIn("nojob", self.refused(1, method, job="nojob").message)
        self.refused(1, "job.log", job="nojob", step="work")
        self.refused(1, "emit", job="nojob", name="n", value=1)
        faults = self.refused(2, "job.run", toml="titel = 1\n[[steps]]\nid = \"a\"\ncommand = []\n").data["faults"]
        self.assertEqual([f["line"] for f in faults], [1, 4])
        self.assertEqual(set(faults[0]), {"file", "line", "column", "message"})
        self.refused(2, "job.run", pipeline="no-such-pipeline")
        self.refused(2, "pipeline.get", pipeline="no-such-pipeline")
        self.refused(2, "pipeline.check", toml="x = ")
        self.refused(6, "report.finish", job=job)
        self.gate()
        wait_until(lambda: self.client.call("job.get", job=job)["state"] == "succeeded", "the end")
        self.refused(6, "job.cancel", job=job)
        self.refused(6, "report.progress", job=job, step="work", done=1)
        self.refused(6, "emit", job=job, name="n", value=1)

    def test_envelope(self):
        cases = [(b"nonsense", -32700), (b"{", -32700), (b"[]", -32600), (b"{}", -32600), (b"3", -32600), (b"null", -32600),
                 (b'{"jsonrpc":"2.0","method":5}', -32600), (b'{"jsonrpc":"2.0","method":"job.list","params":3}', -32600)]
        for line, code in cases:
            with self.subTest(line):
                client = self.home.client()
                client.send(line + b"\n")
                answer = client.receive()
                # A parser that takes only objects and arrays finds no JSON in a lone value.
                self.assertIn(answer["error"]["code"], {code, -32602 if b"params" in line else code, -32700 if line in (b"3", b"null") else code})
                self.assertIsNone(answer.get("id"))
                self.assertEqual(answer["jsonrpc"], "2.0")
                client.call("job.list")
        self.client.send(b'{"jsonrpc":"2.0","id":"a text","method":"job.list"}\n')
        self.assertEqual(self.client.receive()["id"], "a text")

    def test_notifications_get_no_answer(self):
        self.client.tell("job.get", job="nojob")
        self.client.tell("no.such")
        self.client.call("job.list")
        self.assertEqual((self.client.strays, self.client.seen), ([], []))

    def test_answers_have_their_ids(self):
        numbers = [self.client.start("job.list", limit=1 + i) for i in range(100)]
        for number in reversed(numbers):
            self.assertIn("jobs", self.client.answer(number))

    def test_lists_in_pages(self):
        jobs = [self.client.call("job.run", command=["true"])["job"] for _ in range(7)]
        seen, cursor = [], {}
        while True:
            page = self.client.call("job.list", limit=3, **cursor)
            seen += [j["job"] for j in page["jobs"]]
            if not page.get("cursor"):
                break
            cursor = {"cursor": page["cursor"]}
        self.assertEqual(seen, jobs[::-1])
        wait_until(lambda: len(self.client.call("job.list", state="succeeded")["jobs"]) == 7, "all to have ended")
        self.assertEqual(self.client.call("job.list", state="running")["jobs"], [])

    def test_pipelines(self):
        names = {p["pipeline"]: p for p in self.client.call("pipeline.list")["pipelines"]}
        self.assertTrue({"hello", "wallpaper"} <= set(names))
        hello = self.client.call("pipeline.get", pipeline="hello")
        self.assertEqual([s["step"] for s in hello["steps"]], ["count_sheep", "count_stars", "greet"])
        self.assertEqual(hello["parameters"][0]["default"], "world")
        self.assertEqual([s["step"] for s in self.client.call("pipeline.check", toml=GATED, file="x.toml")["steps"]], ["work", "rest"])

    def test_log_by_offset(self):
        data = random.Random(2).randbytes(150_000)
        source = self.home.write("data", data)
        job = self.client.call("job.run", command=["cat", source], terminal=False)["job"]
        wait_until(lambda: self.client.call("job.get", job=job)["state"] == "succeeded", "the end")
        got = b""
        while True:
            slice_ = self.client.call("job.log", job=job, step="main", offset=len(got), limit=40_000, encoding="base64")
            self.assertEqual(slice_["offset"], len(got))
            piece = base64.b64decode(slice_["base64"])
            self.assertLessEqual(len(piece), 40_000)
            self.assertTrue(piece or slice_["complete"])
            got += piece
            if len(got) >= slice_["end"]:
                break
        self.assertEqual(hashlib.sha256(got).digest(), hashlib.sha256(data).digest())
        middle = self.client.call("job.log", job=job, step="main", offset=70_001, limit=10, encoding="base64")
        self.assertEqual(base64.b64decode(middle["base64"]), data[70_001:70_011])
        beyond = self.client.call("job.log", job=job, step="main", offset=10**9, encoding="base64")
        self.assertEqual(beyond["base64"], "")

    def test_log_as_text(self):
        job = self.client.call("job.run", command=["printf", "ä€x\\377y"], terminal=False)["job"]
        wait_until(lambda: self.client.call("job.get", job=job)["state"] == "succeeded", "the end")
        self.assertEqual(self.client.call("job.log", job=job, step="main")["text"], "ä€x\ufffdy")

    def test_reports(self):
        self.client.call("subscribe", epoch=self.client.hello["epoch"], seq=self.client.hello["seq"])
        job = self.client.call("report.start", title="elsewhere", steps=[{"step": "a", "title": "A", "weight": 3}, {"step": "b"}], ttl_ms=200)["job"]
        self.client.tell("report.progress", job=job, step="a", done=1, total=2, unit="files", message="m",
                         phases=[{"id": "p", "title": "P", "done": 1, "total": 2, "unit": "files"}])
        progress = self.client.until(lambda e: e["type"] == "step.progress")[-1]["data"]
        self.assertEqual((progress["done"], progress["total"], progress["unit"], progress["fraction"], progress["message"]), (1, 2, "files", 0.5, "m"))
        self.assertEqual(progress["phases"][0]["id"], "p")
        self.assertEqual(self.client.call("job.get", job=job)["fraction"], 0.375)
        stalled = self.client.until(lambda e: e["type"] == "job.changed")[-1]
        self.assertGreaterEqual(stalled["data"]["stalled_ms"], 200)
        self.client.call("report.finish", job=job)
        self.assertEqual(self.client.finished(job)[-1]["data"]["state"], "succeeded")
        self.assert_gapless([params for method, params in self.client.seen if method == "event"])

    def test_custom_events_and_their_limits(self):
        self.client.call("subscribe", epoch=self.client.hello["epoch"], seq=self.client.hello["seq"])
        job = self.run_toml(GATED)
        value = {"deep": [1, 2.5, None, "ä"]}
        self.client.call("emit", job=job, step="work", name="mine", value=value)
        event = self.client.until(lambda e: e["type"] == "custom")[-1]
        self.assertEqual((event["step"], event["data"]), ("work", {"name": "mine", "value": value}))
        self.refused(-32602, "emit", job=job, name="big", value="x" * 65_537)
        other = self.run_toml(GATED)
        codes = []
        for number in [self.client.start("emit", job=other, name="n", value=i) for i in range(60)]:
            try:
                self.client.answer(number)
                codes.append(0)
            except RpcError as error:
                codes.append(error.code)
                self.assertTrue(0 < error.data["retry_after_ms"] <= 1000, error.data)
        if not SANITIZED:
            self.assertEqual(codes[:20], [0] * 20)
            self.assertIn(4, codes[20:])
        accepted = [i for i, code in enumerate(codes) if code == 0]
        self.gate()
        events = of_type(self.client.finished(other), "custom")
        self.assertEqual([e["data"]["value"] for e in events if e["job"] == other], accepted)

    def test_directory_environment_and_title(self):
        (self.home.work / "sub").mkdir()
        job = self.client.call("job.run", command=["sh", "-c", "pwd; env"], cwd=str(self.home.work / "sub"), env={"ONLY": "this"},
                               title="two\nlines", terminal=False)["job"]
        wait_until(lambda: self.client.call("job.get", job=job)["state"] == "succeeded", "the end")
        lines = self.client.call("job.log", job=job, step="main")["text"].splitlines()
        self.assertEqual(lines[0], str(self.home.work / "sub"))
        self.assertIn("ONLY=this", lines)
        self.assertFalse([line for line in lines if line.startswith("XDG_")])
        self.assertNotIn("\n", self.client.call("job.get", job=job)["title"])


class Hostile(ProtocolTest):
    def test_modes(self):
        self.assertEqual(stat.S_IMODE(os.stat(self.home.socket).st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(self.home.runtime.stat().st_mode), 0o700)

    def test_ten_thousand_bad_lines(self):
        dice = random.Random(1)
        kinds = [b"x", b"{}", b"[1,2]", b"[" * 3000, b'{"jsonrpc":"2.0","method":', b"\xff\xfe\x00\x01", b'{"a":' * 500, b'"\\ud800"', b"1e999999",
                 b'{"jsonrpc":"1.0","id":null,"method":"job.list"}']
        count = scaled(10_000, 1_000)
        lines = [kinds[i % len(kinds)] if i % 3 else bytes(dice.choice(b"abc{}[]\",:0") for _ in range(dice.randint(1, 60))) for i in range(count)]
        bad = self.home.client()
        sender = threading.Thread(target=lambda: bad.send(b"\n".join(lines) + b"\n"), daemon=True)
        sender.start()
        for _ in range(count):
            answer = bad.receive()
            self.assertIn("error", answer)
        sender.join(LIMIT)
        bad.call("job.list")
        self.assert_served()

    def test_bad_lines_of_one_that_never_reads(self):
        bad = self.home.client()
        bad.sock.settimeout(0.5)
        with contextlib.suppress(OSError):
            for _ in range(scaled(200, 20)):
                bad.send(b"nonsense\n" * 10_000)
        self.assert_served()
        if not SANITIZED:
            self.assertLess(resident_mib(self.hub.pid), 200)

    def test_half_messages(self):
        halves = []
        for text in (b"{", b'{"jsonrpc":"2.0","id":1,"method":"job.list"', b"\xff", b" " * 100_000):
            client = self.home.client()
            client.send(text)
            halves.append(client)
        self.assert_served()
        halves[1].send(b"}\n")
        self.assertEqual(halves[1].receive()["id"], 1)
        for client in halves:
            client.close()
        self.assert_served()

    def test_one_byte_at_a_time(self):
        for byte in b'{"jsonrpc":"2.0","id":9,"method":"job.list"}\r\n':
            self.client.send(bytes([byte]))
        self.assertEqual(self.client.receive()["id"], 9)

    def test_messages_of_a_mebibyte_and_more(self):
        def request(size):
            text = b'{"jsonrpc":"2.0","id":1,"method":"job.list","params":{"x":"%s"}}'
            return text.replace(b"%s", b"x" * (size - len(text) + 2))
        self.client.send(request(1024 * 1024) + b"\n")
        self.assertEqual(self.client.receive()["id"], 1)
        for data in (request(1024 * 1024 + 1) + b"\n", b"y" * 3_000_000):
            big = self.home.client()
            with contextlib.suppress(ConnectionError, TimeoutError):
                big.sock.settimeout(2 * SLOW)
                big.send(data)
            with contextlib.suppress(Closed):
                error = big.receive()["error"]
                self.assertEqual(error["code"], -32600)
                self.assertIn("1048576", error["message"])
                with self.assertRaises(Closed):
                    big.receive()
        self.assert_served()

    def test_two_hundred_connections_opened_and_dropped(self):
        before = len(os.listdir("/proc/%d/fd" % self.hub.pid))
        for i in range(scaled(200, 50)):
            client = Client(self.home.socket, hello=False)
            if i % 3 == 0:
                client.send(b'{"jsonrpc":"2.0","id":1,"method":"subscribe"}\n')
            elif i % 3 == 1:
                client.send(b'{"half')
            client.close()
        self.assert_served()
        wait_until(lambda: len(os.listdir("/proc/%d/fd" % self.hub.pid)) <= before, "their descriptors to be closed")

    def test_the_257th_is_refused_with_a_sentence(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft < 400:
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 1024), hard))
        others = [self.home.client() for _ in range(255)]
        last = Client(self.home.socket, hello=False)
        self.addCleanup(last.close)
        answer = last.receive()
        self.assertEqual(answer["error"]["code"], 3)
        self.assertIn("256", answer["error"]["message"])
        with self.assertRaises(Closed):
            last.receive()
        others.pop().close()

        def admitted():
            client = Client(self.home.socket, hello=False)
            self.addCleanup(client.close)
            return "params" in client.receive()
        wait_until(admitted, "room for another")
        self.client.call("job.list")

    def test_one_that_never_reads_while_a_flood_runs(self):
        deaf = self.home.client()
        deaf.start("subscribe", epoch=deaf.hello["epoch"], seq=deaf.hello["seq"])
        chatty = self.home.client()
        flood = self.client.call("job.run", command=["yes", "ä" * 500], terminal=False)["job"]
        report = self.client.call("report.start", title="flood", steps=["s%d" % i for i in range(40)])["job"]
        quick = 0
        end = time.monotonic() + 4 * SLOW
        slowest = 0
        while time.monotonic() < end:
            for i in range(200):
                chatty.tell("report.progress", job=report, step="s%d" % (i % 40), fraction=(quick % 1000) / 1000, message="m" * 1000)
            quick += 1
            began = time.monotonic()
            self.client.call("job.get", job=report)
            slowest = max(slowest, time.monotonic() - began)
        self.assertLess(slowest, 2 * SLOW, "another client waited %g s" % slowest)
        if not SANITIZED:
            self.assertLess(resident_mib(self.hub.pid), 250)
        self.client.call("job.cancel", job=flood)
        self.client.call("report.finish", job=report)
        # When it reads at last, nothing that changed a state is missing and the numbers add up.
        position, types, skipped = deaf.hello["seq"], [], 0
        while types.count("job.finished") < 2:
            method, params = deaf.next()
            if method == "snapshot":
                position = params["seq"]
                break
            self.assertEqual(params["seq"], position + 1 + params.get("skipped", 0))
            skipped += params.get("skipped", 0)
            position = params["seq"]
            types.append(params["type"])
        else:
            self.assertEqual((types.count("job.queued"), types.count("job.started"), types.count("step.finished")), (2, 2, 41))
            self.assertGreater(skipped, 0)


class Floods(ProtocolTest):
    def test_yes_is_merged_and_counted(self):
        self.client.call("subscribe", epoch=self.client.hello["epoch"], seq=self.client.hello["seq"])
        seconds = 2
        job = self.client.call("job.run", command=["sh", "-c", "timeout %d yes; printf the-end" % seconds], terminal=False)["job"]
        events = self.client.finished(job, deadline=30)
        self.assert_gapless(events)
        outputs = [e["data"] for e in of_type(events, "step.output")]
        self.assertLessEqual(len(outputs), 25 * events[-1]["data"]["duration_ms"] / 1000 + 3)
        position = 0
        for output in outputs:
            self.assertEqual(output["offset"], position + output.get("omitted", 0))
            self.assertEqual(len(output["text"].encode()), output["bytes"])
            position = output["offset"] + output["bytes"]
        self.assertGreater(sum(o.get("omitted", 0) for o in outputs), 1_000_000)
        tail = self.client.call("job.log", job=job, step="main", offset=position - 9)
        self.assertEqual((tail["end"], tail["text"]), (position, "y\nthe-end"))

    def test_the_newest_of_a_burst_is_shown(self):
        """Where output is cut, what a person needs is the end: the reason stands there."""
        for size in (60_000, 65_536, 100_000, 131_072, 150_000, 200_000, 262_144, 300_000):
            with self.subTest(size):
                client = self.home.client()
                client.call("subscribe", epoch=client.hello["epoch"], seq=client.hello["seq"])
                job = client.call("job.run", terminal=False, command=[
                    "/usr/bin/python3", "-c", "import os; d = b'y\\n' * %d + b'the-end'\nwhile d: d = d[os.write(1, d):]" % (size // 2)])["job"]
                outputs = [e["data"] for e in of_type(client.finished(job), "step.output")]
                self.assertEqual(sum(o["bytes"] + o.get("omitted", 0) for o in outputs), size + 7)
                self.assertTrue("".join(o["text"] for o in outputs).endswith("the-end"),
                                [(o["offset"], o["bytes"], o.get("omitted", 0), o["text"][-10:]) for o in outputs])

    def test_progress_is_merged_to_the_newest(self):
        self.client.call("subscribe", epoch=self.client.hello["epoch"], seq=self.client.hello["seq"])
        job = self.client.call("job.run", command=["/usr/bin/python3", "-c", "for i in range(200_001): print(f'{i / 2100:.4f}%')"], terminal=False)["job"]
        events = self.client.finished(job, deadline=30)
        progress = of_type(events, "step.progress")
        self.assertLessEqual(len(progress), 25 * events[-1]["data"]["duration_ms"] / 1000 + 3)
        fractions = [e["data"]["fraction"] for e in progress]
        self.assertEqual(fractions, sorted(fractions))
        self.assertAlmostEqual(fractions[-1], 200_000 / 210_000, 5)

    def test_no_second_has_more_than_twenty_five(self):
        """In no second more than 25 events of a kind of one step (and the last ones at its end)."""
        self.client.call("subscribe", epoch=self.client.hello["epoch"], seq=self.client.hello["seq"])
        job = self.run_toml("""
[[steps]]
id = "both"
script = 'i=0; while [ $i -lt %d ]; do i=$((i + 1)); echo "$i out"; echo "$i err" >&2; echo "$((i / 100)).$((i %% 100))%%"; done'
""" % scaled(9_000, 2_000))
        events = self.client.finished(job, deadline=30)
        stamp = lambda e: float(e["time"][17:23]) + 60 * int(e["time"][14:16])
        for kind in ("step.output", "step.progress"):
            times = [stamp(e) for e in of_type(events, kind)]
            for i in range(len(times) - 28):
                self.assertGreaterEqual(times[i + 28] - times[i], 0.98, kind)

    def test_endless_printer_slows_no_other_step(self):
        self.client.call("subscribe", epoch=self.client.hello["epoch"], seq=self.client.hello["seq"], output=False)
        job = self.run_toml("""
[[steps]]
id = "flood"
needs = []
command = ["yes", "nothing of interest"]
[[steps]]
id = "loud-terminal"
needs = []
terminal = true
command = ["yes", "nothing of interest"]
""" + busy(1, 20, "0.05"), jobs=3)
        events = self.client.until(lambda e: e["type"] == "step.finished", deadline=12)
        self.assertEqual((events[-1]["step"], events[-1]["data"]["state"]), ("s0", "succeeded"))
        self.assertGreaterEqual(len([e for e in of_type(events, "step.progress") if e["step"] == "s0"]), scaled(15, 1))
        if not SANITIZED:
            self.assertLess(resident_mib(self.hub.pid), 200)
        self.client.call("job.cancel", job=job)
        self.assertEqual(self.client.finished(job)[-1]["data"]["state"], "cancelled")

    def test_a_line_without_end(self):
        self.client.call("subscribe", epoch=self.client.hello["epoch"], seq=self.client.hello["seq"])
        job = self.client.call("job.run", command=["sh", "-c", "head -c %d /dev/zero | tr '\\0' x; exit 3" % scaled(30_000_000, 3_000_000)], terminal=False)["job"]
        end = self.client.finished(job, deadline=30)[-1]
        self.assertEqual(end["data"]["error"]["exit_code"], 3)
        self.assertLessEqual(len(end["data"]["error"]["last_line"]), 500)
        if not SANITIZED:
            self.assertLess(resident_mib(self.hub.pid), 200)


class Sharing(HomeTest):
    def test_two_runs_at_once_share_one_hub(self):
        runs = [self.home.start("run", "--json", "--", "sh", "-c", "while [ ! -e gate ]; do sleep 0.02; done") for _ in range(2)]
        wait_until(lambda: all(any(e["type"] == "step.started" for e in run.lines()) for run in runs), "both to run")
        self.assertEqual(len(self.home.do("status", "--json").lines), 2)
        self.home.write("gate", "")
        results = [run.finish() for run in runs]
        for result in results:
            self.assert_code(result, 0)
        self.assertEqual(len({(e["hub"], e["epoch"]) for r in results for e in r.lines}), 1)
        self.assertFalse({e["seq"] for e in results[0].lines} & {e["seq"] for e in results[1].lines})
        self.assertEqual([len({e["job"] for e in r.lines}) for r in results], [1, 1])


if __name__ == "__main__":
    main()
