"""Another hub in stepwire-desktop's window: added in the settings by keyboard, its job beside ours, and what is seen when it is lost."""

import unittest

import accessible
import desktop
import harness
from harness import wait_until
from test_desktop_a11y import ROWS, A11yTest


class Hosts(A11yTest):
    def other_hub(self):
        other = harness.Home()
        self.addCleanup(other.end)
        other.start_hub()
        return other

    def type(self, text):
        self.assert_code(self.tool("xdotool", "type", "--clearmodifiers", text), 0)

    def add_host(self, window, app, name, target):
        self.activate(window.id)
        self.press("ctrl+comma")
        self.activate(self.find("^Settings", window))
        self.press("alt+r")
        self.until_there(app, "tree", "Hosts and servers")
        self.assert_named(app, "the page of the hosts")
        self.press("alt+a")
        self.activate(self.find("^Add a host", window))
        address = self.until_there(app, "text", "Address")
        wait_until(lambda: "focused" in address.states, "the address to have the keyboard")
        self.type(target)
        self.press("alt+n")
        self.type(name)
        self.assert_named(app, "the form of a host")
        self.screenshot("hosts-form")
        self.press("Return")

    def test_another_hub_is_added_and_lost(self):
        other = self.other_hub()
        started = other.do("run", "--detach", "--title", "far away", "--", "sh", "-c", "until test -e go; do sleep 0.05; done")
        self.assert_code(started, 0)
        window = self.open()
        self.until_hosted(window)
        own = self.waiting_job()
        app = self.reader()
        self.add_host(window, app, "nas", other.socket)
        row = self.until_there(app, ROWS, "nas, %s, connected" % other.socket)
        self.assertTrue(row)
        self.screenshot("hosts-page")
        self.press("Escape")
        wait_until(lambda: not app.find("dialog", "Settings"), "the settings to close")
        far = self.until_there(app, ROWS, "far away on nas")
        self.until_there(app, "label", "● nas")
        self.assertNotIn("last seen", far.name)
        job = next(each["job"] for each in self.jobs() if each["title"] == "far away")
        self.assert_code(self.home.do("--job", job, program=[desktop.DESKTOP]), 0)
        cancel = self.until_there(app, "push button", "Cancel")
        wait_until(lambda: "sensitive" in cancel.states, "it can be cancelled")

        other.kill_hub()
        wait_until(lambda: "last seen" in self.until_there(app, ROWS, "far away").name,
                   lambda: "the job to be greyed:\n" + app.printed())
        self.until_there(app, "label", "◌ nas, last seen")
        wait_until(lambda: not app.find("push button", "Cancel") or "sensitive" not in app.find("push button", "Cancel").states,
                   "it cannot be cancelled now")
        self.screenshot("hosts-lost", window.id)
        self.assertNotIn("last seen", self.until_there(app, ROWS, "waits").name)

        other.start_hub()
        self.until_there(app, "label", "● nas")
        wait_until(lambda: "last seen" not in self.until_there(app, ROWS, "far away").name, "the job to be known again")
        self.home.write("go", "")
        self.assert_code(self.home.do("wait", own), 0)
        self.quit(window)


def setUpModule():
    missing = desktop.missing_tools() + accessible.missing()
    if missing:
        raise unittest.SkipTest("not here: " + ", ".join(missing))


if __name__ == "__main__":
    harness.main()
