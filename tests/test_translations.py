#!/usr/bin/env python3
"""The .ts files: up to date with the sources, complete, with the placeholders and mnemonics of what they translate; and
no sentence in the sources that nobody marked. Exits with 77 when lupdate is missing."""

import importlib.util
import pathlib
import re
import shutil
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = ROOT / "translations"
WIDE = {"：": ": ", "，": ", ", "、": ", "}
LANGUAGES = {"en": 2, "de": 2, "fr": 2, "es": 2, "zh_CN": 1, "ja": 1}

spec = importlib.util.spec_from_file_location("update", FOLDER / "update.py")
tool = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tool)


def messages(path):
    """(where, source, numerus, [translations], finished) of each sentence."""
    for context in ElementTree.parse(path).getroot().iter("context"):
        for message in context.iter("message"):
            source = message.findtext("source")
            translation = message.find("translation")
            numerus = message.get("numerus") == "yes"
            forms = translation.iter("numerusform") if numerus else [translation]
            texts = [form.text or "" for form in forms]
            yield (f"{path.name}, {context.findtext('name')}, {source!r}", source, numerus, texts,
                   translation.get("type") is None)


def placeholders(text):
    return sorted(re.findall(r"%L?\d|%n", text))


def mnemonics(text):
    return len(re.findall(r"&(?=[^\s&])", text.replace("&&", "")))


def faults_of(where, source, numerus, texts, finished, forms):
    """What is wrong with one translation, in sentences."""
    if not finished:
        yield f"{where} is not translated"
        return
    if numerus and len(texts) != forms:
        yield f"{where} has {len(texts)} plural forms, its language has {forms}"
    for text in texts:
        if not text.strip() and source.strip():
            yield f"{where} is empty"
            continue
        # "one job" may do without its number.
        if not set(placeholders(text)) | {"%n"} >= set(placeholders(source)) or (
                set(placeholders(text)) - set(placeholders(source))):
            yield f"{where} has the placeholders {placeholders(text)}: {text!r}"
        elif "%n" in source and "%n" not in text and text != texts[0]:
            yield f"{where} lacks %n: {text!r}"
        if mnemonics(text) != mnemonics(source):
            yield f"{where} has {mnemonics(text)} mnemonics: {text!r}"
        # A wide sign has its blank within.
        plain = text[:-1] + WIDE.get(text[-1], text[-1])
        blank = source.endswith(" ")
        if (blank and not plain.endswith(" ")) or (not blank and text.endswith(" ")) or any(
                source.rstrip().endswith(sign) != plain.rstrip().endswith(sign) for sign in ":…"):
            yield f"{where} ends otherwise: {text!r}"


# A plain "literal" becomes no text by itself: QT_NO_CAST_FROM_ASCII. What is left is a sentence of ours or a key.
LITERAL = re.compile(r"(?:\bQStringLiteral\(|\bQLatin1String\(|\bu)\"((?:[^\"\\]|\\.)*)\"")
# What a person reads as it stands, and names of others.
DATA = re.compile(r"make -j4|stepwire run -- make|Stepwire|StatusNotifier\w+|#banner \{.*\}")


def unmarked(text, everything):
    """(line, literal) of each literal that reads like a sentence; errors, which begin small, only with `everything`."""
    for found in LITERAL.finditer(re.sub(r"(?m)(^|[ \t])//[^\n]*", "", text)):
        literal = found.group(1)
        sentence = re.search(r"[A-Za-z]{2,}[,:]? [A-Za-z]", literal)
        if everything:
            sentence = sentence or re.match(r"[&%\d ]*[A-Z&]+[a-z]+[.:…]?$", literal)
        else:
            sentence = sentence and re.match(r"[A-Z]", literal)
        if sentence and not DATA.fullmatch(literal):
            yield text.count("\n", 0, found.start()) + 1, literal


class Translations(unittest.TestCase):
    maxDiff = None

    def test_files(self):
        self.assertEqual(sorted(LANGUAGES), sorted(path.stem.removeprefix("stepwire_") for path in FOLDER.glob("*.ts")))

    def test_up_to_date(self):
        with tempfile.TemporaryDirectory() as folder:
            for path in FOLDER.glob("stepwire_*.ts"):
                shutil.copy(path, folder)
            tool.update(folder, tool.find_lupdate())
            for path in sorted(FOLDER.glob("stepwire_*.ts")):
                here = {found[0] for found in messages(path)}
                wanted = {found[0] for found in messages(pathlib.Path(folder) / path.name)}
                self.assertEqual([], sorted(wanted - here), "missing: build the target update-translations")
                self.assertEqual([], sorted(here - wanted), "no longer said: build the target update-translations")
                self.assertEqual(path.read_text("utf-8"), (pathlib.Path(folder) / path.name).read_text("utf-8"),
                                 f"{path.name} is not as lupdate writes it: build the target update-translations")

    def test_complete(self):
        faults = []
        for language, forms in LANGUAGES.items():
            for found in messages(FOLDER / f"stepwire_{language}.ts"):
                faults += faults_of(*found, forms)
        self.assertFalse(faults, "\n" + "\n".join(faults))

    def test_finds_faults(self):
        def count(source, *texts, finished=True, numerus=False):
            return len(list(faults_of("", source, numerus, list(texts), finished, 2)))

        self.assertEqual(0, count("&Run %1", "%1 &ausführen"))
        self.assertEqual(1, count("&Run %1", "%1 &ausführen", finished=False))
        self.assertEqual(1, count("&Run %1", "&ausführen"))
        self.assertEqual(1, count("&Run %1", "%2 %1 &ausführen"))
        self.assertEqual(1, count("&Run", "ausführen"))
        self.assertEqual(1, count("Run", ""))
        self.assertEqual(0, count("%n jobs", "ein Auftrag", "%n Aufträge", numerus=True))
        self.assertEqual(1, count("%n jobs", "%n Auftrag", "Aufträge", numerus=True))
        self.assertEqual(1, count("%n jobs", "%n Auftrag", numerus=True))
        self.assertEqual(1, count("name:", "Name"))

    def test_unmarked(self):
        self.assertEqual([(1, "No jobs")], list(unmarked('label->setText(QStringLiteral("No jobs"));', True)))
        self.assertEqual([(1, "Jobs")], list(unmarked('label->setText(u"Jobs"_s);', True)))
        self.assertEqual([], list(unmarked('label->setText(tr("No jobs")); // u"No jobs"', True)))
        self.assertEqual([], list(unmarked('return fail(u"no hub is there"_s);', False)))
        faults = []
        for folder in ("ui", "app/desktop", "core/desktop", "core/view"):
            for path in sorted((ROOT / folder).rglob("*.cpp")):
                faults += [f"{path.relative_to(ROOT)}:{line}: \"{literal}\" is not in tr()"
                           for line, literal in unmarked(path.read_text("utf-8"), folder == "ui")]
        self.assertFalse(faults, "\n" + "\n".join(faults))


if __name__ == "__main__":
    if not tool.find_lupdate():
        print("skipped: lupdate is missing (Debian: qt6-l10n-tools)")
        sys.exit(77)
    unittest.main()
