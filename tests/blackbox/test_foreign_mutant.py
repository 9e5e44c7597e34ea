"""A MutAnt daemon as a source: its tasks are jobs, and are started and stopped through the hub."""

import json
import time

from harness import LIMIT, HomeTest, RpcError, Screen, main, of_type, wait_until
from mutant_daemon import PAD, Daemon


class MutantTest(HomeTest):
    def setUp(self):
        super().setUp()
        self.daemon = Daemon()
        self.addCleanup(lambda: self.daemon.stop())
        self.home.allowed_hub_lines = [r"^host\.connected$", r"^host\.lost: "]
        self.home.start_hub()
        self.hub = self.home.client()
        self.hub.call("subscribe")

    def add(self, poll=3600, connected=True):
        self.hub.call("source.add", name="ants", kind="mutant", settings={"url": self.daemon.url, "poll": poll}, secrets={})
        if connected:
            self.wait_state("connected")

    def state(self):
        return self.hub.call("source.list")["sources"][0]

    def wait_state(self, state):
        return wait_until(lambda: (s := self.state())["state"] == state and s, "the source to be " + state)

    def run_there(self, pipeline, **params):
        return self.hub.call("job.run", host="ants", pipeline=pipeline, params=params)["job"]

    def put(self, key="photo", size=3 * PAD, **params):
        return self.run_there("put", user_key=key, source_path=self.home.write(key, b"x" * size), **params)

    def events_of(self, job, until="job.finished"):
        """All events of the job so far, at least to the next of that type."""
        def there():
            return any(p.get("job") == job and p["type"] == until for m, p in self.hub.seen if m == "event")
        end = time.monotonic() + LIMIT
        while not there():
            self.assertLess(time.monotonic(), end, "no %s, but %s" % (until, self.hub.seen[-3:]))
            self.hub.next()
        return [p for m, p in self.hub.seen if m == "event" and p.get("job") == job]

    def phases(self, events):
        return [[(p["id"], p["done"], p["total"]) for p in e["data"].get("phases", [])] for e in of_type(events, "step.progress")]

    def restart_daemon(self):
        port = self.daemon.port
        self.daemon.stop()
        self.daemon = Daemon(port)

    # ---- tests

    def test_put_is_one_step_of_three_phases(self):
        self.add()
        self.daemon.allow(1000)
        job = self.put(public="true")
        events = self.events_of(job)
        self.assert_whole_job(events)
        self.assertEqual([e["data"]["state"] for e in of_type(events, "job.finished")], ["succeeded"])
        plan = events[0]["data"]
        self.assertEqual((plan["title"], plan["pipeline"], plan["source"], plan["capabilities"]),
                         ("put photo", "put", "mutant", ["cancel"]))
        self.assertEqual([s["step"] for s in plan["steps"]], ["put"])
        # A public key is put in two goes; the second adds its pad, and nothing ever goes back.
        self.assertEqual(self.phases(events)[-1], [("reserve", 4, 4), ("write", 4, 4), ("confirm", 4, 4)])
        done = [sum(done for _, done, _ in phases) for phases in self.phases(events)]
        fractions = [e["data"]["fraction"] for e in of_type(events, "step.progress")]
        self.assertEqual((done, fractions), (sorted(done), sorted(fractions)))
        self.assertEqual([e["data"]["value"] for e in of_type(events, "custom")], [{"public_address": "ab" * 16}])
        self.assertEqual(self.hub.call("job.log", job=job, step="put")["text"], "public_address: %s\n" % ("ab" * 16))

    def test_run_shows_the_bars_and_waits(self):
        self.add()
        if b"--host" not in self.home.do("run", "--help").out:
            self.skipTest("stepwire run has no --host yet")
        source = self.home.write("photo", b"x" * 3 * PAD)
        terminal = self.home.terminal("run", "--host", "ants", "put", "user_key=photo", "source_path=" + source)
        self.daemon.allow(6)  # Starting, two pads reserved and written, the third reserved
        terminal.until(lambda out: all(any(words in row and figures in row for row in Screen(out).lines)
                                       for words, figures in (("Reserve pads", "3/3"), ("Write pads", "2/3"),
                                                              ("Confirm pads", "0/3"))), "three bars")
        self.assertIsNone(terminal.process.poll())
        self.daemon.allow(100)
        self.assertEqual(terminal.finish(), 0)

    def test_watch_tells_it_as_json(self):
        self.add()
        job = self.put()
        watch = self.home.start("watch", job, "--json")
        self.daemon.allow(1000)
        self.assert_code(watch.finish(), 0)
        events = [e for e in watch.lines() if e["type"] != "snapshot"]
        self.assertEqual(events[-1]["type"], "job.finished")
        self.assertEqual(self.phases(events)[-1], [("reserve", 3, 3), ("write", 3, 3), ("confirm", 3, 3)])

    def test_all_the_other_work(self):
        self.add()
        self.daemon.allow(1000)
        self.events_of(self.put(key="one", size=PAD, public=True))
        target = str(self.home.root / "work" / "out")
        for pipeline, params, last, words in (
                ("get", {"user_key": "one", "destination_path": target, "public": True}, (1, 1), "size: 1024\n"),
                ("purge", {}, (3, 3), "nb_pads_purged: 1\n"),
                ("health_check", {"key_name": "one", "recycle": "true"}, (1, 1), "nb_keys_recycled: 0\nnb_keys_reset: 0\n")):
            with self.subTest(pipeline):
                job = self.run_there(pipeline, **params)
                events = self.events_of(job)
                self.assert_whole_job(events)
                newest = of_type(events, "step.progress")[-1]["data"]
                self.assertEqual((newest["done"], newest["total"]), last)
                self.assertEqual(self.hub.call("job.log", job=job, step=pipeline)["text"], words)
        self.assertEqual((self.home.work / "out").read_bytes(), b"x" * PAD)
        events = self.events_of(self.run_there("sync"))
        self.assertEqual([e["step"] for e in of_type(events, "step.finished")], ["fetch", "merge", "push", "verify"])
        keys = self.run_there("list_keys")
        self.assertIn('"key":"one"', self.hub.call("job.log", job=keys, step="main")["text"])
        self.run_there("rm", user_key="one")
        self.assertEqual(self.daemon.files, {})
        names = [p["pipeline"] for p in self.hub.call("pipeline.list", host="ants")["pipelines"]]
        self.assertEqual(names, ["put", "get", "sync", "purge", "health_check", "rm", "list_keys", "stats", "import", "export"])

    def test_failures_and_refusals(self):
        self.add()
        self.daemon.allow(1000)
        job = self.run_there("get", user_key="none", destination_path="/nowhere")
        events = self.events_of(job)
        self.assertEqual(events[-1]["data"]["error"]["message"], "Key 'none' not found")
        for pipeline, params, words in (
                ("rm", {"user_key": "none"}, "the daemon refuses it: Key 'none' not found"),
                ("put", {"user_key": "k", "source_path": "/nowhere/x"},
                 r"the daemon refuses it: IO error \(formatted\): Failed to read source file /nowhere/x: .*"),
                ("put", {"user_key": "k"}, "parameter source_path is missing: .*")):
            with self.subTest(words), self.assertRaisesRegex(RpcError, words):
                self.run_there(pipeline, **params)

    def test_stop_leaves_the_key_locked(self):
        self.add()
        job = self.put()
        self.daemon.allow(2)
        self.events_of(job, "step.progress")
        with self.assertRaisesRegex(RpcError, "already being used") as busy:
            self.put()
        self.assertEqual((busy.exception.code, busy.exception.data), (5, {"job": job}))
        self.assertEqual(self.hub.call("job.cancel", job=job)["state"], "cancelled")
        events = self.events_of(job)
        self.assertEqual([e["data"]["state"] for e in of_type(events, "job.changed", "job.finished")], ["cancelling", "cancelled"])
        with self.assertRaisesRegex(RpcError, "keeps its key locked until it is started anew"):
            self.put()
        self.restart_daemon()
        self.wait_state("connected")
        self.daemon.allow(1000)
        wait_until(lambda: self.state()["state"] == "connected" and self.daemon.requests, "the new daemon")
        self.assertEqual(self.events_of(self.put())[-1]["data"]["state"], "succeeded")

    def test_stop_of_what_has_ended_gets_no_answer(self):
        number = self.daemon.start_elsewhere({"type": "Purge", "aggressive": False})
        self.add()
        wait_until(lambda: self.daemon.count("QueryTask") == 1, "the task to be looked at")
        job = self.hub.call("job.list", host="ants")["jobs"][0]["job"]
        self.daemon.allow(1000)
        wait_until(lambda: self.daemon.tasks[number]["status"] == "Completed", "the task to end")
        with self.assertRaisesRegex(RpcError, "could not be stopped any more: it is succeeded"):
            self.hub.call("job.cancel", job=job)
        self.assertEqual(self.daemon.count("StopTask"), 1)
        self.assertEqual(self.events_of(job)[-1]["data"]["state"], "succeeded")

    def test_tasks_of_others(self):
        self.daemon.start_elsewhere({"type": "Purge", "aggressive": True})
        self.daemon.allow(1000)
        wait_until(lambda: list(self.daemon.tasks.values())[0]["status"] == "Completed", "the first to end")
        self.add(poll=0.1)
        self.daemon._gate = type(self.daemon._gate)(0)
        number = self.daemon.start_elsewhere({"type": "Sync", "push_force": False})
        self.daemon.allow(2)
        started = self.hub.until(lambda e: e["type"] == "step.started" and e["step"] == "merge")
        self.assertEqual([e["data"]["title"] for e in of_type(started, "job.queued")], ["sync " + number[:8]])
        self.daemon.allow(1000)
        ended = self.hub.finished(started[-1]["job"])
        self.assertEqual(ended[-1]["data"]["state"], "succeeded")

    def test_a_cut_and_a_restart(self):
        self.add(poll=0.2)
        job = self.put()
        self.daemon.allow(3)
        self.events_of(job, "step.progress")
        self.daemon.cut()
        self.hub.until(lambda e: e["type"] == "host.lost" and e["data"]["name"] == "ants")
        self.hub.until(lambda e: e["type"] == "host.connected")
        self.daemon.allow(9)  # the rest
        events = self.events_of(job)
        self.assertEqual(events[-1]["data"]["state"], "succeeded")
        job = self.put(key="other")
        self.restart_daemon()
        events = self.events_of(job)
        self.assertEqual(events[-1]["data"]["state"], "interrupted")
        self.assertIn("does not know this task", events[-1]["data"]["error"]["message"])

    def test_the_hub_comes_back(self):
        self.add(poll=0.2)
        job = self.put()
        self.daemon.allow(3)
        self.events_of(job, "step.progress")
        self.home.kill_hub()
        self.home.start_hub()
        self.hub = self.home.client()
        self.hub.call("subscribe")
        self.wait_state("connected")
        self.assertEqual(self.hub.call("job.get", job=job)["state"], "running")
        self.daemon.allow(1000)
        self.assertEqual(self.events_of(job)[-1]["data"]["state"], "succeeded")

    def test_updates_that_the_daemon_loses(self):
        self.daemon.pending_race = True
        self.add(poll=0.1)
        job = self.put()
        wait_until(lambda: "does not tell" in json.dumps(self.hub.call("job.get", job=job)), "it to be said")
        self.daemon.allow(1)
        self.assertEqual(self.events_of(job)[-1]["data"]["error"]["message"], "Operation cancelled")

    def test_a_later_daemon(self):
        self.daemon.stop()
        self.daemon = Daemon(later=True)
        self.add()
        self.daemon.allow(1000)
        self.assertEqual(self.phases(self.events_of(self.put()))[-1], [("reserve", 3, 3), ("write", 3, 3), ("confirm", 3, 3)])
        job = self.run_there("get", user_key="photo", destination_path=str(self.home.work / "out"))
        self.assertEqual(self.events_of(job)[-1]["data"]["state"], "succeeded")
        self.assertEqual((self.home.work / "out").read_bytes(), b"x" * 3 * PAD)

    def test_removing_it_takes_its_jobs_away(self):
        self.add()
        self.put()
        self.hub.call("source.remove", name="ants")
        self.assertEqual(self.hub.call("source.list")["sources"], [])
        self.assertEqual([j for j in self.hub.call("job.list")["jobs"] if j["source"] == "mutant"], [])

    def test_nobody_there(self):
        self.daemon.stop()
        self.add(connected=False)
        self.assertIn("reason", wait_until(lambda: (s := self.state()).get("reason") and s, "a reason"))
        with self.assertRaisesRegex(RpcError, "ants cannot be reached") as away:
            self.run_there("sync")
        self.assertEqual(away.exception.code, 7)
        self.daemon = Daemon(self.daemon.port)
        self.wait_state("connected")
        for settings, words in (({"url": "http://x"}, 'setting url is "http://x", expected ws://HOST:PORT/ws'),
                                ({"poll": "often"}, 'setting poll is "often", expected seconds from 0.1 to 3600'),
                                ({"pol": 3}, 'a source of kind mutant has no setting "pol", did you mean "poll"')):
            with self.subTest(words), self.assertRaises(RpcError) as refused:
                self.hub.call("source.add", name="more", kind="mutant", settings=settings, secrets={})
            self.assertEqual(refused.exception.message, words)


if __name__ == "__main__":
    main()
