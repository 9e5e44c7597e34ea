"""Frappe as a source: generations 13 to 2026 of its realtime server, each with its traps."""

import json
import shutil
import socket
import unittest

from foreign_socketio import HERE, ForeignTest
from harness import SLOW, main, of_type, wait_until


@unittest.skipUnless(shutil.which("node") and (HERE / "node_modules/socket.io-2").is_dir(), "npm ci was not run")
class FrappeTest(ForeignTest):
    def site(self, **options):
        options.setdefault("default_site", "site1.local")
        peer = self.peer("node", str(HERE / "frappe_peer.mjs"), json.dumps(options))
        self.web, self.realtime = peer.ports
        return peer

    def added(self, secrets=None, name="there", **settings):
        self.add("frappe", {"url": "http://127.0.0.1:%d" % self.web, "socketio": "http://127.0.0.1:%d" % self.realtime,
                            "site": "site1.local", **settings}, secrets or {"cookie": "good"}, name)

    def publish(self, peer, event, message, room=None):
        peer.tell(publish={"event": event, "message": message, **({"room": room} if room else {})})

    def assert_hears(self, peer):
        """What is published for this user becomes a job that ends."""
        for percent in (0, 40, 100):
            self.publish(peer, "progress", {"percent": percent, "title": "Import", "description": "rows"},
                         "user:someone@example.org")
        events = self.ended()
        queued = of_type(events, "job.queued")[-1]
        self.assertEqual((queued["data"]["title"], queued["data"]["source"]), ("Import", "frappe"))
        self.assert_whole_job([e for e in events if e.get("job") == queued["job"]])
        self.assertEqual(events[-1]["data"]["state"], "succeeded")

    def test_each_generation_with_a_cookie(self):
        for number, generation in enumerate((13, 14, 15, 2026)):
            with self.subTest(generation=generation):
                peer = self.site(generation=generation)
                name = "site%d" % number
                self.added(name=name, documents="ToDo/TD-1, ToDo/secret", tasks="t1,t2")
                connected = peer.wait("connected")
                self.assertEqual(connected["user"], "someone@example.org")
                self.assertEqual(connected["nsp"], "/site1.local" if generation >= 15 else "/")
                self.assertEqual(peer.notes("asked")[-1]["origin"], "http://127.0.0.1:%d" % self.web)
                self.wait_state("connected", name)
                self.assert_hears(peer)
                peer.wait("doc_subscribe", 2)
                self.assertEqual(sorted(peer.notes("doc_subscribe")), [["ToDo", "TD-1", True], ["ToDo", "secret", False]])
                peer.wait("progress_subscribe", 2)
                self.publish(peer, "progress", {"percent": 100, "title": "Document"}, "doc:ToDo/TD-1")
                self.assertEqual(of_type(self.ended(), "job.queued")[-1]["data"]["title"], "Document")
                self.publish(peer, "task_status_change", {"task_id": "t2", "status": "Running"}, "task_progress:t2")
                self.publish(peer, "task_status_change", {"task_id": "t2", "status": "Failed", "error": "no disk"},
                             "task_progress:t2")
                end = self.ended()[-1]["data"]
                self.assertEqual((end["state"], end["error"]["message"]), ("failed", "no disk"))
                self.client.call("source.remove", name=name)

    def test_with_an_api_key(self):
        peer = self.site()
        self.added({"api_key": "key:secret"})
        self.assertEqual(peer.wait("connected")["user"], "robot@example.org")
        self.wait_state("connected")
        self.assertNotIn("secret", repr(self.source()))

    def test_ai_progress_is_one_job_in_phases(self):
        peer = self.site()
        self.added()
        self.wait_state("connected")
        for message in ({"type": "thinking", "message": "🔍 Analyzing"}, {"type": "plan", "message": "1. a file"},
                        {"type": "working", "message": "⚙️ Step 1/2: a file"},
                        {"type": "step_complete", "step": 1, "total": 2, "message": "✅ Created"},
                        {"type": "complete", "message": "Done"}):
            self.publish(peer, "ai_progress", message, "user:someone@example.org")
        events = [e for e in self.ended() if e.get("job")]
        self.assertEqual(len({e["job"] for e in events}), 1)
        self.assertEqual([(e["step"], e["data"]["state"]) for e in of_type(events, "step.finished")],
                         [("thinking", "succeeded"), ("plan", "succeeded"), ("working", "succeeded")])
        self.assertEqual(of_type(events, "step.progress")[-1]["data"]["done"], 1)
        log = self.home_client().call("job.log", job=events[0]["job"], step="plan")
        self.assertEqual(log["text"], "1. a file\n")

    def test_subscriptions_are_renewed_after_a_cut(self):
        peer = self.site()
        self.added(documents="ToDo/TD-1")
        peer.wait("doc_subscribe")
        self.wait_state("connected")
        peer.tell(cut=True)
        self.events_until(lambda e: e["type"] == "host.lost")
        peer.wait("doc_subscribe", 2)
        self.events_until(lambda e: e["type"] == "host.connected")
        self.publish(peer, "progress", {"percent": 100, "title": "Document"}, "doc:ToDo/TD-1")
        self.assertEqual(self.ended()[-1]["data"]["state"], "succeeded")

    def test_refusals_say_what_to_change(self):
        self.site()
        self.added(site="site2.local", name="a")
        self.wait_reason("set site to the name of the site's folder", "a")
        self.added(socketio="http://localhost:%d" % self.realtime, name="b")
        self.wait_reason('url and socketio to have the same host, but they have "127.0.0.1" and "localhost"', "b")
        with socket.socket() as dead:
            dead.bind(("127.0.0.1", 0))
            self.added(url="http://127.0.0.1:%d" % dead.getsockname()[1], name="c")
            self.wait_reason("cannot reach the site at http://127.0.0.1:%d to ask who we are" % dead.getsockname()[1], "c")
        self.added({"api_key": "key:wrong"}, name="d")
        self.wait_reason("does not accept the cookie or API key", "d")
        self.added({"cookie": "expired"}, name="e")  # is let in, as a guest who hears nothing
        self.wait_reason("does not accept the cookie or API key", "e")
        self.added(socketio="http://127.0.0.1:%d" % self.web, name="f")
        self.wait_reason("is no realtime server of Frappe: set socketio to its address and port", "f")
        self.site(generation=14)
        self.added({"api_key": "key:secret"}, name="g")
        self.wait_reason("takes no API key for realtime: set cookie to the sid", "g")
        self.site(generation=13)
        self.added({"api_key": "key:secret"}, name="h")
        self.wait_reason("takes no API key for realtime: set cookie to the sid", "h")

    def test_who_refuses_and_lets_in_at_once_has_refused(self):
        peer = self.site(bug=True)
        self.added(site="site2.local")
        self.wait_reason("set site to the name of the site's folder")
        peer.wait("asked", 2)
        self.assertEqual(self.source()["state"], "lost")

    def test_a_new_session_is_found_by_itself(self):
        peer = self.site()
        self.added({"cookie": "later"})
        self.wait_reason("does not accept the cookie or API key")
        peer.tell(sid="later")
        self.wait_state("connected")

    def test_asks_every_second_where_realtime_does_not_work(self):
        peer = self.site(closed=True)
        self.added(conversation="c 1&2")
        self.wait_state("connected")
        updates = [{"type": "thinking", "message": "Hm"}]
        peer.tell(updates=updates)
        self.events_until(lambda e: e["type"] == "step.progress" and e["data"].get("message") == "Hm")
        peer.tell(updates=updates + [{"type": "complete"}])
        events = self.ended()
        self.assertEqual(events[-1]["data"]["state"], "succeeded")
        self.assertFalse(of_type(events, "step.output"))  # told once
        wait_until(lambda: len(peer.notes("polled")) >= 4, "polls")
        polled = peer.notes("polled")
        self.assertEqual(polled[0]["conversation"], "c 1&2")
        gaps = [b["at"] - a["at"] for a, b in zip(polled, polled[1:])]
        self.assertTrue(all(900 <= gap <= 2500 * SLOW for gap in gaps), gaps)
        self.assertEqual(self.source()["state"], "connected")

        # Where it does, nobody is asked.
        peer.tell(open=True)
        peer.wait("connected")
        self.assert_hears(peer)
        self.added(name="other", conversation="other")
        self.wait_state("connected", "other")
        count = len(peer.notes("polled"))
        peer.tell(cut=True)  # the line is tried again at once, the poll waits for it to fail
        peer.wait("connected", 4)
        self.assertEqual(len(peer.notes("polled")), count)

    def test_socketio_2_is_kept_alive(self):
        peer = self.site(generation=13, ping=1000)
        self.added()
        peer.wait("ping")
        count = len(peer.notes("connected"))  # what came before found out which protocol is spoken here
        peer.wait("ping", 4)
        self.assertEqual(len(peer.notes("connected")), count)
        self.assert_hears(peer)


if __name__ == "__main__":
    main()
