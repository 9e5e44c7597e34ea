"""How a hub begins, ends, and what it leaves when it is killed."""

import os
import pathlib
import signal
import socket
import stat
import subprocess

from harness import (Closed, HomeTest, LIMIT, command_of, descendants, is_alive, main, of_type, scaled, stat_of,
                     wait_until, with_entry, zombies_of)

LONG = """
[[steps]]
id = "work"
script = 'echo up; while [ ! -e gate ]; do sleep 0.02; done; echo passed'
"""

# Every way in which a child can try to outlive us; each writes its pid.
STUBBORN = """
[[steps]]
id = "piped"
needs = []
script = 'echo $$ > piped.pid; exec sleep 1000'

[[steps]]
id = "terminal"
needs = []
terminal = true
script = 'echo $$ > terminal.pid; exec sleep 1001'

[[steps]]
id = "own-session"
needs = []
script = 'setsid sh -c "echo \\$\\$ > session.pid; exec sleep 1002" & wait'

[[steps]]
id = "double-forked"
needs = []
script = '(setsid sh -c "(sleep 1003 & echo \\$! > double.pid)" &) ; exec sleep 1004'

[[steps]]
id = "deaf"
needs = []
script = 'trap "" TERM HUP INT; echo $$ > deaf.pid; while :; do sleep 0.2; done'
"""


class LifeTest(HomeTest):
    def pid_in(self, name):
        path = self.home.work / name

        def read():
            try:
                return int(path.read_text())
            except (OSError, ValueError):
                return None
        return wait_until(read, "a pid in " + name)

    def gate(self):
        self.home.write("gate", "")

    def start_stubborn(self):
        self.home.own_pipeline("stubborn", STUBBORN)
        job = self.home.do("run", "--detach", "--jobs", "8", "stubborn").text.strip()
        pids = [self.pid_in(n + ".pid") for n in ("piped", "terminal", "session", "double", "deaf")]
        self.assertTrue(all(is_alive(pid) for pid in pids))
        return job, pids


class Start(LifeTest):
    def test_starts_on_demand_in_a_session_of_its_own(self):
        self.assertIsNone(self.home.hub_pid())
        self.assert_code(self.home.do("run", "--", "true"), 0)
        hub = self.home.hub_pid()
        self.assertTrue(hub)
        self.assertEqual(int(stat_of(hub)[3]), hub, "the hub leads no session")
        self.assertEqual(os.readlink("/proc/%d/cwd" % hub), "/")
        self.assertIn("--until-idle", command_of(hub))
        opened = [os.readlink("/proc/%d/fd/%d" % (hub, n)) for n in (0, 1, 2)]
        self.assertEqual(opened, ["/dev/null", str(self.home.state / "hub.log"), str(self.home.state / "hub.log")])

    def test_many_at_once_share_one(self):
        runs = [self.home.start("run", "--json", "--", "sh", "-c", "echo %d" % i) for i in range(6)]
        hubs = set()
        for i, run in enumerate(runs):
            result = run.finish()
            self.assert_code(result, 0)
            self.assertEqual([e["data"]["text"] for e in of_type(result.lines, "step.output")], ["%d\n" % i])
            hubs.update((e["hub"], e["epoch"]) for e in result.lines)
        self.assertEqual(len(hubs), 1)

        def only_one():
            return [pid for pid in with_entry(self.home.cookie) if "--no-gui" in command_of(pid)] == [self.home.hub_pid()]
        wait_until(only_one, "the hubs that came too late to be gone", 10)

    def test_ends_when_idle(self):
        self.home.start_hub("--until-idle", "--idle-ms", "300")
        client = self.home.client()
        job = client.call("job.run", command=["sh", "-c", "while [ ! -e gate ]; do sleep 0.02; done"], cwd=str(self.home.work))["job"]
        client.close()
        # A job keeps it; so does a client.
        with self.assertRaises(subprocess.TimeoutExpired):
            self.home.hub.wait(0.9)
        client = self.home.client()
        self.gate()
        client.call("subscribe", jobs=[job])
        wait_until(lambda: client.call("job.get", job=job)["state"] == "succeeded", "the job to end")
        with self.assertRaises(subprocess.TimeoutExpired):
            self.home.hub.wait(0.9)
        client.close()
        self.assertEqual(self.home.hub.wait(LIMIT), 0)
        self.assertFalse(os.path.exists(self.home.socket))
        self.assert_code(self.home.do("run", "--", "true"), 0)

    def test_a_second_one_says_where_the_first_is(self):
        first = self.home.start_hub()
        second = self.home.do("--no-gui")
        self.assert_code(second, 3)
        self.assertIn(self.home.socket, second.words)
        self.assertIn(str(first.pid), second.words)
        self.assert_code(self.home.do("run", "--", "true"), 0)

    def test_stale_socket_and_lock_are_no_hub(self):
        self.home.runtime.mkdir(mode=0o700)
        stale = socket.socket(socket.AF_UNIX)
        stale.bind(self.home.socket)
        stale.close()
        (self.home.runtime / "hub.lock").write_text("1\n")
        self.assert_code(self.home.do("run", "--", "true"), 0)
        self.assertNotEqual((self.home.runtime / "hub.lock").read_text(), "1\n")

    def test_folder_that_is_open_to_others_is_closed(self):
        self.home.runtime.mkdir(mode=0o755)
        self.home.runtime.chmod(0o777)
        self.home.start_hub()
        self.assertEqual(stat.S_IMODE(self.home.runtime.stat().st_mode), 0o700)
        self.assertEqual(stat.S_IMODE(os.stat(self.home.socket).st_mode), 0o600)

    def test_folder_that_is_a_link_is_refused(self):
        (self.home.root / "target").mkdir()
        self.home.runtime.symlink_to(self.home.root / "target")
        result = self.home.do("--no-gui")
        self.assert_code(result, 3)
        self.assertIn(str(self.home.runtime), result.words)

    def test_refused_hub_needs_no_kill(self):
        """What cannot start must end, also when a command has started it."""
        self.home.runtime.symlink_to(self.home.root)
        self.assert_code(self.home.do("run", "--", "true"), 3)
        wait_until(lambda: not with_entry(self.home.cookie), "the hub that could not start to be gone", 5)

    def test_it_survives_the_terminal_that_started_it(self):
        terminal = self.home.terminal("run", "--", "sh", "-c", "echo up; while [ ! -e gate ]; do sleep 0.02; done")
        terminal.until(lambda shown: b"up" in shown, "the command to run")
        hub = self.home.hub_pid()
        terminal.hang_up()
        terminal.finish()
        jobs = self.home.do("status", "--json").lines
        self.assertEqual([j["state"] for j in jobs], ["running"])
        self.assertEqual(self.home.hub_pid(), hub)
        self.gate()
        self.assert_code(self.home.do("wait", jobs[0]["job"]), 0)

    def test_it_survives_ctrl_c_at_the_shell_that_started_it(self):
        terminal = self.home.terminal(argv=["/bin/sh", "-c", "stepwire run --detach -- sleep 1000; echo detached; exec sleep 1000"])
        terminal.until(lambda shown: b"detached" in shown, "the shell")
        terminal.type(b"\x03")
        terminal.finish()
        jobs = self.home.do("status", "--json").lines
        self.assertEqual([j["state"] for j in jobs], ["running"])
        self.assert_code(self.home.do("cancel", jobs[0]["job"]), 0)


class Stop(LifeTest):
    def test_sigterm_drains(self):
        hub = self.home.start_hub()
        self.home.own_pipeline("long", """
grace = "5s"
[[steps]]
id = "polite"
needs = []
script = 'trap "echo last words; exit 0" TERM; echo up; while :; do sleep 0.02; done'
[[steps]]
id = "later"
command = ["true"]
""")
        run = self.home.start("run", "--json", "long")
        watch = self.home.start("watch", "--json")
        wait_until(lambda: any(e["type"] == "step.output" for e in run.lines()) and watch.lines(), "the step to run")
        job = run.lines()[0]["job"]
        client = self.home.client()
        client.call("subscribe")
        hub.send_signal(signal.SIGTERM)
        events = client.finished(job)
        last = events[-1]["data"]
        self.assertEqual((last["state"], last["error"]["message"]), ("interrupted", "the hub was stopped"))
        self.assertIn("last words\n", [e["data"]["text"] for e in of_type(events, "step.output")])
        with self.assertRaises(Closed):
            client.event()
        self.assertEqual(hub.wait(LIMIT), 0)
        self.assertFalse(os.path.exists(self.home.socket))
        result = run.finish()
        self.assert_code(result, 1)
        self.assertEqual(result.lines[-1]["type"], "job.finished")
        self.assertEqual(watch.finish().lines[-1]["type"], "job.finished")

    def test_sigterm_kills_what_does_not_listen_within_its_grace(self):
        hub = self.home.start_hub()
        self.home.own_pipeline("deaf", "grace = \"300ms\"\n[[steps]]\nid = \"deaf\"\nscript = '''\ntrap '' TERM\necho $$ > deaf.pid\nwhile :; do sleep 0.1; done\n'''\n")
        self.assert_code(self.home.do("run", "--detach", "deaf"), 0)
        pid = self.pid_in("deaf.pid")
        hub.send_signal(signal.SIGTERM)
        self.assertEqual(hub.wait(LIMIT), 0)
        wait_until(lambda: not is_alive(pid), "the step to be gone")

    def test_sigterm_with_a_client_that_never_reads(self):
        hub = self.home.start_hub()
        deaf = self.home.client()
        deaf.start("subscribe")
        busy = self.home.client()
        busy.call("job.run", command=["yes", "x" * 1000], terminal=False)
        busy.call("subscribe", types=["step.output"])
        for _ in range(20):
            busy.event()
        hub.send_signal(signal.SIGTERM)
        self.assertEqual(hub.wait(LIMIT), 0)

    def test_idle_hub_ends_at_once(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            hub = self.home.start_hub()
            with self.home.client():
                hub.send_signal(number)
                self.assertEqual(hub.wait(LIMIT), 0)
            self.assertFalse(os.path.exists(self.home.socket))

    def test_tells_systemd(self):
        path = str(self.home.root / "notify")
        server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(server.close)
        server.bind(path)
        server.setblocking(False)
        told = []

        def hear():
            while True:
                try:
                    told.extend(server.recv(65536).decode().splitlines())
                except BlockingIOError:
                    return told
        hub = self.home.start_hub(env={"NOTIFY_SOCKET": path})
        wait_until(lambda: "READY=1" in hear(), lambda: "READY=1, told was %s" % told)
        self.home.own_pipeline("long", LONG.replace("echo up", "echo 40%"))
        job = self.home.do("run", "--detach", "long").text.strip()
        wait_until(lambda: any(line.startswith("STATUS=1 job") and "40 %" in line for line in hear()), lambda: "STATUS= with the job, told was %s" % told)
        self.gate()
        self.assert_code(self.home.do("wait", job), 0)
        wait_until(lambda: [line for line in hear() if line.startswith("STATUS=")][-1] == "STATUS=0 jobs", lambda: "STATUS= without it, told was %s" % told)
        environ = pathlib.Path("/proc/%d/environ" % hub.pid).read_bytes()
        self.assertIn(b"NOTIFY_SOCKET", environ)
        seen = self.home.client().call("job.run", command=["sh", "-c", "echo ${NOTIFY_SOCKET:-none} > notify.seen"], cwd=str(self.home.work))
        self.assert_code(self.home.do("wait", seen["job"]), 0)
        hub.send_signal(signal.SIGTERM)
        self.assertEqual(hub.wait(LIMIT), 0)
        self.assertIn("STOPPING=1", hear())


class Kill(LifeTest):
    def test_killed_hub_leaves_no_child(self):
        job, pids = self.start_stubborn()
        inside = descendants(self.home.hub_pid())
        self.home.kill_hub()
        wait_until(lambda: not any(is_alive(pid) for pid in pids), lambda: "these to be gone: %s" % [command_of(p) for p in pids if is_alive(p)], 15)
        wait_until(lambda: not any(is_alive(pid) for pid in inside), "the guard to be gone", 15)
        self.assertEqual(with_entry(self.home.cookie), [])
        # The next command starts anew over what the killed one has left.
        self.assert_code(self.home.do("run", "--", "true"), 0)

    def test_killed_hub_ends_its_commands_with_3(self):
        self.home.start_hub()
        run = self.home.start("run", "--", "sh", "-c", "echo up; exec sleep 1000")
        watch = self.home.start("watch", "--json")
        wait_until(lambda: b"up\n" in run.out and watch.lines(), "both to be connected")
        self.home.kill_hub()
        for command in (run, watch):
            result = command.finish()
            self.assert_code(result, 3)
            self.assertTrue(result.words.startswith("stepwire: "), result)

    def test_cancel_ends_the_stubborn_too(self):
        self.home.own_pipeline("stubborn", "grace = \"500ms\"\n" + STUBBORN)
        job = self.home.do("run", "--detach", "--jobs", "8", "stubborn").text.strip()
        pids = [self.pid_in(n + ".pid") for n in ("piped", "terminal", "session", "double", "deaf")]
        self.assert_code(self.home.do("cancel", job), 0)
        self.assertEqual([p for p in pids if is_alive(p)], [], "answered when the effect is real")

    def test_killed_guard_fails_the_job_with_a_sentence(self):
        self.home.start_hub()
        self.home.own_pipeline("long", LONG)
        run = self.home.start("run", "--json", "long")
        wait_until(lambda: of_type(run.lines(), "step.output"), "the step to run")
        guards = self.home.guards()
        self.assertEqual(len(guards), 1)
        os.kill(guards[0], signal.SIGKILL)
        result = run.finish()
        self.assert_code(result, 1)
        end = result.lines[-1]["data"]
        self.assertEqual((end["state"], end["error"]["step"]), ("failed", "work"))
        self.assertIn("guard", end["error"]["message"])
        self.assert_whole_job(result.lines)
        wait_until(lambda: not [p for p in with_entry(self.home.cookie) if command_of(p).startswith(("sh ", "/bin/sh", "sleep"))], "its step to be gone")
        self.assert_code(self.home.do("run", "--", "true"), 0)
        self.assertEqual(zombies_of([self.home.hub.pid]), [])

    def test_no_zombies_after_many_jobs(self):
        self.home.start_hub()
        client = self.home.client()
        client.call("subscribe", types=["job.finished"])
        count = scaled(200, 40)
        jobs = {client.answer(n)["job"] for n in [client.start("job.run", command=["true"], terminal=i % 4 == 0) for i in range(count)]}
        self.assertEqual(len(jobs), count)
        while jobs:
            event = client.event()
            self.assertEqual(event["data"]["state"], "succeeded")
            jobs.remove(event["job"])
        family = [self.home.hub.pid, *self.home.guards()]
        wait_until(lambda: not zombies_of(family), lambda: "no zombies, but %s" % zombies_of(family))
        self.assertEqual(len(family), 2)
        self.assertEqual(descendants(self.home.hub.pid), family[1:])

    def test_background_child_ends_with_its_step(self):
        self.home.own_pipeline("leaves", """
[[steps]]
id = "leaves"
script = 'sleep 1000 & echo $! > back.pid; echo done'
[[steps]]
id = "after"
script = 'kill -0 "$(cat back.pid)" 2>/dev/null && exit 5; echo gone'
""")
        self.assert_code(self.home.do("run", "leaves"), 0)
        self.assertFalse(is_alive(self.pid_in("back.pid")))

    def test_daemon_outlives_a_step_that_ends_by_itself(self):
        """What shows a wallpaper has to: it has taken a session of its own and holds none of the step's pipes."""
        self.home.own_pipeline("daemon", """
[[steps]]
id = "start"
script = '''
setsid sh -c 'echo $$ > daemon.pid; exec sleep 1001' < /dev/null > /dev/null 2>&1 &
while [ ! -s daemon.pid ]; do sleep 0.02; done
'''
""")
        self.assert_code(self.home.do("run", "daemon"), 0)
        pid = self.pid_in("daemon.pid")
        self.assertTrue(is_alive(pid))
        os.kill(pid, signal.SIGKILL)


class Watch(LifeTest):
    def test_killed_and_started_again_it_misses_nothing(self):
        self.home.start_hub()
        self.home.own_pipeline("busy", "".join("""
[[steps]]
id = "s%d"
needs = []
script = '''
i=0
while [ $i -lt %d ]; do i=$((i + 1)); echo "line $i"; echo "$i%%"; sleep 0.01; done
'''
""" % (i, scaled(90, 30)) for i in range(3)))
        run = self.home.start("run", "--json", "busy")
        wait_until(lambda: run.lines(), "the plan")
        job, epoch = run.lines()[0]["job"], run.lines()[0]["epoch"]
        events = []
        while not events or events[-1]["type"] != "job.finished":
            since = ["--since", "%s:%d" % (epoch, events[-1]["seq"] if events else 0)]
            watch = self.home.start("watch", "--json", *since)
            wait_until(lambda: len(watch.lines()) >= 7 or (watch.lines() and watch.lines()[-1]["type"] == "job.finished"), "some events")
            watch.signal(signal.SIGKILL)
            watch.process.wait()
            wait_until(lambda: not any(t.is_alive() for t in watch._threads), "its output")
            events += watch.lines()
        truth = run.finish()
        self.assert_code(truth, 0)
        self.assert_gapless(events)
        self.assert_whole_job(events, job)
        self.assertEqual([e for e in events if e["job"] == job], truth.lines)
        self.assertFalse([e for e in events if "skipped" in e])

    def test_of_a_job_starts_at_its_beginning_and_ends_with_it(self):
        self.home.own_pipeline("long", LONG)
        job = self.home.do("run", "--detach", "long").text.strip()
        self.assert_code(self.home.do("run", "--", "true"), 0)
        watch = self.home.start("watch", "--json", job)
        wait_until(lambda: of_type(watch.lines(), "step.output"), "what has been")
        self.gate()
        result = watch.finish()
        self.assert_code(result, 0)
        self.assert_whole_job(result.lines, job)
        late = self.home.do("watch", "--json", job)
        self.assert_code(late, 0)
        self.assertEqual([e["seq"] for e in late.lines], [e["seq"] for e in result.lines])

    def test_position_of_another_life_gives_a_snapshot(self):
        self.home.start_hub()
        watch = self.home.start("watch", "--json", "--since", "another:5")
        wait_until(lambda: watch.lines(), "the snapshot")
        first = watch.lines()[0]
        self.assertEqual((first["type"], first["jobs"]), ("snapshot", []))
        self.assertTrue({"epoch", "seq"} <= set(first))


if __name__ == "__main__":
    main()
