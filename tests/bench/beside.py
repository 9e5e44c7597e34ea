"""Stepwire beside task-spooler, which queues commands and nothing else: memory, and what a job costs."""

import glob
import os
import shutil
import subprocess
import time

from home import Client, Home, guard_of, in_turn, load_average, memory, own_memory, read, stepwire, table

QUEUED = 900  # task-spooler takes no more than about 990
BATCH = 100


class Spooler:
    """A task-spooler of the bench's own."""

    def __init__(self, folder):
        self.socket = os.path.join(folder, "tsp.sock")
        self.env = dict(os.environ, TS_SOCKET=self.socket, TMPDIR=folder, TS_MAXFINISHED="20000")
        self.program = shutil.which("tsp")

    def call(self, *arguments):
        return subprocess.run([self.program, *arguments], env=self.env, capture_output=True, text=True, check=True).stdout.strip()

    def processes(self):
        """The server first, then the clients, of which each waiting job keeps one."""
        found = []
        mark = f"TS_SOCKET={self.socket}\0".encode()
        for path in glob.glob("/proc/[0-9]*/environ"):
            try:
                with open(path, "rb") as file:
                    ours = mark in file.read() + b"\0"
                pid = int(path.split("/")[2])
                if ours and read(f"/proc/{pid}/comm").strip() == "tsp":
                    found.append(pid)
            except OSError:
                continue
        return sorted(found)

    def __enter__(self):
        self.call("-S", "1")
        return self

    def __exit__(self, *_):
        subprocess.run([self.program, "-k"], env=self.env, capture_output=True, check=False)
        subprocess.run([self.program, "-K"], env=self.env, capture_output=True, check=False)


def describe(processes):
    resident = sum(memory(pid) for pid in processes)
    own = sum(own_memory(pid) for pid in processes)
    return f"{resident:8.1f} MiB {own:8.1f} MiB {len(processes):6}"


def hub_processes(server):
    guard = guard_of(server)
    return [server, guard] if guard else [server]


def bench_beside(runs=5):
    if not shutil.which("tsp"):
        print("\ntask-spooler is not here (apt-get install task-spooler): nothing to compare with")
        return
    rows = []
    with Home() as home, Spooler(home.path) as spooler:
        server = home.hub.pid
        client = Client(home)
        rows.append(("stepwire hub, idle", describe(hub_processes(server))))
        rows.append(("task-spooler, idle", describe(spooler.processes())))

        def batch_of_ours():
            started = time.perf_counter()
            for _ in range(BATCH):
                job = subprocess.run([stepwire(), "run", "--detach", "--group", "batch", "--", "true"], env=home.env,
                                     stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True).stdout.strip()
            subprocess.run([stepwire(), "wait", job], env=home.env, check=True, capture_output=True)
            return (time.perf_counter() - started) / BATCH

        def batch_of_theirs():
            started = time.perf_counter()
            for _ in range(BATCH):
                job = spooler.call("true")
            subprocess.run([spooler.program, "-w", job], env=spooler.env, check=True, capture_output=True)
            return (time.perf_counter() - started) / BATCH

        def one_connection():
            started = time.perf_counter()
            jobs = client.pipeline("job.run", ({"command": ["true"], "group": "line", "terminal": False} for _ in range(BATCH)))
            subprocess.run([stepwire(), "wait", jobs[-1]["job"]], env=home.env, check=True, capture_output=True)
            return (time.perf_counter() - started) / BATCH

        costs = in_turn({"task-spooler, `tsp true`": batch_of_theirs, "`stepwire run --detach -- true`": batch_of_ours,
                         "job.run over one connection": one_connection}, runs)
        rows.append((f"stepwire hub, after {2 * BATCH * (runs + 1)} jobs", describe(hub_processes(server))))
        rows.append((f"task-spooler, after {BATCH * (runs + 1)} jobs", describe(spooler.processes())))

        client.call("job.run", {"command": ["sleep", "3600"], "group": "night"})
        client.pipeline("job.run", ({"command": ["true"], "group": "night"} for _ in range(QUEUED)))
        rows.append((f"stepwire hub, {QUEUED} queued", describe(hub_processes(server))))
        spooler.call("sleep", "3600")
        for _ in range(QUEUED):
            spooler.call("true")
        time.sleep(1)
        rows.append((f"task-spooler, {QUEUED} queued", describe(spooler.processes())))
        client.close()

    table(f"one job of {BATCH} × `true`, one at a time, submitted and run, per job", costs, "task-spooler, `tsp true`")
    print(f"\nmemory of the programs that stay ({load_average()})")
    print(f"  {'':36} {'resident':>12} {'its own':>12} processes")
    for name, text in rows:
        print(f"  {name:36} {text}")
