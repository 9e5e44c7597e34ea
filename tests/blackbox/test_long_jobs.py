"""What makes long jobs bearable, from outside: retries, time limits, pause, queues, retry, nesting, phases, time left.

Most of these tests wait most of the time, so they run side by side, each with a home and a hub of its own.
"""

import http.server
import io
import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import socketserver
import subprocess
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

from harness import (BIN, LIMIT, SANITIZED, HomeTest, RpcError, Screen, is_alive, of_type, scaled, stat_of, wait_until)

AT_ONCE = 10

# `sh tree.sh N FILE`: N+1 processes below one another that stay, each with its number in FILE.
TREE = """
[ "$1" -eq 0 ] || sh tree.sh $(($1 - 1)) "$2" &
echo $$ >> "$2"
[ "$1" -eq 0 ] && exec sleep 600
wait
"""


def fact(event):
    """An event as a line, as far as the tests care; nothing for progress, output and the time left."""
    data, kind, step = event["data"], event["type"], event.get("step", "")
    why = ": " + data["error"]["message"] if data.get("error") else ""
    if kind == "job.queued":
        return " ".join([data["state"]] + (["#%d" % data["queue_position"]] if data["queue_position"] else []))
    if kind == "job.started":
        return "started %d" % data["attempt"]
    if kind == "job.changed":
        words = ["%s=%s" % (name, value) for name, value in sorted(data.items()) if name != "eta_ms"]
        return "changed " + " ".join(words) if words else None
    if kind == "job.finished":
        return "finished %d %s%s" % (data["attempt"], data["state"], why)
    if kind == "step.started":
        return "%s started %d" % (step, data["attempt"])
    if kind == "step.changed":
        words = [str(data.get("state", ""))]
        if "retry_in_ms" in data:
            words.append("again in %d" % data["retry_in_ms"])
        if "stalled_ms" in data:
            words.append("quiet" if data["stalled_ms"] else "news")
        if "estimated" in data:
            words.append("estimated" if data["estimated"] else "own")
        return step + " " + " ".join(word for word in words if word)
    if kind == "step.finished":
        return "%s finished %d %s%s" % (step, data["attempt"], data["state"], why)
    return None


class LongTest(HomeTest):
    """A hub, a client that sees everything, and the events of each job as lines."""

    def begin(self, config=None):
        if config:
            self.home.config.mkdir(exist_ok=True)
            (self.home.config / "config.toml").write_text(config)
        self.home.write("tree.sh", TREE)
        self.home.start_hub()
        self.connect()

    def connect(self):
        self.client = self.home.client()
        self.client.call("subscribe")
        self.log = []

    def submit(self, pipeline, **more):
        """The job's id; the whole acknowledgement is `self.ack`."""
        self.ack = self.client.call("job.run", pipeline=pipeline, cwd=str(self.home.work), env=self.home.env, **more)
        return self.ack["job"]

    def events(self, job, *types):
        return [e for e in self.log if e.get("job") == job and (not types or e["type"] in types)]

    def facts(self, job):
        return [line for line in map(fact, self.events(job)) if line]

    def wait_for(self, predicate, deadline=None):
        """The first event, seen or still to come, for which this is true."""
        for event in self.log:
            if predicate(event):
                return event
        self.log += self.client.until(predicate, deadline)
        return self.log[-1]

    def wait_fact(self, job, pattern, count=1, deadline=None):
        """Until so many facts of the job have matched."""
        matches = lambda event: event.get("job") == job and re.fullmatch(pattern, fact(event) or "")
        found = [e for e in self.log if matches(e)]
        while len(found) < count:
            try:
                self.log += self.client.until(matches, deadline)
            except AssertionError:
                raise AssertionError("%r did not come; there is %s" % (pattern, self.facts(job))) from None
            found.append(self.log[-1])
        return found[count - 1]

    def finished(self, job, attempt=1, deadline=None):
        return self.wait_fact(job, r"finished %d .*" % attempt, deadline=deadline)["data"]

    def run_whole(self, pipeline, deadline=None, **more):
        job = self.submit(pipeline, **more)
        self.finished(job, deadline=deadline)
        return job

    def job(self, job):
        return self.client.call("job.get", job=job)

    def states(self, job):
        return {s["step"]: s["state"] for s in self.job(job)["steps"]}

    def pids(self, name, count):
        """So many numbers of processes that have been noted in this file."""
        path = self.home.work / name
        return wait_until(lambda: path.exists() and len(text := path.read_text().split("\n")) > count and [int(p) for p in text[:-1]],
                          "%d processes in %s" % (count, name))

    def lines_of(self, name):
        path = self.home.work / name
        return path.read_text().splitlines() if path.exists() else []

    def refused(self, code, method, **params):
        with self.assertRaises(RpcError) as caught:
            self.client.call(method, **params)
        self.assertEqual(caught.exception.code, code, str(caught.exception))
        return caught.exception

    def assert_gone(self, pids):
        for pid in pids:
            self.assertFalse(is_alive(pid), "%d still lives" % pid)


class Retries(LongTest):
    FLAKY = """
[[steps]]
id = "flaky"
script = '''
n=$(($(cat tries 2>/dev/null || echo 0) + 1))
echo $n > tries
echo "try $n"
[ $n -ge %d ] || exit 7
'''
retries = { count = %d, delay = "40ms", jitter = 0 }
[[steps]]
id = "after"
command = ["echo", "after"]
"""

    def test_until_it_succeeds(self):
        self.begin()
        self.home.own_pipeline("flaky", self.FLAKY % (4, 3))
        job = self.run_whole("flaky")
        self.assertEqual(self.facts(job), [
            "queued", "started 1",
            "flaky started 1", "flaky finished 1 failed: exited with 7", "flaky queued again in 40",
            "flaky started 2", "flaky finished 2 failed: exited with 7", "flaky queued again in 80",
            "flaky started 3", "flaky finished 3 failed: exited with 7", "flaky queued again in 160",
            "flaky started 4", "flaky finished 4 succeeded",
            "after started 1", "after finished 1 succeeded", "finished 1 succeeded"])
        self.assert_gapless(self.log)
        self.assertEqual(self.home.do("log", job, "flaky").text, "try 4\n")
        self.assertEqual(self.home.do("log", job).text, "try 4\nafter\n")
        for attempt in (1, 2, 3, 4):
            self.assertEqual(self.home.do("log", job, "flaky", "--attempt", str(attempt)).text, "try %d\n" % attempt)
        missing = self.home.do("log", job, "flaky", "--attempt", "5")
        self.assert_code(missing, 2)
        self.assertEqual(missing.words, 'stepwire: attempt is 5, the newest of step "flaky" of job %s is 4\n' % job)

    def test_used_up_and_then_retried_by_hand(self):
        self.begin()
        self.home.own_pipeline("flaky", self.FLAKY % (5, 1))
        self.assert_code(self.home.do("run", "flaky"), 1)
        job = self.home.do("status", "--json").lines[0]["job"]
        self.assert_code(self.home.do("wait", job), 1)
        self.assert_code(self.home.do("retry", job), 0)  # two more
        self.assert_code(self.home.do("wait", job), 1)
        ack = self.home.do("retry", "--json", job)
        self.assert_code(ack, 0)
        self.assertEqual(ack.lines[0]["job"], job)
        self.assert_code(self.home.do("wait", job), 0)
        state = self.job(job)
        self.assertEqual((state["state"], state["attempt"], state["steps"][0]["attempt"], state["steps"][1]["attempt"]), ("succeeded", 3, 5, 3))
        watch = self.home.do("watch", "--json", job)  # to its newest end, not to the first
        self.assertEqual([e["data"]["attempt"] for e in of_type(watch.lines, "job.finished")], [1, 2, 3])
        again = self.home.do("retry", job)
        self.assert_code(again, 1)
        self.assertIn("nothing to retry", again.words)

    def test_what_takes_too_long_is_retried_too(self):
        self.begin()
        self.home.own_pipeline("slow", """
[[steps]]
id = "slow"
script = '[ -e second ] || { touch second; exec sleep 600; }'
timeout = "500ms"
retries = { count = 1, delay = "10ms", jitter = 0 }
""")
        job = self.run_whole("slow")
        self.assertEqual(self.facts(job)[2:], [
            "slow started 1", "slow cancelling", "slow finished 1 timed_out: took longer than 500 ms", "slow queued again in 10",
            "slow started 2", "slow finished 2 succeeded", "finished 1 succeeded"])

    def test_cancel_while_it_waits(self):
        self.begin()
        self.home.own_pipeline("wait", """
[[steps]]
id = "a"
command = ["false"]
retries = { count = 5, delay = "10m" }
[[steps]]
id = "b"
needs = []
script = 'while [ ! -e gate ]; do sleep 0.02; done'
""")
        job = self.submit("wait", jobs=4)
        self.wait_fact(job, "a queued again in .*")
        table = self.home.do("status").text
        self.assertRegex(table, r"(?m)^%s  running .* wait  b$" % job[-8:])
        self.assert_code(self.home.do("cancel", job, "--step", "a"), 0)
        self.assertEqual(self.states(job), {"a": "cancelled", "b": "running"})
        self.home.write("gate", "")
        self.finished(job)
        self.assertEqual(self.facts(job)[-3:], ["a finished 2 cancelled: cancelled", "b finished 1 succeeded", "finished 1 succeeded"])


    def test_log_follows_from_attempt_to_attempt(self):
        self.begin()
        self.home.own_pipeline("flaky", """
[[steps]]
id = "flaky"
script = 'n=$(($(cat tries 2>/dev/null || echo 0) + 1)); echo $n > tries; echo "a long line of try $n"; while [ ! -e gate$n ]; do sleep 0.02; done; [ $n -eq 3 ]'
retries = { count = 3, delay = "200ms" }
[[steps]]
id = "after"
command = ["echo", "after"]
""")
        job = self.submit("flaky")
        follow = self.home.start("log", "-f", job)
        only = self.home.start("log", "-f", job, "flaky", "--attempt", "1")
        text = b""
        for n in (1, 2, 3):
            text += b"a long line of try %d\n" % n
            wait_until(lambda: follow.out == text, lambda: "attempt %d in %r of %s" % (n, follow.out, self.job(job)["steps"][0]))
            self.home.write("gate%d" % n, "")
        self.assertEqual(follow.finish().text, text.decode() + "after\n")
        self.assertEqual(only.finish().text, "a long line of try 1\n")


class TimeLimits(LongTest):
    def test_timeout_leaves_nobody_behind(self):
        self.begin()
        self.home.own_pipeline("slow", """
[[steps]]
id = "slow"
script = '''
setsid sh tree.sh 0 pids &
sh tree.sh 1 pids &
echo up
while [ $(cat pids 2>/dev/null | wc -l) -lt 3 ]; do sleep 0.02; done
wait
'''
timeout = "1500ms"
[[steps]]
id = "after"
command = ["true"]
[[steps]]
id = "clean"
command = ["touch", "cleaned"]
finally = true
""")
        result = self.home.do("run", "--json", "slow")
        self.assert_code(result, 124)
        pids = self.pids("pids", 3)
        self.assert_gone(pids)
        self.assertTrue((self.home.work / "cleaned").exists())
        self.assertEqual([line for line in map(fact, result.lines) if line], [
            "queued", "started 1", "slow started 1", "slow cancelling", "slow finished 1 timed_out: took longer than 1.5 s",
            "after finished 1 skipped: step slow, which it needs, timed out",
            "clean started 1", "clean finished 1 succeeded", "finished 1 timed_out: step slow: took longer than 1.5 s"])
        error = result.lines[-1]["data"]["error"]
        self.assertEqual((error["step"], error["last_line"]), ("slow", "up"))
        job = result.lines[0]["job"]
        self.assert_code(self.home.do("wait", job), 124)
        self.assertRegex(self.home.do("status").text, r"timed out .*slow: took longer than 1\.5 s")

    def test_who_does_not_listen_is_killed(self):
        self.begin()
        self.home.own_pipeline("deaf", """
grace = "300ms"
[[steps]]
id = "deaf"
script = 'trap "" TERM; echo $$ > pids; while :; do sleep 0.05; done'
timeout = "400ms"
""")
        job = self.run_whole("deaf")
        self.assert_gone(self.pids("pids", 1))
        self.assertEqual(self.events(job, "step.finished")[0]["data"]["error"]["signal"], 9)

    def test_no_progress_for_too_long(self):
        self.begin()
        self.home.own_pipeline("stalls", """
[[steps]]
id = "stalls"
script = '''
for i in 1 2 3 4 5 6; do echo "line $i"; sleep 0.2; done
sh tree.sh 1 pids &
while :; do echo the same again; sleep 0.1; done
'''
stall_timeout = "900ms"
""")
        job = self.run_whole("stalls")
        self.assert_gone(self.pids("pids", 2))
        facts = self.facts(job)
        self.assertEqual(facts[-2:], ["stalls finished 1 timed_out: made no progress for 900 ms",
                                      "finished 1 timed_out: step stalls: made no progress for 900 ms"])
        self.assertIn("stalls quiet", facts)
        self.assertGreaterEqual(self.events(job, "step.finished")[0]["data"]["duration_ms"], 1900)  # the lines counted
        self.assert_code(self.home.do("wait", job), 124)

    def test_the_whole_job(self):
        self.begin()
        self.home.own_pipeline("whole", """
timeout = "700ms"
[[steps]]
id = "a"
command = ["sleep", "600"]
[[steps]]
id = "b"
command = ["true"]
[[steps]]
id = "clean"
script = 'sleep 0.3; touch cleaned'
finally = true
""")
        result = self.home.do("run", "--json", "whole")
        self.assert_code(result, 124)
        self.assertEqual([line for line in map(fact, result.lines) if line], [
            "queued", "started 1", "a started 1", "changed state=cancelling", "a cancelling",
            "b finished 1 cancelled: the job took longer than 700 ms", "a finished 1 timed_out: took longer than 700 ms",
            "clean started 1", "clean finished 1 succeeded", "finished 1 timed_out: took longer than 700 ms"])
        self.assertTrue((self.home.work / "cleaned").exists())


class Pause(LongTest):
    def all_in(self, pids, states):
        wait_until(lambda: all((stat_of(pid) or ["gone"])[0] in states for pid in pids),
                   lambda: "processes in %s, they are in %s" % (states, [(stat_of(pid) or ["gone"])[0] for pid in pids]))

    def test_now_stops_every_process(self):
        self.begin()
        self.home.own_pipeline("tree", """
[[steps]]
id = "left"
command = ["sh", "tree.sh", "2", "left"]
[[steps]]
id = "right"
needs = []
command = ["sh", "tree.sh", "2", "right"]
""")
        job = self.submit("tree", jobs=4)
        pids = self.pids("left", 3) + self.pids("right", 3)
        paused = self.home.do("pause", job)
        self.assert_code(paused, 0)
        self.assertEqual(paused.words, "%s paused\n" % job)
        self.all_in(pids, "T")
        self.assertEqual((self.job(job)["state"], self.states(job)), ("paused", {"left": "paused", "right": "paused"}))
        for verb, said in (("pause", "paused, not running"), ("hold", "paused"), ("release", "paused")):
            again = self.home.do(verb, job)
            self.assert_code(again, 1)
            self.assertIn(said, again.words)
        self.refused(6, "job.pause", job=job, mode="now")
        self.assertRegex(self.home.do("status").text, r"(?m)^%s  paused " % job[-8:])
        self.assertEqual(json.loads(self.home.do("status", "--waybar").out)["class"], "paused")
        self.assert_code(self.home.do("resume", job), 0)
        self.all_in(pids, "SR")
        again = self.home.do("resume", job)
        self.assert_code(again, 1)
        self.assertIn("running, not paused", again.words)
        self.assert_code(self.home.do("pause", job), 0)
        self.all_in(pids, "T")
        self.assert_code(self.home.do("cancel", job), 0)
        self.assert_gone(pids)
        self.finished(job)
        steps = lambda state: ["left " + state, "right " + state]
        self.assertEqual(sorted(self.facts(job)[2:4]), ["left started 1", "right started 1"])
        self.assertEqual(self.facts(job)[4:-3], steps("paused") + ["changed state=paused"] + steps("running") + ["changed state=running"]
                         + steps("paused") + ["changed state=paused", "changed state=cancelling"] + steps("cancelling"))

    def test_time_limits_stand_still(self):
        self.begin()
        self.home.own_pipeline("timed", """
timeout = "3s"
[[steps]]
id = "a"
script = 'touch up; sleep 1'
timeout = "2s"
stall_timeout = "2s"
""")
        job = self.submit("timed")
        wait_until(lambda: (self.home.work / "up").exists(), "the step to run")
        self.client.call("job.pause", job=job, mode="now")
        time.sleep(3.2)  # longer than any of its limits
        self.assertEqual(self.job(job)["state"], "paused")
        self.client.call("job.resume", job=job)
        self.assertEqual(self.finished(job)["state"], "succeeded")
        self.assertLess(self.events(job, "job.finished")[0]["data"]["duration_ms"], 3000 if not SANITIZED else 1e9)

    def test_after_the_step(self):
        self.begin()
        self.home.own_pipeline("gated", """
[[steps]]
id = "a"
script = 'while [ ! -e gate ]; do sleep 0.02; done'
[[steps]]
id = "b"
command = ["true"]
""")
        job = self.submit("gated")
        self.wait_fact(job, "a started 1")
        answer = self.home.do("pause", "--after-step", "--json", job)
        self.assertEqual(answer.lines[0]["state"], "pausing")
        self.home.write("gate", "")
        self.wait_fact(job, "changed state=paused")
        self.assertEqual(self.states(job), {"a": "succeeded", "b": "queued"})
        self.assert_code(self.home.do("resume", job), 0)
        self.finished(job)
        self.assertEqual(self.facts(job)[2:], ["a started 1", "changed state=pausing", "a finished 1 succeeded", "changed state=paused",
                                               "changed state=running", "b started 1", "b finished 1 succeeded", "finished 1 succeeded"])

    def test_a_command_and_ctrl_c(self):
        self.begin()
        run = self.home.start("run", "--title", "tree", "--", "sh", "tree.sh", "1", "pids")
        pids = self.pids("pids", 2)
        job = wait_until(lambda: [e for e in self.log if e["type"] == "job.queued"] or self.log.append(self.client.event()))[0]["job"]
        self.assert_code(self.home.do("pause", job), 0)
        self.all_in(pids, "T")
        wait_until(lambda: b"stepwire: tree is paused\n" in run.err, "the pause to be told")
        run.signal(signal.SIGINT)
        result = run.finish()
        self.assert_code(result, 130)
        self.assert_gone(pids)
        self.assertEqual(result.out, b"")

    def test_a_nested_job(self):
        self.begin()
        self.home.own_pipeline("inner", '[[steps]]\nid = "i"\ncommand = ["sh", "tree.sh", "2", "pids"]\n')
        self.home.own_pipeline("outer", '[[steps]]\nid = "o"\npipeline = "inner"\n')
        job = self.submit("outer")
        pids = self.pids("pids", 3)
        self.assert_code(self.home.do("pause", job), 0)
        self.all_in(pids, "T")
        self.assert_code(self.home.do("resume", job), 0)
        self.all_in(pids, "SR")
        self.assert_code(self.home.do("cancel", job), 0)
        self.assert_gone(pids)


class Endings(LongTest):
    """What still runs when something has failed or somebody has had enough."""

    def test_finally_after_ctrl_c(self):
        self.begin()
        self.home.own_pipeline("work", """
[[steps]]
id = "work"
command = ["sh", "tree.sh", "1", "pids"]
[[steps]]
id = "more"
command = ["true"]
[[steps]]
id = "clean"
script = 'sleep 0.2; touch cleaned'
finally = true
[[steps]]
id = "tell"
script = 'touch told'
finally = true
when = { step = "work", is = "cancelled" }
[[steps]]
id = "praise"
command = ["touch", "praised"]
finally = true
when = { step = "work", is = "succeeded" }
""")
        run = self.home.start("run", "--json", "work")
        pids = self.pids("pids", 2)
        wait_until(lambda: of_type(run.lines(), "step.started"), "the start to be told")
        run.signal(signal.SIGINT)
        result = run.finish()
        self.assert_code(result, 130)
        self.assert_gone(pids)
        self.assertEqual([line for line in map(fact, result.lines) if line], [
            "queued", "started 1", "work started 1", "changed state=cancelling", "work cancelling",
            "more finished 1 cancelled: cancelled before it started", "work finished 1 cancelled: cancelled",
            "clean started 1", "clean finished 1 succeeded", "tell started 1", "tell finished 1 succeeded",
            "praise finished 1 skipped: step \"work\" was cancelled", "finished 1 cancelled: cancelled"])
        self.assertEqual([(self.home.work / name).exists() for name in ("cleaned", "told", "praised")], [True, True, False])

    def test_cancel_twice_ends_what_runs_at_the_end(self):
        self.begin()
        self.home.own_pipeline("work", """
[[steps]]
id = "work"
command = ["sleep", "600"]
[[steps]]
id = "clean"
command = ["sh", "tree.sh", "1", "pids"]
finally = true
""")
        job = self.submit("work")
        self.wait_fact(job, "work started 1")
        first = self.client.start("job.cancel", job=job)
        pids = self.pids("pids", 2)
        second = self.client.start("job.cancel", job=job)
        self.assertEqual([self.client.answer(n)["state"] for n in (first, second)], ["cancelled", "cancelled"])
        self.assert_gone(pids)
        self.assertEqual(self.states(job), {"work": "cancelled", "clean": "cancelled"})

    def test_after_a_failure(self):
        self.begin()
        steps = """
on_failure = "%s"
[[steps]]
id = "bad"
command = ["sh", "-c", "exit 4"]
[[steps]]
id = "child"
command = ["true"]
[[steps]]
id = "other"
needs = []
script = 'while [ ! -e gate ]; do sleep 0.02; done'
[[steps]]
id = "later"
command = ["true"]
[[steps]]
id = "clean"
command = ["true"]
finally = true
"""
        expected = {"stop": ("skipped", "skipped"), "continue": ("skipped", "succeeded"), "finish_all": ("succeeded", "succeeded")}
        jobs = {}
        for mode in expected:
            self.home.own_pipeline(mode, steps % mode)
            jobs[mode] = self.submit(mode, jobs=4)
            self.wait_fact(jobs[mode], "bad finished .*")
            self.wait_fact(jobs[mode], "other started 1")
        self.home.write("gate", "")
        for mode, (child, later) in expected.items():
            with self.subTest(mode):
                self.assertEqual(self.finished(jobs[mode])["error"]["message"], "step bad: exited with 4")
                self.assertEqual(self.states(jobs[mode]), {"bad": "failed", "child": child, "other": "succeeded", "later": later, "clean": "succeeded"})
                self.assert_code(self.home.do("wait", jobs[mode]), 1)

    def test_allowed_failure(self):
        self.begin()
        self.home.own_pipeline("lint", """
[[steps]]
id = "lint"
script = 'echo grumble; exit 3'
allow_failure = true
[[steps]]
id = "slow"
command = ["sleep", "600"]
timeout = "200ms"
allow_failure = true
[[steps]]
id = "build"
command = ["true"]
""")
        result = self.home.do("run", "lint")
        self.assert_code(result, 0)
        self.assertNotIn("The last lines", result.words)
        self.assertIn("lint: lint failed", result.words)
        self.assertIn("lint: slow timed out", result.words)
        self.assertEqual(self.states(self.home.do("status", "--json").lines[0]["job"]), {"lint": "failed", "slow": "timed_out", "build": "succeeded"})

    def test_conditions(self):
        self.begin()
        self.home.own_pipeline("when", """
[parameters.mode]
type = "choice"
choices = ["fast", "slow"]
default = "fast"
[parameters.crf]
type = "int"
default = 23
[[steps]]
id = "bad"
command = ["false"]
allow_failure = true
[[steps]]
id = "slow"
command = ["true"]
when = { param = "mode", equals = "slow" }
[[steps]]
id = "sorry"
command = ["true"]
when = { step = "bad", is = ["failed", "timed_out"] }
[[steps]]
id = "there"
command = ["true"]
when = { exists = "marker" }
[[steps]]
id = "mixed"
command = ["true"]
when = { all = [{ param = "crf", at_most = 30 }, { not = { exists = "nowhere" } }, { any = [{ param = "mode", equals = "slow" }, { step = "slow", is = "skipped" }] }] }
""")
        job = self.run_whole("when")
        self.assertEqual([line for line in self.facts(job) if "finished" in line], [
            "bad finished 1 failed: exited with 1", "slow finished 1 skipped: parameter \"mode\" is \"fast\", not \"slow\"", "sorry finished 1 succeeded",
            "there finished 1 skipped: there is no \"%s/marker\"" % self.home.work, "mixed finished 1 succeeded", "finished 1 succeeded"])
        self.assertNotIn("slow started 1", self.facts(job))
        self.home.write("marker", "")
        job = self.run_whole("when", params={"mode": "slow", "crf": "31"})
        self.assertEqual(self.states(job), {"bad": "failed", "slow": "succeeded", "sorry": "succeeded", "there": "succeeded", "mixed": "skipped"})


class Outputs(LongTest):
    ODD = ["plain", "with blanks  in it ", "'single' \"double\"", "$(touch x) `touch x` $HOME", "\\n \\t \\\\", "a=b=c", "{{steps.make.a}} {{{{",
           "ä 壁紙 🙂", "; rm -rf .", "*", "-n", "%s%d", "#no comment", "\ttab"]

    def test_odd_characters_go_through(self):
        self.begin()
        names = ["v%d" % i for i in range(len(self.ODD))]
        self.home.write("values", "".join("%s=%s\n" % pair for pair in zip(names, self.ODD)))
        self.home.own_pipeline("odd", """
[[steps]]
id = "make"
outputs = [%s]
script = '''
echo "# a comment" > "$STEPWIRE_OUTPUT"
echo "v0=not the last" >> "$STEPWIRE_OUTPUT"
echo >> "$STEPWIRE_OUTPUT"
cat values >> "$STEPWIRE_OUTPUT"
echo "not-asked-for=1" >> "$STEPWIRE_OUTPUT"
'''
[[steps]]
id = "argv"
command = ["python3", "-c", "import sys, json; open('argv.json', 'w').write(json.dumps(sys.argv[1:]))", %s]
[[steps]]
id = "environ"
command = ["python3", "-c", "import os, json; open('env.json', 'w').write(json.dumps(dict(os.environ)))"]
env = { OWN = "<{{steps.make.v3}}>" }
""" % (", ".join('"%s"' % n for n in names), ", ".join('"{{steps.make.%s}}"' % n for n in names)))
        job = self.run_whole("odd")
        self.assertEqual(self.states(job), {"make": "succeeded", "argv": "succeeded", "environ": "succeeded"}, self.facts(job))
        self.assertEqual(json.loads((self.home.work / "argv.json").read_text()), self.ODD)
        env = json.loads((self.home.work / "env.json").read_text())
        self.assertEqual([env["STEPWIRE_STEPS_MAKE_" + n.upper()] for n in names], self.ODD)
        self.assertEqual(env["OWN"], "<%s>" % self.ODD[3])
        self.assertNotIn("STEPWIRE_STEPS_MAKE_NOT_ASKED_FOR", env)
        self.assertFalse((self.home.work / "x").exists())

    def test_long_and_missing(self):
        self.begin()
        self.home.own_pipeline("long", """
[[steps]]
id = "make"
outputs = ["text"]
command = ["python3", "-c", "import os; open(os.environ['STEPWIRE_OUTPUT'], 'w').write('text=' + 'x' * 100000 + '\\\\n')"]
[[steps]]
id = "use"
script = 'test ${#STEPWIRE_STEPS_MAKE_TEXT} -eq 100000'
[[steps]]
id = "forgets"
needs = []
outputs = ["one", "two"]
script = 'echo one=1 >> "$STEPWIRE_OUTPUT"'
[[steps]]
id = "wants"
command = ["echo", "{{steps.forgets.one}}"]
""")
        job = self.run_whole("long")
        self.assertEqual(self.states(job), {"make": "succeeded", "use": "succeeded", "forgets": "failed", "wants": "skipped"})
        error = next(e["data"]["error"] for e in self.events(job, "step.finished") if e["step"] == "forgets")
        self.assertIn("two", error["message"])
        self.assertEqual(error["exit_code"], 0)

    def test_a_retry_of_the_later_step_still_has_them(self):
        self.begin()
        self.home.own_pipeline("keep", """
[[steps]]
id = "make"
outputs = ["it"]
script = 'echo made >> ran; echo "it=precious $(wc -l < ran)" >> "$STEPWIRE_OUTPUT"'
[[steps]]
id = "use"
command = ["sh", "-c", "echo \\"$1\\" >> used; test -e gate", "sh", "{{steps.make.it}}"]
""")
        job = self.run_whole("keep")
        self.home.kill_hub()
        self.home.start_hub()
        self.connect()
        self.home.write("gate", "")
        self.client.call("job.retry", job=job)
        self.assertEqual(self.finished(job, 2)["state"], "succeeded")
        self.assertEqual(self.lines_of("used"), ["precious 1", "precious 1"])


class Matrix(LongTest):
    def test_each_combination_and_never_more_at_once(self):
        self.begin()
        self.home.own_pipeline("icons", """
[[steps]]
id = "icon"
title = "Icon"
script = '''
mkdir "lock.$$"
ls -d lock.* | wc -l >> counts
echo "$STEPWIRE_MATRIX_SIZE $STEPWIRE_MATRIX_FILE_FORMAT" >> made
sleep 0.15
rmdir "lock.$$"
'''
matrix = { size = [16, 64, 256], file-format = ["png", "we bp"] }
max_parallel = 2
[[steps]]
id = "echo"
needs = []
command = ["sh", "-c", "echo $0 >> echoed", "{{matrix.n}}"]
matrix = { n = [1.5, true, "x y"] }
[[steps]]
id = "pack"
needs = ["icon", "echo"]
command = ["true"]
""")
        job = self.run_whole("icons", jobs=8)
        plan = self.events(job, "job.queued")[0]["data"]["steps"]
        self.assertEqual([(s["step"], s["title"]) for s in plan[:3]], [("icon-1", "Icon (16, png)"), ("icon-2", "Icon (16, we bp)"), ("icon-3", "Icon (64, png)")])
        self.assertEqual(len(plan), 10)
        self.assertEqual(sorted(plan[-1]["needs"]), sorted([s["step"] for s in plan[:-1]]))
        self.assertEqual(sorted(self.lines_of("made")), sorted("%s %s" % (s, f) for s in (16, 64, 256) for f in ("png", "we bp")))
        self.assertEqual(sorted(self.lines_of("echoed")), ["1.5", "true", "x y"])
        self.assertLessEqual(max(map(int, self.lines_of("counts"))), 2)
        running, most = set(), 0
        for event in self.events(job, "step.started", "step.finished"):
            if event["step"].startswith("icon"):
                (running.add if event["type"] == "step.started" else running.discard)(event["step"])
                most = max(most, len(running))
        self.assertEqual(most, 2)
        self.assertEqual(self.facts(job)[-3:], ["pack started 1", "pack finished 1 succeeded", "finished 1 succeeded"])


class Nested(LongTest):
    INNER = """
title = "Inner"
[parameters.word]
required = true
[[steps]]
id = "first"
title = "First of it"
script = '''
echo "first $STEPWIRE_PARAM_WORD" >> ran
stepwire report progress --done 1 --total 4 --message quarter
while [ ! -e gate ]; do sleep 0.02; done
'''
[[steps]]
id = "second"
title = "Second of it"
script = 'echo second >> ran; echo "no luck here"; test -e luck'
"""
    OUTER = """
[[steps]]
id = "probe"
outputs = ["word"]
script = 'echo probe >> ran; echo "word=ä b" >> "$STEPWIRE_OUTPUT"'
[[steps]]
id = "inner"
title = "The inner one"
pipeline = "inner"
params = { word = "<{{steps.probe.word}}>" }
[[steps]]
id = "after"
script = 'echo after >> ran'
"""

    def test_progress_failure_and_retry(self):
        self.begin()
        self.home.own_pipeline("inner", self.INNER)
        self.home.own_pipeline("outer", self.OUTER)
        job = self.submit("outer")
        told = self.wait_for(lambda e: e["type"] == "step.progress" and e["job"] == job and e["step"] == "inner" and e["data"].get("fraction") == 0.125)
        self.assertEqual(told["data"]["message"], "First of it")
        queued = [e for e in self.log if e["type"] == "job.queued" and e["job"] != job][-1]
        child = queued["job"]
        self.assertEqual(queued["data"]["parent"], {"job": job, "step": "inner"})
        self.assertEqual(queued["data"]["params"], {"word": "<ä b>"})
        self.assertAlmostEqual(self.job(job)["fraction"], (1 + 0.125) / 3)
        self.assertIn("outer / Inner", self.home.do("status").text)
        self.assertEqual(json.loads(self.home.do("status", "--waybar").out)["text"], "37 %")  # counted once
        self.home.write("gate", "")
        self.assertEqual(self.finished(job)["error"]["message"], "step inner: step second: exited with 1")
        half = [e["data"]["fraction"] for e in self.events(job, "step.progress")]
        self.assertEqual(half, sorted(half))
        self.assertIn(0.5, half)
        self.assertEqual(self.facts(child)[1:], ["queued", "started 1", "first started 1", "first finished 1 succeeded", "second started 1",
                                                 "second finished 1 failed: exited with 1", "finished 1 failed: step second: exited with 1"])
        self.assertEqual(self.facts(job)[-3:], ["inner finished 1 failed: step second: exited with 1",
                                                "after finished 1 skipped: step inner, which it needs, failed",
                                                "finished 1 failed: step inner: step second: exited with 1"])
        self.assertEqual(self.home.do("log", job).text, "no luck here\n")
        self.assertEqual(self.home.do("log", job, "inner").text, "no luck here\n")
        self.home.write("luck", "")
        self.assert_code(self.home.do("retry", job), 0)
        self.assertEqual(self.finished(job, 2)["state"], "succeeded")
        self.assertEqual(self.lines_of("ran"), ["probe", "first <ä b>", "second", "second", "after"])

    def test_in_the_foreground(self):
        self.begin()
        self.home.own_pipeline("inner", self.INNER)
        self.home.own_pipeline("outer", self.OUTER)
        terminal = self.home.terminal("run", "outer")
        terminal.until(lambda shown: b"First of it" in shown and b"Second of it" in shown, "the steps of the inner one")
        self.home.write("gate", "")
        self.assertEqual(terminal.finish(), 1)
        lines = Screen(bytes(terminal.out)).lines
        self.assertIn("The last lines of Second of it:", lines)
        self.assertIn("  no luck here", lines)
        plain = self.home.do("run", "outer")
        self.assert_code(plain, 1)
        self.assertIn("Inner: Second of it failed after", plain.words)
        self.assertIn("  no luck here\n", plain.words)

    def test_cancel_reaches_the_innermost(self):
        self.begin()
        self.home.own_pipeline("a", '[[steps]]\nid = "sa"\npipeline = "b"\n')
        self.home.own_pipeline("b", '[[steps]]\nid = "sb"\npipeline = "c"\n[[steps]]\nid = "later"\ncommand = ["true"]\n')
        self.home.own_pipeline("c", '[[steps]]\nid = "sc"\ncommand = ["sh", "tree.sh", "2", "pids"]\n')
        run = self.home.start("run", "a")
        pids = self.pids("pids", 3)
        run.signal(signal.SIGTERM)
        self.assert_code(run.finish(), 130)
        self.assert_gone(pids)
        self.assertEqual({j["pipeline"]: j["state"] for j in self.home.do("status", "--json").lines},
                         {"a": "cancelled", "b": "cancelled", "c": "cancelled"})

    def test_a_circle_is_refused(self):
        self.begin()
        self.home.own_pipeline("a", '[[steps]]\nid = "s"\npipeline = "b"\n')
        self.home.own_pipeline("b", '[[steps]]\nid = "s"\npipeline = "a"\n')
        result = self.home.do("run", "a")
        self.assert_code(result, 2)
        self.assertEqual(len(result.words.splitlines()), 1, result.words)


class RetryJobs(LongTest):
    DIAMOND = """
[[steps]]
id = "a"
script = 'echo a >> ran; date +%s%N > file.a'
[[steps]]
id = "b"
script = 'echo b >> ran; test -e gate'
[[steps]]
id = "c"
script = 'echo c >> ran'
[[steps]]
id = "d"
needs = []
script = 'echo d >> ran; date +%s%N > file.d'
[[steps]]
id = "e"
needs = ["d"]
script = 'echo e >> ran; date +%s%N > file.e'
"""

    def test_unrelated_branches_are_left_alone(self):
        self.begin()
        self.home.own_pipeline("diamond", self.DIAMOND)
        job = self.run_whole("diamond", jobs=1)
        self.assertEqual(self.lines_of("ran"), ["a", "b", "d", "e"])
        kept = {name: (self.home.work / name).stat().st_mtime_ns for name in ("file.a", "file.d", "file.e")}
        self.home.write("gate", "")
        self.assert_code(self.home.do("retry", job), 0)
        self.finished(job, 2)
        self.assertEqual(self.lines_of("ran")[4:], ["b", "c"])
        self.assertEqual({name: (self.home.work / name).stat().st_mtime_ns for name in kept}, kept)
        first = self.facts(job).index("finished 1 failed: step b: exited with 1")
        self.assertEqual(self.facts(job)[first + 1:], ["changed state=queued", "b queued", "c queued", "started 2",
                                                       "b started 2", "b finished 2 succeeded", "c started 2", "c finished 2 succeeded", "finished 2 succeeded"])
        self.assert_code(self.home.do("retry", job, "--from", "d"), 0)
        self.finished(job, 3)
        self.assertEqual(self.lines_of("ran")[6:], ["d", "e"])
        self.assert_gapless(self.log)

    def test_from_where_it_cannot_go(self):
        self.begin()
        self.home.own_pipeline("diamond", self.DIAMOND)
        job = self.run_whole("diamond", jobs=1)
        for step, code, said in (("nope", 2, "no step"), ("c", 1, "needs step \"b\"")):
            result = self.home.do("retry", job, "--from", step)
            self.assert_code(result, code)
            self.assertIn(said, result.words)
            self.assertEqual(len(result.words.splitlines()), 1)

    def test_after_the_hub_was_killed(self):
        self.begin()
        self.home.own_pipeline("gated", """
[[steps]]
id = "a"
script = 'echo a >> ran'
[[steps]]
id = "b"
script = 'echo "b ${MINE:-}" >> ran; while [ ! -e gate ]; do sleep 0.02; done'
""")
        job = self.home.do("run", "-d", "gated", env={"MINE": "my own"}).text.strip()
        waiting = self.submit("gated", group="g")
        behind = self.submit("gated", group="g")
        held = self.submit("gated", group="g")
        self.client.call("job.hold", job=held)
        wait_until(lambda: len(self.lines_of("ran")) == 4, "both to be in their second step")
        epoch = self.client.hello["epoch"]
        self.home.kill_hub()
        self.home.start_hub()
        self.connect()
        self.assertEqual(self.client.hello["epoch"], epoch)
        states = lambda: {j["job"]: j["state"] for j in self.client.call("job.list")["jobs"]}
        wait_until(lambda: (states()[job], states()[waiting]) == ("interrupted", "interrupted"), "those that ran to be interrupted")
        self.assertEqual(states()[held], "held")
        wait_until(lambda: self.job(behind)["state"] == "running", "the one that waited to run")
        self.assert_code(self.home.do("wait", job), 1)
        self.home.write("gate", "")
        self.assert_code(self.home.do("retry", job), 0)
        self.assert_code(self.home.do("wait", job, behind), 0)
        self.assert_code(self.home.do("release", held), 0)
        self.assert_code(self.home.do("wait", held), 0)
        self.assertEqual(sum(line == "b my own" for line in self.lines_of("ran")), 2)


GATED = """
[parameters.gate]
default = "gate"
[[steps]]
id = "a"
script = '''
echo "$STEPWIRE_JOB" >> order
while [ ! -e "$STEPWIRE_PARAM_GATE" ]; do sleep 0.02; done
'''
"""


class Queues(LongTest):
    def places(self, *jobs):
        return [(j["state"], j["queue_position"]) for j in map(self.job, jobs)]

    def test_one_after_the_other_held_moved_and_cancelled(self):
        self.begin()
        self.home.own_pipeline("gated", GATED)
        jobs, acks = [], []
        for i in range(5):
            jobs.append(self.submit("gated", group="night", title="job %d" % i, params={"gate": "gate%d" % i}))
            acks.append((self.ack["state"], self.ack["queue_position"]))
        self.assertEqual(acks, [("running", None)] + [("queued", n) for n in (1, 2, 3, 4)])
        table = self.home.do("status").text.splitlines()
        self.assertRegex(table[2], r"^%s  queued +job 2  #2 in the queue$" % jobs[2][-8:])
        self.assertEqual(table[5], "          4 waiting in group night")
        line = json.loads(self.home.do("status", "--waybar").out)
        self.assertEqual((line["text"], line["class"], line["percentage"]), ("0 %, 4 waiting", "running", 0))
        self.assertIn("job 2, #2 in the queue", line["tooltip"])
        self.assertEqual(self.home.do("hold", jobs[1]).words, "%s held\n" % jobs[1])
        self.assertEqual(self.home.do("move", jobs[4], "1").words, "%s queued, #1 in the queue\n" % jobs[4])
        self.assertEqual(self.places(*jobs[1:]), [("held", None), ("queued", 2), ("queued", 3), ("queued", 1)])
        self.refused(6, "job.move", job=jobs[1], position=1)
        self.assertIn("hold it", str(self.refused(6, "job.pause", job=jobs[2])))
        self.assert_code(self.home.do("cancel", jobs[3]), 0)
        self.assertEqual(self.home.do("release", jobs[1]).words, "%s queued, #1 in the queue\n" % jobs[1])  # as before it was held
        self.assertEqual(self.places(*jobs[1:]), [("queued", 1), ("queued", 3), ("cancelled", None), ("queued", 2)])
        self.assertEqual(self.home.do("move", jobs[1], "99").words, "%s queued, #3 in the queue\n" % jobs[1])
        for i in range(5):
            self.home.write("gate%d" % i, "")
        for job in (jobs[0], jobs[4], jobs[2], jobs[1]):
            self.assertEqual(self.finished(job)["state"], "succeeded")
        self.assertEqual(self.lines_of("order"), [jobs[0], jobs[4], jobs[2], jobs[1]])
        self.assertEqual(self.facts(jobs[4])[:3], ["queued #4", "changed queue_position=3", "changed queue_position=1"])
        self.assertEqual(self.facts(jobs[1])[:2], ["queued #1", "changed state=held"])
        self.assertEqual(self.facts(jobs[3])[-2:], ["a finished 1 cancelled: cancelled", "finished 1 cancelled: cancelled"])

    def test_limit_from_the_settings(self):
        self.begin("[groups]\nnight = 2\ndefault = 1\n")
        self.home.own_pipeline("counts", """
[[steps]]
id = "a"
script = '''
mkdir "lock.$$"
ls -d lock.* | wc -l >> counts
sleep 0.2
rmdir "lock.$$"
'''
""")
        jobs = [self.submit("counts", group="night") for _ in range(6)]
        for job in jobs:
            self.assertEqual(self.finished(job)["state"], "succeeded")
        self.assertEqual(max(map(int, self.lines_of("counts"))), 2)
        self.home.own_pipeline("gated", GATED)
        first, second = self.submit("gated"), self.submit("gated")
        self.assertEqual(self.places(first, second), [("running", None), ("queued", 1)])
        self.home.write("gate", "")
        self.assertEqual(self.finished(second)["state"], "succeeded")

    def test_faulty_settings_are_told_and_break_nothing(self):
        config = '[groups]\nnight = 0\nday = 2\n"b c" = 3\nevening = "x"\n[retention]\nmax_age = "soon"\n[strange]\nkey = 1\n'
        self.begin(config)
        path = str(self.home.config / "config.toml")
        with self.home.client() as late:
            late.call("subscribe", epoch=late.hello["epoch"], seq=0, types=["hub.warning"])
            told = sorted(late.event()["data"]["message"] for _ in range(4))
        self.assertEqual([line.split(": ")[0] for line in told], [path + place for place in (":2:9", ":4:1", ":5:11", ":7:11")])
        for line, word in zip(told, ("night", "b c", "evening", "max_age")):
            self.assertIn(word, line)
        self.home.own_pipeline("gated", GATED)
        jobs = [self.submit("gated", group="day") for _ in range(3)] + [self.submit("gated", group="night") for _ in range(2)]
        self.assertEqual([state for state, _ in self.places(*jobs)], ["running", "running", "queued", "running", "queued"])
        self.home.write("gate", "")
        for job in jobs:
            self.assertEqual(self.finished(job)["state"], "succeeded")
        doctor = self.home.do("doctor")
        self.assert_code(doctor, 1)
        for line in told:
            self.assertIn(line, doctor.text)

    def test_settings_that_are_no_toml(self):
        self.begin("[groups\nnight = 2\n")
        wait_until(lambda: "config.toml:1:8: not valid TOML" in self.home.hub_words(), self.home.hub_words)
        self.assert_code(self.home.do("run", "--", "true"), 0)
        self.assert_code(self.home.do("doctor"), 1)

    def test_ctrl_c_while_it_waits(self):
        self.begin()
        self.home.own_pipeline("gated", GATED)
        first = self.submit("gated", group="g")
        waiting = self.home.start("run", "--group", "g", "--title", "mine", "--", "touch", "started")
        wait_until(lambda: b"stepwire: mine waits in group g, #1 in the queue\n" in waiting.err, "its place to be told")
        terminal = self.home.terminal("run", "--group", "g", "gated")
        terminal.until(lambda shown: b"#2 in the queue" in shown, "its place")
        waiting.signal(signal.SIGINT)
        self.assert_code(waiting.finish(), 130)
        terminal.until(lambda shown: b"#1 in the queue" in shown, "its new place")
        terminal.type(b"\x03")
        self.assertEqual(terminal.finish(), 130)
        self.assertFalse((self.home.work / "started").exists())
        self.assertEqual(self.lines_of("order"), [first])
        self.home.write("gate", "")
        self.assertEqual(self.finished(first)["state"], "succeeded")

    def test_a_held_job_in_the_foreground(self):
        self.begin()
        self.home.own_pipeline("gated", GATED)
        first = self.submit("gated", group="g")
        run = self.home.start("run", "--group", "g", "--title", "mine", "--", "echo", "hi")
        job = self.wait_for(lambda e: e["type"] == "job.queued" and e["data"]["title"] == "mine")["job"]
        self.assert_code(self.home.do("hold", job), 0)
        wait_until(lambda: b"stepwire: mine is held\n" in run.err, "that to be told")
        self.home.write("gate", "")
        self.finished(first)
        self.assertEqual(self.job(job)["state"], "held")
        self.assert_code(self.home.do("release", job), 0)
        result = run.finish()
        self.assert_code(result, 0)
        self.assertEqual(result.out, b"hi\n")

    def test_unless_running(self):
        self.begin()
        self.home.own_pipeline("gated", GATED)
        self.home.own_pipeline("other", '[[steps]]\nid = "x"\ncommand = ["true"]\n')
        first = self.submit("gated", unless_running="backup")
        error = self.refused(5, "job.run", pipeline="other", cwd=str(self.home.work), env=self.home.env, unless_running="backup")
        self.assertEqual(error.data["job"], first)
        for words in (["run", "--unless-running", "backup", "other"], ["run", "--json", "--unless-running", "backup", "--", "true"],
                      ["run", "-d", "--unless-running", "backup", "other"]):
            result = self.home.do(*words)
            self.assert_code(result, 1)
            self.assertEqual(result.out, b"")
            self.assertIn(first, result.words)
            self.assertEqual(len(result.words.splitlines()), 1)
        self.assert_code(self.home.do("run", "--unless-running", "elsewhere", "other"), 0)
        self.home.write("gate", "")
        self.finished(first)
        self.assert_code(self.home.do("run", "--unless-running", "backup", "other"), 0)
        queue = self.submit("gated", group="q", params={"gate": "gate2"})
        queued = self.submit("gated", group="q", unless_running=True, params={"gate": "gate2"})
        error = self.refused(5, "job.run", pipeline="gated", cwd=str(self.home.work), env=self.home.env, unless_running=True, params={"gate": "gate2"})
        self.assertEqual(error.data["job"], queued)
        self.home.write("gate2", "")
        self.finished(queue)
        self.finished(queued)


class Phases(LongTest):
    def test_by_command(self):
        self.begin()
        self.home.own_pipeline("put", """
[[steps]]
id = "put"
title = "Put away"
phases = [{ id = "reserve", title = "Reserve", total = 10 }, { id = "write", total = 100, unit = "bytes" }, "confirm"]
script = '''
stepwire report progress --phase reserve --done 10
stepwire report progress --phase write --increment 5 --total 100
stepwire report progress --phase write --increment 45
stepwire report progress --phase confirm --done 1 --total 4 --message checking
stepwire report progress --phase late --done 2 --unit rows
touch up
while [ ! -e gate ]; do sleep 0.02; done
'''
""")
        terminal = self.home.terminal("run", "put", columns=80, rows=24)
        wait_until(lambda: (terminal.pump(), (self.home.work / "up").exists())[1], "the reports")
        job = self.home.do("status", "--json").lines[0]["job"]
        told = wait_until(lambda: (p := self.job(job)["steps"][0]["progress"]) and len(p["phases"]) == 4 and p)
        self.assertEqual(told["phases"], [
            {"id": "reserve", "title": "Reserve", "done": 10, "total": 10, "unit": "items"},
            {"id": "write", "title": "write", "done": 50, "total": 100, "unit": "bytes"},
            {"id": "confirm", "title": "confirm", "done": 1, "total": 4, "unit": "items"},
            {"id": "late", "title": "late", "done": 2, "unit": "rows"}], told)
        self.assertEqual(told["message"], "checking")
        first = self.wait_for(lambda e: e["type"] == "step.progress")["data"]
        self.assertEqual([(p["id"], p["done"], p.get("total")) for p in first["phases"]], [("reserve", 0, 10), ("write", 0, 100), ("confirm", 0, None)])
        shown = terminal.until(lambda out: b"2 rows" in out, "the late phase")
        self.assertTrue(shown)
        frame = Screen(bytes(terminal.out[:terminal.out.rfind(b"\x1b[?2026l") + 8]), 80).lines
        self.assertEqual([re.sub(r"[▕█░▏ ]+", " ", line).strip() for line in frame[2:6]],
                         ["Reserve 10/10", "write 50/100 bytes", "confirm 1/4", "late 2 rows"], frame)
        self.home.write("gate", "")
        self.assertEqual(terminal.finish(), 0)
        self.assertNotIn("phases", Screen(bytes(terminal.out), 80).lines[1])

    def test_wrong_reports(self):
        self.begin()
        self.home.own_pipeline("gated", GATED)
        job = self.submit("gated")
        self.wait_fact(job, "a started 1")
        for words in (["--phase", "p"], ["--phase", "b d", "--done", "1"], ["--increment", "-1"], ["--increment", "x"], ["--done", "1", "--increment", "1"],
                      ["--phase", "p", "--fraction", "0.5"], ["--fraction", "3"], ["--total", "-1"]):
            result = self.home.do("report", "progress", job, *words)
            self.assert_code(result, 2)
            self.assertEqual((result.out, len(result.words.splitlines())), (b"", 1), repr(result))
        self.home.write("gate", "")
        self.finished(job)


class TimeLeft(LongTest):
    def test_learned_from_the_run_before(self):
        self.begin()
        self.home.own_pipeline("silent", "".join('[[steps]]\nid = "%s"\ncommand = ["sleep", "3.4"]\n' % step for step in "ab"))
        first = self.run_whole("silent", group="g", deadline=30)
        self.assertEqual([e for e in self.events(first, "job.changed") if "eta_ms" in e["data"]], [])
        self.assertEqual(self.events(first, "step.progress", "step.changed"), [])
        second = self.submit("silent", group="g")
        third = self.submit("silent", group="g")
        self.wait_for(lambda e: e["type"] == "job.changed" and e["job"] == second and e["data"].get("eta_ms", 0) > 0, 30)
        table = self.home.do("status").text
        self.assertRegex(table, r"(?m)^%s  running .* ~\d+ %% .*  silent  b  ~\d+ s left$" % second[-8:])
        self.assertRegex(table, r"(?m)^%s  queued +silent  #1 in the queue  ~\d+ s left$" % third[-8:])
        self.assertRegex(table, r"(?m)^          1 waiting in group g, ~\d+ s until all have ended$")
        tooltip = json.loads(self.home.do("status", "--waybar").out)["tooltip"]
        self.assertRegex(tooltip, r"^silent, b, \d+ %, ~\d+ s left\nsilent, #1 in the queue, ~\d+ s left$")
        self.finished(second, deadline=30)
        seconds = lambda event: float(event["time"][17:23])
        started = seconds(self.events(second, "job.started")[0])
        etas = [((seconds(e) - started) % 60, e["data"]["eta_ms"]) for e in self.events(second, "job.changed") if e["data"].get("eta_ms", 0) > 0]
        self.assertGreaterEqual(etas[0][0], 4.9)
        self.assertTrue(all(1000 <= ms <= 10_000 for _, ms in etas), etas)
        waiting = [e["data"]["eta_ms"] for e in self.events(third, "job.changed") if e["data"].get("eta_ms", 0) > 0]
        self.assertTrue(waiting and all(5000 <= ms <= 20_000 for ms in waiting), waiting)
        self.assertEqual([f for f in self.facts(second) if "estimated" in f], ["a estimated", "b estimated"])
        for step in "ab":
            told = [e["data"]["fraction"] for e in self.events(second, "step.progress") if e["step"] == step]
            self.assertEqual(told, sorted(told))
            self.assertGreater(len(told), 1)
            self.assertLess(told[-1], 1)
        terminal = self.home.terminal("watch", third, columns=80)
        terminal.until(lambda shown: re.search("▏ *~\\d+ %".encode(), re.sub(rb"\x1b\[[0-9;]*m", b"", shown)), "the guess", 30)
        self.assert_code(self.home.do("cancel", third), 0)
        self.assertEqual(terminal.finish(), 0)


class Throttled(http.server.BaseHTTPRequestHandler):
    BODY = os.urandom(300_000)

    def do_GET(self):
        if self.path != "/file":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.BODY)))
        self.end_headers()
        for at in range(0, len(self.BODY), 10_000):
            self.wfile.write(self.BODY[at:at + 10_000])
            time.sleep(0.07)

    def log_message(self, *_):
        pass


@unittest.skipIf(SANITIZED, "the tools are too slow beside a sanitizer to tell anything of their pace")
class Tools(LongTest):
    """Known tools as they are: their progress appears, their bytes and exit codes stay their own."""

    def start_tool(self, *command):
        self.begin()
        return self.home.start("run", "--", *command)

    def progress(self):
        """Fractions that were told of the one job; what they were counted in."""
        told = [e["data"] for e in self.log if e["type"] == "step.progress"]
        return [d["fraction"] for d in told if d.get("fraction") is not None], {d["unit"] for d in told}

    def ends(self, run, code, out=b""):
        result = run.finish()
        self.assert_code(result, code)
        self.assertEqual(result.out, out)
        self.wait_for(lambda e: e["type"] == "job.finished")
        return result

    def assert_partly(self, fractions):
        self.assertTrue([f for f in fractions if 0 < f < 0.99], fractions)
        self.assertEqual(fractions, sorted(fractions))

    @unittest.skipUnless(shutil.which("rsync"), "rsync is not installed")
    def test_rsync(self):
        self.home.write("big", os.urandom(3_000_000))
        run = self.start_tool("rsync", "-a", "--bwlimit=1500", "big", "copy/")
        self.ends(run, 0)
        fractions, units = self.progress()
        self.assert_partly(fractions)
        self.assertEqual(units, {"bytes"})
        self.assertEqual((self.home.work / "copy" / "big").read_bytes(), (self.home.work / "big").read_bytes())
        self.assert_code(self.home.do("run", "--", "rsync", "-a", "missing", "copy/"), 23)

    @unittest.skipUnless(shutil.which("curl"), "curl is not installed")
    def test_curl(self):
        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Throttled)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        address = "http://127.0.0.1:%d/" % server.server_address[1]
        run = self.start_tool("curl", address + "file")
        result = self.ends(run, 0, Throttled.BODY)
        self.assertIn("% Total", result.words)
        self.assert_partly(self.progress()[0])
        self.assert_code(self.home.do("run", "--", "curl", "-fsS", address + "missing"), 22)

    @unittest.skipUnless(shutil.which("tar"), "tar is not installed")
    def test_tar(self):
        data = os.urandom(2_000_000)
        self.home.write("big", data)
        fifo = self.home.work / "archive"
        os.mkfifo(fifo)
        run = self.start_tool("tar", "-c", "-f", "archive", "big")
        with open(fifo, "rb") as archive:
            read = archive.read(1_000_000)
            self.wait_for(lambda e: e["type"] == "step.progress" and 0.4 < e["data"]["fraction"] < 0.7)
            read += archive.read()
        self.assertIn(data[:100_000], read)
        self.ends(run, 0)
        self.assertEqual(self.progress()[1], {"bytes"})
        self.assert_code(self.home.do("run", "--", "tar", "-c", "-f", "other.tar", "missing"), 2)

    @unittest.skipUnless(shutil.which("ninja"), "ninja is not installed")
    def test_ninja(self):
        rule = "rule touch\n  command = sleep 0.1 && touch $out\n"
        chain = "".join("build f%d: touch %s\n" % (i, "f%d" % (i - 1) if i else "") for i in range(6))
        self.home.write("build.ninja", rule + chain)
        self.home.write("plain/build.ninja", rule + chain)
        plain = subprocess.run(["ninja"], cwd=self.home.work / "plain", stdout=subprocess.PIPE, check=True, env=self.home.env)
        run = self.start_tool("ninja")
        self.ends(run, 0, plain.stdout)
        self.assert_partly(self.progress()[0])
        self.home.write("build.ninja", "rule no\n  command = false\nbuild x: no\n")
        self.assert_code(self.home.do("run", "--", "ninja"), 1)

    @unittest.skipUnless(shutil.which("git"), "git is not installed")
    def test_git_clone(self):
        origin = self.home.work / "origin"
        origin.mkdir()
        for i in range(300):
            (origin / ("file%d" % i)).write_text("content %d\n" % i * 20)
        for words in (["init", "-q"], ["add", "."], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "all"]):
            subprocess.run(["git", *words], cwd=origin, check=True, env=self.home.env)
        run = self.start_tool("git", "clone", "file://%s" % origin, "copy")
        self.ends(run, 0)
        fractions, _ = self.progress()
        self.assertTrue(fractions)
        self.assertTrue((self.home.work / "copy" / "file299").exists())
        self.assert_code(self.home.do("run", "--", "git", "clone", "file:///nowhere", "other"), 128)

    @unittest.skipUnless(shutil.which("pv"), "pv is not installed")
    def test_pv(self):
        data = os.urandom(600_000)
        self.home.write("big", data)
        self.ends(self.start_tool("pv", "-L", "250k", "big"), 0, data)
        self.assert_partly(self.progress()[0])


class Terminal(LongTest):
    def last_frame(self, terminal, columns=80):
        return Screen(bytes(terminal.out[:terminal.out.rfind(b"\x1b[?2026l") + 8]), columns).lines

    def test_retry_and_quiet(self):
        self.begin()
        self.home.own_pipeline("flaky", """
[[steps]]
id = "flaky"
script = 'if [ -e again ]; then touch here; while [ ! -e gate ]; do sleep 0.02; done; else touch again; echo no route to host >&2; exit 7; fi'
retries = { count = 2, delay = "2s", jitter = 0 }
[[steps]]
id = "quiet"
needs = []
script = 'while [ ! -e gate ]; do sleep 0.02; done'
stall_timeout = "10s"
""")
        terminal = self.home.terminal("run", "--jobs", "4", "flaky", columns=80, rows=24)
        terminal.until(lambda shown: b"again in " in shown, "the wait")
        self.assertRegex("\n".join(self.last_frame(terminal)), r"(?m)^ ○ flaky +again in [12] s: exited with 7: no route to host$")
        job = self.home.do("status", "--json").lines[0]["job"]
        self.assertEqual(self.job(job)["steps"][0]["retry_in_ms"], 2000)
        terminal.until(lambda shown: b"attempt 2" in shown, "the second attempt")
        terminal.until(lambda shown: b"quiet for " in shown, "the silence")
        self.home.write("gate", "")
        self.assertEqual(terminal.finish(), 0)
        self.assertRegex("\n".join(Screen(bytes(terminal.out), 80).lines), r"(?m)^ ✓ flaky +\d\.\d s  attempt 2$")

    def test_what_runs_is_shown_before_what_waits(self):
        self.begin()
        self.home.own_pipeline("gated", GATED)
        jobs = [self.submit("gated", group="g", title="job %d" % i) for i in range(12)]
        self.client.call("job.hold", job=jobs[1])
        self.client.call("job.move", job=jobs[11], position=1)
        terminal = self.home.terminal("watch", columns=80, rows=10)
        terminal.until(lambda shown: b"more jobs" in shown, "the jobs")
        frame = self.last_frame(terminal)
        self.assertLessEqual(len(frame), 8)
        self.assertRegex(frame[0], r"^ job 0 .* 0/1")
        self.assertRegex(frame[1], r"^ job 11 .* 0/1  #1 in the queue$")
        self.assertRegex(frame[2], r"^ job 2 .* #2 in the queue$")
        self.assertEqual(frame[-1], " and 5 more jobs")
        terminal.type(b"\x03")
        terminal.finish()
        self.home.write("gate", "")
        for job in jobs[:1] + jobs[2:]:
            self.finished(job)
        self.assert_code(self.home.do("cancel", jobs[1]), 0)


class Words(LongTest):
    def test_wrong_input_is_one_sentence(self):
        self.begin()
        self.home.own_pipeline("gated", GATED)
        job = self.run_whole("gated", params={"gate": "/"})
        cases = [["move", job], ["move", job, "0"], ["move", job, "x"], ["move", "nojob", "1"], ["pause"], ["pause", "nojob"], ["resume", "nojob"],
                 ["hold", "nojob"], ["release", "nojob"], ["retry", "nojob"], ["retry", job, "--from", "nostep"], ["log", job, "--attempt", "0"],
                 ["log", job, "--attempt", "2"], ["log", job, "nostep"], ["prune"], ["prune", "--older-than", "soon"], ["prune", "--keep", "-1"],
                 ["prune", "--keep", "few"], ["prune", "--max-size", "big"], ["run", "--group", "a b", "gated"], ["run", "--group", "", "gated"],
                 ["run", "--unless-running", "", "gated"], ["run", "--jobs", "many", "gated"], ["status", "--follow"], ["wait"]]
        for case in cases:
            with self.subTest(case):
                result = self.home.do(*case)
                self.assert_code(result, 2)
                self.assertEqual((result.out, len(result.words.splitlines())), (b"", 1), repr(result))
                self.assertTrue(result.words.startswith("stepwire: "), repr(result))
        self.assertIn('"0" is no number above 0', self.home.do("report", "start", "--title", "t", "--ttl", "0").words)
        self.assertIn('"x" is no whole number from 1 to 1000000', self.home.do("move", job, "x").words)

    def test_wait_takes_the_same_job_twice(self):
        self.begin()
        job = self.home.do("run", "-d", "--", "sh", "-c", "exit 4").text.strip()
        self.assert_code(self.home.do("wait", job, job[-10:], job), 4)

    def test_prune(self):
        self.begin()
        self.home.own_pipeline("gated", GATED)
        old = [self.home.do("run", "-d", "--", "echo", str(i)).text.strip() for i in range(3)]
        self.assert_code(self.home.do("wait", *old), 0)
        live = self.submit("gated")
        self.assertEqual(self.home.do("prune", "--older-than", "1d").words, "0 jobs removed, 0 KiB of output\n")
        answer = self.home.do("prune", "--keep", "1", "--json")
        self.assertEqual(answer.lines[0]["jobs"], 2)
        self.assertEqual({j["job"] for j in self.home.do("status", "--json").lines}, {old[2], live})
        wait_until(lambda: {p.name for p in (self.home.state / "jobs").iterdir()} == {old[2], live}, "their output to be gone")
        self.assert_code(self.home.do("log", old[0]), 2)
        self.assertIn("1 job removed", self.home.do("prune", "--keep", "0").words)
        self.home.write("gate", "")
        self.assertEqual(self.finished(live)["state"], "succeeded")

    def test_completions(self):
        self.begin()
        self.home.own_pipeline("gated", GATED)
        first, second = self.submit("gated", group="g"), self.submit("gated", group="g")
        script = self.home.write("completion", self.home.do("completions", "bash").out)

        def complete(*words):
            line = " ".join(shlex.quote(word) for word in words)
            text = ". '%s'; COMP_WORDS=(%s); COMP_CWORD=%d; _stepwire; printf '%%s\\n' \"${COMPREPLY[@]}\"" % (script, line, len(words) - 1)
            answer = self.home.shell("bash -c %s" % shlex.quote(text))
            self.assert_code(answer, 0)
            return set(answer.text.split())

        for verb in ("pause", "resume", "hold", "release", "move", "retry", "cancel", "log", "watch", "wait"):
            self.assertLessEqual({first[-8:], second[-8:]}, complete("stepwire", verb, ""), verb)
            self.assertLessEqual(complete("stepwire", verb, ""), {first[-8:], second[-8:]} | complete("stepwire", verb, "--"), verb)
        self.assertEqual(complete("stepwire", "log", "x", "--at"), {"--attempt"})
        self.assertEqual(complete("stepwire", "retry", "x", "--f"), {"--from"})
        self.assertEqual(complete("stepwire", "report", "progress", "--ph"), {"--phase"})
        self.assertEqual(complete("stepwire", "report", "pro"), {"progress"})
        self.assertEqual(complete("stepwire", "run", "--unl"), {"--unless-running"})
        self.assertEqual(complete("stepwire", "re"), {"resume", "release", "retry", "report"})
        fish = self.home.do("completions", "fish").text
        for word in ("-l attempt", "-l phase", "-l unless-running", "from pause"):
            self.assertIn(word, fish)
        self.home.write("gate", "")
        self.finished(second)

    def test_doctor_and_a_broken_journal(self):
        self.begin()
        journal = self.home.state / "journal.sqlite"
        self.assert_code(self.home.do("run", "--", "true"), 0)
        whole = self.home.do("doctor")
        self.assert_code(whole, 0)
        self.assertRegex(whole.text, r"(?m)^ok    journal %s, [\d.]+ KiB$" % re.escape(str(journal)))
        self.client.close()
        self.home.stop_hub()
        journal.write_bytes(b"this is no database\n" * 1000)
        self.home.allowed_hub_lines.append(r"^hub\.degraded: .*journal\.sqlite cannot be read: file is not a database$")
        alone = self.home.do("doctor")
        self.assert_code(alone, 1)
        self.assertIn("journal %s is no SQLite database" % journal, alone.text)
        self.home.start_hub()
        self.assert_code(self.home.do("run", "--", "true"), 0)
        status = self.home.do("status")
        self.assertEqual(len(status.text.splitlines()), 1)
        self.assertRegex(status.words, r"^stepwire: jobs are not remembered: .*journal\.sqlite cannot be read: .*; stepwire doctor tells what to do\n$")
        with self.home.client() as client:
            self.assertIn("cannot be read", client.hello["degraded"])
        beside = self.home.do("doctor")
        self.assert_code(beside, 1)
        self.assertIn("bad   the hub runs without its journal: ", beside.text)
        advice = re.search(r"then: (mv .*)$", beside.text, re.MULTILINE)[1]
        self.assertIn("(kill %d)" % self.home.hub.pid, beside.text)
        self.home.stop_hub()
        self.assert_code(self.home.shell(advice), 0)
        self.assertTrue(pathlib.Path(str(journal) + ".broken").exists())
        self.home.start_hub()
        self.assert_code(self.home.do("doctor"), 0)


def run_side_by_side():
    """All tests of this file, or those named on the command line, with a verdict at the end."""
    import sys
    loader = unittest.TestLoader()
    module = sys.modules["__main__"]
    names = sys.argv[1:]
    suite = loader.loadTestsFromNames(names, module) if names else loader.loadTestsFromModule(module)
    tests = []

    def flatten(each):
        if isinstance(each, unittest.TestSuite):
            for inner in each:
                flatten(inner)
        else:
            tests.append(each)

    flatten(suite)
    # Those that wait for the clock first, so that they do not end last.
    tests.sort(key=lambda test: not isinstance(test, (TimeLeft, Tools)))

    def one(test):
        out = io.StringIO()
        started = time.monotonic()
        result = unittest.TextTestRunner(stream=out, verbosity=2, warnings="ignore").run(test)
        print("%5.1f s  %s" % (time.monotonic() - started, test.id()) + ("" if result.wasSuccessful() else "\n" + out.getvalue()), flush=True)
        return result.wasSuccessful()

    started = time.monotonic()
    with ThreadPoolExecutor(scaled(AT_ONCE, 4)) as pool:
        good = list(pool.map(one, tests))
    print("%d of %d tests passed in %.1f s" % (sum(good), len(good), time.monotonic() - started))
    raise SystemExit(0 if good and all(good) else 1)


if __name__ == "__main__":
    if not BIN:
        raise SystemExit("STEPWIRE_BIN is not set")
    run_side_by_side()
