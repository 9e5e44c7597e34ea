"""The measurement of tests/bench/desktop: the window under load, and how soon it opens."""

import argparse
import itertools
import mmap
import os
import random
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time

import home as common
from home import Client, Home, cpu_seconds, load_average, percentile, program

SHAPES = {150: 1, 6: 10, 1: 240}  # live jobs: steps, and how many have so many
LIVE = sum(SHAPES.values())
PER_STEP = 25  # progress events a second that a hub lets through
CHURN = 5  # jobs a second that come and go
LIMITS = {"median": 16, "99th": 50, "main": 40, "first": 2}
WORDS = ("backup", "encode", "sync", "index", "thumbnails", "render", "upload", "checksum", "deploy", "import")


class Desktop:
    """A display with a window manager, a session bus and a tray of the bench's own."""

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="swd")
        self.programs = []
        self.env = {}

    def __enter__(self):
        number = self._first_line(lambda fd: ["Xvfb", "-displayfd", str(fd), "-screen", "0", "1400x900x24", "-nolisten", "tcp", "-ac",
                                              "-noreset"])
        self.env = {"DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"}
        self.env["DBUS_SESSION_BUS_ADDRESS"] = self._first_line(
            lambda fd: ["dbus-daemon", "--session", "--nofork", "--nopidfile", f"--address=unix:path={self.path}/bus",
                        f"--print-address={fd}"])
        self._start(["openbox", "--sm-disable"])
        until(lambda: "_NET_ACTIVE_WINDOW" in self.tool("xprop", "-root", "_NET_SUPPORTED"), "the window manager")
        self._start(["trayer", "--edge", "top", "--align", "right", "--SetDockType", "true", "--height", "32"])
        until(lambda: self.tool("xdotool", "search", "--class", "trayer"), "the tray")
        return self

    def __exit__(self, *_):
        for each in reversed(self.programs):
            each.terminate()
            each.wait()
        shutil.rmtree(self.path, ignore_errors=True)

    def _start(self, argv, **more):
        self.programs.append(subprocess.Popen(argv, env={**os.environ, **self.env}, stdin=subprocess.DEVNULL,
                                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more))

    def _first_line(self, argv):
        reader, writer = os.pipe()
        self._start(argv(writer), pass_fds=(writer,))
        os.close(writer)
        with os.fdopen(reader, encoding="ascii") as pipe:
            return pipe.readline().strip()

    def tool(self, *argv):
        return subprocess.run(argv, env={**os.environ, **self.env}, capture_output=True, text=True, check=False).stdout


def until(done, what, seconds=60):
    deadline = time.monotonic() + seconds
    while not (result := done()):
        if time.monotonic() > deadline:
            raise SystemExit(f"bench: {what} did not come within {seconds} s")
        time.sleep(0.02)
    return result


class Window:
    """The program as it was built, with frames.cpp preloaded."""

    def __init__(self, desktop, home):
        self.desktop = desktop
        self.frames = os.path.join(home.path, "frames")
        with open(self.frames, "wb"):
            pass
        env = {**home.env, **desktop.env, "LD_PRELOAD": program("bench_frames.so"), "BENCH_FRAMES": self.frames}
        self.started = time.monotonic_ns()
        self.process = subprocess.Popen([program("stepwire-desktop")], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        until(lambda: os.path.getsize(self.frames) or self._check(), "the window's program")
        with open(self.frames, "rb") as file:
            self.log = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
        self.first = (until(self._first, "the first frame") - self.started) / 1e6
        self.id = None

    def _check(self):
        if self.process.poll() is not None:
            raise SystemExit(f"bench: the window's program ended with {self.process.returncode}")

    def _first(self):
        self._check()
        return struct.unpack_from("qq", self.log)[1]

    def find(self):
        self.id = until(lambda: self.desktop.tool("xdotool", "search", "--onlyvisible", "--name", "^Stepwire$").split(), "the window")[0]
        self.desktop.tool("xdotool", "windowactivate", "--sync", self.id)

    def stretches(self, begin, end):
        """(milliseconds, of them of the processor, pixels) of each time the main thread was awake."""
        count = struct.unpack_from("q", self.log)[0]
        for began, wall, processor, pixels in struct.iter_unpack("qqqq", self.log[16:16 + 32 * count]):
            if begin <= began < end:
                yield wall / 1e6, processor / 1e6, pixels

    def quiet(self, seconds=1.0, most=120):
        """Until the main thread sleeps nearly all the time."""
        deadline = time.monotonic() + most
        while time.monotonic() < deadline:
            now = time.monotonic_ns()
            time.sleep(seconds)
            if sum(wall for wall, _, _ in self.stretches(now, time.monotonic_ns())) < 50 * seconds:
                return
        raise SystemExit(f"bench: the window is not quiet after {most} s")

    def close(self):
        self.log.close()
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait() != 0:
            raise SystemExit(f"bench: the window's program ended with {self.process.returncode}")


def title(dice):
    return f"{dice.choice(WORDS)} {dice.choice(WORDS)} {dice.randrange(10000)}"


def steps(count):
    return [{"step": f"s{i}", "title": f"part {i}"} for i in range(count)]


def fill(home, jobs):
    """Ended jobs, one of twenty failed, one of four with steps; and those that live."""
    dice = random.Random(5)
    client = Client(home)
    for done in range(0, jobs - LIVE, 100):
        shapes = [{"title": title(dice), **({"steps": steps(4)} if dice.random() < 0.25 else {})} for _ in range(min(100, jobs - LIVE - done))]
        acks = client.pipeline("report.start", shapes)
        client.pipeline("report.progress", ({"job": ack["job"], "step": step["step"], "state": "succeeded"}
                                            for ack, shape in zip(acks, shapes) for step in shape.get("steps", [{"step": "main"}])))
        client.pipeline("report.finish", ({"job": ack["job"], **({"error": "the disk is full"} if dice.random() < 0.05 else {})} for ack in acks))
    live = []
    for count, many in SHAPES.items():
        for ack in client.pipeline("report.start", ({"title": title(dice), "ttl_ms": 86_400_000, "steps": steps(count)} for _ in range(many))):
            live += [(ack["job"], f"s{i}") for i in range(count)]
    client.close()
    return live


class Load:
    """Progress of every live step, a little more often than a hub lets through; and jobs that come and go."""

    TOTAL = 2000

    def __init__(self, home, live):
        self.home, self.live, self.ended = home, live, threading.Event()
        self.threads = [threading.Thread(target=each, daemon=True) for each in (self._progress, self._churn)]

    def __enter__(self):
        for each in self.threads:
            each.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        for each in self.threads:
            each.join()

    def _progress(self):
        client, slices = Client(self.home), 8
        next_time = time.monotonic()
        for done in itertools.chain(range(self.TOTAL), itertools.repeat(self.TOTAL)):
            for part in range(slices):
                client.socket.sendall("".join(
                    f'{{"jsonrpc":"2.0","method":"report.progress","params":{{"job":"{job}","step":"{step}","done":{done},"total":{self.TOTAL},'
                    f'"unit":"files","message":"copying"}}}}\n' for job, step in self.live[part::slices]).encode())
                next_time += 1 / (PER_STEP + 1) / slices
                if self.ended.wait(max(0.0, next_time - time.monotonic())):
                    return client.close()

    def _churn(self):
        client, under_way, dice = Client(self.home), [], random.Random(6)
        while not self.ended.wait(1 / CHURN):
            under_way.append(client.call("report.start", {"title": title(dice)})["job"])
            if len(under_way) > 2 * CHURN:
                client.call("report.finish", {"job": under_way.pop(0)})
        for job in under_way:
            client.call("report.finish", {"job": job})
        client.close()


def use(desktop, ended):
    """Somebody who looks through the list, chooses, and changes the pages. Returns how much was done."""
    keys = [["key", "alt+0"]]
    keys += [["key", "Down"]] * 3 + [["mousemove", "250", "450"]]
    for tab in (1, 2, 3, 4):
        keys += [["key", f"alt+{tab}"], ["click", "5"], ["click", "5"], ["key", "alt+0", "Down"]]
    keys += [["click", "--repeat", "8", "--delay", "20", "5"], ["key", "Next"], ["key", "Next"], ["key", "End"], ["key", "Home"],
             ["click", "--repeat", "8", "--delay", "20", "4"], ["key", "Down", "Down"]]
    keys += [["key", "ctrl+k"], ["type", "sy"], ["type", "nc"], ["key", "BackSpace", "BackSpace"], ["key", "ctrl+a", "BackSpace"]]
    for count, argv in enumerate(itertools.cycle(keys)):
        if ended():
            return count
        desktop.tool("xdotool", *argv)
        time.sleep(0.12)


def seq(home):
    """How many events the hub has numbered so far: what it says to one who connects."""
    client = Client.__new__(Client)
    client.socket = common.socket.socket(common.socket.AF_UNIX)
    client.socket.connect(home.socket)
    client.lines = client.socket.makefile("rb")
    number = common.json.loads(client.lines.readline())["params"]["seq"]
    client.close()
    return number


def under_load(desktop, home, live, seconds):
    window = Window(desktop, home)
    until(lambda: os.path.exists(home.socket), "the hub")
    window.find()
    begin = time.monotonic_ns()
    window.quiet()
    arrival = max((wall for wall, _, _ in window.stretches(begin, time.monotonic_ns())), default=0)
    shown = window.process.pid
    hub = home.hub.pid if home.hub else shown
    with Load(home, live):
        time.sleep(3)
        before, before_hub, numbered = cpu_seconds(shown), cpu_seconds(hub), seq(home)
        begin = time.monotonic_ns()
        done = use(desktop, lambda: time.monotonic_ns() > begin + seconds * 1_000_000_000)
        end = time.monotonic_ns()
        used, used_hub, numbered = cpu_seconds(shown) - before, cpu_seconds(hub) - before_hub, seq(home) - numbered
    average = load_average()
    passed = (end - begin) / 1e9
    if used["link"] < 0.005 * passed:
        raise SystemExit("bench: the window did not follow the hub")
    frames = [(wall, processor) for wall, processor, pixels in window.stretches(begin, end) if pixels]
    result = {"window": window, "arrival": arrival, "events": numbered / passed, "rate": len(frames) / passed, "done": done / passed,
              "wall": [wall for wall, _ in frames], "processor": [processor for _, processor in frames], "average": average,
              "main": 100 * used["main"] / passed, "link": 100 * used["link"] / passed, "hub": 100 * used_hub["hub"] / passed}
    window.close()
    return result


def opening(desktop, empty, full, runs):
    """Milliseconds from the start of the program to its first picture, in turn."""
    times = {"empty": [], "full": []}
    for turn in range(runs + 1):
        for name, home in (("empty", empty), ("full", full)):
            window = Window(desktop, home)
            if turn:
                times[name].append(window.first)
            window.quiet(0.3)
            window.close()
    return times


def verdict(value, limit):
    return "within" if value <= limit else "OVER"


def show(rows, openings, jobs, runs):
    print(f"\nthe window with {jobs} jobs, {LIVE} of them live, under load, while somebody scrolls, chooses, searches and changes pages")
    print(f"  {'':22} {'events/s':>9} {'frames/s':>9} {'median':>10} {'99th':>10} {'most':>10} {'main':>8} {'link':>8} {'hub':>8}")
    for name, row in rows.items():
        for kind, words in (("wall", name), ("processor", "  of the processor")):
            times = row[kind]
            figures = f"{statistics.median(times):7.1f} ms {percentile(times, 0.99):7.1f} ms {max(times):7.1f} ms"
            if kind == "wall":
                print(f"  {words:22} {row['events']:9.0f} {row['rate']:9.1f} {figures} {row['main']:6.1f} % {row['link']:6.1f} % {row['hub']:6.1f} %")
            else:
                print(f"  {words:22} {'':9} {'':9} {figures}")
        print(f"  {'':22} {verdict(statistics.median(row['wall']), LIMITS['median'])} {LIMITS['median']} ms at the median, "
              f"{verdict(percentile(row['wall'], 0.99), LIMITS['99th'])} {LIMITS['99th']} ms at the 99th, "
              f"{verdict(row['main'], LIMITS['main'])} {LIMITS['main']} % of a core; {row['average']}")
        print(f"  {'':22} {row['done']:.1f} keys and clicks a second; the longest that the main thread was busy while the history came: "
              f"{row['arrival']:.1f} ms")
    if not openings:
        return
    print(f"\nfrom the start of the program to its first frame, {runs} pairs in turn ({load_average()})")
    print(f"  {'':22} {'empty':>10} {f'{jobs} jobs':>12} {'ratio':>7}")
    for name, times in openings.items():
        empty, full = statistics.median(times["empty"]), statistics.median(times["full"])
        print(f"  {name:22} {empty:7.1f} ms {full:9.1f} ms {full / empty:7.2f}   {verdict(full / empty, LIMITS['first'])} {LIMITS['first']}")


def main():
    parser = argparse.ArgumentParser(prog="tests/bench/desktop", description=__doc__)
    parser.add_argument("build", help=argparse.SUPPRESS)
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--seconds", type=int, default=30, help="under load, of each kind")
    parser.add_argument("--runs", type=int, default=7, help="pairs of openings, of each kind")
    parser.add_argument("--only", choices=("joined", "embedded"))
    args = parser.parse_args()
    common.build = os.path.abspath(args.build)
    rows, openings = {}, {}
    with Desktop() as desktop, Home() as full, Home() as empty:
        live = fill(full, args.jobs)
        if args.only != "embedded":
            name = "a hub of its own"
            if args.runs:
                openings[name] = opening(desktop, empty, full, args.runs)
            rows[name] = under_load(desktop, full, live, args.seconds)
        for home in (full, empty):
            home.hub.terminate()
            home.hub.wait()
            home.hub = None
        if args.only != "joined":
            name = "a hub in the window"
            if args.runs:
                openings[name] = opening(desktop, empty, full, args.runs)
            rows[name] = under_load(desktop, full, live, args.seconds)
        for home in (full, empty):
            home.start_hub()  # which the end of a home ends
    show(rows, openings, args.jobs, args.runs)


if __name__ == "__main__":
    sys.exit(main())
