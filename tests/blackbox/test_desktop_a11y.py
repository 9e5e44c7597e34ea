"""stepwire-desktop as a screen reader and a keyboard have it, over at-spi2-core's bus; and pictures of what it looks like."""

import re
import unittest

import accessible
import desktop
import harness
from desktop import DesktopTest
from harness import wait_until

NIGHTLY = r"""
title = "nightly backup"
description = "the work of a night, to look at"

[parameters.target]
type = "string"
default = "nas"
help = "where it goes"

[parameters.depth]
type = "choice"
choices = ["quick", "full"]
default = "full"

[[steps]]
id = "snapshot"
command = ["sh", "-c", "echo reading; printf '\\033[32mall files\\033[0m are there\\n'"]

[[steps]]
id = "upload"
command = ["sh", "-c", '''
echo '{"progress":0.63,"message":"41 of 66 GiB"}'
i=0; while [ $i -lt 30 ]; do i=$((i+1)); printf '\033[34m[%s]\033[0m sent /srv/photos/2024/%s.jpg\n' $i $i; done
until test -e go; do sleep 0.05; done''']
needs = ["snapshot"]

[[steps]]
id = "verify"
command = ["sh", "-c", "echo '{\"progress\":0.2}'; until test -e go; do sleep 0.05; done"]
needs = ["snapshot"]

[[steps]]
id = "check"
command = ["true"]
needs = ["upload", "verify"]
"""
ROWS = ("tree item", "table cell")


class A11yTest(DesktopTest):
    def setUp(self):
        super().setUp()
        self.home.env["QT_LINUX_ACCESSIBILITY_ALWAYS_ON"] = "1"
        self.bus, launcher = accessible.start(self.home)
        self.addCleanup(launcher.process.wait)
        self.addCleanup(accessible.stop, self.bus)

    def reader(self):
        return accessible.program(self.bus)

    def nightly(self):
        """A job that runs until `go` is written, 63 % into its second step."""
        self.home.own_pipeline("nightly", NIGHTLY)
        job = self.detach("nightly")
        wait_until(lambda: any(each["job"] == job and len([s for s in each["steps"] if s["state"] == "running"]) == 2
                               for each in self.jobs()), lambda: "two steps to run: %s" % self.jobs())
        return job

    def until_there(self, app, role, name):
        return wait_until(lambda: app.find(role, name), lambda: "%s %r; there is:\n%s" % (role, name, app.printed()))

    def assert_named(self, app, where):
        self.assertEqual(app.nameless(), [], "%s: controls without a name; there is:\n%s" % (where, app.printed()))


class Reader(A11yTest):
    def test_the_first_page_offers_its_main_button(self):
        window = self.open()
        self.until_hosted(window)
        app = self.reader()
        self.activate(window.id)
        sample = self.until_there(app, "push button", "Run the Sample")
        wait_until(lambda: "focused" in sample.states, lambda: "the focus on it:\n" + app.printed())
        self.assert_named(app, "the first page")
        self.press("space")
        job = wait_until(lambda: self.jobs(), "the sample to be started")[0]["job"]
        self.assert_code(self.home.do("wait", job), 0)
        self.quit(window)

    def test_jobs_steps_and_output_are_read(self):
        window = self.open()
        self.until_hosted(window)
        job = self.nightly()
        app = self.reader()
        row = self.until_there(app, ROWS, "nightly backup")
        self.assertRegex(row.name, r"running")
        wait_until(lambda: re.search(r"\d+ %", row.name), lambda: "a percentage in %r" % row.name)
        self.assert_code(self.home.do("--job", job, program=[desktop.DESKTOP]), 0)
        step = self.until_there(app, ROWS, "upload, running")
        self.assertRegex(step.name, r"63 %")
        bar = self.until_there(app, "progress bar", "Progress of the job")
        self.assertGreater(float(bar.get("Value", "CurrentValue")), 10)
        self.assertTrue(self.until_there(app, "label", "nightly backup"))
        self.assert_named(app, "steps")

        self.activate(window.id)
        self.press("alt+2")
        timeline = self.until_there(app, ("list", "list box"), "Timeline")
        self.assertEqual(len(timeline.children), 4)
        self.assertRegex(timeline.children[1].name, r"^upload, running, started after")
        self.assert_named(app, "timeline")

        self.press("alt+3")
        output = self.until_there(app, ("terminal", "text"), "Output of nightly")
        wait_until(lambda: "sent /srv/photos/2024/30.jpg" in output.text, lambda: "the output, but it is %r" % output.text)
        text = output.text
        self.assertEqual(int(output.get("Text", "CharacterCount")), len(text))
        at = text.index("are there")
        line, start, end = output.call("Text", "GetTextAtOffset", "iu", at, 5)  # a whole line
        self.assertEqual(str(line), "all files are there\n")
        self.assertEqual(text[int(start):int(end)], str(line))
        word = str(output.call("Text", "GetTextAtOffset", "iu", at + 5, 1)[0])
        self.assertEqual(word.strip(), "there")
        self.assertTrue(output.call("Text", "SetSelection", "iii", 0, at, at + 9)
                        or output.call("Text", "AddSelection", "ii", at, at + 9))
        self.assertEqual([int(each) for each in output.call("Text", "GetSelection", "i", 0)], [at, at + 9])
        self.press("ctrl+f")
        self.until_there(app, "text", "Search in the output")
        self.assert_named(app, "output")
        self.press("Escape", "alt+4")
        self.until_there(app, "label", "full")
        self.assert_named(app, "details")
        self.home.write("go", "")
        self.assert_code(self.home.do("wait", job), 0)
        self.quit(window)

    def test_actions_work(self):
        window = self.open()
        self.until_hosted(window)
        job = self.nightly()
        app = self.reader()
        self.assert_code(self.home.do("--job", job, program=[desktop.DESKTOP]), 0)
        cancel = self.until_there(app, "push button", "Cancel")
        wait_until(lambda: "sensitive" in cancel.states, "the button to be of use")
        self.assertTrue(cancel.actions())
        self.assertTrue(cancel.do(0))
        wait_until(lambda: self.state(job) == "cancelled", "the job to be cancelled")
        # What is left of it, and of a job that failed.
        self.home.do("run", "--title", "broken", "--", "sh", "-c", "echo the disk is full >&2; exit 3")
        self.assertRegex(self.until_there(app, ROWS, "broken").name, r"failed: the disk is full")
        self.assert_named(app, "after the end")
        tab = self.until_there(app, "page tab", "Output")
        self.assertTrue(tab.do(0))
        self.until_there(app, ("terminal", "text"), "Output of nightly")
        self.quit(window)

    def test_the_keyboard_gets_everywhere(self):
        window = self.open()
        self.until_hosted(window)
        job = self.nightly()
        app = self.reader()
        self.assert_code(self.home.do("--job", job, program=[desktop.DESKTOP]), 0)
        self.until_there(app, ROWS, "upload, running")
        self.activate(window.id)
        self.press("alt+0")
        reached = set()
        wanted = {"Search jobs", "nightly backup", "Cancel", "Pause", "upload"}

        def all_reached():
            self.press("Tab")
            # A tab says that it has the focus whenever it is the one that is shown.
            reached.update(name for _, _, role, name, states in app.walk() if "focused" in states and "tab" not in role)
            if any(name.startswith("snapshot") for name in reached):
                self.press("Down")
            return all(any(name.startswith(each) for name in reached) for each in wanted)
        wait_until(all_reached, lambda: "all of %s, but there was only %s" % (wanted, reached))
        self.press("alt+3")
        wait_until(lambda: "focused" in self.until_there(app, ("terminal", "text"), "Output of nightly").states, "the output to have it")
        self.press("alt+0", "ctrl+period")
        wait_until(lambda: self.state(job) == "cancelled", "the job to be cancelled")
        self.quit(window)

    def test_from_right_to_left_the_list_is_at_the_right(self):
        self.home.start_hub()
        job = self.nightly()
        for args in ((), ("-reverse",)):
            window = self.open("--job", job, *args)
            app = self.reader()
            self.until_there(app, ROWS, "upload, running")
            left, _, width, _ = app.find("tree", "Jobs").box()
            step, _, steps, _ = app.find("tree", "Steps").box()
            self.assertGreater(min(width, steps), 100)
            if args:
                self.assertGreaterEqual(left, step + steps)
            else:
                self.assertGreaterEqual(step, left + width)
            self.quit(window)

    def test_menus_and_dialogs(self):
        self.home.own_pipeline("nightly", NIGHTLY)
        window = self.open()
        self.until_hosted(window)
        app = self.reader()
        self.activate(window.id)
        seen = []
        for key in ("alt+r", "alt+j", "alt+v", "alt+h"):
            self.press(key)
            menu = wait_until(lambda: app.find(("popup menu", "menu"), ""), lambda: "a menu for %s:\n%s" % (key, app.printed()))
            entries = [each for each in menu.children if each.role != "separator"]
            self.assertTrue(entries, app.printed())
            self.assertTrue(all(each.name.strip() for each in entries), app.printed())
            seen += [each.name for each in entries]
            self.press("Escape", "Escape")
            wait_until(lambda: not app.find(("popup menu", "menu"), ""), "the menu to close")
        for wanted in ("Run…", "Settings…", "Quit", "Cancel", "Search Jobs", "About Stepwire"):
            self.assertTrue(any(wanted in each for each in seen), seen)

        self.press("ctrl+n")
        self.until_there(app, "dialog", "Run")
        self.activate(self.find("^Run", window))
        entry = self.until_there(app, "list item", "nightly")
        self.assertTrue(entry.name)
        self.press("Down", "Down", "Home")
        wait_until(lambda: app.find("text", "Target") or self.press("Down"), lambda: "the form:\n" + app.printed())
        self.assertIn("where it goes", app.find("text", "Target").description)
        self.assert_named(app, "the run form")
        self.assertTrue(app.find("check box", "More options").do(0))
        self.until_there(app, "text", "Title of the job")
        self.assert_named(app, "more options")
        self.press("Escape")
        wait_until(lambda: not app.find("dialog", "Run"), "the form to close")

        self.activate(window.id)
        self.press("ctrl+comma")
        self.until_there(app, "dialog", "Settings")
        for page in ("General", "Notifications", "Network", "Other hosts", "History"):
            tab = self.until_there(app, "page tab", page)
            self.assertTrue(tab.do(0))
            wait_until(lambda: {"selected", "focused"} & tab.states, page)
            self.assert_named(app, page)
        self.quit(window)


class Looks(DesktopTest):
    """Not what is right, but what is looked at: each main state in each look, as a picture in the build folder."""

    screen = "2400x1560x24"

    def look(self, name, theme, args=(), **env):
        self.home.config.mkdir(parents=True, exist_ok=True)
        (self.home.config / "config.toml").write_text("[window]\ntheme = \"%s\"\n" % theme)
        window = self.open(*args, env=env)
        self.activate(window.id)

        def picture(state, of="root"):
            self.settle()
            self.screenshot("look-%s-%s" % (name, state), of)
        return window, picture

    def settle(self):
        """Until two pictures are the same, as far as anything that moves lets them be."""
        before = b""
        for _ in range(3):
            now = self.tool("import", "-window", "root", "-resize", "25%", "rgb:-").out
            if now == before:
                return
            before = now

    LOOKS = {"light": ("light", (), {}), "dark": ("dark", (), {}), "double": ("light", (), {"QT_SCALE_FACTOR": "2"}),
             "rtl": ("light", ("-reverse",), {})}

    def test_every_main_state(self):
        self.start_tray()
        self.home.start_hub()
        for name, (theme, args, env) in self.LOOKS.items():
            window, picture = self.look(name, theme, args, **env)
            picture("empty", window.id)
            self.quit(window)
        self.home.own_pipeline("nightly", NIGHTLY)
        self.assert_code(self.home.do("run", "hello"), 0)
        broken = self.detach("--title", "photo import", "--", "sh", "-c",
                             "for i in 1 2 3 4; do echo copying $i; done; echo cannot write: the disk is full >&2; exit 3")
        self.home.do("wait", broken)
        job = self.detach("nightly")
        waits = [self.detach("--group", "one", "--title", title, "--", "sh", "-c", "until test -e go; do sleep 0.05; done")
                 for title in ("cargo build", "wallpaper", "render the long film of last summer in full length")]
        wait_until(lambda: self.state(waits[0]) == "running", "the queue")
        for name, (theme, args, env) in self.LOOKS.items():
            window, picture = self.look(name, theme, ("--job", job, *args), **env)
            self.activate(window.id)
            for key, state in (("alt+1", "running"), ("alt+2", "timeline"), ("alt+3", "output"), ("alt+4", "details")):
                self.press(key)
                picture(state, window.id)
            self.press("alt+1")
            for chosen, state in ((broken, "failed"), (waits[2], "queue")):
                self.assert_code(self.home.do("--job", chosen, program=[desktop.DESKTOP]), 0)
                picture(state, window.id)
            self.press("alt+j")
            picture("menu")
            self.press("Escape", "Escape", "ctrl+n")
            dialog = self.find("^Run", window)
            self.activate(dialog)
            picture("run", dialog)
            self.press("Down", "End")
            picture("run-command", dialog)
            self.press("Escape")
            self.activate(window.id)
            self.press("ctrl+comma")
            dialog = self.find("^Settings", window)
            self.activate(dialog)
            for key in ("alt+g", "alt+o", "alt+n", "alt+r", "alt+h"):
                self.press(key)
                picture("settings-" + key[-1], dialog)
            self.press("Escape")
            if not env:  # a tray of this kind knows nothing of scales
                icon = wait_until(self.tray_icons, "an icon in the tray")[0].split()[0]
                self.assert_code(self.tool("xdotool", "mousemove", "--window", icon, "8", "8", "click", "3"), 0)
                picture("tray")
                self.press("Escape")
            self.quit(window)
        self.home.write("go", "")


def setUpModule():
    missing = desktop.missing_tools() + accessible.missing()
    if missing:
        raise unittest.SkipTest("not here: " + ", ".join(missing))


if __name__ == "__main__":
    harness.main()
