#!/usr/bin/env python3
"""Brings the .ts files up to date with the sentences in the sources, and English's plurals with them."""

import argparse
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCES = ["app", "core", "ui"]


def find_lupdate():
    for name in ("/usr/lib/qt6/bin/lupdate", "lupdate6", "lupdate-qt6", "lupdate"):
        found = shutil.which(name)
        if found:
            return found
    return None


def update(folder, lupdate):
    """Runs lupdate over the .ts files in `folder`, which says what it did; raises what it complains of."""
    said = []
    for ts in sorted(pathlib.Path(folder).glob("stepwire_*.ts")):
        language = ts.stem.removeprefix("stepwire_")
        # Without places in the sources a moved line changes no file; without the headers contexts lack `stepwire::`.
        command = [lupdate, *SOURCES, "-I", ".", "-extensions", "cpp,h", "-locations", "none", "-no-obsolete",
                   "-source-language", "en", "-target-language", language]
        if language == "en":
            command.append("-pluralonly")
        done = subprocess.run([*command, "-ts", str(ts)], cwd=ROOT, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        warnings = [line for line in done.stdout.splitlines() if "warning" in line.lower() or "Qualifying" in line
                    or "Cannot" in line or "cannot" in line or "lacks" in line or "not inside" in line]
        if done.returncode != 0 or warnings:
            raise RuntimeError("\n".join(warnings) or done.stdout)
        said.append(done.stdout)
    return "".join(said)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lupdate", default=find_lupdate(), help="the program lupdate of Qt 6")
    parser.add_argument("folder", nargs="?", default=ROOT / "translations", help="where the .ts files are")
    options = parser.parse_args()
    if not options.lupdate:
        sys.exit("update.py: lupdate is missing (Debian: qt6-l10n-tools)")
    print(update(options.folder, options.lupdate), end="")


if __name__ == "__main__":
    main()
