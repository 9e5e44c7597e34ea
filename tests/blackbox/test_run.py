"""The command line: run and what belongs to it, as somebody at a terminal or a script meets it."""

import hashlib
import json
import pathlib
import random
import re
import shlex
import shutil
import signal

from harness import FINAL, ID, TIME, HomeTest, Screen, main, of_type, scaled, wait_until

ESCAPE = b"\x1b"

TWO_STEPS = """
[[steps]]
id = "one"
title = "first thing"
command = ["echo", "hello from one"]

[[steps]]
id = "two"
title = "second thing"
script = '''
echo hello from two
echo complaint of two >&2
'''
"""

GATED = """
[[steps]]
id = "one"
title = "first thing"
script = '''
echo '{"progress":0.25,"message":"waiting"}'
while [ ! -e gate ]; do sleep 0.05; done
echo passed
'''

[[steps]]
id = "two"
title = "second thing"
command = ["echo", "done"]
"""

FAILING = """
[[steps]]
id = "fine"
command = ["true"]

[[steps]]
id = "bad"
script = '''
echo the reason is here >&2
exit 5
'''

[[steps]]
id = "never"
command = ["true"]
"""


class ExitCodes(HomeTest):
    def test_command_gives_its_own_code(self):
        self.home.start_hub()
        cases = [(["true"], 0), (["false"], 1), (["sh", "-c", "exit 42"], 42), (["sh", "-c", "exit 77"], 77),
                 (["sh", "-c", "exit 255"], 255), (["sh", "-c", "kill -KILL $$"], 137), (["sh", "-c", "kill -SEGV $$"], 139),
                 (["sh", "-c", "kill -TERM $$"], 143)]
        for command, code in cases:
            with self.subTest(command):
                result = self.home.do("run", "--", *command)
                self.assert_code(result, code)
                self.assertEqual(result.out, b"")

    def test_command_that_cannot_be_started(self):
        plain = self.home.write("plain.txt", "not a program\n", 0o644)
        missing = self.home.do("run", "--", "no-such-program-here")
        self.assert_code(missing, 127)
        self.assertIn("no-such-program-here", missing.words)
        forbidden = self.home.do("run", "--", plain)
        self.assert_code(forbidden, 126)
        self.assertEqual(missing.out + forbidden.out, b"")

    def test_pipeline_that_succeeds_is_0_and_one_that_fails_is_1(self):
        self.home.own_pipeline("good", TWO_STEPS)
        self.home.own_pipeline("bad", FAILING)
        self.assert_code(self.home.do("run", "good"), 0)
        failed = self.home.do("run", "bad")
        self.assert_code(failed, 1)
        self.assertIn("the reason is here", failed.words)
        self.assertIn("never", failed.words)

    def test_skipped_steps_are_no_failure(self):
        self.home.own_pipeline("skips", """
[[steps]]
id = "a"
script = '''
echo nothing to do today
exit 77
'''
[[steps]]
id = "b"
command = ["echo", "after"]
""")
        result = self.home.do("run", "--json", "skips")
        self.assert_code(result, 0)
        finished = {e["step"]: e["data"] for e in of_type(result.lines, "step.finished")}
        self.assertEqual(finished["a"]["state"], "skipped")
        self.assertEqual(finished["a"]["error"]["message"], "nothing to do today")
        self.assertEqual(finished["b"]["state"], "succeeded")

    def test_cancelled_by_ctrl_c_is_130(self):
        path = self.home.own_pipeline("long", GATED)
        terminal = self.home.terminal("run", path)
        terminal.until(lambda shown: b"waiting" in shown, "the step to run")
        terminal.type(b"\x03")
        self.assertEqual(terminal.finish(), 130)
        jobs = self.home.do("status", "--json").lines
        self.assertEqual([j["state"] for j in jobs], ["cancelled"])

    def test_cancelled_by_sigterm_is_130(self):
        self.home.own_pipeline("long", GATED)
        run = self.home.start("run", "long")
        wait_until(lambda: b"first thing started" in run.err, "the step to start")
        run.signal(signal.SIGTERM)
        self.assert_code(run.finish(), 130)
        jobs = self.home.do("status", "--json").lines
        self.assertEqual([(j["state"], [s["state"] for s in j["steps"]]) for j in jobs], [("cancelled", ["cancelled", "cancelled"])])

    def test_cancelled_command_is_130(self):
        run = self.home.start("run", "--", "sh", "-c", "echo up; exec sleep 600")
        wait_until(lambda: b"up\n" in run.out, "the command to run")
        run.signal(signal.SIGINT)
        self.assert_code(run.finish(), 130)

    def test_wrong_usage_is_2(self):
        cases = [["run"], ["run", "--"], ["run", "hello", "--", "true"], ["no-such-verb"], ["run", "--no-such-option", "hello"],
                 ["run", "--jobs", "0", "hello"], ["wait"], ["cancel"], [], ["--", "true"], ["watch", "--since", "nonsense"],
                 ["completions", "tcsh"], ["wait", "nojob"], ["log", "nojob"], ["cancel", "nojob"], ["watch", "nojob"]]
        self.home.start_hub()
        for case in cases:
            with self.subTest(case):
                result = self.home.do(*case)
                self.assert_code(result, 2)
                self.assertEqual(result.out, b"")
                self.assertTrue(result.words.startswith("stepwire: "), repr(result))

    def test_unreachable_hub_is_3(self):
        blocker = self.home.write("file", "in the way")
        for runtime in (blocker, str(self.home.root / ("long" * 30))):
            with self.subTest(runtime):
                result = self.home.do("run", "--", "true", env={"XDG_RUNTIME_DIR": runtime})
                self.assert_code(result, 3)
                self.assertTrue(result.words.startswith("stepwire: "), repr(result))


class Streams(HomeTest):
    def test_stdout_and_stderr_stay_apart(self):
        result = self.home.do("run", "--", "sh", "-c", "printf 'to out\\000\\377\\n'; printf 'to err\\001\\376' >&2")
        self.assert_code(result, 0)
        self.assertEqual(result.out, b"to out\0\xff\n")
        self.assertEqual(result.err, b"to err\1\xfe")

    def test_alternating_binary_streams(self):
        noise = random.Random(7).randbytes(scaled(400_000, 60_000))
        source = self.home.write("noise", noise)
        program = ("import os,sys\nd=open(sys.argv[1],'rb').read()\n"
                   "for i in range(0,len(d),1000):\n os.write(1 + i//1000%2, d[i:i+1000])\n")
        result = self.home.do("run", "--", "/usr/bin/python3", "-c", program, source)
        self.assert_code(result, 0)
        blocks = [noise[i:i + 1000] for i in range(0, len(noise), 1000)]
        self.assertEqual(hashlib.sha256(result.out).hexdigest(), hashlib.sha256(b"".join(blocks[0::2])).hexdigest(),
                         "stdout has %d bytes" % len(result.out))
        self.assertEqual(hashlib.sha256(result.err).hexdigest(), hashlib.sha256(b"".join(blocks[1::2])).hexdigest(),
                         "stderr has %d bytes" % len(result.err))

    def test_three_megabytes_of_anything(self):
        data = random.Random(3).randbytes(scaled(3_000_000, 500_000))
        source = self.home.write("data", data)
        result = self.home.shell("stepwire run -- cat '%s' | sha256sum" % source)
        self.assertEqual(result.text.split()[0], hashlib.sha256(data).hexdigest())
        self.assertEqual(result.err, b"")

    def test_text_with_replacement_characters_and_cut_letters(self):
        text = ("ä€😀\ufffd" * 40_000).encode()
        source = self.home.write("letters", text)
        result = self.home.do("run", "--", "cat", source)
        self.assertEqual(hashlib.sha256(result.out).hexdigest(), hashlib.sha256(text).hexdigest(), "%d bytes" % len(result.out))

    def test_output_without_a_newline_at_its_end(self):
        self.assertEqual(self.home.do("run", "--", "printf", "abc").out, b"abc")

    def test_stdin_is_dev_null(self):
        result = self.home.shell("echo secret | stepwire run -- cat; stepwire run -- readlink /proc/self/fd/0")
        self.assertEqual(result.text, "/dev/null\n")

    def test_pipes_are_no_terminal_and_terminals_are_one(self):
        question = "if [ -t 1 ]; then echo a-terminal; else echo a-pipe; fi"
        self.assertEqual(self.home.do("run", "--", "sh", "-c", question).out, b"a-pipe\n")
        terminal = self.home.terminal("run", "--", "sh", "-c", question + "; stty size <&1", columns=91, rows=23)
        self.assertEqual(terminal.finish(), 0)
        self.assertIn(b"a-terminal", terminal.out)
        self.assertIn(b"23 91", terminal.out)

    def test_reader_that_leaves_ends_the_command(self):
        result = self.home.shell("stepwire run -- yes | head -n 1")
        self.assertEqual(result.out, b"y\n")
        wait_until(lambda: all(j["state"] in FINAL for j in self.home.do("status", "--json").lines), "the job to end")

    def test_directory_and_environment_go_with_it(self):
        (self.home.work / "deep").mkdir()
        result = self.home.do("run", "--", "sh", "-c", 'pwd; echo "$MY_VALUE"', cwd=self.home.work / "deep", env={"MY_VALUE": "ä b\nc"})
        self.assertEqual(result.text, "%s/deep\nä b\nc\n" % self.home.work)

    def test_arguments_are_not_touched(self):
        words = ["", "a b", "$(touch x)", "'; rm", "--json", "-h", "\\n", "ä", "*"]
        result = self.home.do("run", "--", "printf", "<%s>\\n", *words)
        self.assertEqual(result.text, "".join("<%s>\n" % w for w in words))
        self.assertEqual(list(self.home.work.iterdir()), [])

    def test_no_escape_bytes_without_a_terminal(self):
        self.home.own_pipeline("good", TWO_STEPS)
        self.home.own_pipeline("bad", FAILING)
        for command in (["run", "good"], ["run", "bad"], ["status"], ["pipelines"], ["doctor"], ["run", "--", "true"], ["status", "--waybar"]):
            with self.subTest(command):
                result = self.home.do(*command)
                self.assertNotIn(ESCAPE, result.out)
                self.assertNotIn(ESCAPE, result.err)

    def test_nothing_is_said_about_the_locale(self):
        for locale in ({"LC_ALL": "C"}, {"LANG": "no_SUCH.locale"}):
            result = self.home.do("run", "--", "true", env=locale, without=("LANG",) if "LC_ALL" in locale else ())
            self.assertEqual((result.code, result.out, result.err), (0, b"", b""))

    def test_words_for_people_go_to_stderr(self):
        self.home.own_pipeline("good", TWO_STEPS)
        result = self.home.do("run", "good")
        self.assertEqual(result.out, b"")
        self.assertIn("first thing", result.words)
        self.assertIn("second thing", result.words)


class Json(HomeTest):
    def test_only_events_gapless_with_the_plan_first(self):
        self.home.own_pipeline("good", TWO_STEPS)
        result = self.home.do("run", "--json", "good")
        self.assert_code(result, 0)
        self.assertEqual(result.err, b"")
        events = result.lines
        self.assert_gapless(events)
        self.assert_whole_job(events)
        for event in events:
            self.assertTrue(TIME.match(event["time"]), event)
            self.assertTrue({"seq", "epoch", "time", "host", "hub", "type", "data", "job"} <= set(event), event)
        plan = events[0]["data"]
        self.assertEqual(plan["state"], "queued")
        self.assertEqual([(s["step"], s["title"], s["needs"], s["state"]) for s in plan["steps"]],
                         [("one", "first thing", [], "queued"), ("two", "second thing", ["one"], "queued")])
        self.assertEqual(events[-1]["data"]["state"], "succeeded")
        said = {(e["step"], e["data"]["stream"]): e["data"]["text"] for e in of_type(events, "step.output")}
        self.assertEqual(said, {("one", "out"): "hello from one\n", ("two", "out"): "hello from two\n", ("two", "err"): "complaint of two\n"})

    def test_failure(self):
        self.home.own_pipeline("bad", FAILING)
        result = self.home.do("run", "--json", "bad")
        self.assert_code(result, 1)
        states = {e["step"]: e["data"]["state"] for e in of_type(result.lines, "step.finished")}
        self.assertEqual(states, {"fine": "succeeded", "bad": "failed", "never": "skipped"})
        error = result.lines[-1]["data"]["error"]
        self.assertEqual((error["step"], error["exit_code"], error["last_line"]), ("bad", 5, "the reason is here"))

    def test_refusal_prints_nothing_on_stdout(self):
        result = self.home.do("run", "--json", "no-such")
        self.assert_code(result, 2)
        self.assertEqual(result.out, b"")

    def test_detach_acknowledges(self):
        self.home.own_pipeline("long", GATED)
        plain = self.home.do("run", "--detach", "long")
        self.assert_code(plain, 0)
        self.assertTrue(ID.match(plain.text.rstrip("\n")), plain)
        ack = self.home.do("run", "--detach", "--json", "long")
        self.assertEqual(len(ack.lines), 1)
        self.assertEqual(set(ack.lines[0]), {"job", "state", "queue_position"})
        self.assertIn(ack.lines[0]["state"], ("queued", "running"))
        self.home.write("gate", "")
        self.assert_code(self.home.do("wait", plain.text.strip(), ack.lines[0]["job"]), 0)

    def test_status_has_every_member(self):
        self.home.own_pipeline("long", GATED)
        job = self.home.do("run", "--detach", "long").text.strip()
        wait_until(lambda: (self.home.do("status", "--json").lines[0].get("fraction") or 0) > 0, "the first progress")
        command = self.home.do("run", "--", "true")
        self.assert_code(command, 0)
        jobs = {j["job"]: j for j in self.home.do("status", "--json").lines}
        self.assertEqual(len(jobs), 2)
        members = {"job", "hub", "host", "title", "pipeline", "command", "params", "state", "attempt", "fraction", "eta_ms",
                   "queue_position", "group", "source", "created", "started", "finished", "error", "first_seq", "capabilities", "steps"}
        step_members = {"step", "title", "needs", "weight", "state", "attempt", "progress", "started", "finished", "error"}
        for each in jobs.values():
            self.assertEqual(members - set(each), set())
            for step in each["steps"]:
                self.assertEqual(step_members - set(step), set())
        live = jobs[job]
        self.assertEqual((live["state"], live["pipeline"], live["command"], live["source"], live["group"], live["finished"], live["attempt"]),
                         ("running", "long", None, "engine", "default", None, 1))
        self.assertEqual(live["fraction"], 0.125)
        self.assertEqual(live["steps"][0]["progress"]["message"], "waiting")
        self.assertIn("cancel", live["capabilities"])
        other = next(j for j in jobs.values() if j["job"] != job)
        self.assertEqual((other["state"], other["command"], other["pipeline"]), ("succeeded", ["true"], None))
        self.assertTrue(TIME.match(other["finished"]))
        self.home.write("gate", "")
        self.assert_code(self.home.do("wait", job), 0)

    def test_waybar(self):
        idle = json.loads(self.home.do("status", "--waybar").out)
        self.assertEqual((idle["class"], idle["percentage"]), ("idle", 0))
        self.home.own_pipeline("long", GATED)
        job = self.home.do("run", "--detach", "long").text.strip()
        follow = self.home.start("status", "--waybar", "--follow")
        wait_until(lambda: follow.lines() and follow.lines()[-1]["percentage"] == 12, "the line of the running job")
        self.assertEqual(follow.lines()[-1]["class"], "running")
        self.home.write("gate", "")
        self.assert_code(self.home.do("wait", job), 0)
        wait_until(lambda: follow.lines()[-1]["class"] == "idle", "the line after its end")


class Jobs(HomeTest):
    def test_wait_gives_the_worst(self):
        self.home.own_pipeline("good", TWO_STEPS)
        self.home.own_pipeline("bad", FAILING)
        good = self.home.do("run", "--detach", "good").text.strip()
        bad = self.home.do("run", "--detach", "bad").text.strip()
        seven = self.home.do("run", "--detach", "--", "sh", "-c", "exit 7").text.strip()
        self.assert_code(self.home.do("wait", good), 0)
        self.assert_code(self.home.do("wait", good, bad), 1)
        self.assert_code(self.home.do("wait", bad, seven, good), 7)
        self.assert_code(self.home.do("wait", good, "unknown-job"), 2)

    def test_wait_waits(self):
        self.home.own_pipeline("long", GATED)
        job = self.home.do("run", "--detach", "long").text.strip()
        waiting = self.home.start("wait", job)
        wait_until(lambda: self.home.do("status", "--json").lines[0]["state"] == "running", "the job to run")
        self.assertIsNone(waiting.process.poll())
        self.home.write("gate", "")
        self.assert_code(waiting.finish(), 0)

    def test_log(self):
        self.home.own_pipeline("good", TWO_STEPS)
        job = self.home.do("run", "--detach", "good").text.strip()
        self.assert_code(self.home.do("wait", job), 0)
        whole = self.home.do("log", job)
        self.assertEqual(whole.text, "hello from one\nhello from two\ncomplaint of two\n")
        self.assertEqual(self.home.do("log", job, "one").text, "hello from one\n")
        self.assertEqual(self.home.do("log", job[-8:], "one").text, "hello from one\n")
        unknown = self.home.do("log", job, "three")
        self.assert_code(unknown, 2)
        self.assertIn("three", unknown.words)

    def test_log_keeps_the_bytes(self):
        data = random.Random(5).randbytes(scaled(700_000, 100_000))
        source = self.home.write("data", data)
        job = self.home.do("run", "--detach", "--", "cat", source).text.strip()
        self.assert_code(self.home.do("wait", job), 0)
        self.assertEqual(hashlib.sha256(self.home.do("log", job).out).hexdigest(), hashlib.sha256(data).hexdigest())
        kept = self.home.state / "jobs" / job / "main.1.log"
        self.assertEqual(hashlib.sha256(kept.read_bytes()).hexdigest(), hashlib.sha256(data).hexdigest())

    def test_log_follows_to_the_end(self):
        self.home.own_pipeline("long", GATED)
        job = self.home.do("run", "--detach", "long").text.strip()
        follow = self.home.start("log", "-f", job)
        wait_until(lambda: b"waiting" in follow.out, "the first output")
        self.assertNotIn(b"passed", follow.out)
        self.home.write("gate", "")
        result = follow.finish()
        self.assert_code(result, 0)
        self.assertEqual(result.text.splitlines()[1:], ["passed", "done"])

    def test_cancel(self):
        self.home.own_pipeline("long", GATED)
        job = self.home.do("run", "--detach", "long").text.strip()
        self.assert_code(self.home.do("cancel", job), 0)
        # Answered when the effect is real: nothing to wait for.
        state = self.home.do("status", "--json").lines[0]
        self.assertEqual((state["state"], state["error"]["message"]), ("cancelled", "cancelled"))
        self.assert_code(self.home.do("wait", job), 130)
        again = self.home.do("cancel", job)
        self.assertNotEqual(again.code, 0)
        self.assertIn(job, again.words)

    def test_cancel_of_one_step(self):
        self.home.own_pipeline("pair", """
[[steps]]
id = "left"
needs = []
command = ["sleep", "600"]
[[steps]]
id = "right"
needs = []
script = 'while [ ! -e gate ]; do sleep 0.05; done'
[[steps]]
id = "after"
needs = ["right"]
command = ["true"]
""")
        job = self.home.do("run", "--detach", "pair").text.strip()
        steps = lambda: {s["step"]: s["state"] for s in self.home.do("status", "--json").lines[0]["steps"]}
        wait_until(lambda: steps()["left"] == steps()["right"] == "running", "both to run")
        self.assert_code(self.home.do("cancel", job, "--step", "left"), 0)
        self.assertEqual(steps()["left"], "cancelled")
        self.assertEqual(steps()["right"], "running")
        self.home.write("gate", "")
        self.assert_code(self.home.do("wait", job), 0)
        self.assertEqual(steps(), {"left": "cancelled", "right": "succeeded", "after": "succeeded"})

    def test_jobs_limits_the_steps_at_once(self):
        steps = "".join("""
[[steps]]
id = "s%d"
needs = []
script = 'mkdir running || exit 9; sleep 0.05; rmdir running'
""" % i for i in range(6))
        self.home.own_pipeline("narrow", steps)
        self.assert_code(self.home.do("run", "--jobs", "1", "narrow"), 0)

    def test_title_and_group(self):
        self.home.do("run", "--title", "my own words", "--group", "g1", "--", "true")
        job = self.home.do("status", "--json").lines[0]
        self.assertEqual((job["title"], job["group"]), ("my own words", "g1"))


class Files(HomeTest):
    def test_check_tells_every_fault_with_its_place(self):
        bad = self.home.write("bad.toml", """name = "bad"
titel = "x"

[parameters.p]
type = "strnig"

[[steps]]
id = "a"
command = []

[[steps]]
id = "a"
command = ["true"]
needs = ["zz"]
colour = 1
""")
        result = self.home.do("check", bad)
        self.assert_code(result, 2)
        faults = {}
        for line in result.words.splitlines():
            match = re.match(r"^%s:(\d+):(\d+): (.+)$" % re.escape(bad), line)
            self.assertTrue(match, line)
            self.assertGreater(int(match[2]), 0)
            faults.setdefault(int(match[1]), "")
            faults[int(match[1])] += match[3]
        for line, word in {2: "titel", 5: "strnig", 9: "command", 12: "a", 14: "zz", 15: "colour"}.items():
            self.assertIn(line, faults, result.words)
            self.assertIn(word, faults[line])
        self.assertIn("title", faults[2])
        self.assertIn("string", faults[5])

    def test_check_spells_a_cycle_out(self):
        bad = self.home.write("round.toml", "".join(
            '[[steps]]\nid = "%s"\nneeds = ["%s"]\ncommand = ["true"]\n' % pair for pair in (("aa", "cc"), ("bb", "aa"), ("cc", "bb"))))
        result = self.home.do("check", bad)
        self.assert_code(result, 2)
        for step in ("aa", "bb", "cc"):
            self.assertIn(step, result.words)

    def test_check_stops_at_a_syntax_fault(self):
        result = self.home.do("check", self.home.write("syntax.toml", "name = \"syntax\"\n[[steps]\n"))
        self.assert_code(result, 2)
        self.assertRegex(result.words, r"syntax\.toml:2:\d+: ")

    def test_check_of_what_is_good_or_missing(self):
        self.assert_code(self.home.do("check", self.home.own_pipeline("good", TWO_STEPS)), 0)
        missing = self.home.do("check", "missing.toml")
        self.assert_code(missing, 2)
        self.assertIn("missing.toml", missing.words)

    def test_run_of_a_faulty_file_tells_them_too(self):
        bad = self.home.write("bad.toml", "titel = 1\n[[steps]]\nid = \"a\"\ncommand = []\n")
        result = self.home.do("run", bad)
        self.assert_code(result, 2)
        self.assertRegex(result.words, r"bad\.toml:1:1: ")
        self.assertRegex(result.words, r"bad\.toml:4:\d+: ")

    def test_unknown_pipeline_suggests_the_nearest(self):
        result = self.home.do("run", "helo")
        self.assert_code(result, 2)
        self.assertIn("helo", result.words)
        self.assertIn("hello", result.words)

    def test_parameters_that_are_wrong(self):
        self.home.own_pipeline("typed", """
[parameters.count]
type = "int"
required = true
[parameters.kind]
type = "choice"
choices = ["red", "blue"]
default = "red"
[[steps]]
id = "a"
command = ["true"]
""")
        for words, said in (([], "count"), (["count"], "count"), (["=3"], "=3"), (["count=x"], "x"), (["count=1", "count=2"], "count"),
                            (["cuont=1", "count=1"], "count"), (["count=1", "kind=green"], "green")):
            with self.subTest(words):
                result = self.home.do("run", "typed", *words)
                self.assert_code(result, 2)
                self.assertEqual(result.out, b"")
                self.assertIn(said, result.words)
        self.assert_code(self.home.do("run", "typed", "count=1", "kind=blue"), 0)
        self.assertEqual(len(self.home.do("status", "--json").lines), 1)

    def test_names_are_found_in_the_right_order(self):
        folders = [self.home.config, self.home.root / "data" / "stepwire", self.home.root / "shared1" / "stepwire", self.home.root / "shared2" / "stepwire"]
        env = {"XDG_DATA_DIRS": "%s:%s" % (self.home.root / "shared1", self.home.root / "shared2")}
        self.home.start_hub(env=env)
        shipped = [p["pipeline"] for p in self.home.do("pipelines", "--json", env=env).lines]
        self.assertIn("hello", shipped)
        self.assertIn("wallpaper", shipped)
        for number in range(len(folders) - 1, -1, -1):
            path = folders[number] / "pipelines" / "hello.toml"
            path.parent.mkdir(parents=True)
            path.write_text("[[steps]]\nid = \"a\"\ncommand = [\"echo\", \"from folder %d\"]\n" % number)
            events = self.home.do("run", "--json", "hello", env=env).lines
            self.assertEqual([e["data"]["text"] for e in of_type(events, "step.output")], ["from folder %d\n" % number])
            entry = next(p for p in self.home.do("pipelines", "--json", env=env).lines if p["pipeline"] == "hello")
            self.assertEqual(entry["file"], str(path))

    def test_paths_are_paths(self):
        self.home.write("good.toml", TWO_STEPS)
        (self.home.work / "sub").mkdir()
        for word, folder in (("good.toml", "."), ("./good.toml", "."), ("../good.toml", "sub"), (str(self.home.work / "good.toml"), "sub")):
            self.assert_code(self.home.do("run", word, cwd=self.home.work / folder), 0)


class Parameters(HomeTest):
    PIPELINE = """
[parameters.text]
type = "string"
default = "none"
[parameters.my-file]
type = "path"
default = "x"
[[steps]]
id = "script"
needs = []
script = '''
printf '<%s><%s>\\n' "$STEPWIRE_PARAM_TEXT" "$STEPWIRE_PARAM_MY_FILE"
'''
[[steps]]
id = "argv"
needs = []
command = ["printf", "<%s><%s>\\\\n", "{{text}}", "{{my-file}}"]
"""

    def outputs(self, *params, cwd=None):
        result = self.home.do("run", "--json", "params", *params, cwd=cwd)
        self.assert_code(result, 0)
        said = {}
        for event in of_type(result.lines, "step.output"):
            said[event["step"]] = said.get(event["step"], "") + event["data"]["text"]
        return said

    def test_values_stay_text(self):
        self.home.own_pipeline("params", self.PIPELINE)
        for value in ("$(touch x)", "'; rm -rf \"$HOME\"; '", "`touch x`", "{{my-file}}", "a\nb", "%s%d", "-n", "ä\\n", ""):
            with self.subTest(value):
                said = self.outputs("text=" + value, "my-file=/f")
                self.assertEqual(said["script"], "<%s></f>\n" % value)
                self.assertEqual(said["argv"], "<%s></f>\n" % value)
        self.assertEqual(list(self.home.work.iterdir()), [])
        self.assertTrue((self.home.root / "home").is_dir())

    def test_paths_become_absolute_where_the_caller_stands(self):
        self.home.own_pipeline("params", self.PIPELINE)
        (self.home.work / "sub").mkdir()
        cases = {"pic.jpg": "%s/sub/pic.jpg" % self.home.work, "../pic.jpg": "%s/pic.jpg" % self.home.work,
                 "~/pic.jpg": "%s/home/pic.jpg" % self.home.root, "/a/b": "/a/b"}
        for given, absolute in cases.items():
            with self.subTest(given):
                said = self.outputs("my-file=" + given, cwd=self.home.work / "sub")
                self.assertEqual(said["script"], "<none><%s>\n" % absolute)
        job = self.home.do("status", "--json").lines[0]
        self.assertIn(job["params"]["my-file"], cases.values())

    def test_environment_of_a_step(self):
        self.home.own_pipeline("env", """
[[steps]]
id = "only"
script = 'echo "$STEPWIRE_JOB $STEPWIRE_STEP $STEPWIRE_SOCKET ${STEPWIRE_OUTPUT:+set}"'
""")
        events = self.home.do("run", "--json", "env").lines
        said = of_type(events, "step.output")[0]["data"]["text"].split()
        self.assertEqual(said, [events[0]["job"], "only", self.home.socket, "set"])


class Progress(HomeTest):
    def last_progress(self, script, terminal=False, code=0):
        self.home.own_pipeline("tell", "[[steps]]\nid = \"a\"\nterminal = %s\nscript = '''\n%s\n'''\n" % (str(terminal).lower(), script))
        result = self.home.do("run", "--json", "tell")
        self.assert_code(result, code)
        progress = of_type(result.lines, "step.progress")
        for event in progress:
            self.assertLessEqual(event["data"].get("fraction") or 0, 1)
        return progress[-1]["data"] if progress else None

    def test_nothing_is_invented(self):
        self.assertIsNone(self.last_progress("echo working; echo 150%; echo '5%%'; echo 'at 50% now'; echo '{\"progress\":7}'; echo '{\"progress\":'"))

    def test_json_line(self):
        told = self.last_progress("echo '{\"progress\":0.5,\"message\":\"half\"}'")
        self.assertEqual((told["fraction"], told["message"]), (0.5, "half"))

    def test_lone_percentage(self):
        self.assertEqual(self.last_progress("echo ' 37.5% '")["fraction"], 0.375)

    def test_percentages_separated_by_carriage_returns(self):
        self.assertEqual(self.last_progress("printf '10%%\\r20%%\\r30%%\\r'")["fraction"], 0.3)

    def test_terminal_sequence(self):
        for end in ("\\007", "\\033\\\\"):
            self.assertEqual(self.last_progress("printf '\\033]9;4;1;40%s'" % end, terminal=True)["fraction"], 0.4)

    def test_tools_are_asked_for_the_sequence(self):
        self.assertEqual(self.last_progress(
            'if [ "$TERM_FEATURES" = P ] && [ "$CARGO_TERM_PROGRESS_TERM_INTEGRATION" = true ] && [ -t 1 ]; then echo 99%; fi', terminal=True)["fraction"], 0.99)

    def test_terminal_sequence_means_nothing_in_a_pipe(self):
        self.assertIsNone(self.last_progress("printf '\\033]9;4;1;40\\007'"))

    def test_trust(self):
        sequence = "printf '\\033]9;4;1;%d\\007\\n'\n"
        self.assertEqual(self.last_progress(sequence % 30 + "echo 50%\n" + sequence % 60, terminal=True)["fraction"], 0.5)
        self.assertEqual(self.last_progress("stepwire report progress --fraction 0.7\necho 80%\n" + sequence % 90, terminal=True)["fraction"], 0.7)

    def test_report_inside_a_step(self):
        told = self.last_progress("stepwire report progress --done 40 --total 160 --unit files --message blur")
        self.assertEqual((told["done"], told["total"], told["unit"], told["fraction"], told["message"]), (40, 160, "files", 0.25, "blur"))

    def test_emit_inside_a_step(self):
        self.home.own_pipeline("emits", "[[steps]]\nid = \"a\"\nscript = '''\nstepwire emit colour '{\"json\":1}'\nstepwire emit nothing\nstepwire emit bad '{' && exit 3 || test $? -eq 2\n'''\n")
        result = self.home.do("run", "--json", "emits")
        self.assert_code(result, 0)
        custom = of_type(result.lines, "custom")
        self.assertEqual([(e["step"], e["data"]) for e in custom],
                         [("a", {"name": "colour", "value": {"json": 1}}), ("a", {"name": "nothing", "value": None})])

    def test_report_from_outside(self):
        job = self.home.do("report", "start", "--title", "backup of ä").text.strip()
        self.assertTrue(ID.match(job), job)
        self.assert_code(self.home.do("report", "progress", job, "--done", "3", "--total", "4"), 0)
        state = self.home.do("status", "--json").lines[0]
        self.assertEqual((state["job"], state["title"], state["state"], state["fraction"]), (job, "backup of ä", "running", 0.75))
        self.assert_code(self.home.do("report", "finish", job), 0)
        self.assert_code(self.home.do("wait", job), 0)
        other = self.home.do("report", "start", "--title", "t", "--step", "s1", "--step", "s2").text.strip()
        self.assert_code(self.home.do("report", "progress", other, "--step", "s1", "--percent", "50"), 0)
        self.assert_code(self.home.do("report", "finish", other, "--failed", "the disk is full"), 0)
        self.assert_code(self.home.do("wait", other), 1)
        failed = next(j for j in self.home.do("status", "--json").lines if j["job"] == other)
        self.assertEqual((failed["state"], failed["error"]["message"]), ("failed", "the disk is full"))
        self.assert_code(self.home.do("report", "progress", "unknown-job", "--done", "1"), 2)
        self.assert_code(self.home.do("report", "finish"), 2)

    def test_fraction_of_the_job_is_weighted_and_1_only_at_the_end(self):
        self.home.own_pipeline("weighted", """
[[steps]]
id = "heavy"
weight = 3
script = 'echo 100%'
[[steps]]
id = "light"
script = 'echo 50%; while [ ! -e gate ]; do sleep 0.05; done'
""")
        job = self.home.do("run", "--detach", "weighted").text.strip()
        wait_until(lambda: self.home.do("status", "--json").lines[0]["fraction"] == 0.875, "3/4 and an eighth")
        self.home.write("gate", "")
        self.assert_code(self.home.do("wait", job), 0)
        self.assertEqual(self.home.do("status", "--json").lines[0]["fraction"], 1)


class Bars(HomeTest):
    def shown(self, terminal):
        return Screen(bytes(terminal.out), 100)

    def check_clean(self, screen):
        self.assertTrue(screen.cursor, "the cursor stays hidden")
        self.assertTrue(screen.progress, "no OSC 9;4 was sent")
        self.assertEqual(screen.progress[-1].split(";")[0], "0", "OSC 9;4 is not cleared: %s" % screen.progress[-3:])

    def test_drawn_in_place_and_cleared(self):
        path = self.home.own_pipeline("long", GATED)
        terminal = self.home.terminal("run", "long")
        terminal.until(lambda shown: b"waiting" in shown, "the progress")
        self.assertIn(b"\x1b[?25l", terminal.out)
        wait_until(lambda: (terminal.pump(), Screen(bytes(terminal.out[:terminal.out.rfind(b"\x1b[?2026l") + 8]), 100).ups > 3)[1], "frames over one another")
        self.home.write("gate", "")
        self.assertEqual(terminal.finish(), 0, terminal.out)
        screen = self.shown(terminal)
        self.check_clean(screen)
        self.assertIn("1;12", screen.progress)
        for title in ("first thing", "second thing"):
            self.assertEqual(sum(title in line for line in screen.lines), 1, screen.lines)
        self.assertTrue(any("2/2" in line and "succeeded" in line for line in screen.lines), screen.lines)
        self.assertGreater(screen.colours, 0)

    def test_failure_is_cleared_too(self):
        self.home.own_pipeline("bad", FAILING)
        terminal = self.home.terminal("run", "bad")
        self.assertEqual(terminal.finish(), 1)
        screen = self.shown(terminal)
        self.check_clean(screen)
        self.assertTrue(any("the reason is here" in line for line in screen.lines), screen.lines)

    def test_ctrl_c_is_cleared_too(self):
        self.home.own_pipeline("long", GATED)
        terminal = self.home.terminal("run", "long")
        terminal.until(lambda shown: b"waiting" in shown, "the progress")
        terminal.type(b"\x03")
        self.assertEqual(terminal.finish(), 130)
        screen = self.shown(terminal)
        self.check_clean(screen)
        self.assertTrue(any("cancelled" in line for line in screen.lines), screen.lines)

    def test_no_color(self):
        self.home.own_pipeline("good", TWO_STEPS)
        terminal = self.home.terminal("run", "good", env={"NO_COLOR": "1"})
        self.assertEqual(terminal.finish(), 0)
        screen = self.shown(terminal)
        self.assertEqual(screen.colours, 0)
        self.check_clean(screen)

    def test_dumb_terminal(self):
        self.home.own_pipeline("good", TWO_STEPS)
        terminal = self.home.terminal("run", "good", env={"TERM": "dumb"})
        self.assertEqual(terminal.finish(), 0)
        self.assertNotIn(ESCAPE, terminal.out)

    def test_narrow_terminal(self):
        self.home.own_pipeline("good", TWO_STEPS)
        terminal = self.home.terminal("run", "good", columns=20, rows=5)
        self.assertEqual(terminal.finish(), 0)
        Screen(bytes(terminal.out), 20)

    def test_command_on_a_terminal_shows_progress_there(self):
        terminal = self.home.terminal("run", "--", "sh", "-c", "printf '\\033]9;4;1;40\\033\\\\'; while [ ! -e gate ]; do sleep 0.05; done; echo bye")
        terminal.until(lambda shown: b"\x1b]9;4;1;40" in shown, "the progress")
        self.home.write("gate", "")
        self.assertEqual(terminal.finish(), 0)
        self.check_clean(self.shown(terminal))

    def test_ctrl_c_ends_a_command_on_a_terminal(self):
        terminal = self.home.terminal("run", "--", "sh", "-c", "printf '\\033]9;4;1;40\\033\\\\'; echo up; exec sleep 600")
        terminal.until(lambda shown: b"up" in shown and b"9;4;1;40" in shown, "the command")
        terminal.type(b"\x03")
        self.assertEqual(terminal.finish(), 130)
        self.check_clean(self.shown(terminal))

    def test_closed_terminal_leaves_the_job(self):
        self.home.own_pipeline("long", GATED)
        terminal = self.home.terminal("run", "long")
        terminal.until(lambda shown: b"waiting" in shown, "the progress")
        terminal.hang_up()
        terminal.finish()
        job = self.home.do("status", "--json").lines[0]
        self.assertEqual(job["state"], "running")
        self.home.write("gate", "")
        self.assert_code(self.home.do("wait", job["job"]), 0)

    def test_watch_on_a_terminal(self):
        self.home.own_pipeline("long", GATED)
        job = self.home.do("run", "--detach", "long").text.strip()
        terminal = self.home.terminal("watch", job)
        terminal.until(lambda shown: b"waiting" in shown, "the progress")
        self.home.write("gate", "")
        self.assertEqual(terminal.finish(), 0)
        screen = Screen(bytes(terminal.out), 100)
        self.assertTrue(screen.cursor)
        self.assertTrue(any("2/2" in line for line in screen.lines), screen.lines)

    def test_ctrl_c_in_watch_shows_the_cursor_again(self):
        self.home.own_pipeline("long", GATED)
        job = self.home.do("run", "--detach", "long").text.strip()
        terminal = self.home.terminal("watch")
        terminal.until(lambda shown: b"waiting" in shown, "the progress")
        terminal.type(b"\x03")
        terminal.finish()
        self.assertTrue(Screen(bytes(terminal.out), 100).cursor, "the cursor stays hidden")
        self.assertEqual(self.home.do("status", "--json").lines[0]["state"], "running")
        self.home.write("gate", "")
        self.assert_code(self.home.do("wait", job), 0)


class Helpers(HomeTest):
    VERBS = ["run", "pipelines", "check", "status", "watch", "wait", "log", "cancel", "report", "emit", "doctor", "completions"]

    def script(self, shell):
        result = self.home.do("completions", shell)
        self.assert_code(result, 0)
        self.assertEqual(result.err, b"")
        for verb in self.VERBS:
            self.assertIn(verb, result.text)
        return self.home.write("completion." + shell, result.out)

    def test_bash_completion(self):
        path = self.script("bash")
        self.assert_code(self.home.shell("bash -n '%s'" % path), 0)
        answer = self.home.shell("bash -c \". '%s'; COMP_WORDS=(stepwire canc); COMP_CWORD=1; _stepwire; echo \\\"\\${COMPREPLY[@]}\\\"\"" % path)
        self.assertEqual(answer.text.strip(), "cancel", answer)
        answer = self.home.shell("bash -c \". '%s'; COMP_WORDS=(stepwire run hel); COMP_CWORD=2; _stepwire; echo \\\"\\${COMPREPLY[@]}\\\"\"" % path)
        self.assertEqual(answer.text.strip(), "hello", answer)

    def test_zsh_completion(self):
        path = self.script("zsh")
        self.assert_code(self.home.shell("%s -n '%s'" % ("zsh" if shutil.which("zsh") else "bash", path)), 0)

    def test_fish_completion(self):
        path = self.script("fish")
        if shutil.which("fish"):
            self.assert_code(self.home.shell("fish -n '%s'" % path), 0)
        for line in pathlib.Path(path).read_text().splitlines():
            line = line.replace("\\'", "")  # fish's own way to have a quote in quotes
            self.assertEqual(shlex.split(line)[:3], ["complete", "-c", "stepwire"])

    def test_doctor(self):
        alone = self.home.do("doctor")
        self.assert_code(alone, 0)
        self.assertIsNone(self.home.hub_pid(), "doctor has started a hub")
        self.home.start_hub()
        beside = self.home.do("doctor")
        self.assert_code(beside, 0)
        self.assertRegex(beside.text, r"hub \S+ on \S+ answers")
        self.home.own_pipeline("broken", "nonsense = 1\n")
        self.assert_code(self.home.do("doctor"), 1)

    def test_help_and_version(self):
        for words in (["--help"], ["--version"], ["run", "--help"]):
            result = self.home.do(*words)
            self.assert_code(result, 0)
            self.assertIn("tepwire", result.text + " Stepwire" * (words[0] == "run"))
            self.assertEqual(result.err, b"")

    def test_looking_needs_no_pipelines(self):
        self.assert_code(self.home.do("status"), 0)
        self.assertEqual(self.home.do("status", "--json").out, b"")


if __name__ == "__main__":
    main()
