"""The hub's own namespace of Socket.IO, followed with socket.io-client."""

import asyncio
import json
import pathlib
import shutil
import subprocess
import threading
import unittest

import socketio

from harness import LIMIT, Running, main, wait_until
from web import WebTest

HERE = pathlib.Path(__file__).resolve().parent

GATED = """
remote = true
[[steps]]
id = "work"
script = 'echo 25%%; while [ ! -e %(work)s/gate ]; do sleep 0.02; done; echo passed'
"""


class Node:
    def __init__(self, test, url, token=None, namespace="", **options):
        if token:
            options.setdefault("auth", {"token": token})
        self.process = subprocess.Popen(["node", str(HERE / "socketio_hub.mjs"), url + namespace, json.dumps(options)],
                                        env=test.home.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        test.addCleanup(self.end)
        self.out, self.next = bytearray(), 1
        self.thread = threading.Thread(target=Running._collect, args=(self.process.stdout, self.out), daemon=True)
        self.thread.start()

    def tell(self, **command):
        self.process.stdin.write(json.dumps(command).encode() + b"\n")
        self.process.stdin.flush()

    def notes(self, kind=None):
        text = bytes(self.out)
        lines = [json.loads(line) for line in text[:text.rfind(b"\n") + 1].splitlines()]
        return [line for line in lines if kind in (None, line["note"])]

    def wait(self, kind, count=1):
        return wait_until(lambda: len(found := self.notes(kind)) >= count and found,
                          lambda: "%d %s, but: %s" % (count, kind, self.notes()))[count - 1]

    def call(self, event, *arguments):
        number, self.next = self.next, self.next + 1
        self.tell(emit=[event, *arguments], id=number)
        return wait_until(lambda: next((n["answer"] for n in self.notes("ack") if n["id"] == number), None), event)

    def events(self):
        return [note["value"] for note in self.notes("event")]

    def finished(self, job):
        wait_until(lambda: any(e["type"] == "job.finished" and e["job"] == job for e in self.events()),
                   lambda: "the end of the job, but: %s" % self.notes()[-5:])
        return self.events()

    def end(self):
        self.process.kill()
        self.process.wait()
        self.thread.join()
        self.process.stdin.close()


@unittest.skipUnless(shutil.which("node") and (HERE / "node_modules/socket.io-client").is_dir(), "npm ci was not run")
class HubTest(WebTest):
    def prepare(self):
        self.home.own_pipeline("gated", GATED % {"work": self.home.work})

    def node(self, token="control", **more):
        token = {"control": self.web.token, "read": self.web.read_token}.get(token, token)
        return Node(self, self.web.url, token, **more)

    def everything(self, job):
        with self.home.client() as reader:
            reader.call("subscribe", epoch=self.client.hello["epoch"], seq=self.client.hello["seq"])
            return reader.finished(job)

    def test_follows_a_job_over_every_transport(self):
        nodes = [self.node(transports=names) for names in (["websocket"], ["polling"], ["polling", "websocket"])]
        for node in nodes:
            node.wait("snapshot")
            self.assertEqual([n["note"] for n in node.notes()], ["connect", "hello", "snapshot"])
            self.assertEqual(node.notes("hello")[0]["value"]["scope"], "control")
        job = nodes[0].call("job:run", {"pipeline": "gated"})["result"]["job"]
        self.release()
        for node in nodes:
            self.assertEqual(node.finished(job), self.everything(job))
            for note in node.notes("event"):
                self.assertEqual(note["offset"], "%(epoch)s:%(seq)d" % note["value"])

    def test_errors_are_those_of_rpc(self):
        node = self.node()
        node.wait("snapshot")
        for method, params in (("job.get", {"job": "none"}), ("job.get", {"job": 7}), ("job.nothing", {}),
                               ("job.run", {"pipeline": "unheard-of"}), ("job.run", {"command": ["true"]}),
                               ("job.run", {"pipeline": "gated", "cwd": "/"})):
            with self.subTest(method=method, params=params):
                self.assertEqual(node.call(method.replace(".", ":"), params)["error"],
                                 self.web.rpc(method, params).json["error"])
        reader = self.node("read")
        reader.wait("snapshot")
        self.assertEqual(reader.call("job:list", {}), {"result": {"jobs": []}})
        self.assertEqual(reader.call("job:run", {"pipeline": "gated"})["error"]["code"], 3)
        refused = self.node("wrong").wait("connect_error")
        self.assertEqual(refused["data"]["code"], 3)
        self.assertEqual(self.node(namespace="/other").wait("connect_error")["message"], "Invalid namespace")
        self.assertEqual(self.web.get("/socket.io/?EIO=4&transport=polling",
                                      headers={"Origin": "https://evil.example"}).status, 403)

    def test_recovers_twice(self):
        for transports in (["websocket"], ["polling"]):
            with self.subTest(transports):
                (self.home.work / "gate").unlink(missing_ok=True)
                node = self.node(transports=transports)
                node.wait("snapshot")
                job = node.call("job:run", {"pipeline": "gated"})["result"]["job"]
                for count in (2, 3):
                    before = len(node.events())
                    wait_until(lambda n=node, b=before, c=count: c > 2 or len(n.events()) > 0, "an event")
                    node.tell(cut=True)
                    self.client.call("emit", job=job, name="missed", value=count)
                    self.assertTrue(node.wait("connect", count)["recovered"], node.notes())
                self.release()
                events = node.finished(job)
                self.assertEqual([e for e in events if e["job"] == job],
                                 [e for e in self.everything(job) if e["job"] == job])
                self.assertEqual(len(node.notes("snapshot")), 1)

    def test_rooms(self):
        node = self.node()
        node.wait("snapshot")
        mine, other = (self.web.call("job.run", pipeline="gated")["job"] for _ in range(2))
        for room in ("job:" + mine, {"room": "job:" + mine}):
            self.assertEqual(node.call("joinRoom", room)["result"]["room"], "job:" + mine)
        self.assertEqual(node.call("joinRoom", "nothing")["error"]["code"], -32602)
        before = len(node.events())
        for job in (other, mine):
            self.client.call("emit", job=job, name="said", value=job)
        wait_until(lambda: any(e["type"] == "custom" for e in node.events()), "the custom event")
        self.assertEqual({e["job"] for e in node.events()[before:]}, {mine})
        self.assertEqual(node.call("leaveRoom", {"room": "job:" + mine})["result"], {"room": "job:" + mine})
        node.wait("snapshot", 2)
        self.client.call("emit", job=other, name="again", value=1)
        wait_until(lambda: any(e["data"].get("name") == "again" for e in node.events()), "the event of the other")
        self.release()

    def test_who_comes_back_has_the_rights_of_the_new_token(self):
        node = self.node(transports=["websocket"])
        node.wait("snapshot")
        job = node.call("job:run", {"pipeline": "gated"})["result"]["job"]
        node.wait("event")
        node.tell(auth={"token": self.web.read_token}, cut=True)
        self.assertTrue(node.wait("connect", 2)["recovered"])
        self.assertEqual(node.wait("hello", 2)["value"]["scope"], "read")
        self.assertEqual(node.call("job:cancel", {"job": job})["error"]["code"], 3)

    def test_requests(self):
        node = self.node()
        node.wait("snapshot")

        def call(event, **params):
            return node.call(event, params)["result"]

        self.assertIn("gated", [p["pipeline"] for p in call("pipeline:list")["pipelines"]])
        job = call("job:run", pipeline="gated")["job"]
        wait_until(lambda: call("job:get", job=job)["fraction"], "progress")
        call("job:pause", job=job)
        self.assertEqual(call("job:get", job=job), self.web.call("job.get", job=job))
        self.assertEqual(call("job:get", job=job)["state"], "paused")
        call("job:resume", job=job)
        call("job:cancel", job=job)
        self.assertEqual(call("job:get", job=job)["state"], "cancelled")
        self.assertEqual(call("job:log", job=job, step="work"), self.web.call("job.log", job=job, step="work"))
        reported = call("report:start", title="elsewhere", steps=["a"])["job"]
        call("report:progress", job=reported, step="a", fraction=0.5)
        call("report:finish", job=reported)
        self.assertEqual(node.finished(reported), self.everything(reported))
        # What it missed of one job, and nothing else.
        before = len(node.events())
        hello = self.client.hello
        answer = call("subscribe", epoch=hello["epoch"], seq=hello["seq"], jobs=[reported], types=["job.*"])
        self.assertTrue(answer["recovered"])
        wanted = [e["type"] for e in self.everything(reported) if e["job"] == reported and e["type"].startswith("job.")]
        wait_until(lambda: len(node.events()) - before >= len(wanted), "the events again")
        self.assertEqual([e["type"] for e in node.events()[before:]], wanted)

    def test_too_many_wrong_tokens(self):
        self.node().wait("snapshot")

        def refused():
            return self.node("wrong", transports=["websocket"]).wait("connect_error")["data"]
        data = wait_until(lambda: (d := refused())["code"] == 4 and d, "a refusal for being too fast")
        self.assertGreater(data["retry_after_ms"], 0)

    def test_the_cookie_of_the_login(self):
        answer = self.web.ask("POST", "/login", self.web.read_token.encode(), token=None)
        cookie = answer.header("set-cookie").split(";")[0]
        node = self.node(None, extraHeaders={"Cookie": cookie})
        self.assertEqual(node.wait("hello")["value"]["scope"], "read")

    def test_a_position_from_before_the_hub_was_restarted(self):
        job = self.client.call("report.start", title="stays", steps=["a"])["job"]
        since = "%(epoch)s:%(seq)d" % self.client.hello
        self.assertEqual(self.home.stop_hub(), 0)
        self.home.start_hub(*self.hub_arguments)
        self.web = self.reach(self.home)
        node = self.node(None, auth={"token": self.web.token, "since": since})
        node.wait("event")
        wait_until(lambda: any(e["type"] == "hub.resumed" for e in node.events()), "hub.resumed")
        self.assertEqual([(e["type"], e.get("job")) for e in node.events()][:1], [("job.queued", job)])
        self.assertEqual(node.notes("snapshot"), [])

    def test_python(self):
        async def conversation():
            client = socketio.AsyncClient(reconnection=False)
            seen = []
            ended = asyncio.Event()

            def event(value, _offset):
                if value["type"] == "job.finished":
                    ended.set()
            client.on("hello", lambda *_: seen.append("hello"))
            client.on("snapshot", lambda *_: seen.append("snapshot"))
            client.on("event", event)
            await client.connect(self.web.url, auth={"token": self.web.token}, wait_timeout=int(LIMIT))
            answer = await client.call("job:run", {"pipeline": "gated"}, timeout=int(LIMIT))
            self.assertEqual(seen, ["hello", "snapshot"])
            self.release()
            await asyncio.wait_for(ended.wait(), LIMIT)
            await client.disconnect()
            return answer["result"]["job"]

        job = asyncio.run(conversation())
        self.assertEqual(self.client.call("job.get", job=job)["state"], "succeeded")

    def test_a_drained_hub_says_so(self):
        node = self.node()
        node.wait("snapshot")
        self.assertEqual(self.home.stop_hub(), 0)
        self.assertIn(node.wait("disconnect")["reason"], ("io server disconnect", "transport close"))


if __name__ == "__main__":
    main()
