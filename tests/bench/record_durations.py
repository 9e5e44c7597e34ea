#!/usr/bin/env python3
"""Runs a few real jobs again and again and writes how long each step took: record_durations.py OUT.json [ROUNDS]

The steps are ordinary tools on generated files. Nothing is done to calm the machine, since users do not either.
and `images` get inputs of another size each round, as people's do; `build` and `table` the same ones. At most two steps run
at once. The file is written after each round, so that it may be stopped at any time.
"""

import concurrent.futures
import json
import os
import random
import subprocess
import sys
import tempfile
import time

PARALLEL = 2
CONVERT = "/usr/bin/convert"


def text(path, size, seed):
    """Words, so that compressors and sort have something to do."""
    draw = random.Random(seed)
    words = [bytes(draw.choices(b"abcdefghijklmnopqrstuvwxyz", k=draw.randint(2, 11))) for _ in range(20000)]
    with open(path, "wb") as out:
        written = 0
        while written < size:
            lines = b"".join(b"%d %b\n" % (draw.randrange(10**6), b" ".join(draw.choices(words, k=7))) for _ in range(2000))
            out.write(lines)
            written += len(lines)


def source(path, functions, seed):
    """A C++ file whose compilation takes about as long as it has functions."""
    draw = random.Random(seed)
    with open(path, "w", encoding="ascii") as out:
        out.write("#include <algorithm>\n#include <map>\n#include <string>\n#include <vector>\n")
        for i in range(functions):
            out.write(
                f"int f{seed}_{i}(const std::vector<std::string> &in) {{ std::map<std::string, std::vector<int>> m;"
                f" for (const auto &s : in) m[s].push_back({draw.randrange(99)}); int n = 0;"
                f" for (auto &[k, v] : m) {{ std::sort(v.begin(), v.end()); n += int(k.size()) * v.front(); }} return n; }}\n"
            )
        if seed == 0:
            out.write("int main() { return f0_0({}); }\n")


def build(factor):
    del factor
    for seed, functions in enumerate((400, 1000, 1800, 2600)):
        source(f"u{seed}.cpp", functions, seed)
    with open("CMakeLists.txt", "w", encoding="ascii") as out:
        out.write("cmake_minimum_required(VERSION 3.16)\nproject(p LANGUAGES C CXX)\nadd_executable(p u0.cpp)\n")
    units = [f"unit{n}" for n in range(4)]
    return [
        ("configure", [], "cmake -S . -B out"),
        *((f"unit{n}", ["configure"], f"g++ -std=c++17 -O2 -c u{n}.cpp") for n in range(4)),
        ("link", units, "g++ -o p u0.o u1.o u2.o u3.o"),
        ("test", ["link"], "./p"),
        ("strip", ["link"], "strip -o p.stripped p"),
        ("package", ["test", "strip"], "tar -cf - p.stripped *.o | xz -6 > p.tar.xz"),
    ]


def archive(factor):
    text("data", int(70e6 * factor), 1)
    return [
        ("pack", [], "tar -cf data.tar data"),
        ("gzip", ["pack"], "gzip -9 -k -f data.tar"),
        ("xz", ["pack"], "xz -2 -k -f data.tar"),
        ("checksum", ["gzip", "xz"], "sha256sum data.tar.gz data.tar.xz > sums"),
        ("verify", ["checksum"], "xz -t data.tar.xz && gzip -t data.tar.gz"),
    ]


def images(factor):
    side = int(1900 * factor**0.5)
    effects = {
        "blur": "-blur 0x14",
        "sharpen": "-unsharp 0x9",
        "paint": "-paint 3",
        "sepia": "-sepia-tone 80% -blur 0x3",
        "negate": "-negate",
    }
    return [
        ("base", [], f"{CONVERT} -seed 7 -size {side}x{side} plasma:fractal base.png"),
        *((name, ["base"], f"{CONVERT} base.png {what} {name}.png") for name, what in effects.items()),
        ("sheet", list(effects), CONVERT + " " + " ".join(f"{n}.png" for n in effects) + " -resize 50% +append sheet.png"),
        ("jpeg", ["sheet"], f"{CONVERT} sheet.png -quality 92 sheet.jpg"),
    ]


def table(factor):
    del factor
    text("rows", int(150e6), 2)
    return [
        ("sort", [], "LC_ALL=C.UTF-8 sort -S 32M rows > a"),
        ("numeric", ["sort"], "LC_ALL=C sort -n -S 32M a > b"),
        ("words", ["numeric"], "cut -d' ' -f2 b | LC_ALL=C sort | uniq -c > c"),
        ("top", ["words"], "sort -rn c | head -100 > d"),
        ("compress", ["top"], "xz -1 -k -f b"),
        ("checksum", ["compress"], "sha256sum a b c d b.xz > sums"),
    ]


def run(steps):
    """When each step began and how long it took, in ms: {step: [begin, ms]}."""
    zero = time.monotonic()
    times = {}

    def one(command):
        begin = time.monotonic()
        subprocess.run(["sh", "-c", command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return begin, time.monotonic()

    with concurrent.futures.ThreadPoolExecutor(PARALLEL) as pool:
        waiting, running = list(steps), {}
        while waiting or running:
            for step in list(waiting):
                if len(running) < PARALLEL and all(need in times for need in step[1]):
                    running[pool.submit(one, step[2])] = step[0]
                    waiting.remove(step)
            done, _ = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
            for future in done:
                begin, end = future.result()
                times[running.pop(future)] = [round((begin - zero) * 1000), round((end - begin) * 1000)]
    return {"ms": round((time.monotonic() - zero) * 1000), "steps": times}


def main():
    out, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 12
    draw = random.Random(11)
    kept = {}
    for _ in range(rounds):
        for make in (build, archive, images, table):
            factor = round(draw.uniform(0.7, 1.4), 2)
            with tempfile.TemporaryDirectory(prefix="durations") as folder:
                home = os.getcwd()
                os.chdir(folder)
                try:
                    steps = make(factor)
                    record = run(steps)
                finally:
                    os.chdir(home)
            plan = [{"id": name, "needs": needs} for name, needs, _ in steps]
            kept.setdefault(make.__name__, {"parallel": PARALLEL, "plan": plan, "runs": []})["runs"].append(record)
            print(make.__name__, record["ms"], {k: v[1] for k, v in record["steps"].items()}, flush=True)
        with open(out + ".new", "w", encoding="utf-8") as file:
            file.write("{\n")
            file.write(",\n".join(
                f' {json.dumps(name)}: {{"parallel": {p["parallel"]},\n  "plan": {json.dumps(p["plan"])},\n  "runs": [\n   '
                + ",\n   ".join(json.dumps(r) for r in p["runs"]) + "]}"
                for name, p in kept.items()
            ))
            file.write("\n}\n")
        os.replace(out + ".new", out)


main()
