"""Another machine's hub as a host of this one: by its socket, by ssh, by wss. Both hubs are real, and so is sshd."""

import json
import os
import signal
import time

from harness import RpcError, is_alive, main, of_type, wait_until
from remotes import NEEDS_SSH, NEEDS_TLS, RemoteTest

FILED = """
[parameters.word]
type = "string"
required = true
[[steps]]
id = "say"
command = ["echo", "said", "{{word}}"]
"""

GATED = """
[[steps]]
id = "one"
script = "echo first; while [ ! -e gate ]; do sleep 0.02; done"
[[steps]]
id = "two"
script = "echo second"
"""

class Ways:
    """What holds whatever leads there."""

    can_cut = True
    takes_text = True

    def connect(self):
        raise NotImplementedError

    def run_there(self, *command, **more):
        return self.home.do("run", "--host", "nas", "--", *command, **more)

    def test_output_and_exit_code_come_back(self):
        self.connect()
        result = self.run_there("sh", "-c", "echo out; echo err >&2; exit 7")
        self.assert_code(result, 7)
        self.assertEqual((result.text, result.words), ("out\n", "err\n"))
        self.assert_code(self.run_there("true"), 0)
        self.assert_code(self.run_there("sh", "-c", "kill -9 $$"), 128 + 9)
        self.assert_code(self.run_there("/nothing/of/the/kind"), 127)
        data = "".join("line %d\n" % i for i in range(50_000))
        self.there.write("big", data)
        result = self.run_there("cat", str(self.there.work / "big"))
        self.assertEqual(result.text, data)

    def test_it_runs_there_with_the_environment_of_there(self):
        self.connect()
        result = self.run_there("sh", "-c", "echo $HOME; echo $ONLY_HERE", env={"ONLY_HERE": "leaked"})
        self.assertEqual(result.text, "%s\n\n" % self.there.env["HOME"])

    def start_sleeper(self):
        """A command with a grandchild; gives it, and the pids, when both run."""
        pids = self.there.work / "pids"
        piece = self.home.start("run", "--host", "nas", "--", "sh", "-c",
                                "sleep 1000 & echo $$ $! > %s; wait" % pids)
        numbers = wait_until(lambda: pids.exists() and pids.read_text().split(), "the pids")
        return piece, [int(n) for n in numbers]

    def assert_dead(self, pids):
        wait_until(lambda: not any(is_alive(pid) for pid in pids), "the group there to be gone")

    def test_ctrl_c_ends_the_group_there(self):
        self.connect()
        piece, pids = self.start_sleeper()
        piece.signal(signal.SIGINT)
        self.assert_code(piece.finish(), 130)
        self.assert_dead(pids)

    def test_cancel_ends_the_group_there(self):
        self.connect()
        piece, pids = self.start_sleeper()
        job = self.home.do("status", "--json").lines[0]
        self.assertEqual((job["via"], job["state"]), ("nas", "running"))
        self.assert_code(self.home.do("cancel", job["job"]), 0)
        self.assert_code(piece.finish(), 130)
        self.assert_dead(pids)
        self.assertEqual(self.job(job["job"], self.there)["state"], "cancelled")

    def test_a_pipeline_by_its_name_there_and_by_a_file_of_here(self):
        self.connect()
        self.there.own_pipeline("named", FILED)
        path = self.home.write("filed.toml", FILED)
        for pipeline, word in (("named", "there"), (path, "here")):
            result = self.home.do("run", "--host", "nas", pipeline, "word=" + word, "--json")
            if pipeline == path and not self.takes_text:
                self.assert_code(result, 1)
                self.assertIn("the text of a pipeline may not be sent to nas by wss: name one that it has, or reach it by ssh", result.words)
                continue
            self.assert_code(result, 0)
            output = "".join(e["data"]["text"] for e in of_type(result.lines, "step.output"))
            self.assertEqual(output, "said %s\n" % word)
        self.assertRegex(self.home.do("pipelines", "--host", "nas").text, r"(?m)^named\b")
        self.assertNotRegex(self.home.do("pipelines").text, r"(?m)^named\b")
        missing = self.home.do("run", "--host", "nas", "unnamed")
        self.assert_code(missing, 2)

    def test_wait_and_run_survive_a_cut(self):
        self.connect()
        if not self.can_cut:
            self.skipTest("nothing between the two can be cut")
        gate = self.there.work / "gate"
        runner = self.home.start("run", "--host", "nas", "--", "sh", "-c",
                                 "echo before; while [ ! -e %s ]; do sleep 0.02; done; echo after; exit 3" % gate)
        job = wait_until(lambda: self.home.do("status", "--json").lines, "the job")[0]["job"]
        waiter = self.home.start("wait", job)
        wait_until(lambda: b"before" in runner.out, "the output")
        for times in (1, 2):
            self.assertTrue(self.cut())
            wait_until(lambda: bytes(runner.err).count(b"is back") == times, lambda: "the host to be back, there is %r" % bytes(runner.err))
            self.standing("nas", "connected")
        self.assertTrue(is_alive(waiter.pid))
        gate.write_text("")
        result = runner.finish()
        self.assert_code(result, 3)
        self.assertEqual(result.text, "before\nafter\n")
        self.assertIn("nas is out of reach", result.words)
        self.assert_code(waiter.finish(), 3)


class BySocket(Ways, RemoteTest):
    can_cut = False

    def connect(self):
        self.by_socket()


@NEEDS_SSH
class BySsh(Ways, RemoteTest):
    def connect(self):
        self.by_ssh()

    def test_a_login_shell_may_say_what_it_likes(self):
        self.connect()
        self.home.do("host", "remove", "nas")
        result = self.home.do("host", "add", "nas", "nas", "--command", "echo Welcome; echo '{'; stepwire")
        self.assert_code(result, 0)

    def test_why_it_cannot_be_reached_is_said(self):
        self.connect()
        self.home.do("host", "remove", "nas")
        result = self.home.do("host", "add", "nas", "nas", "--command", "stepwired")
        self.assertRegex(result.words, r"^nas is kept, but cannot be reached now: nas has no stepwire that a login by ssh finds \(.*stepwired.*\): install it there, or name it with --command\n$")
        refused = self.home.do("run", "--host", "nas", "--", "true")
        self.assert_code(refused, 3)
        self.assertIn("nas cannot be reached: ", refused.words)
        result = self.home.do("host", "add", "other", "nobody-knows-this")
        self.assertRegex(result.words, r"^other is kept, but cannot be reached now: ssh: Could not resolve hostname nobody-knows-this.*\n$")

    def login(self):
        """What a login by ssh finds where logind is."""
        manager = self.there.root / "run" / "systemd" / "private"
        manager.parent.mkdir()
        manager.write_text("")
        self.there.env["SSH_CONNECTION"] = "192.0.2.1 1 192.0.2.2 22"

    def program_there(self, name, text):
        folder = self.there.root / "bin"
        folder.mkdir(exist_ok=True)
        (folder / name).write_text("#!/bin/sh\n" + text)
        (folder / name).chmod(0o755)
        self.there.env["PATH"] = "%s:%s" % (folder, self.there.env["PATH"])

    def test_the_hub_is_started_under_the_users_manager(self):
        self.login()
        said = self.there.work / "said"
        self.program_there("systemd-run", 'echo "$@" >%s\nwhile [ "$1" != -- ]; do shift; done; shift; exec "$@"\n' % said)
        self.connect()
        self.assertRegex(said.read_text(), r"^--user --scope --quiet --collect -- /\S+/stepwire --no-gui --until-idle --ready-fd 3\n$")
        self.assert_code(self.run_there("true"), 0)

    def test_a_manager_that_does_not_answer_is_done_without(self):
        self.login()
        self.program_there("systemd-run", "exit 1\n")
        self.connect()
        self.assert_code(self.run_there("true"), 0)

    def test_doctor_tells_what_a_logout_ends(self):
        for linger, code, sentence in (("Linger=yes", 0, "ok    the hub and its jobs outlive your logout (lingering is on)\n"),
                                       ("Linger=no", 0, "note  when you log out everywhere, logind ends the hub and its jobs, those that came from "
                                                        "other hosts too: loginctl enable-linger lets them go on\n"),
                                       ("", 1, None)):
            with self.subTest(linger=linger):
                self.program_there("loginctl", "[ \"$*\" = 'show-user %d --property=Linger' ] || exit 9\necho %s\nexit %d\n" % (os.getuid(), linger, code))
                result = self.there.do("doctor")
                if sentence:
                    self.assertIn(sentence, result.text)
                else:
                    self.assertNotIn("logout", result.text)
                    self.assertNotIn("logind", result.text)

    def test_ends_with_the_hub(self):
        self.connect()
        children = self.ssh_children()
        self.assertEqual(len(children), 1)
        self.home.kill_hub()
        wait_until(lambda: not any(is_alive(pid) for pid in children), "ssh to end with the hub")


@NEEDS_TLS
class ByWss(Ways, RemoteTest):
    takes_text = False

    def connect(self):
        self.by_wss()

    def test_ctrl_c_while_the_host_is_away(self):
        self.connect()
        piece, pids = self.start_sleeper()
        target = self.proxy.target
        self.proxy.target = ("127.0.0.1", 1)
        self.cut()
        wait_until(lambda: b"out of reach" in piece.err, "the host to be lost")
        piece.signal(signal.SIGINT)
        wait_until(lambda: b"the job is cancelled when that is back, Ctrl-C again does not wait\n" in piece.err, lambda: "the sentence, there is %r" % bytes(piece.err))
        self.proxy.target = target
        self.assert_code(piece.finish(), 130)
        self.assert_dead(pids)

    def test_only_the_right_certificate_and_token(self):
        self.serve_wss()
        token = self.token
        wrong = self.home.write("wrong", "no-such-token\n")
        for more, reason in (
                (("--token-file", str(token)), "certificate"),
                (("--token-file", str(token), "--pin", "AB" * 32), "certificate"),
                (("--token-file", wrong, "--pin", self.pin), "token")):
            with self.subTest(reason=reason, more=more):
                result = self.home.do("host", "add", "nas", self.wss, *more)
                self.assertRegex(result.words, r"^nas is kept, but cannot be reached now: .*%s" % reason)
                self.assertNotIn("no-such-token", result.words)
                self.assert_code(self.home.do("host", "remove", "nas"), 0)
        self.add("nas", self.wss, "--token-file", str(token), "--pin", self.pin.replace(":", "").lower())
        kept = self.home.config / "secrets" / "nas.json"
        self.assertEqual(kept.stat().st_mode & 0o777, 0o600)
        self.assertNotIn(token.read_text().strip(), (self.home.config / "config.toml").read_text() + self.home.hub_words() + json.dumps(self.hosts()))
        self.home.do("host", "remove", "nas")
        self.assertFalse(kept.exists())


class Standing(RemoteTest):
    """What becomes of what is shown when a hub goes away and comes back; and what is refused."""

    def run_gated(self, *more):
        path = self.home.write("gated.toml", GATED.replace("gate", str(self.there.work / "gate")))
        result = self.home.do("run", "--host", "nas", "-d", "--group", "gated", path, *more)
        self.assert_code(result, 0)
        job = result.text.strip()
        wait_until(lambda: self.job(job)["steps"][0]["state"] == "running", "the first step to run")
        return job

    def release(self):
        self.there.write("gate", "")

    def states(self, home, job):
        """State changes of the job as the hub of this home tells them: by owner's number."""
        with home.client() as client:
            client.call("subscribe", epoch=client.hello["epoch"], seq=0, output=False)
            client.call("ping")
            events = [params for method, params in client.seen if method == "event" and params.get("job") == job]
        return [(e.get("owner_seq") or e.get("owner", {}).get("seq") or e["seq"], e["type"], e.get("step"), json.dumps(e["data"], sort_keys=True))
                for e in events if e["type"] not in ("step.progress", "job.queued") and "eta_ms" not in e["data"]]

    def assert_same_story(self, job):
        def same():
            return self.states(self.home, job) == self.states(self.there, job)
        wait_until(same, lambda: "both to tell the same:\n%s\n%s" % ("\n".join(map(str, self.states(self.home, job))), "\n".join(map(str, self.states(self.there, job)))), 5)

    def test_verbs_go_through(self):
        self.by_socket()
        job = self.run_gated()
        self.assert_code(self.home.do("pause", job), 0)
        self.assertEqual(self.job(job, self.there)["state"], "paused")
        self.assert_code(self.home.do("resume", job), 0)
        self.assertEqual(self.job(job, self.there)["state"], "running")
        self.assertEqual(self.home.do("log", job, "one").text, "first\n")
        queued = self.home.do("run", "--host", "nas", "-d", "--group", "gated", "--", "true").text.strip()
        self.assertEqual(self.job(queued)["state"], "queued")
        self.assert_code(self.home.do("hold", queued), 0)
        self.assertEqual(self.job(queued, self.there)["state"], "held")
        self.assert_code(self.home.do("release", queued), 0)
        self.assert_code(self.home.do("cancel", job), 0)
        self.assertEqual(self.job(job, self.there)["state"], "cancelled")
        self.assert_code(self.home.do("wait", queued), 0)
        self.release()
        self.assert_code(self.home.do("retry", job), 0)
        self.assert_code(self.home.do("wait", job), 0)
        self.assertEqual(self.job(job, self.there)["attempt"], 2)
        self.assert_same_story(job)
        with self.home.client() as client:
            with self.assertRaises(RpcError) as refused:
                client.call("job.pause", job=job)
        with self.there.client() as client:
            with self.assertRaises(RpcError) as expected:
                client.call("job.pause", job=job)
        self.assertEqual(refused.exception.args, expected.exception.args)

    def test_lists_say_by_which_way(self):
        self.by_socket()
        here = self.home.do("run", "-d", "--", "true").text.strip()
        job = self.home.do("run", "--host", "nas", "-d", "--", "true").text.strip()
        self.until_state(job, "succeeded")
        self.until_state(here, "succeeded")
        listed = {j["job"]: j for j in self.home.do("status", "--json").lines}
        self.assertEqual((listed[job].get("via"), listed[here].get("via")), ("nas", None))
        self.assertEqual([j["job"] for j in self.home.do("status", "--host", "nas", "--json").lines], [job])
        lines = {line[:8]: line for line in self.home.do("status").text.splitlines()}
        self.assertRegex(lines[job[-8:]], r"  nas: true$")
        self.assertRegex(lines[here[-8:]], r"  true$")
        self.assertNotIn("nas", lines[here[-8:]])
        missing = self.home.do("status", "--host", "nass")
        self.assert_code(missing, 2)
        self.assertIn('there is no host "nass", did you mean "nas"', missing.words)
        broken = self.home.write("broken.toml", '[[steps]]\nid = "a"\ncommnd = ["true"]\n')
        faulty = self.home.do("check", "--host", "nas", broken)
        self.assert_code(faulty, 2)
        self.assertIn("%s:3:1: unknown key 'commnd'" % broken, faulty.words)
        whole = self.home.do("check", "--host", "nas", self.home.write("whole.toml", FILED))
        self.assertEqual((whole.code, whole.text), (0, "%s: no faults on nas\n" % (self.home.work / "whole.toml")))
        for verb in (("watch",), ("log", job), ("cancel", job), ("pipelines",), ("prune", "--keep", "0"), ("wait", job), ("check", broken)):
            with self.subTest(verb=verb):
                refused = self.home.do(*verb, "--host", "nass")
                self.assert_code(refused, 2)
                self.assertIn('there is no host "nass", did you mean "nas"', refused.words)
        self.assert_code(self.home.do("run", "--host", "", "--", "true"), 2)
        self.assertIn('there is no host "elsewhere": stepwire host add elsewhere user@machine makes one',
                      self.home.do("run", "--host", "elsewhere", "--", "true").words)

    def test_events_keep_their_owner(self):
        self.by_socket()
        with self.home.client() as client:
            client.call("subscribe")
            job = self.home.do("run", "--host", "nas", "-d", "--", "echo", "hello").text.strip()
            shown = client.finished(job)
        with self.there.client() as client:
            client.call("subscribe", epoch=client.hello["epoch"], seq=0)
            told = [e for e in client.finished(job) if e.get("job") == job]
            epoch, hub = client.hello["epoch"], client.hello["hub"]
        self.assert_gapless(shown)
        shown = [e for e in shown if e.get("job") == job]
        self.assertEqual([(e["type"], e["time"], e["owner"]["seq"]) for e in shown], [(e["type"], e["time"], e["seq"]) for e in told])
        self.assertEqual({(e["hub"], e["owner"]["epoch"]) for e in shown}, {(hub, epoch)})
        self.assertFalse([e for e in told if "owner" in e])

    def test_the_other_hub_is_restarted(self):
        self.by_socket()
        held = self.run_gated()
        waiting = self.home.do("run", "--host", "nas", "-d", "--group", "gated", "--", "true").text.strip()
        self.assertEqual(self.job(waiting)["state"], "queued")
        self.there.stop_hub()
        self.standing("nas", "lost")
        for job in (waiting, held):
            self.assertTrue(self.job(job)["state"] == "interrupted" or self.job(job)["lost_since"])
        self.there.start_hub()
        self.standing("nas", "connected")
        self.assert_code(self.home.do("wait", waiting), 0)
        self.until_state(held, "interrupted")
        self.assert_same_story(held)
        self.assert_same_story(waiting)

    def test_the_other_hub_is_killed(self):
        self.by_socket()
        job = self.run_gated()
        with self.home.client() as client:
            client.call("subscribe")
            self.there.kill_hub()
            lost = client.until(lambda e: e["type"] == "host.lost")[-1]
            self.assertEqual(lost["data"]["name"], "nas")
            self.assertEqual(self.job(job)["state"], "running")
            self.assertTrue(self.job(job)["lost_since"])
            time.sleep(1)  # several attempts that fail
            refused = self.home.do("cancel", job)
            self.assert_code(refused, 3)
            self.assertRegex(refused.words, r"nas cannot be reached: ")
            self.there.start_hub()
            events = client.until(lambda e: e["type"] == "job.finished" and e["job"] == job)
            self.assertEqual(events[-1]["data"]["state"], "interrupted")
            self.assertEqual([e["type"] for e in events if e["type"].startswith("host.")], ["host.connected"])
        self.assertNotIn("lost_since", self.job(job))
        self.assert_same_story(job)

    def test_our_hub_is_restarted(self):
        self.by_socket()
        job = self.run_gated()
        done = self.home.do("run", "--host", "nas", "-d", "--group", "other", "--", "true").text.strip()
        self.until_state(done, "succeeded")
        for end in (self.home.stop_hub, self.home.kill_hub):
            end()
            self.release()
            self.there.client().call("ping")
            self.home.start_hub()
            self.standing("nas", "connected")
            self.assert_code(self.home.do("wait", job), 0)
            self.assert_same_story(job)
            self.assert_same_story(done)
        with self.home.client() as client:
            jobs = client.call("job.list")["jobs"]
        self.assertEqual(sorted(j["job"] for j in jobs), sorted([job, done]))

    def test_nobody_is_to_see_a_job_run_of_a_host_that_is_gone(self):
        self.by_socket()
        job = self.run_gated()
        self.home.stop_hub()
        self.there.kill_hub()
        self.home.start_hub()
        self.standing("nas", "lost")
        shown = self.job(job)
        self.assertEqual(shown["state"], "running")
        self.assertTrue(shown["lost_since"])
        self.there.start_hub()
        self.until_state(job, "interrupted")

    def test_a_host_that_is_removed_takes_its_jobs_with_it(self):
        self.by_socket()
        job = self.run_gated()
        follower = self.home.start("wait", job)
        with self.home.client() as client:
            client.call("subscribe")
            self.assert_code(self.home.do("host", "remove", "nas"), 0)
            gone = client.until(lambda e: e["type"] == "hub.pruned")[-1]
            self.assertEqual(gone["data"]["jobs"], [job])
        self.assertEqual(self.home.do("status", "--json").lines, [])
        ended = follower.finish()
        self.assert_code(ended, 3)
        self.assertIn("cannot be seen any more", ended.words)
        self.assertEqual(self.job(job, self.there)["state"], "running")
        self.release()
        self.until_state(job, "succeeded", home=self.there)
        self.home.stop_hub()
        self.home.start_hub()
        self.assertEqual((self.hosts(), self.home.do("status", "--json").lines), ({}, []))
        self.assert_code(self.home.do("host", "remove", "nas"), 2)
        # and comes back with them
        self.by_socket()
        self.assertEqual(self.job(job)["state"], "succeeded")

    def test_a_host_that_got_another_name_in_the_settings(self):
        self.by_socket()
        job = self.run_gated()
        self.home.stop_hub()
        settings = self.home.config / "config.toml"
        settings.write_text(settings.read_text().replace("[hosts.nas]", "[hosts.box]"))
        self.release()
        self.home.start_hub()
        self.standing("box", "connected")
        self.until_state(job, "succeeded")
        self.assertEqual([(j["job"], j["via"]) for j in self.home.do("status", "--json").lines], [(job, "box")])
        self.home.stop_hub()
        settings.write_text("")
        self.home.start_hub()
        self.assertEqual(self.home.do("status", "--json").lines, [])

    def test_a_terminal_that_is_closed_ends_nothing_there(self):
        self.by_socket()
        gate = self.there.work / "gate"
        terminal = self.home.terminal("run", "--host", "nas", "--", "sh", "-c", "echo begun; while [ ! -e %s ]; do sleep 0.02; done" % gate)
        terminal.until(lambda out: b"begun" in out)
        job = self.home.do("status", "--json").lines[0]["job"]
        terminal.hang_up()
        terminal.finish()
        self.assertEqual(self.job(job, self.there)["state"], "running")
        self.release()
        self.assert_code(self.home.do("wait", job), 0)

    def test_jobs_of_there_are_there_from_the_start(self):
        self.there.start_hub()
        old = self.there.do("run", "-d", "--", "sh", "-c", "exit 4").text.strip()
        self.until_state(old, "failed", home=self.there)
        self.by_socket()
        shown = self.job(old)
        told = self.job(old, self.there)
        for member in ("job", "hub", "host", "title", "command", "state", "created", "started", "finished", "error", "steps"):
            self.assertEqual(shown[member], told[member], member)
        self.assertEqual(shown["via"], "nas")
        forgotten = self.there.do("prune", "--keep", "0")
        self.assert_code(forgotten, 0)
        wait_until(lambda: not self.home.do("status", "--json").lines, "it to be gone here too")

    def test_a_hub_is_shown_once(self):
        self.by_socket()
        result = self.home.do("host", "add", "twin", self.there.socket)
        self.assertIn("twin is kept, but not shown: twin is the hub that is shown as nas", result.words)
        result = self.home.do("host", "add", "self", self.home.socket)
        self.assertIn("self is kept, but not shown: self is this very hub", result.words)
        self.assertEqual({n: h["state"] for n, h in self.hosts().items()}, {"nas": "connected", "twin": "duplicate", "self": "duplicate"})
        job = self.home.do("run", "--host", "nas", "-d", "--", "true").text.strip()
        self.until_state(job, "succeeded")
        self.assertEqual([j["job"] for j in self.home.do("status", "--json").lines], [job])
        refused = self.home.do("run", "--host", "twin", "--", "true")
        self.assert_code(refused, 3)
        self.assertIn("twin is the hub that is shown as nas", refused.words)
        self.home.stop_hub()
        self.home.start_hub()
        self.standing("nas", "connected")
        self.standing("twin", "duplicate")
        self.assertEqual([(j["job"], j["via"]) for j in self.home.do("status", "--json").lines], [(job, "nas")])
        # The other name is the one when the first is given up.
        self.assert_code(self.home.do("host", "remove", "nas"), 0)
        self.standing("twin", "connected")
        wait_until(lambda: [(j["job"], j["via"]) for j in self.home.do("status", "--json").lines] == [(job, "twin")], "the job by the other name")

    def test_two_hubs_that_show_each_other(self):
        self.by_socket()
        self.assert_code(self.there.do("host", "add", "back", self.home.socket), 0)
        third = self.another()
        third.start_hub()
        self.assert_code(self.there.do("host", "add", "third", third.socket), 0)
        job = self.home.do("run", "-d", "--", "true").text.strip()
        other = self.there.do("run", "-d", "--", "true").text.strip()
        distant = third.do("run", "-d", "--", "true").text.strip()
        wait_until(lambda: job in self.there.do("status", "--json").text, "the job there")
        wait_until(lambda: other in self.home.do("status", "--json").text, "the other's job here")
        wait_until(lambda: distant in self.there.do("status", "--json").text, "the third's job there")
        time.sleep(0.3)
        self.assertEqual(sorted(j["job"] for j in self.home.do("status", "--json").lines), sorted([job, other]))
        self.assertEqual(sorted(j["job"] for j in self.there.do("status", "--json").lines), sorted([job, other, distant]))

    def test_bad_input(self):
        self.home.start_hub()
        token = self.home.write("token", "secret\n")
        for arguments, sentence in (
                (("nas", "-oProxyCommand=touch x"), None),
                (("nas", "two words"), 'target is "two words", expected user@host'),
                (("nas", ""), 'target is ""'),
                (("na s", "nas"), '"na s"'),
                (("nas", "ws://192.0.2.1:7837", "--token-file", token), 'target is "ws://192.0.2.1:7837": a token goes unencrypted to this machine only, expected wss://'),
                (("nas", "wss://"), 'target is "wss://", expected wss://host:port'),
                (("nas", "wss://x:1"), "token is missing: a hub at wss://x:1 asks for one"),
                (("nas", "wss://x:1", "--token-file", token, "--pin", "abc"), 'pin is "abc", expected the SHA-256 of a certificate in 64 hexadecimal digits'),
                (("nas", "wss://x:1", "--token-file", token, "--command", "x"), 'command is "x", which is for hosts that ssh reaches'),
                (("nas", "user@x", "--token-file", token), 'token and pin are for wss:// hosts: "user@x" is reached by ssh'),
                (("nas", "wss://x:1", "--token-file", "/nowhere"), '"/nowhere" cannot be read'),
                (("nas",), None)):
            with self.subTest(arguments=arguments):
                result = self.home.do("host", "add", *arguments)
                self.assert_code(result, 2)
                if sentence:
                    self.assertIn(sentence, result.words)
                self.assertNotIn("secret\n", result.words)
        with self.home.client() as client:
            with self.assertRaises(RpcError) as refused:
                client.call("host.add", name="nas", target="-oProxyCommand=true")
            self.assertEqual(refused.exception.args[0], '-32602: target is "-oProxyCommand=true", expected user@host, wss://host:port or the path of a socket')
        self.assertEqual(self.hosts(), {})
        self.by_socket()
        self.assertIn('there is a host "nas" already', self.home.do("host", "add", "nas", "elsewhere").words)
        self.assertEqual(self.home.do("run", "--host", "nas", str(self.home.work / "none.toml")).code, 2)


if __name__ == "__main__":
    main()
