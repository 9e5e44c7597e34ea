"""Programs of other people at the hub's web server: ws and eventsource of npm, and curl."""

import json
import pathlib
import shutil
import unittest

from harness import main, wait_until
from proxy import Proxy
from web import WebTest

HERE = pathlib.Path(__file__).resolve().parent

GATED = """
remote = true
[[steps]]
id = "first"
script = 'echo one; while [ ! -e %(work)s/first ]; do sleep 0.02; done; echo "ä€𐍈"'
[[steps]]
id = "second"
script = 'echo 50%%; while [ ! -e %(work)s/second ]; do sleep 0.02; done'
"""


def have(package):
    return shutil.which("node") and (HERE / "node_modules" / package).is_dir()


class ClientsTest(WebTest):
    def prepare(self):
        self.home.own_pipeline("gated", GATED % {"work": self.home.work})
        self.proxy = Proxy()
        self.addCleanup(self.proxy.close)
        self.home.config.mkdir(parents=True, exist_ok=True)
        (self.home.config / "config.toml").write_text('[web]\nhosts = ["%s:%d"]\n' % self.proxy.address)

    def setUp(self):
        super().setUp()
        self.proxy.target = (self.web.host, self.web.port)
        self.hello = self.client.hello

    def last_id(self):
        return "%(epoch)s:%(seq)d" % self.hello

    def everything(self, job):
        with self.home.client() as reader:
            reader.call("subscribe", epoch=self.hello["epoch"], seq=self.hello["seq"])
            return reader.finished(job)


class Npm(ClientsTest):
    def node(self, client, url, position, job):
        return self.home.start(client, url, position, job, env={"STEPWIRE_TOKEN": self.web.token},
                               program=["node", str(HERE / "web_clients.mjs")])

    @staticmethod
    def notes(running):
        return [line["note"] for line in running.lines() if "note" in line]

    @staticmethod
    def events(running):
        return [line for line in running.lines() if "note" not in line]

    def follow_and_recover(self, client):
        job = self.web.call("job.run", pipeline="gated")["job"]
        running = self.node(client, self.proxy.url, self.last_id(), job)

        def has(kind, **members):
            return lambda: any(e["type"] == kind and members.items() <= e.items() for e in self.events(running))

        wait_until(has("step.started", step="first"), lambda: "the first step, but: %s" % running.lines())
        self.proxy.cut()
        # While it is away something happens.
        self.release("first")
        wait_until(has("step.started", step="second"), lambda: "the second step, but: %s" % running.lines())
        self.release("second")
        result = running.finish()
        self.assert_code(result, 0)
        self.assertEqual(result.err, b"")
        notes = self.notes(running)
        self.assertEqual((notes.count("open"), notes.count("snapshot"), notes.count("not recovered")), (2, 0, 0), notes)
        self.assertIn("lost", notes)
        events = self.events(running)
        self.assertEqual(events, self.everything(job))
        self.assert_gapless(events)
        self.assert_whole_job(events, job)
        return running

    @unittest.skipUnless(have("ws"), "npm ci has not been run")
    def test_ws_takes_up_where_it_was(self):
        running = self.follow_and_recover("ws")
        self.assertEqual(running.lines()[-1], {"note": "closed", "code": 1000})

    @unittest.skipUnless(have("eventsource"), "npm ci has not been run")
    def test_eventsource_takes_up_where_it_was_by_itself(self):
        self.follow_and_recover("eventsource")

    @unittest.skipUnless(have("ws") and have("eventsource"), "npm ci has not been run")
    def test_an_unknown_position_gives_a_snapshot(self):
        job = self.web.call("job.run", pipeline="gated")["job"]
        for client in ("ws", "eventsource"):
            with self.subTest(client):
                running = self.node(client, self.web.url, "other:5", job)
                wait_until(lambda r=running: "snapshot" in self.notes(r), lambda r=running: "a snapshot, but %s" % r.lines())
        self.release("first")
        self.release("second")
        for piece in self.home.pieces:
            self.assert_code(piece.finish(), 0)
            self.assertEqual(self.events(piece)[-1]["type"], "job.finished")


class Curl(ClientsTest):
    def curl(self, *args, **more):
        return self.home.start("-sS", "--max-time", "30", "-H", "Authorization: Bearer " + self.web.token, *args, program=["curl"], **more)

    def test_follows_the_events(self):
        job = self.web.call("job.run", pipeline="gated")["job"]
        curl = self.curl("-N", "-H", "Last-Event-ID: " + self.last_id(), self.web.url + "/events")
        # Each event is there when it happens, not when a buffer is full.
        wait_until(lambda: b'"step.started"' in curl.out, lambda: "the first step, but: %r" % bytes(curl.out))
        self.release("first")
        self.release("second")
        expected = self.everything(job)
        wait_until(lambda: b'"job.finished"' in curl.out and curl.out.endswith(b"\n\n"), "the end of the job")
        blocks = [dict(line.split(": ", 1) for line in block.split("\n")) for block in bytes(curl.out).decode().rstrip("\n").split("\n\n")]
        self.assertEqual([json.loads(b["data"]) for b in blocks if b["event"] == "event"], expected)
        self.assertEqual([b["id"] for b in blocks if b["event"] == "event"], ["%(epoch)s:%(seq)d" % e for e in expected])
        curl.process.kill()

    def test_calls(self):
        result = self.curl("-d", '{"jsonrpc":"2.0","id":1,"method":"job.run","params":{"pipeline":"gated"}}', self.web.url + "/rpc").finish()
        job = json.loads(result.text)["result"]["job"]
        self.release("first")
        self.release("second")
        self.assertEqual(self.everything(job)[-1]["data"]["state"], "succeeded")
        big = self.home.write("big.json", json.dumps({"jsonrpc": "2.0", "id": 2, "method": "job.get", "params": {"job": job, "padding": "x" * 500_000}}))
        # Such a body curl announces and waits for 100 Continue; chunked it says no length.
        for words in ((), ("-H", "Expect: 100-continue"), ("-H", "Transfer-Encoding: chunked")):
            result = self.curl(*words, "--data-binary", "@" + big, self.web.url + "/rpc").finish()
            self.assertEqual(json.loads(result.text)["result"]["state"], "succeeded")
        result = self.curl("-o", "/dev/null", "-w", "%{http_code} %{num_connects}\n", self.web.url + "/healthz", "-o", "/dev/null", self.web.url + "/metrics").finish()
        self.assertEqual(result.text, "200 1\n200 0\n")  # one connection
        self.assertEqual(self.curl("-I", self.web.url + "/healthz").finish().text.splitlines()[0], "HTTP/1.1 200 OK")


if __name__ == "__main__":
    main()
