"""The installed program finds its pipelines and its guard in its own prefix."""

import os
import pathlib
import subprocess

from harness import BUILD, LIMIT, HomeTest, main, of_type


class Install(HomeTest):
    def setUp(self):
        super().setUp()
        self.prefix = self.home.root / "prefix"
        done = subprocess.run(["cmake", "--install", BUILD, "--prefix", str(self.prefix)], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT * 4)
        self.assertEqual(done.returncode, 0, done.stdout.decode())
        self.home.bin = str(self.prefix / "bin" / "stepwire")
        self.home.env["PATH"] = "/usr/local/bin:/usr/bin:/bin"

    def test_runs_from_its_prefix(self):
        listed = self.home.do("pipelines", "--json").lines
        self.assertEqual({p["pipeline"] for p in listed}, {"assistant", "echo", "hello", "sound", "wallpaper"})
        for pipeline in listed:
            self.assertTrue(pathlib.Path(pipeline["file"]).is_relative_to(self.prefix), pipeline["file"])
        result = self.home.do("run", "--json", "hello", "name=prefix")
        self.assert_code(result, 0)
        self.assertIn("hello, prefix\n", "".join(e["data"]["text"] for e in of_type(result.lines, "step.output")))
        guards = [os.readlink("/proc/%d/exe" % pid) for pid in self.home.guards()]
        self.assertEqual(len(guards), 1)
        self.assertTrue(guards[0].startswith(str(self.prefix)), guards)

    def test_moved_prefix_still_works(self):
        moved = self.home.root / "moved"
        self.prefix.rename(moved)
        self.home.bin = str(moved / "bin" / "stepwire")
        self.assert_code(self.home.do("doctor"), 0)
        self.assert_code(self.home.do("run", "--", "true"), 0)
        self.assertIn("hello", self.home.do("pipelines").text)

    def test_nothing_but_what_is_needed(self):
        files = {str(p.relative_to(self.prefix)) for p in self.prefix.rglob("*") if p.is_file()}
        self.assertIn("bin/stepwire", files)
        self.assertTrue(any(f.endswith("/stepwire/sw-guard") for f in files), files)
        for name in ("hello.toml", "hello/count.sh", "wallpaper.toml", "wallpaper/set.sh"):
            self.assertIn("share/stepwire/pipelines/" + name, files)
        for foreign in (f for f in files if f.endswith((".a", ".h", ".hpp", ".cmake", ".pc"))):
            self.fail("installed by somebody else: " + foreign)
        self.assertNotIn(str(pathlib.Path(BUILD).resolve()).encode(),
                         subprocess.run(["readelf", "-d", self.home.bin], stdout=subprocess.PIPE, check=True).stdout)


if __name__ == "__main__":
    main()
