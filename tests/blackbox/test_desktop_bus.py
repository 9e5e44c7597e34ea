"""The desktop's surfaces with no window: what a hub says on a session bus of the test's own, and what it is told."""

import re
import unittest

import desktop
import harness
from desktop import BusTest, Mock
from harness import wait_until

RETRIED = """
name = "nightly"
title = "nightly"

[[steps]]
id = "prepare"
command = ["sh", "-c", "echo ran >> prepared"]

[[steps]]
id = "upload"
command = ["sh", "-c", "test -e repaired || { echo the other side hung up >&2; exit 7; }"]
"""


class Notify(BusTest):
    def start_desktop(self):
        if "DBUS_SESSION_BUS_ADDRESS" not in self.home.env:
            self.home.env["DBUS_SESSION_BUS_ADDRESS"] = self.start_bus()
        self.shown = Mock(self, desktop.NOTIFICATIONS, "/org/freedesktop/Notifications", template="notification_daemon",
                          parameters={"capabilities": "body actions"})

    def notes(self):
        """(id replaced, title, body, actions) of each notification, in order."""
        return [(int(call[1]), str(call[3]), str(call[4]), [str(word) for word in call[5]]) for call in self.shown.calls("Notify")]

    def test_a_failing_job_is_told_once_and_retried_from_there(self):
        self.start_desktop()
        self.home.own_pipeline("nightly", RETRIED)
        self.home.start_hub("--notify")
        self.assert_code(self.home.do("run", "--", "true"), 0)
        failed = self.home.do("run", "--detach", "nightly").text.strip()
        self.assert_code(self.home.do("wait", failed), 1)
        replaced, title, body, actions = wait_until(self.notes, "the notification")[0]
        self.assertRegex(title, r"^nightly failed at upload")
        self.assertEqual(body, "the other side hung up")
        self.assertEqual(replaced, 0)
        self.assertIn("Retry from Here", actions)
        self.home.write("repaired", "")
        self.shown.emit("ActionInvoked", "us", 1, actions[actions.index("Retry from Here") - 1])
        self.home.do("wait", failed)
        wait_until(lambda: any(job["job"] == failed and job["state"] == "succeeded" for job in self.home.do("status", "--json").lines),
                   "the retry")
        self.assertEqual((self.home.work / "prepared").read_text(), "ran\n")
        # The next one marks that nothing else came between.
        self.home.do("run", "--title", "marker", "--", "false")
        wait_until(lambda: any(note[1].startswith("marker") for note in self.notes()), "the marker")
        self.assertEqual([note[1].split()[0] for note in self.notes()], ["nightly", "marker"])

    def test_nobody_shows_notifications(self):
        self.home.env["DBUS_SESSION_BUS_ADDRESS"] = self.start_bus()
        self.home.allowed_hub_lines.append("No notification service")
        self.home.start_hub("--notify")
        for title in ("one", "two"):
            self.home.do("run", "--title", title, "--", "false")
            wait_until(lambda: "No notification service runs" in self.home.hub_words(), lambda: "a sentence: " + self.home.hub_words())
        # One that comes later is told of the next.
        self.start_desktop()
        self.home.do("run", "--title", "three", "--", "false")
        self.assertRegex(wait_until(self.notes, "the notification")[-1][1], "^three failed")
        self.home.stop_hub()
        self.assertEqual(self.home.hub_words().count("No notification service runs"), 1)

    def test_a_window_tells_instead(self):
        """Two faces of one hub say nothing twice."""
        import dbus
        import dbus.bus
        self.start_desktop()
        self.home.start_hub("--notify")
        window = dbus.bus.BusConnection(self.home.env["DBUS_SESSION_BUS_ADDRESS"])
        self.addCleanup(window.close)
        fail = lambda title: self.home.do("run", "--title", title, "--", "false")
        fail("before")
        wait_until(lambda: len(self.notes()) == 1, "the notification of the hub")
        window.request_name("org.stepwire.Stepwire", dbus.bus.NAME_FLAG_DO_NOT_QUEUE)
        fail("within")
        for _ in range(5):
            fail("last")  # may be told by either when the window goes at that moment
        window.release_name("org.stepwire.Stepwire")
        wait_until(lambda: (fail("after"), any(note[1].startswith("after") for note in self.notes()))[1], "the hub to tell again")
        self.assertFalse([note for note in self.notes() if note[1].startswith("within")])

    def test_no_bus(self):
        self.home.env["DBUS_SESSION_BUS_ADDRESS"] = "disabled:"
        self.home.allowed_hub_lines.append("message bus")
        self.home.start_hub("--notify")
        self.home.do("run", "--", "false")
        self.assert_code(self.home.do("run", "--", "true"), 0)
        wait_until(lambda: "message bus" in self.home.hub_words(), "a sentence")
        self.home.stop_hub()
        said = [line for line in self.home.hub_words().splitlines() if "message bus" in line]
        self.assertEqual(len(said), 1, said)


LOGIND = "org.freedesktop.login1"
PORTAL = "org.freedesktop.portal."
PORTALS = "/org/freedesktop/portal/desktop"


class Suspend(BusTest):
    """Held back while a job runs, and only then."""

    def job(self):
        return self.home.do("run", "--detach", "--", "sh", "-c", "until test -e go; do sleep 0.05; done").text.strip()

    def start_logind(self):
        """One whose lock is the descriptor of a pipe: the other end sees it go."""
        self.home.env["DBUS_SESSION_BUS_ADDRESS"] = self.start_bus()
        self.home.env["DBUS_SYSTEM_BUS_ADDRESS"] = self.start_bus("system")
        self.logind = Mock(self, LOGIND, "/org/freedesktop/login1", LOGIND + ".Manager", system=True)
        self.logind.method(LOGIND + ".Manager", "Inhibit", "ssss", "h",
                           "import os; self.lock, end = os.pipe(); ret = dbus.types.UnixFd(end); os.close(end)")
        self.logind.method(LOGIND + ".Manager", "Held", "", "b",
                           "import select; ret = hasattr(self, 'lock') and not select.select([self.lock], [], [], 0)[0]")

    def held(self):
        return bool(self.logind.object.Held(dbus_interface=LOGIND + ".Manager"))

    def test_by_logind(self):
        self.start_logind()
        self.home.start_hub("--notify")
        job = self.job()
        wait_until(self.held, "a lock")
        self.assertEqual([[str(word) for word in call] for call in self.logind.calls("Inhibit")],
                         [["sleep", "Stepwire", "Jobs are running", "block"]])
        self.home.write("go", "")
        self.assert_code(self.home.do("wait", job), 0)
        wait_until(lambda: not self.held(), "the lock to be given back")

    def test_a_hub_that_dies_holds_nothing_back(self):
        self.start_logind()
        self.home.start_hub("--notify")
        self.job()
        wait_until(self.held, "a lock")
        self.home.kill_hub()
        wait_until(lambda: not self.held(), "the lock to be gone with its owner")


class Sandbox(BusTest):
    """Only the portals are asked there."""

    def test_portals(self):
        import dbus
        self.home.env["DBUS_SESSION_BUS_ADDRESS"] = self.start_bus()
        portal = Mock(self, PORTAL + "Desktop", PORTALS, PORTAL + "Notification")
        portal.control("AddProperties", PORTAL + "Notification", dbus.Dictionary({"version": dbus.UInt32(2)}, signature="sv"))
        portal.method(PORTAL + "Notification", "AddNotification", "sa{sv}", "", "")
        portal.method(PORTAL + "Notification", "RemoveNotification", "s", "", "")
        portal.method(PORTAL + "Background", "SetStatus", "a{sv}", "", "")
        request = PORTALS + "/request/1"
        portal.method(PORTAL + "Inhibit", "Inhibit", "sua{sv}", "o", "ret = dbus.ObjectPath('%s')" % request)
        portal.control("AddObject", request, PORTAL + "Request", dbus.Dictionary({}, signature="sv"),
                       dbus.Array([("Close", "", "", "")], signature="(ssss)"))
        closed = lambda: len(portal.bus.get_object(PORTAL + "Desktop", request, introspect=False).GetMethodCalls(
            "Close", dbus_interface=Mock.CONTROL))
        self.home.own_pipeline("nightly", RETRIED)
        self.home.start_hub("--notify", env={"SNAP": "/snap/stepwire/1"})
        failed = self.home.do("run", "--detach", "nightly").text.strip()
        self.assert_code(self.home.do("wait", failed), 1)
        key, note = wait_until(lambda: portal.calls("AddNotification"), "the notification")[0]
        self.assertRegex(note["title"], "^nightly failed at upload")
        self.assertEqual(note["body"], "the other side hung up")
        actions = {str(button["label"]): str(button["action"]) for button in note["buttons"]}
        # A job that is over at once may never have been seen to run.
        job = self.home.do("run", "--detach", "--", "sh", "-c", "until test -e go; do sleep 0.05; done").text.strip()
        wait_until(lambda: len(portal.calls("Inhibit")) == closed() + 1, "the machine to be kept awake")
        window, flags, options = portal.calls("Inhibit")[-1]
        self.assertEqual((str(window), int(flags), str(options["reason"])), ("", 4, "Jobs are running"))
        self.home.write("go", "")
        self.assert_code(self.home.do("wait", job), 0)
        wait_until(lambda: len(portal.calls("Inhibit")) == closed(), "the machine to be let go")
        self.home.write("repaired", "")
        portal.control("EmitSignal", PORTAL + "Notification", "ActionInvoked", "ssav",
                       dbus.Array([dbus.String(key), dbus.String(actions["Retry from Here"]), dbus.Array([], signature="v")], signature="v"))
        wait_until(lambda: any(job["job"] == failed and job["state"] == "succeeded" for job in self.home.do("status", "--json").lines),
                   "the retry")
        self.assertEqual((self.home.work / "prepared").read_text(), "ran\n")
        told = wait_until(lambda: portal.calls("SetStatus"), "the line of a background program")
        self.assertTrue(all(len(str(status["message"])) <= 96 for (status,) in told), told)


def setUpModule():
    missing = desktop.missing("dbus-daemon", "dbus-send")
    if missing:
        raise unittest.SkipTest("not here: " + ", ".join(missing))


if __name__ == "__main__":
    harness.main()
