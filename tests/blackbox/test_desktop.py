"""stepwire-desktop as a person at a desktop has it: its window, its tray icon, its notifications, and none of these."""

import os
import pathlib
import signal
import unittest

import desktop
import harness
from desktop import DesktopTest
from harness import wait_until


class Window(DesktopTest):
    def test_first_start_hosts_a_hub_and_runs_the_sample(self):
        window = self.open()
        self.until_hosted(window)
        self.assertTrue(pathlib.Path(self.home.socket).exists())
        self.assertEqual(self.jobs(), [])
        size = dict(line.split("=") for line in self.tool("xdotool", "getwindowgeometry", "--shell", window.id).text.split())
        self.assertGreaterEqual((int(size["WIDTH"]), int(size["HEIGHT"])), (800, 500), size)
        self.activate(window.id)
        self.screenshot("desktop-first-start")
        self.press("alt+s")
        job = wait_until(lambda: self.jobs(), "the sample to be started")[0]["job"]
        self.assert_code(self.home.do("wait", job), 0)
        self.assertEqual(self.state(job), "succeeded")
        self.screenshot("desktop-sample")
        ran = self.home.do("run", "--", "true")
        self.assert_code(ran, 0)
        self.assertEqual(len(self.jobs()), 2)
        self.quit(window)

    def test_second_start_raises_the_first(self):
        window = self.open()
        self.until_hosted(window)
        job = self.home.do("run", "--detach", "--", "true").text.strip()
        self.tool("xdotool", "windowminimize", window.id)
        wait_until(lambda: not self.visible("^Stepwire$"), "the window to be minimised")
        second = self.home.do("--job", job, program=[desktop.DESKTOP])
        self.assert_code(second, 0)
        self.assertIn("raised", second.text + second.words)
        self.assertEqual(self.find("^Stepwire$"), window.id)
        self.screenshot("desktop-raised")
        self.quit(window)

    def test_cancels_by_keyboard(self):
        window = self.open()
        self.until_hosted(window)
        job = self.waiting_job()
        self.activate(window.id)

        def cancelled():
            # The list may not show the job yet; once more does no harm.
            self.press("alt+0", "Down", "ctrl+period")
            return self.state(job) == "cancelled"
        wait_until(cancelled, "the job to be cancelled")
        self.quit(window)

    def test_the_end_of_the_window_costs_the_jobs_of_a_hub_nothing(self):
        self.home.start_hub()
        job = self.waiting_job()
        closed = self.open()
        self.activate(closed.id)
        self.press("ctrl+w")
        self.assert_code(closed.finish(), 0)
        self.assertEqual(self.state(job), "running")
        killed = self.open()
        killed.signal(signal.SIGKILL)
        killed.process.wait()
        self.assertEqual(self.state(job), "running")
        self.home.write("go", "")
        self.assert_code(self.home.do("wait", job), 0)

    def test_outlives_the_hub(self):
        self.home.start_hub()
        self.assert_code(self.home.do("run", "--", "true"), 0)
        window = self.open()
        self.home.kill_hub()
        self.until_hosted(window)
        self.assertEqual(len(self.jobs()), 1)
        self.assert_code(self.home.do("run", "--", "true"), 0)
        self.assertEqual(self.visible("^Stepwire$"), window.id)
        self.quit(window)

    def test_asks_before_it_ends_jobs(self):
        window = self.open()
        self.until_hosted(window)
        job = self.waiting_job()
        self.activate(window.id)

        # The window may not know of the job yet, and ends then; that would be found below.
        self.press("ctrl+w")
        question = self.find("^Quit Stepwire", window)
        self.screenshot("desktop-question")
        self.assertEqual(self.state(job), "running")
        self.activate(question)
        self.press("alt+s")
        wait_until(lambda: not self.visible("^Quit Stepwire"), "the question to go")
        self.assertEqual(self.visible("^Stepwire$"), window.id)
        self.assertEqual(self.state(job), "running")
        self.home.write("go", "")
        self.assert_code(self.home.do("wait", job), 0)
        self.quit(window)

    def ask_to_quit(self, window, answer):
        self.find("^Stepwire$", window)
        self.activate(self.visible("^Stepwire$"))
        self.press("ctrl+q")
        question = self.find("^Quit Stepwire", window)
        self.activate(question)
        self.press(answer)
        wait_until(lambda: not self.visible("^Quit Stepwire"), "the question to go")

    def one_runs_others_wait(self):
        """A window with a hub within, a job that runs, and two that wait for it."""
        self.settings("[groups]\ng = 1\n")
        window = self.open()
        self.until_hosted(window)
        first = self.waiting_job("go", "--group", "g")
        others = [self.detach("--group", "g", "--", "sh", "-c", "echo %d >> ran; until test -e go%d; do sleep 0.05; done" % (n, n))
                  for n in (1, 2)]
        self.assertEqual([self.state(job) for job in others], ["queued", "queued"])
        return window, first, others

    def until_state(self, state, *jobs):
        wait_until(lambda: all(self.state(job) == state for job in jobs), lambda: "%s, but it is %s" % (state, self.jobs()))

    def test_what_waits_is_handed_over_when_the_last_has_ended(self):
        window, first, others = self.one_runs_others_wait()
        self.ask_to_quit(window, "alt+w")
        self.until_state("held", *others)
        self.assertEqual(self.state(first), "running")
        # Another thought: it comes back, and all is as before.
        self.assert_code(self.home.do(program=[desktop.DESKTOP]), 0)
        self.ask_to_quit(window, "alt+s")
        self.until_state("queued", *others)
        self.ask_to_quit(window, "alt+w")
        self.until_state("held", *others)
        self.home.write("go", "")
        self.assert_code(window.finish(), 0)
        self.assertEqual(self.state(first), "succeeded")
        self.assertNotIn(self.home.hub_pid(), (None, window.pid))
        self.until_state("running", others[0])
        self.assertEqual(self.state(others[1]), "queued")
        self.home.write("go1", "")
        self.home.write("go2", "")
        self.assert_code(self.home.do("wait", *others), 0)
        self.assertEqual((self.home.work / "ran").read_text(), "1\n2\n")

    def test_cancelling_and_quitting_starts_nothing_else(self):
        window, first, others = self.one_runs_others_wait()
        self.ask_to_quit(window, "alt+c")
        self.assert_code(window.finish(), 0)
        self.assertIsNone(self.home.hub_pid())
        self.home.start_hub()
        self.assertEqual([self.state(job) for job in (first, *others)], ["cancelled", "held", "held"])
        self.assertFalse((self.home.work / "ran").exists())

    def test_waits_in_the_tray(self):
        self.start_tray()
        window, first, others = self.one_runs_others_wait()
        wait_until(self.tray_icons, "an icon in the tray")
        self.ask_to_quit(window, "alt+t")
        wait_until(lambda: not self.visible("^Stepwire$"), "the window to hide")
        for name in ("go", "go1", "go2"):
            self.home.write(name, "")
        self.assert_code(self.home.do("wait", first, *others), 0)
        self.assertIsNone(window.process.poll())
        self.assertEqual(self.home.hub_pid(), window.pid)
        self.quit(window)

    def test_sigterm_drains(self):
        window = self.open()
        self.until_hosted(window)
        job = self.waiting_job()
        self.quit(window)
        self.assertIsNone(self.home.hub_pid())
        self.home.start_hub()
        self.assertEqual(self.state(job), "interrupted")


class NoBus(DesktopTest):
    with_bus = False

    def test_starts_and_is_alone_without_a_bus(self):
        self.allowed_words = ["."]  # that there is no bus may be said
        window = self.open()
        self.until_hosted(window)
        self.assert_code(self.home.do("run", "--", "true"), 0)
        self.tool("xdotool", "windowminimize", window.id)
        wait_until(lambda: not self.visible("^Stepwire$"), "the window to be minimised")
        second = self.home.do(program=[desktop.DESKTOP])
        self.assert_code(second, 0)
        self.assertIn("raised", second.text + second.words)
        self.assertEqual(self.find("^Stepwire$"), window.id)
        self.quit(window)

    def test_folders_that_cannot_be_written(self):
        self.allowed_words = ["."]
        folders = ("run", "home", "config", "state", "cache", "data")
        self.home.root.chmod(0o755)
        for name in folders:
            (self.home.root / name).mkdir(exist_ok=True)
        drop = []
        if os.getuid() == 0:
            drop = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"]
            os.chown(self.home.root / "run", 65534, 65534)
        for name in folders:
            (self.home.root / name).chmod(0o555)
        (self.home.root / "run").chmod(0o500)
        if drop and self.home.do(program=[*drop, desktop.DESKTOP, "--version"]).code != 0:
            self.skipTest("another user cannot start the program where it is")
        window = self.home.start(program=[*drop, desktop.DESKTOP])
        self.windows.append(window)
        self.find("^Stepwire$", window)
        wait_until(lambda: b"cannot be made" in window.err, lambda: "a sentence, but it said %r" % bytes(window.err))
        self.screenshot("desktop-no-folders")
        self.quit(window)


class Surroundings(DesktopTest):
    def test_tray_icon_and_hiding(self):
        self.start_tray()
        self.assertEqual(self.tray_icons(), [])
        window = self.open()
        self.until_hosted(window)
        wait_until(self.tray_icons, lambda: "an icon in the tray:\n" + self.tool("xwininfo", "-root", "-tree").text)
        self.screenshot("desktop-tray")
        self.activate(window.id)
        self.press("ctrl+w")
        wait_until(lambda: not self.visible("^Stepwire$"), "the window to hide")
        self.assert_code(self.home.do("run", "--", "true"), 0)
        self.assertIsNone(window.process.poll())
        self.assert_code(self.home.do(program=[desktop.DESKTOP]), 0)
        self.find("^Stepwire$", window)
        self.quit(window)

    def test_starts_hidden_when_the_settings_say_so(self):
        self.settings("[window]\nstart_hidden = true\n")
        without = self.open()
        wait_until(lambda: b"no tray" in without.err, lambda: "why it is shown, but it said %r" % bytes(without.err))
        self.allowed_words.append("no tray")
        self.quit(without)
        self.start_tray()
        window = self.open(shown=False)
        self.until_hosted(window)
        wait_until(self.tray_icons, "an icon in the tray")
        self.assertIsNone(self.visible("^Stepwire$"))
        self.assert_code(self.home.do(program=[desktop.DESKTOP]), 0)
        self.find("^Stepwire$", window)
        self.quit(window)

    def test_asks_before_it_hides_in_a_sandbox(self):
        if desktop.missing():
            self.skipTest("not here: " + ", ".join(desktop.missing()))
        portal = desktop.Mock(self, "org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop", "org.freedesktop.portal.Background")
        portal.method(portal.interface, "RequestBackground", "sa{sv}", "o", "ret = dbus.ObjectPath('/org/freedesktop/portal/desktop/request/1')")
        self.start_tray()
        window = self.open(env={"SNAP": "/snap/stepwire/1"})
        self.until_hosted(window)
        wait_until(self.tray_icons, "an icon in the tray")
        self.assertEqual(portal.calls("RequestBackground"), [])
        for _ in range(2):
            self.activate(self.find("^Stepwire$", window))
            self.press("ctrl+w")
            wait_until(lambda: not self.visible("^Stepwire$"), "the window to hide")
            wait_until(lambda: portal.calls("RequestBackground"), "the portal to be asked")
            self.assert_code(self.home.do(program=[desktop.DESKTOP]), 0)
        ((_, options),) = portal.calls("RequestBackground")
        self.assertEqual(str(options["reason"]), "Jobs go on while the window is hidden.")
        self.quit(window)

    def test_hides_when_the_panel_comes_late(self):
        window = self.open("--hidden", shown=False)
        self.until_hosted(window)
        minimised = lambda: [each for each in self.tool("xdotool", "search", "--name", "^Stepwire$").text.split()
                             if "Iconic" in self.tool("xprop", "-id", each, "WM_STATE").text]
        wait_until(minimised, "the window to be minimised")
        self.start_tray()
        wait_until(lambda: not minimised(), "it to hide in the tray")
        self.assertIsNone(self.visible("^Stepwire$"))
        self.quit(window)

    def hidden(self):
        self.start_tray()
        self.start_notifications()
        window = self.open("--hidden", shown=False)
        self.until_hosted(window)
        self.assertIsNone(self.visible("^Stepwire$"))
        return window

    def test_only_the_failing_job_is_told(self):
        window = self.hidden()
        self.assert_code(self.home.do("run", "--title", "short", "--", "true"), 0)
        job = self.waiting_job()
        self.assert_code(self.home.do("cancel", job), 0)
        self.home.do("wait", job)
        failed = self.home.do("run", "--title", "broken", "--", "sh", "-c", "echo the disk is full >&2; exit 3")
        self.assertNotEqual(failed.code, 0)
        title, body, replaced = wait_until(self.notifications, "the notification")[0]
        self.assertRegex(title, r"^broken failed")
        self.assertIn("the disk is full", body)
        self.assertEqual(replaced, 0)
        self.screenshot("desktop-notification")
        # The next one marks that nothing else came between.
        self.home.do("run", "--title", "marker", "--", "false")
        wait_until(lambda: any(n[0].startswith("marker") for n in self.notifications()), "the marker")
        self.assertEqual([n[0].split()[0] for n in self.notifications()], ["broken", "marker"])
        self.quit(window)

    def test_a_batch_is_told_once(self):
        self.settings("[groups]\ng = 4\n[notifications]\nthreshold = \"0s\"\nprogress = false\n")
        window = self.hidden()
        count = harness.scaled(200, 20)
        # None ends before all are there, or a slow start would make two batches of one.
        started = self.home.shell("i=0; while [ $i -lt %d ]; do i=$((i+1))\n"
                                  "stepwire run --group g --detach -- sh -c 'until test -e go; do sleep 0.05; done' || exit 1; done"
                                  % count, 60)
        self.assert_code(started, 0)
        ids = started.text.split()
        self.assertEqual(len(ids), count)
        self.home.write("go", "")
        self.assert_code(self.home.do("wait", *ids, deadline=60), 0)
        wait_until(self.notifications, "the notification")
        self.home.do("run", "--title", "marker", "--", "false")
        wait_until(lambda: any(n[0].startswith("marker") for n in self.notifications()), "the marker")
        titles = [n[0] for n in self.notifications()]
        self.assertEqual(len(titles), 2, titles)
        self.assertEqual(titles[0], "%d jobs finished: %d succeeded" % (count, count))
        self.quit(window)


def setUpModule():
    missing = desktop.missing_tools()
    if missing:
        raise unittest.SkipTest("not here: " + ", ".join(missing))


if __name__ == "__main__":
    harness.main()
