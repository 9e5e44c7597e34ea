#!/usr/bin/env python3
"""The scripts of the wallpaper pipeline, run as its steps run them.

Needs ImageMagick. What sets a wallpaper is replaced by small scripts which note how
they were called; the programs of the machine are out of sight of set.sh.
"""

import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
import unittest
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
RESOURCES = os.path.normpath(os.path.join(HERE, "..", "..", "resources"))
SCRIPTS = os.path.join(RESOURCES, "pipelines", "wallpaper")
SAMPLE = os.path.join(RESOURCES, "pictures", "dunes.jpg")
VARIANTS = ["blur", "dim", "grayscale", "negate", "sepia", "vignette"]
BACKENDS = ["hyprpaper", "swww", "swaybg", "plasma", "gnome", "xfce", "feh"]


def find_imagemagick():
    for name in ("magick", "convert-im6.q16", "/usr/bin/convert", "convert"):
        path = shutil.which(name)
        if path:
            said = subprocess.run([path, "-version"], stdin=subprocess.DEVNULL, capture_output=True)
            if said.stdout.startswith(b"Version: ImageMagick"):
                return path
    raise RuntimeError("these tests need ImageMagick (package imagemagick)")


IM = find_imagemagick()


def im(*arguments):
    return subprocess.run([IM, *arguments], check=True, stdin=subprocess.DEVNULL, capture_output=True).stdout


def pixels(path, size):
    """The picture shrunk to size (width, height), as rows of (r, g, b)."""
    width, height = size
    raw = im(path, "-colorspace", "sRGB", "-scale", "%dx%d!" % size, "-depth", "8", "rgb:-")
    assert len(raw) == width * height * 3
    flat = [tuple(raw[i:i + 3]) for i in range(0, len(raw), 3)]
    return [flat[y * width:(y + 1) * width] for y in range(height)]


def size_of(path):
    return tuple(int(n) for n in im("-ping", path, "-format", "%w %h", "info:").split())


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, data):
    """A PNG of that size by its header, with this as its compressed data."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


def with_segments(jpeg, *segments):
    """The JPEG with these (marker, data) segments at its start."""
    return jpeg[:2] + b"".join(struct.pack(">HH", m, len(d) + 2) + d for m, d in segments) + jpeg[2:]


def luminance(colour):
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def running(pid):
    try:
        with open("/proc/%d/stat" % pid) as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


class Case(unittest.TestCase):
    def setUp(self):
        self.dir = os.path.realpath(tempfile.mkdtemp(prefix="sw"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        for name in ("cache", "tmp", "home", "bin", "pictures", "run"):
            os.mkdir(os.path.join(self.dir, name))
        self.out = os.path.join(self.dir, "cache", "stepwire", "wallpaper")
        self.environment = {
            "PATH": os.path.join(self.dir, "bin") + ":" + os.environ.get("PATH", "/usr/bin:/bin"),
            "HOME": os.path.join(self.dir, "home"),
            "TMPDIR": os.path.join(self.dir, "tmp"),
            "XDG_CACHE_HOME": os.path.join(self.dir, "cache"),
        }

    def path(self, name):
        return os.path.join(self.dir, "pictures", name)

    def write(self, name, data):
        path = self.path(name)
        with open(path, "wb") as file:
            file.write(data)
        return path

    def picture(self, name, *arguments):
        path = self.path(name)
        im(*arguments, path)
        return path

    def program(self, name, body):
        path = os.path.join(self.dir, "bin", name)
        with open(path, "w") as file:
            file.write("#!/bin/sh\n" + body)
        os.chmod(path, 0o755)

    def run_script(self, script, *arguments, scripts=SCRIPTS, **more):
        return subprocess.run(
            ["sh", os.path.join(scripts, script), *arguments], stdin=subprocess.DEVNULL,
            capture_output=True, env=self.environment, timeout=60, **more)

    def progress_of(self, ran):
        """The progress lines; each of the others is kept in self.lines."""
        found, self.lines = [], []
        for line in ran.stdout.decode().splitlines():
            if line.startswith("{"):
                entry = json.loads(line)
                self.assertEqual(set(entry), {"progress", "message"})
                found.append((entry["progress"], entry["message"]))
            else:
                self.lines.append(line)
        fractions = [fraction for fraction, _ in found]
        self.assertEqual(fractions, sorted(fractions))
        self.assertTrue(all(0 <= fraction <= 1 for fraction in fractions), fractions)
        return found

    def assert_done(self, ran, last):
        self.assertEqual((ran.returncode, ran.stderr.decode()), (0, ""))
        found = self.progress_of(ran)
        self.assertEqual(found[-1][0], 1)
        self.assertEqual(self.lines, [last])
        self.assert_clean()
        return found

    def assert_clean(self):
        self.assertEqual(os.listdir(os.path.join(self.dir, "tmp")), [])
        for folder, _, files in os.walk(os.path.join(self.dir, "cache")):
            self.assertEqual([name for name in files if name.endswith(".tmp")], [], folder)

    def scheme(self, picture, wallpaper=None, **more):
        """Runs colorscheme.sh, checks all that holds for any picture, returns the JSON."""
        ran = self.run_script("colorscheme.sh", picture, **more)
        found = self.assert_done(ran, "16 colours")
        self.assertGreaterEqual(len(found), 3)
        path = os.fsencode(picture if wallpaper is None else wallpaper)
        with open(os.path.join(self.out, "colors.json"), "rb") as file:
            data = json.loads(file.read().decode("ascii"))
        self.assertEqual(set(data), {"wallpaper", "special", "colors"})
        self.assertEqual(data["wallpaper"], path.decode("utf-8", "replace"))
        special, colours = data["special"], data["colors"]
        self.assertEqual(set(special), {"background", "foreground", "cursor"})
        self.assertEqual(set(colours), {"color%d" % i for i in range(16)})
        for colour in [*special.values(), *colours.values()]:
            self.assertRegex(colour, r"\A#[0-9a-f]{6}\Z")

        ground = special["background"]
        self.assertGreaterEqual(contrast(ground, special["foreground"]), 7)
        self.assertGreaterEqual(contrast(ground, colours["color7"]), 7)
        self.assertGreaterEqual(contrast(ground, colours["color8"]), 3)
        self.assertEqual(len(set(colours.values())), 16, colours)
        accents = [colours["color%d" % i] for i in range(1, 7)]
        for i, accent in enumerate(accents, 1):
            self.assertGreaterEqual(contrast(ground, accent), 3)
            self.assertGreater(luminance(colours["color%d" % (i + 8)]), luminance(accent))
            # To be told apart by the eye, not by a digit only.
            for other in accents[i:]:
                apart = sum((int(accent[k:k + 2], 16) - int(other[k:k + 2], 16)) ** 2 for k in (1, 3, 5)) ** 0.5
                self.assertGreater(apart, 20, accents)

        every = dict(special, **colours)
        with open(os.path.join(self.out, "colors.css"), encoding="ascii") as file:
            css = file.read()
        self.assertTrue(css.startswith(":root {") and css.endswith("}\n"), css)
        for name, colour in every.items():
            self.assertIn("--%s: %s;" % (name, colour), css)
        names = ["wallpaper", *every]
        said = subprocess.run(
            ["sh", "-c", '. "$0"; printf "%s\\0" ' + " ".join('"$%s"' % name for name in names),
             os.path.join(self.out, "colors.sh")], check=True, capture_output=True).stdout
        self.assertEqual(said.split(b"\0")[:-1], [path, *(c.encode() for c in every.values())])
        return data


class Scheme(Case):
    def test_the_sample(self):
        self.assertEqual(size_of(SAMPLE), (1920, 1080))
        self.assertLess(os.path.getsize(SAMPLE), 300_000)
        began = time.monotonic()
        self.scheme(SAMPLE)
        self.assertLess(time.monotonic() - began, 5)

    def test_colours_come_from_the_picture(self):
        red = self.picture("red.png", "-size", "90x60", "gradient:#ff2010-#300000")
        blue = self.picture("blue.png", "-size", "90x60", "gradient:#1030ff-#000030")
        ground = self.scheme(red)["special"]["background"]
        self.assertGreater(int(ground[1:3], 16), int(ground[5:7], 16) + 8)
        ground = self.scheme(blue)["special"]["background"]
        self.assertGreater(int(ground[5:7], 16), int(ground[1:3], 16) + 8)
        # A strong orange has its place, nearly unchanged, among the yellow and red ones.
        orange = self.picture("orange.png", "-size", "60x60", "xc:#e8923a", "xc:#223", "+append")
        colours = self.scheme(orange)["colors"]
        nearest = min(
            sum(abs(int(colours["color%d" % i][k:k + 2], 16) - want) for k, want in ((1, 0xe8), (3, 0x92), (5, 0x3a)))
            for i in (1, 3))
        self.assertLess(nearest, 60)

    def test_single_colours(self):
        for colour in ("#808080", "#ffffff", "#000000", "#0044ff", "#fefe00"):
            with self.subTest(colour):
                self.scheme(self.picture("one.png", "-size", "40x30", "xc:" + colour))
        self.scheme(self.picture("dot.png", "-size", "1x1", "xc:#a03020"))

    def test_same_picture_same_scheme(self):
        self.assertEqual(self.scheme(SAMPLE), self.scheme(SAMPLE))

    def test_transparency_is_over_black(self):
        clear = self.picture("clear.png", "-size", "40x30", "xc:#ffffff00")
        black = self.picture("black.png", "-size", "40x30", "xc:#000000")
        self.assertEqual(self.scheme(clear)["colors"], self.scheme(black)["colors"])
        white = self.picture("white.png", "-size", "40x30", "xc:#ffffff")
        self.assertNotEqual(self.scheme(white)["colors"], self.scheme(black)["colors"])

    def test_kinds_of_pictures(self):
        for name in ("a.gif", "a.webp", "a.bmp", "a.tiff", "grey.jpg", "cmyk.jpg"):
            kind = {"grey.jpg": ["-colorspace", "Gray"], "cmyk.jpg": ["-colorspace", "CMYK"]}.get(name, [])
            with self.subTest(name):
                self.scheme(self.picture(name, "-size", "60x40", "gradient:#d04010-#102060", *kind))


ODD_NAMES = [
    b"two words.jpg", b"quote's \"and\" `more` $HOME.jpg", b"50%d %s %[pixel].jpg", b"[0].jpg", b"a[1x1].jpg",
    b"png:x.jpg", b"@list.jpg", b"back\\slash\\n.jpg", b"line\nbreak.jpg", b"ends with a line break\n",
    b"*?.jpg", b"\xc3\xbc\xe2\x82\xac\xf0\x9f\x8c\x84.jpg", b"latin1-\xfc.jpg", b"tab\tand \x01.jpg", b"no ending",
    b"wrong ending.png", b"-", b"-resize", b"~.jpg", b"a;b&c|d.jpg", b"<style>.jpg",
]


class OddNames(Case):
    def setUp(self):
        super().setUp()
        self.small = im("-size", "60x40", "gradient:#d04010-#102060", "jpeg:-")

    def test_scheme(self):
        folder = os.fsencode(self.path(""))
        for name in ODD_NAMES:
            with self.subTest(name):
                path = os.path.join(folder, name)
                with open(path, "wb") as file:
                    file.write(self.small)
                self.scheme(path)

    def test_relative_to_where_it_is_run(self):
        path = self.write("-rf.jpg", self.small)
        self.scheme("-rf.jpg", wallpaper=path, cwd=os.path.dirname(path))

    def test_effects(self):
        for name in ("-[0] %d 'x'\n\".jpg", "png:@x"):
            with self.subTest(name):
                ran = self.run_script("effects.sh", self.write(name, self.small))
                self.assert_done(ran, "6 variants")
                self.assertEqual(size_of(os.path.join(self.out, "effects", "sepia.jpg")), (60, 40))

    def test_error_stays_on_one_line(self):
        path = self.write("two\nlines.jpg", b"text")
        ran = self.run_script("effects.sh", path)
        self.assertEqual(ran.returncode, 1)
        self.assertEqual(ran.stderr.count(b"\n"), 1)
        self.assertTrue(ran.stderr.startswith(os.fsencode(path.replace("\n", "?")) + b": "), ran.stderr)

    def test_folders_with_odd_names(self):
        for variable in ("XDG_CACHE_HOME", "TMPDIR"):
            self.environment[variable] = os.path.join(self.dir, "a %d [b] 'c' " + variable)
            os.mkdir(self.environment[variable])
        for script, last in (("colorscheme.sh", "colors.json"), ("effects.sh", "effects/vignette.jpg")):
            ran = self.run_script(script, self.write("x.jpg", self.small))
            self.assertEqual((ran.returncode, ran.stderr), (0, b""))
            self.assertTrue(os.path.isfile(os.path.join(self.environment["XDG_CACHE_HOME"], "stepwire/wallpaper", last)))
        self.assertEqual(os.listdir(self.environment["TMPDIR"]), [])


class Effects(Case):
    def variant(self, name):
        return os.path.join(self.out, "effects", name + ".jpg")

    def test_the_sample(self):
        ran = self.run_script("effects.sh", SAMPLE)
        found = self.assert_done(ran, "6 variants")
        self.assertEqual(sorted(os.listdir(os.path.join(self.out, "effects"))), sorted(n + ".jpg" for n in VARIANTS))
        # Each is announced before it is made and counted when it is made.
        expected = []
        for done, name in enumerate(VARIANTS):
            expected += [(done, name), (done + 1, name)]
        self.assertEqual([(round(f * 6, 2), m) for f, m in found if m in VARIANTS], expected)
        self.assertTrue(all(m in VARIANTS or f == 0 for f, m in found), found)
        for name in VARIANTS:
            self.assertEqual(size_of(self.variant(name)), (1920, 1080), name)
            with open(self.variant(name), "rb") as file:
                self.assertEqual(file.read(3), b"\xff\xd8\xff", name)

        size = (16, 9)
        plain = [p for row in pixels(SAMPLE, size) for p in row]
        seen = {name: [p for row in pixels(self.variant(name), size) for p in row] for name in VARIANTS}
        for before, dim, negate, grey, sepia in zip(
                plain, seen["dim"], seen["negate"], seen["grayscale"], seen["sepia"]):
            for i in range(3):
                self.assertAlmostEqual(dim[i], before[i] * 0.55, delta=4)
                self.assertAlmostEqual(negate[i], 255 - before[i], delta=4)
            self.assertLessEqual(max(grey) - min(grey), 2)
            self.assertAlmostEqual(grey[1], 0.2126 * before[0] + 0.7152 * before[1] + 0.0722 * before[2], delta=8)
            self.assertTrue(sepia[0] >= sepia[1] >= sepia[2] and sepia[0] > sepia[2], sepia)
        # The vignette: as it was in the middle, much darker in the corners.
        middle, corner = 4 * 16 + 8, 0
        self.assertAlmostEqual(sum(seen["vignette"][middle]), sum(plain[middle]), delta=25)
        self.assertLess(sum(seen["vignette"][corner]), sum(plain[corner]) * 0.5)
        self.assertGreater(sum(seen["vignette"][corner]), 0)

    def test_blur_blurs(self):
        checks = self.picture("checks.png", "-size", "640x360", "pattern:checkerboard", "-level", "0,80%")
        edge = self.picture("edge.png", "-size", "320x360", "xc:black", "xc:white", "+append")
        for picture in (checks, edge):
            self.assert_done(self.run_script("effects.sh", picture), "6 variants")
            if picture == edge:
                row = pixels(self.variant("blur"), (640, 1))[0]
                self.assertLess(row[40][0], 5)
                self.assertGreater(row[600][0], 250)
                steps = [abs(a[0] - b[0]) for a, b in zip(row, row[1:])]
                self.assertLess(max(steps), 45)
                self.assertAlmostEqual(row[320][0], 128, delta=40)
        self.assertEqual(size_of(self.variant("blur")), (640, 360))

    def test_transparency_is_over_black(self):
        clear = self.picture("clear.png", "-size", "40x30", "xc:#ffffff00")
        self.assert_done(self.run_script("effects.sh", clear), "6 variants")
        self.assertLess(max(pixels(self.variant("dim"), (1, 1))[0][0]), 4)
        self.assertGreater(min(pixels(self.variant("negate"), (1, 1))[0][0]), 251)

    def test_grey_becomes_sepia(self):
        grey = self.picture("grey.jpg", "-size", "60x40", "gradient:", "-colorspace", "Gray")
        self.assert_done(self.run_script("effects.sh", grey), "6 variants")
        r, g, b = pixels(self.variant("sepia"), (1, 1))[0][0]
        self.assertGreater(r, b + 15)

    def test_upright_photographs(self):
        # Orientation 6: the picture is to be turned by a quarter to the right.
        jpeg = im("-size", "30x40", "xc:red", "xc:blue", "+append", "jpeg:-")
        exif = b"Exif\0\0II*\0" + struct.pack("<IHHHIHHI", 8, 1, 0x112, 3, 1, 6, 0, 0)
        turned = self.write("turned.jpg", with_segments(jpeg, (0xFFE1, exif)))
        self.assert_done(self.run_script("effects.sh", turned), "6 variants")
        self.assertEqual(size_of(self.variant("dim")), (40, 60))
        top, bottom = (row[0] for row in pixels(self.variant("dim"), (1, 2)))
        self.assertGreater(top[0], top[2] + 60)
        self.assertGreater(bottom[2], bottom[0] + 60)

    def test_long_headers(self):
        # The size stands behind segments of nearly 64 KiB each, as with an embedded profile.
        jpeg = im("-size", "30x40", "xc:red", "jpeg:-")
        path = self.write("long.jpg", with_segments(jpeg, *[(0xFFE2, b"x" * 65000)] * 12))
        self.assert_done(self.run_script("effects.sh", path), "6 variants")
        self.assertEqual(size_of(self.variant("dim")), (30, 40))

    def test_harmless_oddities_are_taken(self):
        # ImageMagick warns of stray bytes; all of the picture is there.
        jpeg = im("-size", "60x40", "gradient:", "jpeg:-")
        path = self.write("stray.jpg", jpeg[:-2] + b"stray" + jpeg[-2:] + b"after the end")
        self.assert_done(self.run_script("effects.sh", path), "6 variants")
        self.scheme(path)


class BadPictures(Case):
    def refused(self, path, says, **more):
        """Both steps refuse it, quickly and in one sentence: says, a pattern if it starts with \\A."""
        for script in ("colorscheme.sh", "effects.sh"):
            with self.subTest(os.path.basename(path) + " by " + script):
                began = time.monotonic()
                ran = self.run_script(script, path, **more)
                self.assertLess(time.monotonic() - began, 2)
                self.assertEqual(ran.returncode, 1, ran)
                lines = ran.stderr.decode().splitlines()
                self.assertEqual(len(lines), 1, lines)
                self.assertTrue(lines[0].startswith(path + ": "), lines)
                said = lines[0][len(path) + 2:]
                if says.startswith("\\A"):
                    self.assertRegex(said, says)
                else:
                    self.assertEqual(said, says)
                self.progress_of(ran)
                self.assertEqual(self.lines, [])
                self.assert_clean()
                self.assertFalse(os.path.exists(os.path.join(self.out, "colors.json")))
                self.assertFalse(os.path.exists(os.path.join(self.out, "effects", "blur.jpg")))

    damaged = r"\Athe picture is truncated or damaged"

    def test_no_file(self):
        self.refused(self.path("nothing.jpg"), "there is no such file")

    def test_link_to_nothing(self):
        os.symlink("/nonexistent/x", self.path("link.jpg"))
        self.refused(self.path("link.jpg"), "a link to a file which is not there")

    def test_folder(self):
        os.mkdir(self.path("folder.jpg"))
        self.refused(self.path("folder.jpg"), "a folder, not a picture")

    def test_pipe(self):
        os.mkfifo(self.path("pipe.jpg"))
        self.refused(self.path("pipe.jpg"), "not a regular file")

    def test_empty(self):
        self.refused(self.write("empty.jpg", b""), "the file is empty")

    def test_unreadable(self):
        path = self.write("secret.jpg", b"x")
        os.chmod(path, 0)
        more = {}
        if os.geteuid() == 0:
            # Root may read everything: run as nobody, from copies which that one can read.
            more = {"user": 65534, "group": 65534, "extra_groups": []}
            more["scripts"] = shutil.copytree(SCRIPTS, os.path.join(self.dir, "scripts"))
            for folder, _, files in os.walk(self.dir):
                if folder != os.path.dirname(path):
                    for name in files:
                        os.chmod(os.path.join(folder, name), 0o755)
                os.chmod(folder, 0o777)
        self.refused(path, "no permission to read the file", **more)

    def test_text(self):
        says = r"\Anot a picture \(JPEG, PNG, .*\)\Z"
        self.refused(self.write("text.jpg", b"This is a text.\n" * 40), says)
        self.refused(self.write("short.png", b"x"), says)
        self.refused(self.write("zeros.jpg", b"\0" * 5000), says)
        # Formats of ImageMagick which are programs rather than pictures.
        self.refused(self.write("mvg.jpg", b"push graphic-context\nviewbox 0 0 9 9\n"), says)
        self.refused(self.write("svg.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>"), says)

    def test_truncated_jpeg(self):
        with open(SAMPLE, "rb") as file:
            data = file.read()
        says = "the picture is truncated or damaged: premature end of JPEG file"
        self.refused(self.write("half.jpg", data[:len(data) // 2]), says)
        self.refused(self.write("third.jpg", data[:len(data) // 3]), says)
        self.refused(self.write("head.jpg", data[:100]), self.damaged)
        self.refused(self.write("start.jpg", data[:4]), self.damaged)
        plain = im("-size", "300x200", "plasma:red-blue", "-seed", "1", "-interlace", "None", "jpeg:-")
        self.refused(self.write("plain.jpg", plain[:len(plain) // 2]), says)

    def test_truncated_png(self):
        data = im("-size", "300x200", "-seed", "1", "plasma:red-blue", "png:-")
        for name, end in (("half", len(data) // 2), ("nearly", len(data) - 16), ("head", 40), ("start", 12)):
            self.refused(self.write(name + ".png", data[:end]), self.damaged)
        self.refused(self.write("little data.png", png(300, 200, b"\0" * 3000)), self.damaged)

    def test_truncated_others(self):
        for kind in ("gif", "webp", "bmp", "tiff"):
            data = im("-size", "120x80", "-seed", "1", "plasma:red-blue", kind + ":-")
            self.refused(self.write("half." + kind, data[:len(data) // 2]), self.damaged)

    def test_damaged_within(self):
        data = im("-size", "300x200", "-seed", "1", "plasma:red-blue", "png:-")
        middle = len(data) // 2
        self.refused(self.write("hole.png", data[:middle] + b"\0" * 200 + data[middle + 200:]), self.damaged)

    def test_too_large(self):
        says = "200 megapixels (20000x10000) is more than the 100 this pipeline takes"
        self.refused(self.write("large.png", png(20000, 10000, b"\0" * 3000)), says)
        jpeg = bytearray(im("-size", "60x40", "xc:red", "jpeg:-"))
        frame = jpeg.index(b"\xff\xc0")
        jpeg[frame + 5:frame + 9] = struct.pack(">HH", 10000, 20000)
        self.refused(self.write("large.jpg", bytes(jpeg)), says)
        gif = bytearray(im("-size", "60x40", "xc:red", "gif:-"))
        gif[6:10] = struct.pack("<HH", 20000, 10000)
        self.refused(self.write("large.gif", bytes(gif)), says)
        bmp = bytearray(im("-size", "60x40", "xc:red", "bmp3:-"))
        bmp[18:26] = struct.pack("<ii", 20000, 10000)
        self.refused(self.write("large.bmp", bytes(bmp)), r"\A(200 megapixels|the picture)")
        self.refused(
            self.write("just.png", png(10001, 10000, b"")),
            "101 megapixels (10001x10000) is more than the 100 this pipeline takes")

    def test_limits_of_imagemagick(self):
        # A policy like Debian's, only narrower, to have small pictures over its limits.
        policy = os.path.join(self.dir, "policy")
        os.mkdir(policy)
        self.environment["MAGICK_CONFIGURE_PATH"] = policy
        path = self.picture("wide.png", "-size", "700x20", "gradient:")
        jpeg = self.picture("wide.jpg", "-size", "700x20", "gradient:")
        for limits, says in (
                ({"width": "0.5KP", "height": "0.5KP"},
                 "the picture (700x20) is wider or higher than ImageMagick's policy on this machine allows"),
                ({"memory": "1KiB", "map": "1KiB", "disk": "1KiB", "area": "1KP"},
                 "the picture (700x20) is larger than ImageMagick's policy on this machine allows")):
            with open(os.path.join(policy, "policy.xml"), "w") as file:
                file.write("<policymap>\n")
                for name, value in limits.items():
                    file.write('<policy domain="resource" name="%s" value="%s"/>\n' % (name, value))
                file.write("</policymap>\n")
            for picture in (path, jpeg):
                self.refused(picture, says)

    def test_no_argument(self):
        for script in ("colorscheme.sh", "effects.sh", "set.sh"):
            ran = self.run_script(script)
            self.assertEqual((ran.returncode, ran.stderr), (1, b"no picture was named\n"))


class Runs(Case):
    def results(self):
        found = {}
        for folder, _, files in os.walk(os.path.join(self.dir, "cache")):
            for name in files:
                path = os.path.join(folder, name)
                with open(path, "rb") as file:
                    found[path] = (os.stat(path).st_mtime_ns, file.read())
        return found

    def test_a_failed_run_leaves_the_former_result(self):
        good = self.picture("good.png", "-size", "60x40", "gradient:#d04010-#102060")
        self.scheme(good)
        self.assert_done(self.run_script("effects.sh", good), "6 variants")
        before = self.results()
        self.assertEqual(len(before), 9)
        data = im("-size", "300x200", "-seed", "1", "plasma:red-blue", "jpeg:-")
        bad = self.write("bad.jpg", data[:len(data) // 2])
        for script in ("colorscheme.sh", "effects.sh"):
            self.assertEqual(self.run_script(script, bad).returncode, 1)
        self.assertEqual(self.results(), before)
        # One which goes well replaces them.
        self.scheme(SAMPLE)
        self.assertNotEqual(self.results(), before)

    def test_another_program_called_convert(self):
        noted = os.path.join(self.dir, "noted")
        for name in ("magick", "convert", "convert-im6.q16"):
            self.program(name, 'echo "$0 $*" >>"%s"\necho "Usage: convert VOLUME /FS:NTFS"\n' % noted)
        # So that a right one is found even where none is in /usr/bin.
        os.symlink(IM, os.path.join(self.dir, "bin", "convert-im7.q16"))
        self.scheme(self.picture("a.png", "-size", "60x40", "gradient:#d04010-#102060"))
        with open(noted) as file:
            calls = file.read().splitlines()
        self.assertIn(os.path.join(self.dir, "bin", "magick") + " -version", calls)
        self.assertEqual([call for call in calls if not call.endswith(" -version")], [])

    def test_no_imagemagick(self):
        copy = shutil.copytree(SCRIPTS, os.path.join(self.dir, "scripts"))
        common = os.path.join(copy, "common.sh")
        with open(common) as file:
            text = file.read()
        self.assertIn(" /usr/bin/convert ", text)
        with open(common, "w") as file:
            file.write(text.replace("/usr/bin/convert", "/nonexistent/1").replace("/usr/local/bin/", "/nonexistent/"))
        self.environment["PATH"] = tools(self.dir)
        picture = self.picture("a.png", "-size", "60x40", "gradient:")
        for script in ("colorscheme.sh", "effects.sh"):
            ran = self.run_script(script, picture, scripts=copy)
            self.assertEqual(ran.returncode, 1)
            self.assertEqual(ran.stderr, b"ImageMagick was not found: install the package imagemagick\n")

    def test_cancel(self):
        pid = os.path.join(self.dir, "pid")
        self.program("magick", """
case $* in *-version*) echo 'Version: ImageMagick 7.0'; exit ;; esac
echo $$ >"%s.new" && mv "%s.new" "%s"
exec sleep 30
""" % (pid, pid, pid))
        for script in ("colorscheme.sh", "effects.sh"):
            for sent, code in ((signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)):
                with self.subTest(script + " " + sent.name):
                    process = subprocess.Popen(
                        ["sh", os.path.join(SCRIPTS, script), SAMPLE], env=self.environment, stdin=subprocess.DEVNULL,
                        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                        preexec_fn=lambda: [signal.signal(s, signal.SIG_DFL) for s in (signal.SIGINT, signal.SIGHUP)])
                    end = time.monotonic() + 10
                    while not os.path.exists(pid) and time.monotonic() < end:
                        time.sleep(0.01)
                    with open(pid) as file:
                        worker = int(file.read())
                    os.remove(pid)
                    self.assertTrue(running(worker))
                    self.assertNotEqual(os.listdir(os.path.join(self.dir, "tmp")), [])
                    began = time.monotonic()
                    process.send_signal(sent)
                    process.communicate(timeout=20)
                    self.assertLess(time.monotonic() - began, 2)
                    self.assertEqual(process.returncode, code)
                    self.assertFalse(running(worker))
                    self.assert_clean()

    def test_no_room_for_results(self):
        picture = self.picture("a.png", "-size", "60x40", "gradient:")
        self.environment["XDG_CACHE_HOME"] = self.write("file", b"x")
        for script in ("colorscheme.sh", "effects.sh"):
            ran = self.run_script(script, picture)
            self.assertEqual(ran.returncode, 1)
            self.assertRegex(ran.stderr.decode(), r"\A/.*/file/stepwire/wallpaper: the folder .* cannot be made\n\Z")
        del self.environment["XDG_CACHE_HOME"]
        ran = self.run_script("colorscheme.sh", picture)
        self.assertEqual(ran.returncode, 0)
        self.assertTrue(os.path.isfile(os.path.join(self.dir, "home/.cache/stepwire/wallpaper/colors.json")))


TOOLS = """sh awk sed od tr cat cp mv rm ln mkdir mktemp dirname head tail grep cut cksum stat timeout sleep
setsid ps wc kill pwd env""".split()


def tools(folder):
    """A folder with the common tools and nothing that sets a wallpaper."""
    place = os.path.join(folder, "tools")
    os.mkdir(place)
    for name in TOOLS:
        found = shutil.which(name)
        if found:
            os.symlink(found, os.path.join(place, name))
    return place


class Setters(Case):
    """set.sh: which program it calls, with what."""

    def setUp(self):
        super().setUp()
        self.environment["PATH"] = os.path.join(self.dir, "bin") + ":" + tools(self.dir)
        self.environment["XDG_RUNTIME_DIR"] = os.path.join(self.dir, "run")
        self.noted = os.path.join(self.dir, "noted")

    def fake(self, name, body="exit 0\n"):
        """A program which notes its arguments, then does this."""
        self.program(name, 'printf "%%s\\0" %s "$@" >>"%s"\nprintf "\\036\\0" >>"%s"\n%s' % (
            name, self.noted, self.noted, body))

    def calls(self):
        if not os.path.exists(self.noted):
            return []
        with open(self.noted, "rb") as file:
            words = os.fsdecode(file.read()).split("\0")[:-1]
        os.remove(self.noted)
        found, call = [], []
        for word in words:
            if word == "\x1e":
                found.append(call)
                call = []
            else:
                call.append(word)
        return found

    def socket(self, name):
        server = socket.socket(socket.AF_UNIX)
        self.addCleanup(server.close)
        server.bind(os.path.join(self.dir, "run", name))

    def bus(self, owned):
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=/nonexistent"
        self.fake("dbus-send", 'case $* in\n%s*) echo "   boolean false" ;;\nesac\n' % "".join(
            "*string:%s) echo '   boolean true' ;;\n" % name for name in ["org.freedesktop.DBus", *owned]))

    def assert_set(self, name, picture=SAMPLE, *arguments):
        ran = self.run_script("set.sh", picture, *arguments)
        self.assertEqual((ran.returncode, ran.stdout.decode(), ran.stderr.decode()), (0, "set with %s\n" % name, ""))
        self.assert_clean()
        return self.calls()

    def assert_skipped(self, reasons, *arguments):
        """None is there: exit code 77 and one line, which says why for each."""
        ran = self.run_script("set.sh", SAMPLE, *arguments)
        self.assertEqual(ran.returncode, 77, ran)
        self.assertEqual(ran.stderr, b"")
        text = ran.stdout.decode()
        self.assertEqual(text.count("\n"), 1)
        self.assertTrue(text.startswith("no wallpaper could be set: looked for "), text)
        for name, reason in reasons.items():
            self.assertIn("%s (%s)" % (name, reason), text)
        self.assert_clean()
        return self.calls()

    def assert_failed(self, says, *arguments):
        ran = self.run_script("set.sh", SAMPLE, *arguments)
        self.assertEqual((ran.returncode, ran.stdout), (1, b""))
        self.assertEqual(ran.stderr.decode(), "%s: %s\n" % (SAMPLE, says))
        self.assert_clean()
        return self.calls()

    def test_none_installed(self):
        self.assertEqual(self.assert_skipped({name: "not installed" for name in BACKENDS}), [])
        self.assert_skipped({"feh": "not installed"}, "feh")

    def test_all_installed_and_no_session(self):
        for name in ("hyprctl", "swaybg", "swaymsg", "plasma-apply-wallpaperimage", "gsettings", "xfconf-query", "feh"):
            self.fake(name)
        self.fake("swww", "exit 1\n")
        calls = self.assert_skipped({
            "hyprpaper": "installed, but not in a Hyprland session",
            "swww": "installed, but swww-daemon does not answer",
            "swaybg": "installed, but no Wayland session answers",
            "plasma": "installed, but there is no session bus",
            "gnome": "gsettings is installed, but this is no GNOME session",
            "xfce": "xfconf-query is installed, but this is no Xfce session",
            "feh": "installed, but DISPLAY is not set"})
        self.assertEqual(calls, [["swww", "query"]])

    def test_unknown_backend_and_bad_picture(self):
        ran = self.run_script("set.sh", SAMPLE, "paint")
        self.assertEqual(ran.returncode, 1)
        self.assertEqual(ran.stderr.decode(),
                         "paint: no such way to set the wallpaper (auto, %s)\n" % ", ".join(BACKENDS))
        ran = self.run_script("set.sh", self.path("nothing.jpg"))
        self.assertEqual((ran.returncode, ran.stderr.decode()), (1, self.path("nothing.jpg") + ": there is no such file\n"))

    # hyprpaper

    MONITORS = "monitors) printf 'Monitor eDP-1 (ID 0):\\n\\t2560x1600@60 at 0x0\\n\\nMonitor DP-2 (ID 1):\\n' ;;\n"

    def test_hyprpaper(self):
        self.environment["HYPRLAND_INSTANCE_SIGNATURE"] = "x_1_2"
        self.fake("hyprctl", "case $1$2 in\n" + self.MONITORS + "*) echo ok ;;\nesac\n")
        calls = self.assert_set("hyprpaper", SAMPLE)
        path = self.plain_or_link(calls[1][3])
        self.assertEqual(calls, [
            ["hyprctl", "monitors"],
            ["hyprctl", "hyprpaper", "preload", path],
            ["hyprctl", "hyprpaper", "wallpaper", "eDP-1," + path],
            ["hyprctl", "hyprpaper", "wallpaper", "DP-2," + path],
            ["hyprctl", "hyprpaper", "unload", "unused"]])

    def plain_or_link(self, path, picture=SAMPLE):
        """The picture itself, or a link to it with a plain name."""
        self.assertRegex(path, r"\A[A-Za-z0-9_./-]+\Z")
        self.assertTrue(os.path.samefile(path, picture))
        return path

    def test_hyprpaper_without_preload(self):
        # From hyprpaper 0.8 on.
        self.environment["HYPRLAND_INSTANCE_SIGNATURE"] = "x_1_2"
        self.fake("hyprctl", "case $1$2 in\n" + self.MONITORS + """hyprpaperwallpaper) ;;
*) echo 'error: Unknown hyprpaper request'; exit 1 ;;
esac
""")
        calls = self.assert_set("hyprpaper")
        self.assertEqual([call[2:3] for call in calls],
                         [[], ["preload"], ["wallpaper"], ["wallpaper"], ["unload"]])

    def test_hyprpaper_not_running(self):
        self.environment["HYPRLAND_INSTANCE_SIGNATURE"] = "x_1_2"
        for reply in ("Couldn't connect to /run/user/1000/hypr/x/.hyprpaper.sock. (3)",
                      "error: can't send: failed to connect to hyprpaper (is it running?)"):
            self.fake("hyprctl", "case $1$2 in\n" + self.MONITORS + '*) echo "%s" ;;\nesac\n' % reply)
            self.assert_skipped({"hyprpaper": "installed, but hyprpaper does not run", "feh": "not installed"})
        self.fake("hyprctl", "exit 4\n")
        self.assert_skipped({"hyprpaper": "installed, but Hyprland does not answer"})

    def test_hyprpaper_fails(self):
        # Older ones end with 0 whatever happened.
        self.environment["HYPRLAND_INSTANCE_SIGNATURE"] = "x_1_2"
        self.fake("hyprctl", "case $1$2 in\n" + self.MONITORS + """hyprpaperpreload) echo ok ;;
*) echo 'wallpaper failed (no such monitor)' ;;
esac
""")
        self.assert_failed("hyprpaper could not set the wallpaper: wallpaper failed (no such monitor)")

    # swww

    def test_swww_and_awww(self):
        odd = self.path("odd 'name'\n[0].jpg")
        shutil.copy(SAMPLE, odd)
        for name in ("awww", "swww"):
            self.fake(name)
            calls = self.assert_set("swww", odd)
            self.assertEqual(calls, [[name, "query"], [name, "img", "--", odd]])

    def test_swww_fails(self):
        self.fake("swww", 'case $1 in query) exit 0 ;; esac\necho "Error: cannot decode" >&2\nexit 1\n')
        self.assert_failed("swww could not set the wallpaper: Error: cannot decode")

    def test_swww_hangs(self):
        self.fake("swww", "exec sleep 50\n")
        began = time.monotonic()
        self.assert_skipped({"swww": "installed, but swww-daemon does not answer"}, "swww")
        self.assertLess(time.monotonic() - began, 9)

    # swaybg

    def test_sway(self):
        self.environment["SWAYSOCK"] = os.path.join(self.dir, "run", "sway")
        self.fake("swaybg", "exit 9\n")
        self.fake("swaymsg")
        self.assertEqual(self.assert_set("swaybg", self.link_free("a.jpg")), [
            ["swaymsg", "-t", "get_version"],
            ["swaymsg", "--", "output", "*", "bg", self.path("a.jpg"), "fill"]])
        # sway would expand this one.
        odd = self.path("$(touch x) 'a' *.jpg")
        shutil.copy(SAMPLE, odd)
        path = self.assert_set("swaybg", odd)[1][5]
        self.assertEqual(self.plain_or_link(path, odd), path)
        self.assertTrue(path.endswith(".jpg"))
        # Another picture of an odd name gets another name, lest it be taken for the former.
        other = self.path("other one.jpg")
        shutil.copy(SAMPLE, other)
        self.assertNotEqual(self.assert_set("swaybg", other)[1][5], path)

    def link_free(self, name):
        self.assertRegex(self.dir, r"\A[A-Za-z0-9_./-]+\Z")
        shutil.copy(SAMPLE, self.path(name))
        return self.path(name)

    def test_sway_fails(self):
        self.environment["SWAYSOCK"] = os.path.join(self.dir, "run", "sway")
        self.fake("swaybg")
        self.fake("swaymsg", 'case $1 in -t) exit 0 ;; esac\necho "Error: Unknown output" >&2\nexit 2\n')
        self.assert_failed("swaybg could not set the wallpaper: Error: Unknown output")

    def started(self):
        with open(os.path.join(self.out, "swaybg-wayland-7.pid")) as file:
            pid = int(file.read())
        self.addCleanup(lambda: running(pid) and os.kill(pid, signal.SIGKILL))
        return pid

    def test_swaybg_is_started_and_replaced(self):
        self.environment["WAYLAND_DISPLAY"] = "wayland-7"
        self.socket("wayland-7")
        self.fake("swaybg", "while :; do sleep 0.2; done\n")
        odd = self.path("odd 'name' $x.jpg")
        shutil.copy(SAMPLE, odd)
        self.assertEqual(self.assert_set("swaybg", odd), [["swaybg", "-i", odd, "-m", "fill"]])
        first = self.started()
        self.assertTrue(running(first))
        self.assertEqual(os.getsid(first), first)       # goes on without us
        self.assert_set("swaybg")
        second = self.started()
        time.sleep(0.3)
        self.assertNotEqual(first, second)
        self.assertTrue(running(second))
        self.assertFalse(running(first))

    def test_swaybg_is_not_taken(self):
        # No such socket; one behind which is nothing, or another compositor; another desktop.
        self.environment["WAYLAND_DISPLAY"] = "wayland-7"
        self.fake("swaybg", 'echo "2024-01-01 - [main.c:573] Missing a required Wayland interface" >&2\nexit 1\n')
        self.assertEqual(
            self.assert_skipped({"swaybg": "installed, but no Wayland session answers"}), [])
        self.socket("wayland-7")
        calls = self.assert_skipped({"swaybg": "installed, but the Wayland session does not take it"})
        self.assertEqual([call[0] for call in calls], ["swaybg"])
        self.environment["XDG_CURRENT_DESKTOP"] = "KDE"
        self.assertEqual(self.assert_skipped({"swaybg": "installed, but not for this desktop"}), [])

    def test_swaybg_without_the_picture(self):
        # It does not end when it cannot load the picture.
        self.environment["WAYLAND_DISPLAY"] = "wayland-7"
        self.socket("wayland-7")
        pid = os.path.join(self.dir, "pid")
        self.fake("swaybg", 'echo $$ >"%s"\necho "2024-01-01 01:01:01 - [main.c:621] Failed to load image: x" >&2\n'
                            "while :; do sleep 0.2; done\n" % pid)
        self.assert_failed("swaybg could not set the wallpaper: Failed to load image: x")
        with open(pid) as file:
            started = int(file.read())
        time.sleep(0.3)
        self.assertFalse(running(started))

    # Plasma

    def test_plasma(self):
        self.bus(["org.kde.plasmashell"])
        self.fake("plasma-apply-wallpaperimage", "echo Successfully set\n")
        calls = self.assert_set("plasma", self.link_free("b.jpg"))
        self.assertEqual(calls[-1], ["plasma-apply-wallpaperimage", self.path("b.jpg")])
        self.assertEqual(calls[0][0], "dbus-send")
        # It refuses quotes, and a URL is made of the rest.
        odd = self.path("it's 50%.jpg")
        shutil.copy(SAMPLE, odd)
        self.plain_or_link(self.assert_set("plasma", odd)[-1][1], odd)

    def test_plasma_not_there_or_failing(self):
        self.fake("plasma-apply-wallpaperimage", 'echo "An error occurred"\nexit 1\n')
        self.bus([])
        calls = self.assert_skipped({"plasma": "installed, but org.kde.plasmashell is not on the session bus"})
        self.assertNotIn("plasma-apply-wallpaperimage", [call[0] for call in calls])
        self.bus(["org.kde.plasmashell"])
        self.assert_failed("plasma could not set the wallpaper: An error occurred")

    # GNOME

    def gsettings(self, keeps=True, dark=True):
        kept = os.path.join(self.dir, "kept")
        self.fake("gsettings", """
case $1 in
    writable) case $3 in picture-uri) echo true ;; picture-uri-dark) %s ;; *) echo false ;; esac ;;
    set) %s echo "'$4'" >"%s-$3" ;;
    get) cat "%s-$3" 2>/dev/null || echo "'none'" ;;
esac
""" % ("echo true" if dark else 'echo "No such key" >&2; exit 1', "" if keeps else ": ||", kept, kept))

    def test_gnome(self):
        self.environment["XDG_CURRENT_DESKTOP"] = "ubuntu:GNOME"
        self.bus([])
        schema = "org.gnome.desktop.background"
        odd = os.fsdecode(os.fsencode(self.path("")) + b"\xc3\xbc 'a' 50%#?.jpg")
        shutil.copy(SAMPLE, odd)
        uri = "file://" + self.path("") + "%C3%BC%20%27a%27%2050%25%23%3F.jpg"
        for dark in (True, False):
            self.gsettings(dark=dark)
            sets = [call[1:] for call in self.assert_set("gnome", odd) if call[:2] == ["gsettings", "set"]]
            expected = [["set", schema, "picture-uri", uri]]
            if dark:
                expected += [["set", schema, "picture-uri-dark", uri], ["set", schema, "picture-options", "zoom"]]
            self.assertEqual(sets, expected)

    def test_gnome_not_there_or_failing(self):
        self.gsettings(keeps=False)
        self.bus([])
        self.environment["XDG_CURRENT_DESKTOP"] = "XFCE"
        calls = self.assert_skipped({"gnome": "gsettings is installed, but this is no GNOME session"})
        self.assertNotIn("gsettings", [call[0] for call in calls])
        self.environment["XDG_CURRENT_DESKTOP"] = "GNOME"
        self.assert_failed("gnome could not set the wallpaper: gsettings did not keep the setting")
        self.fake("gsettings", 'echo "No such schema" >&2\nexit 1\n')
        self.assert_skipped(
            {"gnome": "gsettings is installed, but org.gnome.desktop.background picture-uri cannot be set"})

    # Xfce

    def test_xfce(self):
        self.environment["XDG_CURRENT_DESKTOP"] = "XFCE"
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=/nonexistent"
        base = "/backdrop/screen0/monitor"
        self.fake("xfconf-query", 'case $* in *" -l") printf "%%s\\n" %s "%s" %s %s ;; esac\n' % (
            base + "VGA-1/workspace0/last-image", base + "DP 2/workspace0/last-image",
            base + "VGA-1/workspace0/image-style", base + "VGA-1/last-image-path"))
        odd = self.path("odd 'name'\n[0].jpg")
        shutil.copy(SAMPLE, odd)
        self.assertEqual(self.assert_set("xfce", odd), [
            ["xfconf-query", "-c", "xfce4-desktop", "-l"],
            ["xfconf-query", "-c", "xfce4-desktop", "-p", base + "VGA-1/workspace0/last-image", "-s", odd],
            ["xfconf-query", "-c", "xfce4-desktop", "-p", base + "DP 2/workspace0/last-image", "-s", odd]])

    def test_xfce_not_there_or_failing(self):
        self.environment["XDG_CURRENT_DESKTOP"] = "XFCE"
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=/nonexistent"
        self.fake("xfconf-query", "exit 1\n")
        self.assert_skipped({"xfce": "installed, but xfconf does not answer"})
        self.fake("xfconf-query", "echo /desktop-icons/style\n")
        self.assert_skipped({"xfce": "installed, but xfce4-desktop has no last-image property"})
        self.fake("xfconf-query", 'case $* in *" -l") echo /a/last-image; exit 0 ;; esac\necho "Failed" >&2\nexit 1\n')
        self.assert_failed("xfce could not set the wallpaper: Failed")

    # feh

    def test_feh(self):
        self.environment["DISPLAY"] = ":7"
        self.fake("feh")
        odd = self.path("odd 'name'\n[0] %f.jpg")
        shutil.copy(SAMPLE, odd)
        call = ["feh", "--no-fehbg", "--bg-fill", "--", odd]
        self.assertEqual(self.assert_set("feh", odd), [call])
        self.fake("xdpyinfo")
        self.assertEqual(self.assert_set("feh", odd), [["xdpyinfo"], call])
        self.fake("xset")
        self.assertEqual(self.assert_set("feh", odd, "feh"), [["xset", "q"], call])

    def test_feh_without_a_display(self):
        self.environment["DISPLAY"] = ":7"
        reason = {"feh": "installed, but the display :7 does not answer"}
        self.fake("feh", 'echo "feh ERROR: Can\'t open X display. It *is* running, yeah?" >&2\nexit 1\n')
        self.assertEqual(len(self.assert_skipped(reason)), 1)
        self.fake("xset", "exit 1\n")
        self.assertEqual(self.assert_skipped(reason), [["xset", "q"]])
        self.environment["WAYLAND_DISPLAY"] = "wayland-7"
        self.socket("wayland-7")
        self.assertEqual(
            self.assert_skipped({"feh": "installed, but of no effect in a Wayland session"}), [])

    def test_feh_fails(self):
        self.environment["DISPLAY"] = ":7"
        self.fake("xset")
        self.fake("feh", 'echo "feh ERROR: Unable to load image x" >&2\nexit 1\n')
        self.assert_failed("feh could not set the wallpaper: feh ERROR: Unable to load image x")

    # Which one

    def test_order_and_choice(self):
        self.environment.update(HYPRLAND_INSTANCE_SIGNATURE="x_1_2", DISPLAY=":7")
        self.fake("hyprctl", "echo ok\n")
        self.fake("swww")
        self.fake("feh")
        self.assertEqual({call[0] for call in self.assert_set("hyprpaper")}, {"hyprctl"})
        self.assertEqual({call[0] for call in self.assert_set("hyprpaper", SAMPLE, "auto")}, {"hyprctl"})
        self.assertEqual({call[0] for call in self.assert_set("swww", SAMPLE, "swww")}, {"swww"})
        self.assertEqual({call[0] for call in self.assert_set("feh", SAMPLE, "feh")}, {"feh"})
        # One whose session does not answer is passed over.
        del self.environment["HYPRLAND_INSTANCE_SIGNATURE"]
        self.fake("swww", "exit 1\n")
        self.assertEqual(self.assert_set("feh")[-1][0], "feh")
        # The named one only, though another would do.
        self.assertEqual(self.assert_skipped({"swww": "installed, but swww-daemon does not answer"}, "swww"),
                         [["swww", "query"]])


if __name__ == "__main__":
    unittest.main()
