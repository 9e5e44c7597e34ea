"""The measurements of tests/bench/run: bench.py BUILD_FOLDER [steps|status|latency …]"""

import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

BUILD = os.path.abspath(sys.argv[1])
STEPWIRE = os.path.join(BUILD, "bin", "stepwire")
STEPS = 1000


def program(name):
    for folder in ("tests/bench", "bin"):
        path = os.path.join(BUILD, folder, name)
        if os.path.exists(path):
            return path
    raise SystemExit(f"bench: {name} was not built")


class Home:
    """Folders of the bench's own, so that nobody's hub or jobs are touched."""

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="swb")
        self.env = {key: value for key, value in os.environ.items() if not key.startswith(("XDG_", "STEPWIRE_"))}
        for name in ("RUNTIME_DIR", "STATE_HOME", "CONFIG_HOME", "CACHE_HOME"):
            folder = os.path.join(self.path, name.lower())
            os.mkdir(folder, 0o700)
            self.env["XDG_" + name] = folder
        self.socket = os.path.join(self.env["XDG_RUNTIME_DIR"], "stepwire", "hub.sock")
        self.hub = None

    def start_hub(self):
        self.hub = subprocess.Popen([STEPWIRE, "--no-gui"], env=self.env, stderr=subprocess.PIPE)
        assert b"listening" in self.hub.stderr.readline()

    def __enter__(self):
        self.start_hub()
        return self

    def __exit__(self, *_):
        self.hub.terminate()
        self.hub.wait()
        shutil.rmtree(self.path, ignore_errors=True)


def timed(argv, **options):
    started = time.perf_counter()
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    took = time.perf_counter() - started
    if done.returncode != 0:
        raise SystemExit(f"bench: {argv} ended with {done.returncode}")
    return took


def table(title, rows, reference):
    """rows: name → times in seconds, run in turn; the ratio is the median of the pairs."""
    print(f"\n{title}")
    print(f"  {'':34} {'median':>10} {'min':>10} {'max':>10}   against {reference}")
    for name, times in rows.items():
        ratio = statistics.median(mine / other for mine, other in zip(times, rows[reference]))
        print(f"  {name:34} {statistics.median(times) * 1000:8.1f} ms {min(times) * 1000:7.1f} ms {max(times) * 1000:7.1f} ms   {ratio:5.2f}")


def in_turn(commands, runs, warmup=1):
    rows = {name: [] for name in commands}
    for turn in range(runs + warmup):
        for name, run in commands.items():
            took = run()
            if turn >= warmup:
                rows[name].append(took)
    return rows


def bench_steps(runs=9):
    with Home() as home:
        folder = os.path.join(home.path, "work")
        os.mkdir(folder)
        with open(os.path.join(folder, "thousand.toml"), "w", encoding="utf-8") as out:
            out.writelines(f'[[steps]]\nid = "s{i}"\ncommand = ["true"]\nneeds = []\n\n' for i in range(STEPS))
        with open(os.path.join(folder, "build.ninja"), "w", encoding="utf-8") as out:
            out.write("rule t\n  command = true\n")
            out.writelines(f"build t{i}: t\n" for i in range(STEPS))
        with open(os.path.join(folder, "Makefile"), "w", encoding="utf-8") as out:
            names = " ".join(f"t{i}" for i in range(STEPS))
            out.write(f".PHONY: all {names}\nall: {names}\n{names}:\n\t@true\n")

        def ninja():
            took = timed(["ninja", "-j2"], cwd=folder, env=home.env)
            for name in (".ninja_log", ".ninja_deps"):
                if os.path.exists(os.path.join(folder, name)):
                    os.remove(os.path.join(folder, name))
            return took

        rows = in_turn({
            "ninja -j2": ninja,
            "make -j2": lambda: timed(["make", "-s", "-j2"], cwd=folder, env=home.env),
            "stepwire run --jobs 2": lambda: timed([STEPWIRE, "run", "--jobs", "2", "thousand.toml"], cwd=folder, env=home.env),
            "stepwire run --jobs 2 --json": lambda: timed([STEPWIRE, "run", "--json", "--jobs", "2", "./thousand.toml"], cwd=folder, env=home.env),
        }, runs)
        table(f"{STEPS} steps of `true`, two at a time", rows, "ninja -j2")


def bench_status(runs=60):
    with Home() as home:
        rows = in_turn({
            "hello (QtCore, one line)": lambda: timed([program("bench_hello")], env=home.env),
            "stepwire status": lambda: timed([STEPWIRE, "status"], env=home.env),
            "stepwire pipelines": lambda: timed([STEPWIRE, "pipelines"], env=home.env),
        }, runs, warmup=5)
        table("start-up", rows, "hello (QtCore, one line)")


def percentiles(times):
    ordered = sorted(times)
    return statistics.median(ordered) * 1e6, ordered[int(len(ordered) * 0.99)] * 1e6


def call(connection, method, params, call_id):
    connection.sendall(json.dumps({"jsonrpc": "2.0", "id": call_id, "method": method, "params": params}).encode() + b"\n")


def bench_latency(samples=400):
    with Home() as home:
        reporter = socket.socket(socket.AF_UNIX)
        reporter.connect(home.socket)
        lines = reporter.makefile("rb")
        lines.readline()
        call(reporter, "report.start", {"title": "bench"}, 1)
        job = json.loads(lines.readline())["result"]["job"]

        watch = subprocess.Popen([STEPWIRE, "watch", "--json"], env=home.env, stdout=subprocess.PIPE)
        assert b"snapshot" in watch.stdout.readline()
        through, by_command = [], []

        def until(done):
            while True:
                event = json.loads(watch.stdout.readline())
                if event["type"] == "step.progress" and event["data"]["done"] == done:
                    return

        for done in range(samples):
            started = time.perf_counter()
            call(reporter, "report.progress", {"job": job, "done": done, "total": 10 * samples}, done + 2)
            until(done)
            through.append(time.perf_counter() - started)
            lines.readline()
            time.sleep(0.045)  # below the 25 a second that are not merged
        for done in range(samples, samples + 60):
            started = time.perf_counter()
            subprocess.run([STEPWIRE, "report", "progress", job, "--done", str(done), "--total", str(10 * samples)], env=home.env, check=True)
            until(done)
            by_command.append(time.perf_counter() - started)
            time.sleep(0.045)
        watch.kill()

        path = os.path.join(home.path, "relay.sock")
        relay = subprocess.Popen([program("bench_relay"), path], stdout=subprocess.PIPE)
        relay.stdout.readline()
        sender, receiver = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
        sender.connect(path)
        receiver.connect(path)
        bare = []
        for done in range(samples):
            started = time.perf_counter()
            sender.sendall(b'{"jsonrpc":"2.0","id":%d,"method":"report.progress","params":{}}\n' % done)
            receiver.recv(4096)
            bare.append(time.perf_counter() - started)
            time.sleep(0.045)
        sender.close()
        relay.wait()

        print("\nfrom `report.progress` in one process to the line in another")
        print(f"  {'':48} {'p50':>9} {'p99':>9}")
        for name, times in (("two bare sockets and a relay", bare), ("report.progress on a socket → watch --json", through),
                            ("`stepwire report progress` started → watch --json", by_command)):
            p50, p99 = percentiles(times)
            print(f"  {name:48} {p50:6.0f} µs {p99:6.0f} µs")


ALL = {"steps": bench_steps, "status": bench_status, "latency": bench_latency}
for name in sys.argv[2:] or ALL:
    if name not in ALL:
        raise SystemExit(f"bench: '{name}' is no measurement, expected one of {', '.join(ALL)}")
    ALL[name]()
