"""The window on a real Wayland desktop: a compositor, a bus, a panel with a tray and two notification servers.

The compositor refuses to run as root, so root becomes an ordinary user first.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import unittest

from harness import BIN, BUILD, LIMIT, Home, main, wait_until

ID = "org.stepwire.Stepwire"
WINDOW = str(pathlib.Path(BIN).parent / "stepwire-desktop")
PICTURES = pathlib.Path(BUILD) / "screenshots" / "wayland"
NOBODY = 65534
NOTIFICATIONS = "org.freedesktop.Notifications"
WATCHER = "org.kde.StatusNotifierWatcher"
NEEDED = ("sway", "swaymsg", "mako", "makoctl", "waybar", "grim", "gdbus", "dbus-daemon", "dbus-monitor")

# No folders of services: nothing starts that the test did not start.
BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path=%s</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>
"""
SWAY = """xwayland disable
output * mode 1280x800
output * background #204060 solid_color
default_border none
"""
WAYBAR = {"layer": "top", "height": 30, "modules-right": ["tray"], "tray": {"icon-size": 20, "spacing": 4}}
SETTINGS = '[notifications]\nthreshold = "0s"\n'
# Runs at 42 % until the file is there.
LONG = 'echo \'{"progress":0.42}\'; until [ -e %s ]; do sleep 0.05; done'


def become_ordinary():
    """Folders for pictures first: the build folder is not ours afterwards."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    if os.getuid() != 0:
        return
    for path in (PICTURES, *PICTURES.iterdir()):
        os.chown(path, NOBODY, NOBODY)
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    if not os.access(WINDOW, os.X_OK):
        raise unittest.SkipTest("an ordinary user cannot run %s" % WINDOW)


def setUpModule():
    missing = [name for name in NEEDED if not shutil.which(name)]
    if missing:
        raise unittest.SkipTest("not installed: " + ", ".join(missing))
    become_ordinary()


class Desktop(unittest.TestCase):
    """A compositor and a bus for each test, ended with it."""

    def setUp(self):
        self.home = Home()
        self.addCleanup(self._end)
        self.window = None
        self.rooms = []  # what makes the desktop, in the order of its start
        run = self.home.root / "run"
        run.chmod(0o700)
        bus = run / "bus"
        self.home.env.update({
            "XDG_DATA_DIRS": "/usr/local/share:/usr/share", "XDG_SESSION_TYPE": "wayland",
            "XDG_CURRENT_DESKTOP": "sway", "DBUS_SESSION_BUS_ADDRESS": "unix:path=%s" % bus,
            "SWAYSOCK": str(run / "sway.sock"), "GDK_BACKEND": "wayland", "QT_QPA_PLATFORM": "wayland",
            "GSETTINGS_BACKEND": "memory", "NO_AT_BRIDGE": "1"})
        self.room("dbus-daemon", "--nofork", "--config-file=" + self.home.write("bus.conf", BUS % bus))
        wait_until(lambda: self.call("org.freedesktop.DBus", "/", "org.freedesktop.DBus.GetId"), "the bus")
        self.room("sway", "-c", self.home.write("sway.conf", SWAY), env={
            "WLR_BACKENDS": "headless", "WLR_RENDERER": "pixman", "WLR_LIBINPUT_NO_DEVICES": "1"})
        display = wait_until(lambda: [p.name for p in run.glob("wayland-?")], lambda: "the compositor: " + self.words())
        self.home.env["WAYLAND_DISPLAY"] = display[0]
        wait_until(lambda: self.sway("-t", "get_outputs"), lambda: "an output: " + self.words())
        self.home.config.mkdir(parents=True, exist_ok=True)
        (self.home.config / "config.toml").write_text(SETTINGS)

    def _end(self):
        complaints = []
        if self.window and self.window.process.poll() is None:
            self.window.signal(signal.SIGTERM)
            try:
                code = self.window.finish().code
                if code != 0:
                    complaints.append("stepwire-desktop ended with %s after SIGTERM" % code)
            except AssertionError as error:
                complaints.append(str(error))
        for room in reversed(self.rooms):
            if room.process.poll() is None:
                room.signal(signal.SIGTERM)
                room.finish()
        complaints += self.home.end()
        if complaints:
            self.fail("\n".join(complaints[:20]))

    # -- the desktop

    def room(self, *argv, env=None):
        piece = self.home.start(program=argv, env=env)
        self.rooms.append(piece)
        return piece

    def words(self):
        return "\n".join("%s: %s" % (room.process.args[0], bytes(room.err)[-800:].decode(errors="replace"))
                         for room in self.rooms + ([self.window] if self.window else []))

    def ask(self, *argv):
        """What a command prints, or nothing when it fails."""
        done = subprocess.run(argv, env=self.home.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, timeout=LIMIT)
        return done.stdout if done.returncode == 0 else b""

    def call(self, name, path, method, *arguments):
        return self.ask("gdbus", "call", "--session", "--dest", name, "--object-path", path, "--method", method,
                        *arguments).decode()

    def has_name(self, name):
        return "true" in self.call("org.freedesktop.DBus", "/", "org.freedesktop.DBus.NameHasOwner", name)

    def sway(self, *arguments):
        text = self.ask("swaymsg", "-r", *arguments)
        return json.loads(text) if text else None

    def server(self, *argv):
        piece = self.room(*argv)
        wait_until(lambda: self.has_name(NOTIFICATIONS), lambda: "%s to own its name: %s" % (argv[0], self.words()))
        return piece

    def panel(self):
        self.room("waybar", "-c", self.home.write("waybar.json", json.dumps(WAYBAR)),
                  "-s", self.home.write("waybar.css", "* { color: white; font-size: 12px; }\n"))
        wait_until(lambda: self.has_name(WATCHER), lambda: "the panel's tray: " + self.words())

    def tray_items(self):
        text = self.call(WATCHER, "/StatusNotifierWatcher", "org.freedesktop.DBus.Properties.Get", WATCHER,
                         "RegisteredStatusNotifierItems")
        return re.findall(r"'([^']+)'", text)

    # -- the window

    def open(self, *arguments):
        self.window = self.home.start(*arguments, program=[WINDOW])
        return self.window

    def mapped(self):
        """Where the window is, when it is there."""
        nodes = [self.sway("-t", "get_tree") or {}]
        while nodes:
            node = nodes.pop()
            if node.get("app_id") == ID and node.get("pid") == self.window.pid:
                return node
            nodes += node.get("nodes", []) + node.get("floating_nodes", [])
        return None

    def until_mapped(self):
        return wait_until(self.mapped, lambda: "the window to be mapped: " + self.words())

    def picture(self, name=None):
        """The pixels of the window, three bytes each."""
        node = self.mapped()
        where = "%(x)d,%(y)d %(width)dx%(height)d" % node["rect"]
        if name:
            subprocess.run(["grim", str(PICTURES / (name + ".png"))], env=self.home.env, check=True, timeout=LIMIT)
        data = self.ask("grim", "-t", "ppm", "-g", where, "-")
        head = re.match(rb"P6\s+(\d+)\s+(\d+)\s+255\s", data)
        self.assertTrue(head, data[:40])
        return data[head.end():]

    def still_picture(self):
        """One that is drawn, and the same when looked at twice."""
        last = [b""]

        def same():
            now, before = self.picture(), last[0]
            last[0] = now
            return now if now == before and len(colours(now)) > 8 else None
        return wait_until(same, "the window to be drawn")

    def look_away(self):
        """To an empty workspace: who looks at the window needs no notification."""
        self.sway("workspace", "away")
        wait_until(lambda: not (self.mapped() or {}).get("focused"), "the window to lose the focus")

    def run_job(self, name, script):
        return self.home.start("run", "--title", name, "--", "/bin/sh", "-c", script)

    # -- notifications, as they pass over the bus

    def monitor(self):
        piece = self.room("dbus-monitor", "--session", "interface='%s'" % NOTIFICATIONS)
        # It says so of itself when it listens.
        wait_until(lambda: b"NameAcquired" in piece.out or b"NameLost" in piece.out, "the monitor")
        return piece

    @staticmethod
    def notified(monitor):
        """(title, value or None, replaces) of each Notify so far."""
        found = []
        for message in re.split(r"^(?=method |signal |error )", bytes(monitor.out).decode(errors="replace"), flags=re.M):
            if "member=Notify\n" not in message:
                continue
            texts = re.findall(r'^   string "(.*)"$', message, re.M)
            replaces = re.search(r"^   uint32 (\d+)$", message, re.M)
            value = re.search(r'string "value"\s+variant\s+int32 (-?\d+)', message)
            if len(texts) >= 4 and replaces and re.search(r"^   int32 -?\d+$", message, re.M):
                found.append((texts[2], int(value[1]) if value else None, int(replaces[1])))
        return found


def colours(pixels):
    return {pixels[i:i + 3] for i in range(0, len(pixels), 3 * 17)}


class Window(Desktop):
    def test_window_shows_jobs_and_ends_at_sigterm(self):
        self.open()
        self.until_mapped()
        before = self.still_picture()
        self.assertGreater(len(before), 3 * 400 * 300)
        self.picture("window")
        go = self.home.work / "go"
        job = self.run_job("watched", LONG % go)
        wait_until(lambda: self.picture() != before, "the job to be seen in the window")
        wait_until(lambda: len(diff(before, self.picture())) > 1000, "more of the job to be seen")
        self.picture("job")
        go.touch()
        self.assertEqual(job.finish().code, 0)
        self.window.signal(signal.SIGTERM)
        self.assertEqual(self.window.finish().code, 0)

    def test_tray_keeps_the_program(self):
        self.panel()
        self.assertEqual(self.tray_items(), [])
        self.open()
        self.until_mapped()
        wait_until(self.tray_items, lambda: "an item in the tray: " + self.words())
        self.assertEqual(len(self.tray_items()), 1)
        self.sway('[app_id="%s"]' % ID, "kill")
        wait_until(lambda: not self.mapped(), "the window to close")
        # It still answers, and jobs run in it.
        self.assertEqual(self.run_job("hidden", "true").finish().code, 0)
        self.assertIsNone(self.window.process.poll())
        self.assertEqual(len(self.tray_items()), 1)
        second = self.home.start(program=[WINDOW]).finish()
        self.assertEqual(second.code, 0, repr(second))
        self.until_mapped()
        self.picture("raised")
        self.window.signal(signal.SIGTERM)
        self.assertEqual(self.window.finish().code, 0)
        wait_until(lambda: not self.tray_items(), "the item to leave the tray")

    def test_hidden_start_waits_in_the_tray(self):
        self.panel()
        self.open("--hidden")
        wait_until(self.tray_items, lambda: "an item in the tray: " + self.words())
        self.assertIsNone(self.mapped())
        self.assertEqual(self.home.start(program=[WINDOW]).finish().code, 0)
        self.until_mapped()


class Toasts(Desktop):
    def shown(self):
        """The titles that mako shows."""
        text = self.ask("makoctl", "list")
        return [note["summary"]["data"] for group in json.loads(text)["data"] for note in group] if text else None

    def start_unseen(self):
        self.open()
        self.until_mapped()
        self.still_picture()
        self.look_away()

    def test_failure_is_told_once(self):
        self.server("mako", "--default-timeout=0")
        monitor = self.monitor()
        self.start_unseen()
        self.assertEqual(self.run_job("nightly", "echo disk full >&2; exit 3").finish().code, 3)
        failed = wait_until(lambda: [t for t in self.shown() if "nightly" in t and "failed" in t],
                            lambda: "the failure at mako: %r" % self.notified(monitor))
        self.assertEqual(len(failed), 1)
        self.photograph("mako-failure")
        # What comes after it shows that there is no second one.
        self.assertEqual(self.run_job("later", "true").finish().code, 0)
        wait_until(lambda: any("later succeeded" in t for t in self.shown()), "the next job at mako")
        self.assertEqual(sum("nightly" in t for t in self.shown()), 1, self.shown())
        self.assertEqual(sum("nightly failed" in t for t, _, _ in self.notified(monitor)), 1, self.notified(monitor))

    def start_progress(self, monitor):
        """A job at 42 %, and what ends it."""
        self.start_unseen()
        go = self.home.work / "go"
        job = self.run_job("upload", LONG % go)
        wait_until(lambda: ("upload", 42) in [n[:2] for n in self.notified(monitor)],
                   lambda: "the progress: %r" % self.notified(monitor))
        return job, go

    def photograph(self, name):
        subprocess.run(["grim", str(PICTURES / (name + ".png"))], env=self.home.env, check=True, timeout=LIMIT)

    def test_progress_at_mako(self):
        self.server("mako", "--default-timeout=0")
        job, go = self.start_progress(self.monitor())
        wait_until(lambda: self.shown() == ["upload"], lambda: "the progress at mako: %r" % self.shown())
        self.photograph("mako-progress")
        go.touch()
        self.assertEqual(job.finish().code, 0)
        wait_until(lambda: len(self.shown()) == 1 and "succeeded" in self.shown()[0],
                   lambda: "the end in the place of the progress: %r" % self.shown())

    def test_progress_at_swaync(self):
        if not shutil.which("swaync"):
            self.skipTest("swaync is not installed")
        self.server("swaync")
        monitor = self.monitor()
        job, go = self.start_progress(monitor)
        self.photograph("swaync-progress")
        go.touch()
        self.assertEqual(job.finish().code, 0)
        end = wait_until(lambda: [n for n in self.notified(monitor) if n[0].startswith("upload succeeded")],
                         lambda: "the end: %r" % self.notified(monitor))
        self.assertEqual(len(end), 1)
        self.assertIsNone(end[0][1], "the end still has a bar")
        self.assertNotEqual(end[0][2], 0, "the end does not take the place of what ran")
        # What runs is transient, which swaync shows and does not count.
        wait_until(lambda: self.ask("swaync-client", "--count").strip() == b"1", "the end at swaync")


def diff(one, other):
    return [i for i in range(0, min(len(one), len(other)), 3) if one[i:i + 3] != other[i:i + 3]]


if __name__ == "__main__":
    main()
