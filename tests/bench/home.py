"""What the measurements share: a home of their own, a client, and how numbers are taken and shown."""

import collections
import json
import os
import shutil
import socket
import statistics
import subprocess
import tempfile
import threading
import time

build = None  # the build folder, set by bench.py
other = None  # another program than the one that was built


def stepwire():
    return other or os.path.join(build, "bin", "stepwire")


def program(name):
    for folder in ("tests/bench", "bin"):
        path = os.path.join(build, folder, name)
        if os.path.exists(path):
            return path
    raise SystemExit(f"bench: {name} was not built")


class Home:
    """Folders of the bench's own, so that nobody's hub or jobs are touched. A hub that finds a journal that is none
    goes on without one."""

    def __init__(self, journal=True):
        self.path = tempfile.mkdtemp(prefix="swb")
        self.env = {key: value for key, value in os.environ.items() if not key.startswith(("XDG_", "STEPWIRE_"))}
        for name in ("RUNTIME_DIR", "STATE_HOME", "CONFIG_HOME", "CACHE_HOME"):
            folder = os.path.join(self.path, name.lower())
            os.mkdir(folder, 0o700)
            self.env["XDG_" + name] = folder
        self.socket = os.path.join(self.env["XDG_RUNTIME_DIR"], "stepwire", "hub.sock")
        self.journal = os.path.join(self.env["XDG_STATE_HOME"], "stepwire", "journal.sqlite")
        if not journal:
            os.mkdir(os.path.dirname(self.journal), 0o700)
            with open(self.journal, "w", encoding="utf-8") as out:
                out.write("no journal, on purpose\n" * 100)
        self.hub = None

    def start_hub(self, *options):
        self.hub = subprocess.Popen([stepwire(), "--no-gui", *options], env=self.env, stderr=subprocess.PIPE)
        for line in self.hub.stderr:
            if b"listening" in line:
                break
        else:
            raise SystemExit("bench: the hub did not start")
        threading.Thread(target=self.hub.stderr.read, daemon=True).start()  # it logs every job

    def __enter__(self):
        self.start_hub()
        return self

    def __exit__(self, *_):
        self.hub.terminate()
        self.hub.wait()
        shutil.rmtree(self.path, ignore_errors=True)


class Client:
    def __init__(self, home):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(home.socket)
        self.lines = self.socket.makefile("rb")
        self.lines.readline()  # hello
        self.calls = 0

    def send(self, method, params):
        self.calls += 1
        self.socket.sendall(json.dumps({"jsonrpc": "2.0", "id": self.calls, "method": method, "params": params}).encode() + b"\n")

    def result(self):
        answer = json.loads(self.lines.readline())
        if "error" in answer:
            raise SystemExit(f"bench: {answer['error']}")
        return answer["result"]

    def call(self, method, params):
        self.send(method, params)
        return self.result()

    def timed(self, method, params):
        """How long until the last byte of the answer was there."""
        started = time.perf_counter()
        self.send(method, params)
        self.lines.readline()
        return time.perf_counter() - started

    def pipeline(self, method, many, at_once=60):
        """The results of many calls, so many of them under way at a time."""
        results, under_way = [], 0
        for params in many:
            if under_way == at_once:
                results.append(self.result())
                under_way -= 1
            self.send(method, params)
            under_way += 1
        return results + [self.result() for _ in range(under_way)]

    def close(self):
        self.lines.close()
        self.socket.close()


class Subscriber(threading.Thread):
    """Reads everything and counts what it reads."""

    KINDS = {"progress": b'"type":"step.progress"', "output": b'"type":"step.output"', "skipped": b'"skipped":'}

    def __init__(self, home, **filters):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(home.socket)
        self.socket.sendall(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "subscribe", "params": filters}).encode() + b"\n")
        self.counts = collections.Counter()
        self.bytes = 0
        self.start()

    def run(self):
        rest = b""
        while chunk := self.socket.recv(1 << 20):
            whole, newline, rest = (rest + chunk).rpartition(b"\n")
            if not newline:
                continue
            self.bytes += len(whole) + 1
            self.counts["events"] += whole.count(b"\n") + 1
            for name, pattern in self.KINDS.items():
                self.counts[name] += whole.count(pattern)

    def until(self, name, count, seconds=60):
        deadline = time.monotonic() + seconds
        while self.counts[name] < count:
            if time.monotonic() > deadline:
                raise SystemExit(f"bench: {self.counts[name]} {name} within {seconds} s, expected {count}")
            time.sleep(0.01)

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.join()
        self.socket.close()


TICKS = os.sysconf("SC_CLK_TCK")


def seconds_of(stat):
    fields = stat[stat.rindex(")") + 2:].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def guard_of(pid):
    """The hub's helper that starts and ends the steps."""
    return next((int(child) for child in read(f"/proc/{pid}/task/{pid}/children").split()), None) or next(
        (int(child) for task in os.listdir(f"/proc/{pid}/task") for child in read(f"/proc/{pid}/task/{task}/children").split()), None)


def cpu_seconds(pid):
    """The seconds of processor time that each thread of the hub has used, and its guard."""
    used = collections.Counter()
    for task in os.listdir(f"/proc/{pid}/task"):
        stat = read(f"/proc/{pid}/task/{task}/stat")
        name = "main" if int(task) == pid else stat[stat.index("(") + 1:stat.rindex(")")]
        used[name] += seconds_of(stat)
    if guard := guard_of(pid):
        used["guard"] = seconds_of(read(f"/proc/{guard}/stat"))
    return used


def memory(pid, field="VmRSS"):
    """Resident memory in MiB."""
    return next(int(line.split()[1]) for line in read(f"/proc/{pid}/status").splitlines() if line.startswith(field + ":")) / 1024


def own_memory(pid):
    """What this process has written, in MiB: what it maps of programs and libraries is not counted."""
    return sum(int(line.split()[1]) for line in read(f"/proc/{pid}/smaps_rollup").splitlines() if line.startswith("Private_Dirty:")) / 1024


def load_average():
    return "load average " + " ".join(f"{value:.2f}" for value in os.getloadavg())


def timed(argv, **options):
    started = time.perf_counter()
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    took = time.perf_counter() - started
    if done.returncode != 0:
        raise SystemExit(f"bench: {argv} ended with {done.returncode}")
    return took


def ratio(mine, other):
    """The median of the pairs: what disturbs a run mostly disturbs its neighbour too."""
    return statistics.median(a / b for a, b in zip(mine, other))


def table(title, rows, reference):
    """rows: name → times in seconds, run in turn."""
    print(f"\n{title} ({load_average()})")
    print(f"  {'':34} {'median':>10} {'min':>10} {'max':>10}   against {reference}")
    for name, times in rows.items():
        print(f"  {name:34} {statistics.median(times) * 1000:8.1f} ms {min(times) * 1000:7.1f} ms {max(times) * 1000:7.1f} ms   "
              f"{ratio(times, rows[reference]):5.2f}")


def in_turn(commands, runs, warmup=1):
    rows = {name: [] for name in commands}
    for turn in range(runs + warmup):
        for name, run in commands.items():
            took = run()
            if turn >= warmup:
                rows[name].append(took)
    return rows


def percentile(times, part):
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]
