"""Slop Studios 3 as a source, against a server that behaves as the real one does (slop_server.mjs)."""

import json
import pathlib
import re
import shutil
import subprocess
import threading
import unittest

from harness import FINAL, HomeTest, RpcError, main, of_type, wait_until

HERE = pathlib.Path(__file__).resolve().parent


class Studio:
    """The server, and what it says of itself."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(["node", HERE / "slop_server.mjs", *arguments], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.said = []
        self.port = re.fullmatch(r"listening (\d+)\n", self.process.stdout.readline()).group(1)
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.said.append(line.rstrip("\n"))

    def order(self, what):
        before = self.said.count("done " + what)
        self.process.stdin.write(what + "\n")
        self.process.stdin.flush()
        wait_until(lambda: self.said.count("done " + what) > before, "the server to " + what)

    def end(self):
        if self.process.returncode is not None:
            return
        self.process.kill()
        self.process.wait()
        self.reader.join()
        self.process.stdin.close()
        self.process.stdout.close()


@unittest.skipUnless(shutil.which("node") and (HERE / "node_modules/socket.io").is_dir(), "npm ci was not run")
class SlopTest(HomeTest):
    def setUp(self):
        super().setUp()
        self.home.allowed_hub_lines.append(r"^host\.(connected|lost: .*|notification: .*)$")
        self.studio = Studio()
        self.addCleanup(self.studio.end)

    def begin(self, **settings):
        self.home.start_hub()
        self.client = self.home.client()
        self.client.call("subscribe")
        self.add(**settings)
        self.client.until(lambda e: e["type"] == "host.connected")

    def add(self, name="studio", token="good", **settings):
        return self.client.call("source.add", name=name, kind="slop",
                                settings={"url": "http://127.0.0.1:" + self.studio.port, **settings},
                                secrets={"token": token})

    def run_job(self, pipeline, **params):
        return self.client.call("job.run", host="studio", pipeline=pipeline, params=params)["job"]

    def job(self, job):
        return self.client.call("job.get", job=job)

    def until(self, job, type, predicate=lambda e: True):
        return self.client.until(lambda e: e.get("job") == job and e["type"] == type and predicate(e["data"]))

    def ended(self, job, state="succeeded"):
        events = [e for e in self.client.finished(job) if e.get("job") == job]
        self.assertEqual(events[-1]["data"]["state"], state, events[-1])
        return events

    def output(self, events, step=None):
        return "".join(e["data"]["text"] for e in of_type(events, "step.output") if step in (None, e["step"]))

    @staticmethod
    def flow(*prompts, **more):
        steps = [{"id": "s%d" % n, "name": "Step %d" % n, "prompt": p, **({"dependencies": ["s%d" % (n - 1)]} if n else {})}
                 for n, p in enumerate(prompts)]
        return json.dumps({"id": "wf_1", "name": "Album", "steps": steps, **more})

    # -- each kind of work

    def test_claude(self):
        self.begin()
        watcher = self.home.start("watch", "--json")
        wait_until(watcher.lines, "watch to begin")
        events = self.ended(self.run_job("claude", prompt="Write an essay", timeoutMs="5000"))
        self.assert_whole_job(events)
        wait_until(lambda: any(line.get("type") == "job.finished" for line in watcher.lines()), "watch to show it")
        self.assertEqual([e for e in watcher.lines() if e.get("job") == events[0]["job"]], events)
        self.assertEqual(self.output(events), "one two\n")
        plan = events[0]["data"]
        self.assertEqual((plan["title"], plan["pipeline"], plan["source"], plan["via"], plan["capabilities"]),
                         ("Write an essay", "claude", "slop", "studio", ["cancel"]))

        events = self.ended(self.run_job("claude", prompt="please fail"), "failed")
        self.assertEqual(events[-1]["data"]["error"]["message"], "no credit")
        self.assertEqual(events[-1]["data"]["error"]["exit_code"], 1)

    def test_what_was_queued_ends_without_an_event(self):
        self.begin()
        job = self.run_job("claude", prompt="queue wait")
        self.until(job, "job.changed", lambda d: d.get("queue_position") == 2)
        self.studio.order("release")
        self.assertEqual(self.output(self.ended(job)), "at last\n")

        # Of a pattern there is no acknowledgement either: the answer comes with the first event.
        job = self.run_job("strudel", code="queue wait")
        self.assertEqual(self.job(job)["state"], "queued")
        self.studio.order("release")
        self.ended(job)

    def test_strudel(self):
        self.begin()
        first = self.run_job("strudel", code="wait s(1)", duration="2")
        second = self.run_job("strudel", code="s(2)")  # answered while the first goes on
        events = self.ended(second)
        self.assertEqual(self.output(events), "wav, 2 s, 44100 Hz, 2 channels, 352844 bytes\n")
        figures = [(e["data"]["done"], e["data"]["total"], e["data"]["unit"]) for e in of_type(events, "step.progress")]
        self.assertEqual(figures[-1], (50, 100, "%"))
        self.assertEqual(self.job(first)["state"], "running")
        self.assertEqual(self.client.call("job.cancel", job=first)["state"], "cancelling")
        self.ended(first, "cancelled")
        with self.assertRaisesRegex(RpcError, "the server refuses what it was given: .*code cannot be empty"):
            self.run_job("strudel", code="bad")

    def test_a_workflow_has_its_steps_though_its_beginning_is_missed(self):
        self.begin()
        job = self.run_job("workflow", workflow=self.flow("wait", "mix"))
        steps = self.job(job)["steps"]
        self.assertEqual([(s["step"], s["title"], s["needs"]) for s in steps],
                         [("s0", "Step 0", []), ("s1", "Step 1", ["s0"])])
        self.until(job, "step.started", lambda d: True)  # known by status alone: the event had no listener
        self.studio.order("release")
        events = self.ended(job)
        self.assertEqual([self.output(events, "s0"), self.output(events, "s1")], ["wait done\n", "mix done\n"])

        events = self.ended(self.run_job("workflow", workflow=self.flow("a", "fail", "c")), "failed")
        self.assertEqual({s["step"]: s["state"] for s in self.job(events[-1]["job"])["steps"]},
                         {"s0": "succeeded", "s1": "failed", "s2": "skipped"})
        self.assertEqual(events[-1]["data"]["error"]["message"], "agent gave up")

    def test_pause(self):
        self.begin()
        job = self.run_job("workflow", workflow=self.flow("wait", "mix"))
        self.until(job, "step.started")
        self.assertEqual(self.client.call("job.pause", job=job)["state"], "pausing")
        self.assertEqual(self.client.call("job.resume", job=job)["state"], "running")
        self.client.call("job.pause", job=job)
        self.studio.order("release")
        self.until(job, "job.changed", lambda d: d.get("state") == "paused")
        with self.assertRaisesRegex(RpcError, "cannot resume it: its runs end when they are paused"):
            self.client.call("job.resume", job=job)
        self.assertEqual(self.job(job)["state"], "paused")
        # The server says `running` of it for ever, and that there is nothing to cancel.
        self.client.call("job.cancel", job=job)
        self.ended(job, "cancelled")

    def test_cancel(self):
        self.begin()
        claude = self.run_job("claude", prompt="wait")
        self.client.call("job.cancel", job=claude)
        self.ended(claude, "cancelled")
        flow = self.run_job("workflow", workflow=self.flow("wait", "mix"))
        self.client.call("job.cancel", job=flow)
        self.studio.order("release")
        self.ended(flow, "cancelled")
        talk = self.run_job("discussion", topic="wait", config='{"participants": [{"role": "dev"}]}')
        with self.assertRaisesRegex(RpcError, "cannot cancel a discussion"):
            self.client.call("job.cancel", job=talk)

    def test_critique_and_discussion(self):
        self.begin()
        config = '{"qualityCriteria": [{"name": "short"}], "maxIterations": 3}'
        job = self.run_job("critique", task="wait", config=config)  # acknowledged at the end only
        self.studio.order("release")
        events = self.ended(job)
        self.assertEqual(self.output(events), "[iteration 1] feedback 1\n[iteration 2] feedback 2\npolished\n")
        with self.assertRaisesRegex(RpcError, "No agent available"):
            self.run_job("critique", task="offline", config=config)
        events = self.ended(self.run_job("discussion", topic="Tabs?", config='{"participants": [{"role": "dev"}], "maxRounds": 1}'))
        self.assertEqual(self.output(events), "[dev] Yes.\n[round 1] All say yes.\nYes it is.\n")

    # -- the connection

    def test_a_cut(self):
        self.begin()
        jobs = {
            "claude": self.run_job("claude", prompt="wait"),
            "flow": self.run_job("workflow", workflow=self.flow("wait", "mix")),
            "talk": self.run_job("discussion", topic="wait", config='{"participants": [{"role": "dev"}]}'),
        }
        self.studio.order("cut")
        self.client.until(lambda e: e["type"] == "host.lost")
        self.client.until(lambda e: e["type"] == "host.connected")
        # Nobody can say any more what becomes of a discussion; the others are asked for.
        states = {}

        def all_ended(event):
            if event["type"] == "job.finished":
                states[event["job"]] = (event["data"]["state"], (event["data"].get("error") or {}).get("message"))
                if len(states) == 1:
                    self.studio.order("release")
            return len(states) == 3

        events = self.client.until(all_ended, 30)
        self.assertEqual(states[jobs["talk"]],
                         ("interrupted", "the connection broke, and the server does not say what became of it"))
        self.assertEqual(states[jobs["claude"]], ("succeeded", None))
        self.assertEqual(states[jobs["flow"]], ("succeeded", None))
        rest = self.output([e for e in events if e.get("job") == jobs["claude"]])
        self.assertEqual(rest, "two\n")  # the room has told its whole output, of which a part was here already

    def test_kicked_and_forgotten(self):
        self.begin()
        job = self.run_job("claude", prompt="wait")
        self.studio.order("forget")
        self.studio.order("kick")  # after which a client of Socket.IO stays away by itself
        lost = self.client.until(lambda e: e["type"] == "host.lost")[-1]
        self.assertEqual(lost["data"]["reason"], "the server has ended the connection")
        events = self.ended(job, "interrupted")
        self.assertEqual(events[-1]["data"]["error"]["message"], "the server does not know it any more")

    def test_a_new_life_of_the_hub(self):
        self.begin()
        job = self.run_job("workflow", workflow=self.flow("wait", "mix"))
        self.home.stop_hub()
        self.studio.order("release")
        self.home.start_hub()
        self.client = self.home.client()
        wait_until(lambda: self.job(job)["state"] in FINAL, "the job to be over", 30)
        self.assertEqual(self.job(job)["state"], "succeeded")
        self.assertEqual([s["state"] for s in self.job(job)["steps"]], ["succeeded", "succeeded"])

    def test_refused(self):
        self.home.start_hub()
        self.client = self.home.client()
        self.client.call("subscribe")
        self.add(token="stolen")
        lost = self.client.until(lambda e: e["type"] == "host.lost")[-1]
        self.assertEqual(lost["data"]["reason"], "the server does not accept the token: it is missing, wrong or expired")
        with self.assertRaisesRegex(RpcError, "studio cannot be reached"):
            self.run_job("claude", prompt="x")
        self.assertNotIn("stolen", json.dumps(self.client.call("source.list")))

    def test_who_connects_too_often_waits(self):
        self.studio.end()
        self.studio = Studio("2", "5000")
        self.addCleanup(self.studio.end)
        self.begin(namespaces="/")
        self.studio.order("kick")
        self.client.until(lambda e: e["type"] == "host.connected")
        self.studio.order("kick")
        self.client.until(lambda e: e["type"] == "host.lost")
        wait_until(lambda: self.client.call("source.list")["sources"][0].get("reason") ==
                   "the server lets a user connect ten times a minute at most", "the refusal")
        self.client.until(lambda e: e["type"] == "host.connected", 40)

    def test_a_source_that_goes_answers_who_waits(self):
        self.begin()
        number = self.client.start("job.run", host="studio", pipeline="claude", params={"prompt": "silence"})
        self.client.call("source.remove", name="studio")
        with self.assertRaisesRegex(RpcError, "the source has been removed"):
            self.client.answer(number)

    def test_rooms_and_what_is_only_declared(self):
        self.begin(rooms="claude:claude_9, user:u2")
        for room in ("claude:claude_9", "user:u2"):
            wait_until(lambda: "joined " + room in self.studio.said, "the room to be joined")
        # The other namespaces come when the connection has lasted.
        wait_until(lambda: {"connected /media", "connected /notifications"} <= set(self.studio.said), "namespaces", 20)
        self.studio.order("media")
        events = self.client.until(lambda e: e["type"] == "job.finished")
        self.assertEqual(self.output(events), "http://studio/m1.mp3\n")
        self.studio.order("notification")
        told = self.client.until(lambda e: e["type"] == "host.notification")[-1]["data"]
        self.assertEqual((told["name"], told["level"], told["title"], told["message"]),
                         ("studio", "warning", "Quota", "almost used"))

    def test_what_is_refused_before_it_is_sent(self):
        self.begin()
        pipelines = {p["pipeline"]: p for p in self.client.call("pipeline.list", host="studio")["pipelines"]}
        self.assertEqual(set(pipelines), {"claude", "strudel", "workflow", "critique", "discussion"})
        self.assertEqual(pipelines["claude"]["parameters"][0]["name"], "prompt")
        for pipeline, params, sentence in (("claude", {}, "parameter prompt is missing"),
                                           ("workflow", {"workflow": "wf_1"}, "expected a JSON object"),
                                           ("paint", {}, "this server runs no \"paint\"")):
            with self.assertRaisesRegex(RpcError, sentence):
                self.run_job(pipeline, **params)
        with self.assertRaisesRegex(RpcError, "takes no more of these for now"):
            self.run_job("claude", prompt="much")


if __name__ == "__main__":
    main()
