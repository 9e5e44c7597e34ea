"""What desktops read of an installed Stepwire: every file in its place, valid, and all of one id."""

import configparser
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

from harness import BUILD, LIMIT, main

ID = "org.stepwire.Stepwire"
SVG = "{http://www.w3.org/2000/svg}"
DESKTOP_FILES = ("share/applications/%s.desktop", "share/metainfo/%s.metainfo.xml",
                 "share/dbus-1/services/%s.service", "share/icons/hicolor/scalable/apps/%s.svg",
                 "share/icons/hicolor/symbolic/apps/%s-symbolic.svg")


def read_keys(path):
    parser = configparser.ConfigParser(interpolation=None, delimiters="=", strict=True)
    parser.optionxform = str
    parser.read(path, encoding="utf-8")
    return parser


class DesktopFiles(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = pathlib.Path(tempfile.mkdtemp(prefix="sw-desktop-"))
        cls.addClassCleanup(shutil.rmtree, cls.root)
        cls.prefix = cls.root / "prefix"
        done = subprocess.run(["cmake", "--install", BUILD, "--component", "desktop", "--prefix", str(cls.prefix)],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=LIMIT * 4)
        if done.returncode != 0:
            raise RuntimeError(done.stdout.decode())
        cls.files = {str(p.relative_to(cls.prefix)) for p in cls.prefix.rglob("*") if p.is_file()}
        cls.bindir = cls.prefix / "bin"

    def file(self, pattern):
        name = pattern % ID
        # The window is not built where Qt's widgets are missing.
        if self.files == {"lib/systemd/user/stepwire.service"}:
            self.skipTest("built without the window")
        self.assertIn(name, self.files)
        return self.prefix / name

    def tool(self, *words):
        if not shutil.which(words[0]):
            self.skipTest(words[0] + " is not installed")
        done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=LIMIT, env={**os.environ, "LANG": "C.UTF-8"})
        self.assertEqual(done.returncode, 0, done.stdout.decode())
        return done.stdout.decode()

    def test_everything_is_in_its_place(self):
        for pattern in DESKTOP_FILES:
            self.file(pattern)
        expected = {pattern % ID for pattern in DESKTOP_FILES} | {"lib/systemd/user/stepwire.service"}
        self.assertEqual(self.files, expected)
        for name in self.files:
            self.assertEqual((self.prefix / name).stat().st_mode & 0o777, 0o644, name)

    def test_desktop_entry(self):
        path = self.file(DESKTOP_FILES[0])
        self.assertEqual(self.tool("desktop-file-validate", str(path)).strip(), "")
        keys = read_keys(path)
        entry = keys["Desktop Entry"]
        self.assertEqual(entry["Icon"], ID)
        self.assertEqual(entry["DBusActivatable"], "true")
        self.assertEqual(entry["Exec"].split()[0], "stepwire-desktop")
        actions = entry["Actions"].strip(";").split(";")
        self.assertEqual(actions, ["run", "pause-queue"])
        names = [keys["Desktop Action " + action] for action in actions]
        self.assertEqual(set(keys.sections()), {"Desktop Entry"} | {section.name for section in names})
        for language in ("de", "fr", "es", "zh_CN", "ja"):
            for key in ("GenericName", "Comment", "Keywords"):
                self.assertIn("%s[%s]" % (key, language), entry)
            for action in names:
                self.assertIn("Name[%s]" % language, action)

    def test_metainfo(self):
        path = self.file(DESKTOP_FILES[1])
        self.tool("appstreamcli", "validate", "--no-net", str(path))
        root = ElementTree.parse(path).getroot()
        self.assertEqual(root.findtext("id"), ID)
        self.assertEqual(root.findtext("launchable"), ID + ".desktop")
        self.assertEqual({e.text for e in root.iter("binary")}, {"stepwire", "stepwire-desktop"})
        built = re.search(r"^CMAKE_PROJECT_VERSION:\w+=(.*)$", (pathlib.Path(BUILD) / "CMakeCache.txt").read_text(), re.M)
        self.assertEqual(root.find("releases/release").get("version"), built[1])

    def test_bus_service(self):
        service = read_keys(self.file(DESKTOP_FILES[2]))["D-BUS Service"]
        self.assertEqual(service["Name"], ID)
        self.assertEqual(service["Exec"], "%s/stepwire-desktop --dbus-activated" % self.bindir)

    def test_unit(self):
        path = self.prefix / "lib/systemd/user/stepwire.service"
        unit = read_keys(path)
        self.assertEqual(unit["Service"]["Type"], "notify")
        self.assertEqual(unit["Service"]["ExecStart"], "%s/stepwire --no-gui" % self.bindir)
        self.assertEqual(unit["Install"]["WantedBy"], "default.target")

    def test_icons(self):
        for pattern in DESKTOP_FILES[3:]:
            root = ElementTree.parse(self.file(pattern)).getroot()
            self.assertEqual(root.tag, SVG + "svg")
            self.assertEqual(root.get("width"), root.get("height"))
            self.assertEqual(root.get("viewBox"), "0 0 %s %s" % (root.get("width"), root.get("height")))
            # What is drawn comes from the file alone.
            for element in root.iter():
                for name, value in element.attrib.items():
                    self.assertFalse(name.endswith("href"), value)

    def test_staged_installation_names_no_stage(self):
        stage = self.root / "stage"
        subprocess.run(["cmake", "--install", BUILD, "--component", "desktop", "--prefix", "/opt/stepwire"], check=True,
                       stdout=subprocess.DEVNULL, timeout=LIMIT * 4, env={**os.environ, "DESTDIR": str(stage)})
        unit = (stage / "opt/stepwire/lib/systemd/user/stepwire.service").read_text()
        self.assertIn("ExecStart=/opt/stepwire/bin/stepwire --no-gui\n", unit)
        self.assertNotIn(str(stage), unit)


if __name__ == "__main__":
    main()
