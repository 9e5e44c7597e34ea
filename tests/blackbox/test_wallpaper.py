"""The wallpaper pipeline through the program, on the bundled picture and on what is no picture."""

import json

from harness import SOURCE, HomeTest, main, of_type

EFFECTS = {"blur", "dim", "grayscale", "negate", "sepia", "vignette"}
SESSION = ("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "HYPRLAND_INSTANCE_SIGNATURE", "XDG_CURRENT_DESKTOP")


class Wallpaper(HomeTest):
    LONG = 40

    def paint(self, image, *more):
        return self.home.do("run", *more, "wallpaper", "image=%s" % image, deadline=self.LONG, without=SESSION)

    def test_bundled_picture(self):
        result = self.paint(SOURCE / "resources" / "pictures" / "dunes.jpg", "--json")
        self.assert_code(result, 0)
        events = result.lines
        self.assert_gapless(events)
        self.assert_whole_job(events)
        states = {e["step"]: e["data"] for e in of_type(events, "step.finished")}
        self.assertEqual({step: data["state"] for step, data in states.items()},
                         {"generate_colorscheme": "succeeded", "create_effects": "succeeded", "change_wallpaper": "skipped"})
        reason = states["change_wallpaper"]["error"]["message"]
        for setter in ("hyprpaper", "swww", "swaybg", "feh"):
            self.assertIn(setter, reason)
        told = [e["data"] for e in of_type(events, "step.progress") if e["step"] == "create_effects"]
        fractions = [data["fraction"] for data in told]
        self.assertEqual(fractions, sorted(fractions))
        self.assertGreaterEqual(len(set(fractions)), 4, fractions)
        self.assertLess(fractions[-1], 1)
        self.assertGreaterEqual(len(EFFECTS & {data.get("message") for data in told}), 3, told)

        folder = self.home.cache / "wallpaper"
        files = [p for p in folder.rglob("*") if p.is_file()]
        scheme = [p for p in files if p.suffix == ".json"]
        self.assertEqual(len(scheme), 1, files)
        self.assertTrue(json.loads(scheme[0].read_text()))
        for suffix in (".css", ".sh"):
            self.assertEqual(sum(p.suffix == suffix for p in files), 1, files)
        pictures = [p for p in files if any(effect in p.name for effect in EFFECTS)]
        self.assertEqual(len(pictures), 6, files)
        for picture in pictures:
            self.assertGreater(picture.stat().st_size, 1000, picture)
        shell = next(p for p in files if p.suffix == ".sh")
        self.assert_code(self.home.shell("set -eu; . '%s'" % shell), 0)

    def test_in_words(self):
        result = self.paint(SOURCE / "resources" / "pictures" / "dunes.jpg")
        self.assert_code(result, 0)
        self.assertEqual(result.out, b"")
        for title in ("colour scheme", "effects", "set wallpaper"):
            self.assertIn(title, result.words)
        self.assertIn("skipped", result.words)

    def test_what_is_no_picture(self):
        broken = self.home.write("broken.jpg", (SOURCE / "resources" / "pictures" / "dunes.jpg").read_bytes()[:5000])
        text = self.home.write("notes.jpg", "these are notes, not a picture\n" * 50)
        for path in (broken, text, str(self.home.work / "missing.jpg")):
            with self.subTest(path):
                result = self.paint(path)
                self.assert_code(result, 1)
                self.assertEqual(result.out, b"")
                said = [line for line in result.words.splitlines() if path in line]
                self.assertTrue(said, result)

    def test_image_is_required(self):
        result = self.home.do("run", "wallpaper")
        self.assert_code(result, 2)
        self.assertIn("image", result.words)


if __name__ == "__main__":
    main()
