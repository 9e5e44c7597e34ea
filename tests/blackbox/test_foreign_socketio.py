"""Somebody's Socket.IO server as a source: its user says which event tells what."""

import shutil
import unittest

from foreign_socketio import HERE, ForeignTest
from harness import RpcError, main, of_type

SETTINGS = {"namespace": "/jobs", "event": "job", "id": "id", "title": "name", "done": "at.n", "total": "at.of",
            "unit": "pages", "step": "at.step", "message": "words", "state": "state", "cancel": "stop",
            "hello": '["join", "everything", 7]', "origin": "https://page.example"}


@unittest.skipUnless(shutil.which("node") and (HERE / "node_modules/socket.io").is_dir(), "npm ci was not run")
class SocketioTest(ForeignTest):
    def server(self, *more):
        return self.peer("node", str(HERE / "foreign_socketio_peer.mjs"), *more)

    def added(self, server, token="right", **more):
        self.add("socketio", {"url": "http://127.0.0.1:%d" % server.ports[0], **SETTINGS, **more}, {"token": token})

    def test_a_whole_job(self):
        server = self.server()
        self.added(server)
        self.assertEqual(server.wait("asked"), {"token": "right", "origin": "https://page.example"})
        self.assertEqual(server.wait("join"), ["everything", 7])
        self.wait_state("connected")
        server.tell(say=["other", {"id": 1, "state": "done"}])
        server.tell(say=["job", {"id": 1, "name": "Print", "at": {"n": 1, "of": 2, "step": "Load"}, "words": "paper"}])
        server.tell(say=["job", {"id": 1, "at": {"n": 2, "of": 2, "step": "Load"}}])
        server.tell(say=["job", {"id": 1, "at": {"n": 4, "of": 8, "step": "Ink"}}])
        server.tell(say=["job", {"id": 1, "state": "done"}])
        events = [e for e in self.ended() if e.get("job")]
        queued = events[0]["data"]
        self.assertEqual((queued["title"], queued["source"], queued["via"], queued["capabilities"]),
                         ("Print", "socketio", "there", ["cancel"]))
        self.assertEqual([(e["step"], e["data"]["state"]) for e in of_type(events, "step.finished")],
                         [("load", "succeeded"), ("ink", "succeeded")])
        last = of_type(events, "step.progress")[-1]["data"]
        self.assertEqual((last["done"], last["total"], last["unit"]), (4, 8, "pages"))
        self.assertEqual(events[-1]["data"]["state"], "succeeded")

    def test_cancelling_is_asked_there(self):
        server = self.server()
        self.added(server)
        self.wait_state("connected")
        server.tell(say=["job", {"id": "a b", "at": {"n": 1, "of": 2, "step": "Load"}}])
        job = self.events_until(lambda e: e["type"] == "step.progress")[-1]["job"]
        with self.assertRaisesRegex(RpcError, "only tells what it does"):
            self.client.call("job.pause", job=job, mode="now")
        self.assertEqual(self.client.call("job.cancel", job=job)["state"], "cancelling")
        self.assertEqual(server.wait("stop"), "a b")
        self.assertEqual(self.client.finished(job)[-1]["data"]["state"], "cancelled")

    def test_cuts_refusals_and_returns(self):
        server = self.server()
        self.added(server)
        self.wait_state("connected")
        server.tell(say=["job", {"id": 5, "at": {"n": 1, "of": 3, "step": "Load"}}])
        job = self.events_until(lambda e: e["type"] == "step.progress")[-1]["job"]
        for count, cut in enumerate(("cut", "kick"), 2):
            server.tell(**{cut: True})
            self.events_until(lambda e: e["type"] == "host.lost")
            server.wait("connected", count)
            self.events_until(lambda e: e["type"] == "host.connected")
        # The server goes, the hub goes, both come back: the job is the same.
        port = server.ports[0]
        server.end()
        self.events_until(lambda e: e["type"] == "host.lost")
        self.home.kill_hub()
        server = self.server(str(port))
        self.home.start_hub("--no-listen")
        self.client = self.home.client()
        del self._asker
        self.client.call("subscribe")
        self.wait_state("connected")
        server.tell(say=["job", {"id": 5, "state": "failed", "words": "no ink"}])
        end = self.client.finished(job)[-1]["data"]
        self.assertEqual((end["state"], end["error"]["message"]), ("failed", "no ink"))

    def test_a_wrong_token(self):
        server = self.server()
        self.added(server, token="wrong")
        self.wait_reason('the server refuses: "wrong token"')
        server.wait("asked", 3)  # it goes on asking
        self.assertEqual(self.source()["state"], "lost")
        self.assertNotIn("token", self.source()["settings"])

    def test_servers_with_one_transport(self):
        for transport in ("polling", "websocket"):
            server = self.server("0", '{"transports": ["%s"]}' % transport)
            self.add("socketio", {"url": "http://127.0.0.1:%d" % server.ports[0], **SETTINGS}, {"token": "right"}, transport)
            self.assertEqual(server.wait("connected"), transport)

    def test_settings_are_checked_before(self):
        for settings, sentence in (
                ({"percent": "a..b"}, "setting percent: \"a..b\" is no path"),
                ({"url": "localhost:3000"}, "setting url is \"localhost:3000\", expected an address like"),
                ({"hello": "join"}, "setting hello is \"join\", expected a JSON array of an event"),
                ({"persent": "p"}, "has no setting \"persent\", did you mean \"percent\"")):
            with self.assertRaisesRegex(RpcError, sentence.replace("(", r"\(")):
                self.add("socketio", {"url": "http://127.0.0.1:1", **SETTINGS, **settings})
        self.assertEqual(self.home_client().call("source.list")["sources"], [])


if __name__ == "__main__":
    main()
