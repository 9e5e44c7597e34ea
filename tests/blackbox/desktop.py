"""A desktop that is nobody else's: a display, a window manager, a session bus, a tray, and what shows notifications."""

import json
import os
import pathlib
import re
import select
import shutil
import signal

import harness
from harness import HomeTest, wait_until

DESKTOP = str(pathlib.Path(harness.BIN).parent / "stepwire-desktop")
TOOLS = ("Xvfb", "xdotool", "xprop", "xwininfo", "import", "openbox", "dbus-daemon", "dbus-monitor", "dbus-send", "dunst", "trayer")
NOTIFICATIONS = "org.freedesktop.Notifications"
BUS_RULES = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>%s</type><listen>%s</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>
"""


def missing_tools():
    return [name for name in TOOLS if not shutil.which(name)]


def missing(*programs):
    """What a test with mocks on a bus lacks."""
    absent = [name for name in programs if not shutil.which(name)]
    try:
        import dbus  # noqa: F401
        import dbusmock  # noqa: F401
    except ImportError as error:
        absent.append(str(error))
    return absent


class Mock:
    """A service on a bus of the test, made by python-dbusmock: what it was asked, and what it says."""

    CONTROL = "org.freedesktop.DBus.Mock"

    def __init__(self, test, name, path, interface=None, template=None, parameters=None, system=False):
        import dbus
        import dbus.bus
        self.interface = interface or name
        words = ["/usr/bin/python3", "-m", "dbusmock", "--system" if system else "--session"]
        words += ["--template", template, "-p", json.dumps(parameters or {})] if template else [name, path, self.interface]
        address = test.home.env["DBUS_SYSTEM_BUS_ADDRESS" if system else "DBUS_SESSION_BUS_ADDRESS"]
        self.piece = test.home.start(program=words)
        self.bus = dbus.bus.BusConnection(address)
        test.addCleanup(self.bus.close)
        wait_until(lambda: self.bus.name_has_owner(name) or self.piece.process.poll() is not None, "the mock of " + name)
        if self.piece.process.poll() is not None:
            raise AssertionError("the mock of %s: %r" % (name, self.piece.finish()))
        self.object = self.bus.get_object(name, path, introspect=False)

    def control(self, method, *arguments):
        return self.object.get_dbus_method(method, self.CONTROL)(*arguments)

    def method(self, interface, name, given, answered, code):
        """Gives the object a method; `code` is Python, and `ret` its answer."""
        self.control("AddMethod", interface, name, given, answered, code)

    def calls(self, method):
        """The arguments of each call of this method so far."""
        return [call[1] for call in self.control("GetMethodCalls", method)]

    def emit(self, signal, signature, *arguments):
        import dbus
        kinds = {"u": dbus.UInt32, "s": dbus.String}
        self.control("EmitSignal", self.interface, signal, signature,
                     dbus.Array([kinds[kind](value) for kind, value in zip(signature, arguments)], signature="v"))


class BusTest(HomeTest):
    """A home with a session bus, and who shows notifications on it."""

    def tool(self, *argv):
        return self.home.do(program=list(argv))

    def _read_line(self, start):
        """What a program writes as its first line to the descriptor that `start` gets."""
        reader, writer = os.pipe()
        try:
            start(writer)
        finally:
            os.close(writer)
        with os.fdopen(reader, "rb") as pipe:
            ready, _, _ = select.select([pipe], [], [], harness.LIMIT)
            if not ready:
                raise AssertionError("nothing came in time")
            return pipe.readline().decode().strip()

    def start_bus(self, kind="session"):
        """A bus of the test's own where nothing starts that the test did not start; gives its address."""
        (self.home.root / "run").chmod(0o700)
        address = "unix:path=%s/%s-bus" % (self.home.root / "run", kind)
        rules = self.home.root / (kind + "-bus.conf")
        rules.write_text(BUS_RULES % (kind, address))
        return self._read_line(lambda fd: self.home.start(
            program=["dbus-daemon", "--config-file=%s" % rules, "--nofork", "--nopidfile", "--print-address=%d" % fd], pass_fds=(fd,)))

    def settings(self, text):
        self.home.config.mkdir(parents=True, exist_ok=True)
        (self.home.config / "config.toml").write_text(text)

    def owns(self, name):
        return b"boolean true" in self.tool("dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus", "/",
                                            "org.freedesktop.DBus.NameHasOwner", "string:" + name).out


class DesktopTest(BusTest):
    """A home with a display and a window manager; bus, tray and notifications as a test wishes."""

    with_bus = True
    screen = "1400x900x24"

    def setUp(self):
        super().setUp()
        self.windows = []
        # Run before the home ends: what Qt or a library complains about is a fault of ours.
        self.addCleanup(self._check_words)
        self.allowed_words = ["No notification service runs"]  # where a test starts none
        self.home.env["QT_QPA_PLATFORM"] = "xcb"
        self.home.env["DBUS_SESSION_BUS_ADDRESS"] = "disabled:"
        self.home.env["DISPLAY"] = ":%d" % self._start_display()
        (self.home.root / "run").chmod(0o700)
        # Its themes are there, and it ends without one.
        manager = self.home.start(program=["openbox", "--sm-disable"], env={"XDG_DATA_DIRS": "/usr/local/share:/usr/share"})
        wait_until(lambda: b"_NET_ACTIVE_WINDOW" in self.tool("xprop", "-root", "_NET_SUPPORTED").out,
                   lambda: "the window manager, which said: %r (%s)" % (bytes(manager.err), manager.process.poll()))
        if self.with_bus:
            self.home.env["DBUS_SESSION_BUS_ADDRESS"] = self.start_bus()

    def _check_words(self):
        words = []
        for window in self.windows:
            for line in bytes(window.err).decode(errors="replace").splitlines():
                if not any(re.search(allowed, line) for allowed in self.allowed_words):
                    words.append("the desktop program said: " + line)
        if words:
            self.fail("\n".join(words[:20]))

    # -- what a desktop is made of

    def _start_display(self):
        # Without -noreset the end of the only client throws out one that is just coming.
        return int(self._read_line(lambda fd: self.home.start(
            program=["Xvfb", "-displayfd", str(fd), "-screen", "0", self.screen, "-nolisten", "tcp", "-ac",
                     "-noreset"], pass_fds=(fd,))))

    def start_tray(self):
        self.home.start(program=["trayer", "--edge", "top", "--align", "right", "--SetDockType", "true", "--expand", "true",
                                 "--widthtype", "request", "--height", "32"])
        wait_until(lambda: self.tray_windows(), "the tray")

    def tray_windows(self):
        return self.tool("xdotool", "search", "--class", "trayer").text.split()

    def tray_icons(self):
        """The windows of programs that the tray has taken in."""
        return [line.strip() for line in self.tool("xwininfo", "-root", "-tree").text.splitlines()
                if "stepwire-desktop" in line and re.search(r"\b(2[0-9]|3[0-2])x(2[0-9]|3[0-2])\+", line)]

    def start_notifications(self):
        """What shows notifications, and somebody who listens."""
        self.home.start(program=["dunst"])
        wait_until(lambda: self.owns(NOTIFICATIONS), "what shows notifications")
        self.monitor = self.home.start(program=["dbus-monitor", "--session", "interface='%s'" % NOTIFICATIONS])

        def heard():
            self.tool("dbus-send", "--session", "--print-reply", "--dest=" + NOTIFICATIONS, "/org/freedesktop/Notifications",
                      NOTIFICATIONS + ".GetServerInformation")
            return b"GetServerInformation" in self.monitor.out
        wait_until(heard, "the one who listens to the bus")

    def notifications(self):
        """(title, body, id that is replaced) of each that was shown, in order."""
        text = bytes(self.monitor.out).decode(errors="replace")
        found = []
        for block in re.split(r"^(?=\S)", text, flags=re.M):
            if not re.match(r"method call .* member=Notify$", block, flags=re.M):
                continue
            top = re.findall(r'^   (?:string "(.*?)"|uint32 (\d+))$', block, flags=re.M | re.S)
            if len(top) < 5:  # not all of it has been written yet
                continue
            found.append((top[3][0], top[4][0], int(top[1][1])))
        return found

    # -- the program

    def open(self, *args, shown=True, **more):
        window = self.home.start(*args, program=[DESKTOP], **more)
        self.windows.append(window)
        if shown:
            window.id = self.find("^Stepwire$", window)
        return window

    def visible(self, title):
        ids = self.tool("xdotool", "search", "--onlyvisible", "--name", title).text.split()
        return ids[0] if ids else None

    def find(self, title, window=None):
        found = wait_until(lambda: self.visible(title) or (window and window.process.poll() is not None),
                           lambda: "a window called %s; said: %s" % (title, bytes(window.err).decode() if window else ""))
        if found is True:
            raise AssertionError("the program ended: %r" % window.finish())
        return found

    def activate(self, window):
        self.assert_code(self.tool("xdotool", "windowactivate", "--sync", window), 0)

    def active(self):
        return self.tool("xdotool", "getactivewindow").text.strip()

    def press(self, *keys):
        self.assert_code(self.tool("xdotool", "key", "--clearmodifiers", *keys), 0)

    def screenshot(self, name, window="root"):
        folder = pathlib.Path(harness.BUILD or self.home.root) / "screenshots"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / (name + ".png")
        self.assert_code(self.tool("import", "-window", window, str(path)), 0)
        self.assertGreater(path.stat().st_size, 1000)
        return path

    def quit(self, window):
        """SIGTERM, and a good end."""
        window.signal(signal.SIGTERM)
        self.assert_code(window.finish(), 0)

    # -- jobs

    def jobs(self):
        """What `stepwire status` knows; None without a hub."""
        status = self.home.do("status", "--json")
        return status.lines if status.code == 0 else None

    def state(self, job):
        return next((each["state"] for each in self.jobs() or [] if each["job"] == job), None)

    def detach(self, *args):
        started = self.home.do("run", "--detach", *args)
        self.assert_code(started, 0)
        return started.text.strip()

    def until_hosted(self, window):
        wait_until(lambda: self.home.hub_pid() == window.pid and self.home._answers(), "a hub within the window's program")

    def waiting_job(self, name="go", *args):
        """A job that runs until `name` is written."""
        job = self.detach("--title", "waits", *args, "--", "sh", "-c", "until test -e %s; do sleep 0.05; done" % name)
        wait_until(lambda: self.state(job) == "running", "the job to run")
        return job
