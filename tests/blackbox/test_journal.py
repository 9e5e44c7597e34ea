"""What outlives a hub: the journal, the logs, and what a waiting or retried job needs."""

import contextlib
import hashlib
import os
import resource
import signal
import sqlite3
import stat
import subprocess

from fold import Fold, History, bare, comparable, is_state_change
from harness import (FINAL, LIMIT, SLOW, HomeTest, RpcError, main, of_type, scaled, wait_until)

GATED = """
[[steps]]
id = "work"
script = 'echo up; while [ ! -e gate ]; do sleep 0.02; done; echo passed'
"""

# Each step notes its attempt; `middle` waits for a gate.
THREE = """
[[steps]]
id = "first"
outputs = ["word"]
script = '''
echo "$STEPWIRE_OUTPUT" >> ran
echo first words
echo "word=probed" >> "$STEPWIRE_OUTPUT"
'''
[[steps]]
id = "middle"
script = '''
echo "$STEPWIRE_OUTPUT" >> ran
echo "$STEPWIRE_STEPS_FIRST_WORD"
while [ ! -e gate ]; do sleep 0.02; done
'''
[[steps]]
id = "last"
script = 'echo "$STEPWIRE_OUTPUT" >> ran'
"""


class JournalTest(HomeTest):
    def setUp(self):
        super().setUp()
        self.journal = self.home.state / "journal.sqlite"
        self.client = None

    def up(self, *args, **more):
        """Starts the hub, or starts it again, and connects."""
        self.home.start_hub(*args, **more)
        self.client = self.home.client()
        return self.client

    def down(self, how="kill"):
        if how == "kill":
            self.home.kill_hub()
        else:
            self.assertEqual(self.home.stop_hub(), 0)

    def again(self, how="kill"):
        self.down(how)
        return self.up()

    def run_toml(self, toml, **more):
        return self.client.call("job.run", toml=toml, cwd=str(self.home.work), **more)["job"]

    def run_command(self, *command, **more):
        return self.client.call("job.run", command=list(command), cwd=str(self.home.work), terminal=False, **more)["job"]

    def job(self, job):
        return self.client.call("job.get", job=job)

    def state(self, job):
        return self.job(job)["state"]

    def wait_for(self, job, *states, deadline=None):
        wait_until(lambda: self.state(job) in states, lambda: "%s of %s" % (states, self.job(job)), deadline)

    def running(self, job, step):
        def look():
            return next(s["state"] for s in self.job(job)["steps"] if s["step"] == step) == "running"
        wait_until(look, "step %s to run" % step)

    def gate(self):
        self.home.write("gate", "")

    def ran(self):
        """(job, step, attempt) of all that ran, in order."""
        path = self.home.work / "ran"
        names = [line.rsplit("/", 2)[1:] for line in path.read_text().splitlines()] if path.exists() else []
        return [(job, *name.split(".")[:2]) for job, name in names]

    def pages(self, limit, **more):
        jobs, cursor = [], {}
        while True:
            page = self.client.call("job.list", limit=limit, **more, **cursor)
            jobs += page["jobs"]
            if not page.get("cursor"):
                return jobs
            cursor = {"cursor": page["cursor"]}

    def replay(self, seq=0):
        """All state changes that are held, up to now."""
        with self.home.client() as late:
            answer = late.call("subscribe", epoch=late.hello["epoch"], seq=seq)
            self.assertTrue(answer["recovered"], answer)
            events = []
            while not events or events[-1]["seq"] < answer["seq"]:
                events.append(late.event())
            return [bare(e) for e in events if is_state_change(e)]

    def hash(self):
        return hashlib.sha256(self.journal.read_bytes()).hexdigest()

    def folder(self, job):
        return self.home.state / "jobs" / job


class Restart(JournalTest):
    def test_epoch_and_identity_stay_and_numbers_rise(self):
        self.up()
        hello = self.client.hello
        job = self.run_command("true")
        self.wait_for(job, "succeeded")
        before = self.replay()
        for how in ("kill", "term"):
            self.again(how)
            self.assertEqual((self.client.hello["epoch"], self.client.hello["hub"]), (hello["epoch"], hello["hub"]))
            after = self.replay()
            self.assertEqual(after[:len(before)], before)
            self.assertEqual([e["type"] for e in after[len(before):]], ["hub.resumed"])
            resumed = after[-1]
            self.assertEqual(resumed["data"]["from"], before[-1]["seq"] + 1)
            self.assertEqual(resumed["seq"], resumed["data"]["to"] + 1)
            self.assertGreater(resumed["seq"], before[-1]["seq"])
            before = after

    def test_position_within_the_output_of_the_life_before(self):
        """A reader may have seen more than the last state change."""
        self.up()
        self.client.call("subscribe")
        job = self.run_command("sh", "-c", "echo up; while [ ! -e gate ]; do sleep 0.02; done")
        last = self.client.until(lambda e: e["type"] == "step.output")[-1]
        epoch = self.client.hello["epoch"]
        for _ in range(scaled(10, 3)):
            self.home.kill_hub()
            self.home.start_hub()
            with self.home.client() as late:  # at once: before the hub's first words of this life are on disk
                answer = late.call("subscribe", epoch=epoch, seq=last["seq"])
                self.assertTrue(answer["recovered"], answer)
                events = late.until(lambda e: e["type"] == "hub.resumed")
                self.assertGreater(events[0]["seq"], last["seq"])
                last = events[-1]
        self.client = self.home.client()
        self.assertEqual(self.state(job), "interrupted")

    def test_watch_goes_on_across_a_kill(self):
        self.up()
        watch = self.home.start("watch", "--json", "--since", "%s:0" % self.client.hello["epoch"])
        first = self.run_command("sh", "-c", "echo up; echo 10%; while [ ! -e gate ]; do sleep 0.02; done")
        wait_until(lambda: of_type(watch.lines(), "step.output"), "the first life to be seen")
        self.down()
        seen = watch.finish().lines
        self.up()
        watch = self.home.start("watch", "--json", "--since", "%s:%d" % (seen[-1]["epoch"], seen[-1]["seq"]))
        second = self.run_command("echo", "x")
        wait_until(lambda: any(e["type"] == "job.finished" and e["job"] == second for e in watch.lines()), "the second life to be seen")
        watch.signal(signal.SIGTERM)
        seen += watch.finish().lines
        numbers = [e["seq"] for e in seen]
        self.assertEqual(numbers, sorted(set(numbers)))
        self.assertEqual({e["epoch"] for e in seen}, {self.client.hello["epoch"]})
        self.assertEqual([bare(e) for e in seen if is_state_change(e)], self.replay())
        history = History()
        for event in seen:
            history.take(event)
        self.assertEqual(history.complaints, [])
        self.assertEqual([e["data"]["state"] for e in seen if e["type"] == "job.finished"], ["interrupted", "succeeded"])
        self.assertEqual([e["job"] for e in seen if e["type"] == "job.finished"], [first, second])

    def check_what_becomes_of_them(self, how):
        self.up()
        runs = self.run_toml(GATED, group="line")
        waits = self.run_toml(GATED, group="line")
        held = self.run_toml(GATED, group="line")
        self.client.call("job.hold", job=held)
        report = self.client.call("report.start", title="elsewhere", steps=["a", "b"])["job"]
        self.client.call("report.progress", job=report, step="a", state="succeeded")
        self.client.call("report.progress", job=report, step="b", done=1, total=2)
        self.running(runs, "work")
        self.again(how)
        self.assertEqual(self.state(held), "held")
        self.wait_for(runs, "interrupted")
        error = self.job(runs)["error"]["message"]
        self.assertEqual(error, "the hub was stopped" if how == "term" else "the hub ended while it ran")
        self.running(waits, "work")
        job = self.job(report)
        self.assertEqual((job["state"], [s["state"] for s in job["steps"]]), ("running", ["succeeded", "running"]))
        self.client.call("report.progress", job=report, step="b", done=2, total=2)
        self.client.call("report.finish", job=report)
        self.assertEqual(self.state(report), "succeeded")
        self.client.call("job.release", job=held)
        self.gate()
        for job in (waits, held):
            self.wait_for(job, "succeeded")
            self.assertEqual(self.job(job)["attempt"], 1)
        history = History()
        for event in self.replay():
            history.take(event)
        self.assertEqual(history.complaints, [])
        with self.home.client() as late:
            late.call("subscribe")
            snapshot = late.next()[1]
        self.assertEqual({j["job"] for j in snapshot["jobs"]}, {runs, waits, held, report})
        for job in snapshot["jobs"]:
            self.assertEqual(comparable(history.fold.jobs[job["job"]]), comparable(job))

    def test_what_waits_runs_is_held_or_reported_over_a_kill(self):
        self.check_what_becomes_of_them("kill")

    def test_what_waits_runs_is_held_or_reported_over_a_stop(self):
        self.check_what_becomes_of_them("term")

    def test_order_of_the_queue(self):
        self.up()
        blocks = self.run_toml(GATED, group="line")
        jobs = [self.run_command("sh", "-c", "echo %d >> order" % i, group="line") for i in range(14)]
        self.client.call("job.move", job=jobs[13], position=1)
        self.client.call("job.move", job=jobs[0], position=12)
        self.client.call("job.hold", job=jobs[5])
        self.running(blocks, "work")
        self.client.call("job.cancel", job=blocks)
        self.wait_for(jobs[12], "succeeded", deadline=LIMIT)
        order = (self.home.work / "order").read_text().split()
        (self.home.work / "order").unlink()

        blocks = self.run_toml(GATED, group="line")
        jobs = [self.run_command("sh", "-c", "echo %d >> order" % i, group="line") for i in range(14)]
        self.client.call("job.move", job=jobs[13], position=1)
        self.client.call("job.move", job=jobs[0], position=12)
        self.client.call("job.hold", job=jobs[5])
        self.again()
        self.wait_for(jobs[12], "succeeded", deadline=LIMIT)
        self.assertEqual((self.home.work / "order").read_text().split(), order, "as it is without a restart")
        self.assertEqual(order[0], "13")
        self.assertNotIn("5", order)

    def test_a_life_that_ends_while_it_begins(self):
        self.up()
        jobs = [self.run_command("sleep", "1000") for _ in range(3)]
        self.down()
        for i in range(scaled(10, 3)):
            hub = subprocess.Popen([self.home.bin, "--no-gui"], env=self.home.env, cwd=str(self.home.work), stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            with contextlib.suppress(subprocess.TimeoutExpired):
                hub.wait(0.01 * i * SLOW)
            hub.kill()
            hub.wait()
        self.up()
        for job in jobs:
            self.wait_for(job, "interrupted")
        history = History()
        for event in self.replay():
            history.take(event)
        self.assertEqual(history.complaints, [])


class Retry(JournalTest):
    def test_goes_on_where_it_was(self):
        self.up()
        job = self.run_toml(THREE)
        self.running(job, "middle")
        self.again()
        self.wait_for(job, "interrupted")
        self.client.call("job.retry", job=job)
        self.running(job, "middle")
        self.again()
        self.wait_for(job, "interrupted")
        self.gate()
        self.client.call("job.retry", job=job)
        self.wait_for(job, "succeeded")
        self.assertEqual(self.ran(), [(job, "first", "1"), (job, "middle", "1"), (job, "middle", "2"), (job, "middle", "3"), (job, "last", "3")])
        self.assertEqual(self.job(job)["attempt"], 3)
        self.assertEqual(self.client.call("job.log", job=job, step="middle")["text"], "probed\n")

    def test_that_waits_over_a_restart_keeps_its_attempt(self):
        self.up()
        job = self.run_toml(THREE, group="line")
        self.running(job, "middle")
        self.again()
        self.wait_for(job, "interrupted")
        blocks = self.run_toml(GATED, group="line")
        later = self.run_command("true", group="line")
        self.assertEqual(self.client.call("job.retry", job=job)["state"], "queued")
        self.client.call("job.move", job=job, position=1)
        waits = self.job(job)
        self.assertEqual(waits["attempt"], 2)
        self.again()
        self.assertEqual((self.job(job)["attempt"], self.state(blocks)), (2, "interrupted"))
        self.running(job, "middle")
        self.assertEqual(self.state(later), "queued")
        self.gate()
        self.wait_for(later, "succeeded")
        self.assertEqual(self.ran(), [(job, "first", "1"), (job, "middle", "1"), (job, "middle", "2"), (job, "last", "2")])
        self.assertEqual(self.job(job)["attempt"], 2)
        self.assertEqual(self.client.call("job.log", job=job, step="middle", attempt=1)["text"], "probed\n")
        history = History()
        for event in self.replay():
            history.take(event)
        self.assertEqual(history.complaints, [])

    def test_of_pipelines_in_pipelines(self):
        self.home.own_pipeline("inner", THREE)
        self.home.own_pipeline("outer", """
[[steps]]
id = "one"
pipeline = "inner"
[[steps]]
id = "two"
script = 'echo "$STEPWIRE_OUTPUT" >> ran; while [ ! -e second ]; do sleep 0.02; done'
[[steps]]
id = "three"
pipeline = "inner"
""")
        self.up()
        self.gate()
        job = self.client.call("job.run", pipeline="outer", cwd=str(self.home.work), group="line")["job"]
        self.running(job, "two")
        self.again()
        self.wait_for(job, "interrupted")
        self.run_command("sleep", "1000", group="line")
        self.assertEqual(self.client.call("job.retry", job=job)["state"], "queued")
        self.again()  # it waits, and its first step has long succeeded
        self.running(job, "two")
        self.home.write("second", "")
        self.wait_for(job, "succeeded")
        nested = {j["parent"]["step"]: j["job"] for j in self.pages(50) if j.get("parent")}
        self.assertEqual(self.ran(), [(nested["one"], step, "1") for step in ("first", "middle", "last")]
                         + [(job, "two", "1"), (job, "two", "2")]
                         + [(nested["three"], step, self.ran()[-1][2]) for step in ("first", "middle", "last")])
        self.assertEqual({j["state"] for j in self.pages(50) if j.get("parent")}, {"succeeded"})
        history = History()
        for event in self.replay():
            history.take(event)
        self.assertEqual(history.complaints, [])

    def test_when_a_step_that_was_a_job_is_forgotten(self):
        self.home.own_pipeline("inner", '[[steps]]\nid = "a"\nscript = \'echo "$STEPWIRE_OUTPUT" >> ran\'\n')
        self.home.own_pipeline("outer", """
[[steps]]
id = "one"
pipeline = "inner"
[[steps]]
id = "two"
script = 'sleep %g; [ -e repaired ]'
""" % SLOW)
        self.up()
        job = self.client.call("job.run", pipeline="outer", cwd=str(self.home.work))["job"]
        self.wait_for(job, "failed")
        self.assertEqual(self.client.call("job.prune", older_than_ms=900 * SLOW)["jobs"], 1)
        self.assertEqual([j["job"] for j in self.pages(50)], [job])
        self.home.write("repaired", "")
        self.client.call("job.retry", job=job)
        self.wait_for(job, "succeeded")
        self.assertEqual(len(self.ran()), 1)
        self.assertEqual([j["state"] for j in self.pages(50)], ["succeeded"], "and nothing waits for ever")


class Old(JournalTest):
    def test_log_of_an_earlier_life(self):
        self.up()
        data = b"".join(b"line %d\n" % i for i in range(20_000))
        source = self.home.write("data", data)
        ended = self.run_command("cat", source)
        cut = self.run_command("sh", "-c", "echo half; echo err >&2; exec sleep 1000")
        self.wait_for(ended, "succeeded")
        wait_until(lambda: self.client.call("job.log", job=cut, step="main")["end"] == 9, "its words")
        self.again()
        self.wait_for(cut, "interrupted")
        read = self.home.do("log", ended)
        self.assert_code(read, 0)
        self.assertEqual(read.out, data)
        slice_ = self.client.call("job.log", job=cut, step="main")
        self.assertEqual((sorted(slice_["text"].split()), slice_["complete"]), (["err", "half"], True))

    def test_hundreds_of_jobs_in_pages(self):
        self.up()
        count = 260
        jobs = []
        for begin in range(0, count, 20):
            numbers = [self.client.start("job.run", command=["echo", "words of %d" % i], terminal=False) for i in range(begin, begin + 20)]
            jobs += [self.client.answer(n)["job"] for n in numbers]
        failed = self.run_command("false")
        jobs.append(failed)
        wait_until(lambda: not [j for j in self.pages(500) if j["state"] not in FINAL], "all to have ended", LIMIT * 2)
        complete = {}
        for how in (None, "kill", "term"):
            if how:
                self.again(how)
            for limit in (7, 100, 1000):
                listed = self.pages(limit)
                self.assertEqual([j["job"] for j in listed], jobs[::-1], "pages of %d, after %s" % (limit, how))
                complete = complete or {j["job"]: comparable(j, True) for j in listed}
                self.assertEqual({j["job"]: comparable(j, True) for j in listed}, complete, "after %s" % how)
            self.assertEqual([j["job"] for j in self.pages(50, state="succeeded")], jobs[-2::-1])
            self.assertEqual([j["job"] for j in self.pages(50, state="failed")], [failed])
            with self.home.client() as late:
                late.call("subscribe")
                self.assertEqual([j["job"] for j in late.next()[1]["jobs"]], jobs[-200:])
            self.assertEqual(comparable(self.job(jobs[0]), True), complete[jobs[0]])
            self.assertEqual(self.client.call("job.log", job=jobs[0], step="main")["text"], "words of 0\n")
        # An old one runs again, and is in the middle of it all.
        retried = self.client.call("job.retry", job=jobs[0], **{"from": "main"})
        self.assertEqual(retried["job"], jobs[0])
        self.wait_for(jobs[0], "succeeded")
        self.again()
        self.assertEqual((self.job(jobs[0])["attempt"], self.job(jobs[0])["state"]), (2, "succeeded"))
        self.assertEqual([j["job"] for j in self.pages(30)], jobs[::-1])

    def pruned(self, events):
        return [job for event in events if event["type"] == "hub.pruned" for job in event["data"]["jobs"]]

    def assert_gone(self, jobs, left):
        for job in jobs:
            with self.assertRaises(RpcError) as caught:
                self.job(job)
            self.assertEqual(caught.exception.code, 1)
            self.assertFalse(self.folder(job).exists())
        self.assertEqual([j["job"] for j in self.pages(50)], left[::-1])
        for job in left:
            self.assertTrue((self.folder(job) / "private").exists())

    def prune(self, *args):
        """Watched by one who folds."""
        watcher = self.home.client()
        watcher.call("subscribe")
        fold = Fold(watcher.next()[1])
        result = self.home.do("prune", "--json", *args)
        self.assert_code(result, 0)
        answer = result.lines[0]
        events = watcher.until(lambda e: e["type"] == "hub.pruned") if answer["jobs"] else []
        for event in events:
            fold.apply(event)
        gone = self.pruned(events)
        self.assertEqual(len(gone), answer["jobs"])
        self.assertEqual(sorted(fold.jobs), sorted(j["job"] for j in self.pages(200)))
        return gone, answer

    def check_pruned(self, gone, left):
        self.assert_gone(gone, left)
        old = self.client.hello["epoch"]
        self.again()
        self.assertEqual(self.client.hello["epoch"], old)
        self.assert_gone(gone, left)
        # Who was away when it happened is told the state anew, or what happened: never that all is as it was.
        with self.home.client() as late:
            answer = late.call("subscribe", epoch=old, seq=1)
            if not answer["recovered"]:
                self.assertEqual([j["job"] for j in late.next()[1]["jobs"]], left)
        with contextlib.closing(sqlite3.connect("file:%s?mode=ro" % self.journal, uri=True)) as file:
            rows = file.execute("SELECT DISTINCT job FROM events WHERE job != '' UNION SELECT id FROM jobs").fetchall()
            self.assertEqual(sorted(row[0] for row in rows), sorted(left))

    def ended(self, *commands):
        jobs = []
        for command in commands:
            jobs.append(self.run_command("sh", "-c", command))
            self.wait_for(jobs[-1], "succeeded", "failed")
        return jobs

    def test_prune_keeps_the_newest(self):
        self.up()
        jobs = self.ended("echo 1", "exit 1", "echo 3", "echo 4")
        live = self.run_toml(GATED)
        gone, _ = self.prune("--keep", "2")
        self.assertEqual(gone, jobs[:2])
        self.assert_gone(jobs[:2], jobs[2:] + [live])
        self.gate()
        self.wait_for(live, "succeeded")
        self.check_pruned(jobs[:2], jobs[2:] + [live])
        gone, _ = self.prune("--keep", "0")
        self.assertEqual(gone, jobs[2:] + [live])
        self.check_pruned(jobs + [live], [])
        self.assertEqual(self.prune("--keep", "0")[1], {"jobs": 0, "bytes": 0})

    def test_prune_by_age(self):
        self.up()
        jobs = self.ended("echo 1", "echo 2")
        live = self.run_toml(GATED)
        younger = self.ended("sleep %g; echo 3" % (1.5 * SLOW))
        gone, _ = self.prune("--older-than", "%dms" % (1300 * SLOW))
        self.assertEqual(gone, jobs)
        self.gate()
        self.wait_for(live, "succeeded")
        self.check_pruned(jobs, [live] + younger)

    def test_prune_by_size(self):
        self.up()
        jobs = self.ended(*["head -c 200000 /dev/zero | tr '\\0' x"] * 4)
        gone, answer = self.prune("--max-size", "500K")
        self.assertEqual(sorted(gone), jobs[:2])
        self.assertGreater(answer["bytes"], 400_000)
        self.check_pruned(jobs[:2], jobs[2:])

    def test_settings_prune_at_the_start(self):
        self.up()
        jobs = self.ended("echo 1", "echo 2", "echo 3")
        self.home.config.mkdir(parents=True, exist_ok=True)
        (self.home.config / "config.toml").write_text("[retention]\nkeep = 1\n")
        self.down()
        self.up()
        wait_until(lambda: len(self.pages(50)) == 1 and not self.folder(jobs[0]).exists(), "the others to be gone")
        self.assert_gone(jobs[:2], jobs[2:])


class Trouble(JournalTest):
    def setUp(self):
        super().setUp()
        self.home.allowed_hub_lines = [r"^hub\.degraded: .*journal\.sqlite", r"^hub\.restored$"]

    @contextlib.contextmanager
    def locked(self):
        with contextlib.closing(sqlite3.connect(self.journal, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            yield
            other.execute("ROLLBACK")

    def works(self):
        """It runs jobs, takes reports and answers."""
        job = self.run_command("echo", "words")
        report = self.client.call("report.start", title="elsewhere")["job"]
        self.client.call("emit", job=report, name="note", value="kept in mind")
        self.client.call("report.finish", job=report)
        self.wait_for(job, "succeeded")
        self.assertEqual(self.client.call("job.log", job=job, step="main")["text"], "words\n")
        self.assertEqual(self.state(report), "succeeded")
        self.assertTrue({job, report} <= {j["job"] for j in self.pages(50)})
        return job, report

    def test_locked_for_a_while(self):
        self.up()
        before = self.works()
        watcher = self.home.client()
        watcher.call("subscribe", epoch=watcher.hello["epoch"], seq=0)
        gated = self.run_toml(GATED, group="line")
        waits = self.run_toml(GATED, group="line")
        with self.locked():
            self.client.call("job.hold", deadline=10, job=waits)
            events = watcher.until(lambda e: e["type"] == "hub.degraded", 10)
            self.assertIn("another program is using it", events[-1]["data"]["reason"])
            self.assertIn(str(self.journal), events[-1]["data"]["reason"])
            meantime = self.works()
            self.gate()
            self.wait_for(gated, "succeeded")
        events += watcher.until(lambda e: e["type"] == "hub.restored", 10)
        self.assert_gapless(events)
        jobs = self.pages(50)
        self.again()
        self.assertEqual([e for e in self.replay() if e["seq"] <= events[-1]["seq"]], [e for e in events if is_state_change(e)])
        self.assertEqual(self.state(waits), "held")
        self.assertEqual({j["job"] for j in self.pages(50)}, {*before, *meantime, gated, waits})
        self.assertEqual([comparable(j, True) for j in self.pages(50)], [comparable(j, True) for j in jobs])
        self.assertEqual(len(of_type(events, "hub.degraded")), 1)

    def test_killed_while_it_is_locked(self):
        """What was not kept is lost, and nothing else: the life after goes on from what there is."""
        self.up()
        before = self.works()
        epoch = self.client.hello["epoch"]
        watcher = self.home.client()
        watcher.call("subscribe", epoch=epoch, seq=0)
        with self.locked():
            lost = self.works()
            events = watcher.until(lambda e: e["type"] == "job.finished" and e["job"] == lost[0])
            self.down()
        self.up()
        self.assertEqual(self.client.hello["epoch"], epoch)
        self.assertEqual({j["job"] for j in self.pages(50)}, set(before))
        self.assertGreater(self.client.hello["seq"], events[-1]["seq"])
        self.works()

    def test_locked_when_it_starts(self):
        self.up()
        before = self.works()
        epoch, hub = self.client.hello["epoch"], self.client.hello["hub"]
        self.down("term")
        with self.locked():
            self.up()
            self.assertNotEqual(self.client.hello["epoch"], epoch, "this history has not begun there")
            self.assertEqual(self.client.hello["hub"], hub)
            self.assertIn("another program is using it", of_type(self.replay(), "hub.degraded")[0]["data"]["reason"])
            meantime = self.works()
            self.assertEqual({j["job"] for j in self.pages(50)}, set(meantime))
            self.down("term")
        self.up()
        self.assertEqual(self.client.hello["epoch"], epoch)
        self.assertEqual({j["job"] for j in self.pages(50)}, set(before))
        self.works()

    def check_untouched(self, reason):
        """A hub that cannot use the file says so, works without it, and leaves it as it is."""
        before = self.hash()
        names = {p.name for p in self.home.state.iterdir()}
        for how in ("kill", "term"):
            self.up()
            degraded = of_type(self.replay(), "hub.degraded")
            self.assertEqual(len(degraded), 1)
            self.assertRegex(degraded[0]["data"]["reason"], reason)
            self.works()
            watcher = self.home.client()
            self.assertTrue(watcher.call("subscribe", epoch=self.client.hello["epoch"], seq=0)["recovered"])
            self.client.call("job.prune", keep=0)
            self.assertEqual(self.pages(50), [])
            self.down(how)
            self.assertEqual(self.hash(), before, "after " + how)
            self.assertLessEqual({p.name for p in self.home.state.iterdir()} - names, {"journal.sqlite.lock", "hub-id", "jobs"})

    def used(self):
        self.up()
        self.client.call("report.start", title="x" * 1000)
        for _ in range(10):
            self.works()
        self.down("term")

    def test_garbage(self):
        self.used()
        self.journal.write_bytes(os.urandom(50_000))
        self.check_untouched("not a database")

    def test_truncated(self):
        self.used()
        data = self.journal.read_bytes()
        self.journal.write_bytes(data[:len(data) // 2 // 4096 * 4096])
        self.check_untouched("malformed|broken|not a database")

    def test_hole_in_the_middle(self):
        """A file that opens, and turns out to be broken."""
        self.used()
        data = bytearray(self.journal.read_bytes())
        data[4096:] = b"\0" * (len(data) - 4096)
        self.journal.write_bytes(data)
        self.check_untouched("malformed|broken")

    def test_newer_version(self):
        self.used()
        with contextlib.closing(sqlite3.connect(self.journal)) as file:
            file.execute("PRAGMA user_version = 99")
        self.check_untouched("version 99")

    def test_of_another_program(self):
        self.home.state.mkdir(parents=True)
        with contextlib.closing(sqlite3.connect(self.journal)) as file:
            file.execute("CREATE TABLE precious(x)")
            file.commit()
        self.check_untouched("another program")

    def test_folder_in_its_place(self):
        self.journal.mkdir(parents=True)
        self.up()
        self.assertEqual(len(of_type(self.replay(), "hub.degraded")), 1)
        self.works()

    def check_full(self, fill, make_room):
        self.up()
        before = self.works()
        watcher = self.home.client()
        watcher.call("subscribe", epoch=watcher.hello["epoch"], seq=0)
        gated = self.run_toml(GATED)
        self.running(gated, "work")
        fill()
        job = self.client.call("job.run", deadline=10, command=["sh", "-c", "echo there > went.on"], cwd=str(self.home.work), terminal=False)["job"]
        report = self.client.call("report.start", title="much to keep")["job"]
        for _ in range(5):
            self.client.call("emit", job=report, name="much", value="x" * 60_000)
        events = watcher.until(lambda e: e["type"] == "hub.degraded", 10)
        self.assertIn(str(self.journal), events[-1]["data"]["reason"])
        self.wait_for(job, "succeeded")
        self.assertEqual((self.home.work / "went.on").read_text(), "there\n")
        self.gate()
        self.wait_for(gated, "succeeded")
        make_room()
        events += watcher.until(lambda e: e["type"] == "hub.restored", 10)
        after = self.works()
        events += watcher.until(lambda e: e["type"] == "job.finished" and e["job"] == after[0])
        self.again()
        self.assertEqual([e for e in self.replay() if e["seq"] <= events[-1]["seq"]], [e for e in events if is_state_change(e)])
        self.assertTrue({*before, job, gated, *after} <= {j["job"] for j in self.pages(50)})

    def test_files_must_not_grow(self):
        """As good as a full disk, and everybody can make it."""
        self.home.allowed_hub_lines += ["cannot be (written|kept)", "output of job"]

        def fill():
            size = (self.home.state / "journal.sqlite-wal").stat().st_size
            resource.prlimit(self.home.hub.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

        def make_room():
            resource.prlimit(self.home.hub.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        self.check_full(fill, make_room)

    def test_disk_full(self):
        self.home.state.mkdir(parents=True)
        if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(self.home.state)],
                                               stderr=subprocess.DEVNULL, check=False).returncode != 0:
            self.skipTest("needs to mount a small disk")
        self.addCleanup(subprocess.run, ["umount", str(self.home.state)], check=True)
        self.addCleanup(self.home.stop_hub)
        self.home.allowed_hub_lines += ["cannot be (written|kept)", "output of job"]
        filler = self.home.state / "filler"

        def fill():
            with open(filler, "wb", buffering=0) as file, contextlib.suppress(OSError):
                for size in (65536, 4096):
                    with contextlib.suppress(OSError):
                        while True:
                            file.write(b"\0" * size)
        self.check_full(fill, filler.unlink)


class Privacy(JournalTest):
    SECRET = "correct-horse-battery-staple"

    def mode(self, path):
        return stat.S_IMODE(os.stat(path).st_mode)

    def test_modes(self):
        before = os.umask(0)
        self.addCleanup(os.umask, before)
        self.up()
        job = self.run_toml(GATED)
        self.running(job, "work")
        for name in ("journal.sqlite", "journal.sqlite-wal", "journal.sqlite-shm", "journal.sqlite.lock"):
            self.assertEqual(self.mode(self.home.state / name), 0o600, name)
        self.assertEqual(self.mode(self.folder(job) / "private"), 0o600)
        self.assertEqual(self.mode(self.home.state / "jobs"), 0o700)
        self.assertEqual(self.mode(self.home.state), 0o700)
        self.journal.chmod(0o644)
        self.again("term")
        self.assertEqual(self.mode(self.journal), 0o600)

    def holders(self):
        found = []
        for root in (self.home.state, self.home.runtime, self.home.cache):
            for path in root.rglob("*"):
                if path.is_file() and self.SECRET.encode() in path.read_bytes():
                    found.append(path)
        return found

    def test_environment_is_nowhere_else(self):
        self.up()
        watcher = self.home.client()
        watcher.call("subscribe", epoch=watcher.hello["epoch"], seq=0)
        env = {"PATH": self.home.env["PATH"], "TOKEN": self.SECRET}
        gated = self.run_toml(GATED, group="line", env=env)
        waits = self.run_toml("[[steps]]\nid = \"a\"\nscript = '[ \"$TOKEN\" = %s ]'\n" % self.SECRET[::-1], group="line", env=env)
        self.running(gated, "work")
        only = sorted(self.folder(job) / "private" for job in (gated, waits))
        self.assertEqual(sorted(self.holders()), only)
        self.again()
        self.wait_for(waits, "failed")
        self.gate()
        self.client.call("job.retry", job=gated)
        self.wait_for(gated, "succeeded")
        self.assertEqual(sorted(self.holders()), only)
        told = repr([self.replay(), self.pages(50), self.job(gated), watcher.seen])
        self.assertNotIn(self.SECRET, told)
        self.assertNotIn(self.SECRET, self.home.hub_words())
        self.client.call("job.prune", keep=0)
        self.assertEqual(self.holders(), [])
        self.down("term")
        self.assertEqual(self.holders(), [])

    def test_environment_outlives_the_hub(self):
        self.up()
        env = {"PATH": self.home.env["PATH"], "TOKEN": self.SECRET}
        blocks = self.run_toml(GATED, group="line")
        waits = self.run_command("sh", "-c", 'echo "$TOKEN" > told', group="line", env=env)
        self.again()
        self.wait_for(waits, "succeeded")
        self.assertEqual((self.home.work / "told").read_text().strip(), self.SECRET)
        self.assertEqual(self.state(blocks), "interrupted")


if __name__ == "__main__":
    main()
