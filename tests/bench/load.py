"""Stepwire under load: how much of a core each thread needs, how much memory, how soon it answers."""

import collections
import os
import statistics
import subprocess
import time

from home import (Client, Home, Subscriber, cpu_seconds, guard_of, load_average, memory, percentile, program, ratio,
                  stepwire, timed)

HISTORY = 10_000
QUEUED = 1_000
STEPS = 200
PER_SECOND = 50
SECONDS = int(os.environ.get("BENCH_SECONDS", "24"))


def tickers(count, seconds, more=""):
    return "".join(f'[[steps]]\nid = "s{i}"\nneeds = []\ncommand = ["{program("bench_ticker")}", "{PER_SECOND}", "{seconds}"]\n\n'
                   for i in range(count)) + more


def fill_history(client, jobs):
    started = time.perf_counter()
    for done in range(0, jobs, 100):
        acks = client.pipeline("report.start", ({"title": f"earlier {done + i}"} for i in range(100)))
        client.pipeline("report.finish", ({"job": ack["job"]} for ack in acks))
    return time.perf_counter() - started


def last_cursor(client):
    """Where the last page of all jobs begins."""
    cursor, pages = None, 1
    while True:
        page = client.call("job.list", {"cursor": cursor} if cursor else {})
        if "cursor" not in page:
            return cursor, pages
        cursor, pages = page["cursor"], pages + 1


class Latencies:
    """What a client waits for, asked in turn."""

    def __init__(self, home, client, cursor):
        self.home, self.client, self.cursor = home, client, cursor
        self.times = collections.defaultdict(list)

    def take(self):
        self.times["job.list, first page"].append(self.client.timed("job.list", {}))
        self.times["job.list, last page"].append(self.client.timed("job.list", {"cursor": self.cursor}))

    def take_status(self):
        self.times["`stepwire status`, all of it"].append(timed([stepwire(), "status"], env=self.home.env))


def show_latencies(without, under):
    print(f"\nanswers {'':32}       without load           under it")
    print(f"  {'':36} {'p50':>8} {'p95':>9}   {'p50':>8} {'p95':>9}")
    for name, times in without.times.items():
        row = "   ".join(f"{percentile(each, 0.5) * 1000:6.2f} ms {percentile(each, 0.95) * 1000:6.2f} ms"
                         for each in (times, under.times[name]))
        print(f"  {name:36} {row}")


def bench_load():
    with Home() as home:
        pid = home.hub.pid
        rows = [("idle", memory(pid))]
        client = Client(home)
        took = fill_history(client, HISTORY)
        rows.append((f"{HISTORY} jobs in history", memory(pid)))
        client.call("job.run", {"command": ["sleep", "3600"], "group": "night"})
        client.pipeline("job.run", ({"command": ["true"], "group": "night"} for _ in range(QUEUED)))
        rows.append((f"and {QUEUED} queued", memory(pid)))
        cursor, pages = last_cursor(client)

        without = Latencies(home, client, cursor)
        before = cpu_seconds(pid)
        time.sleep(4)
        waiting = cpu_seconds(pid) - before
        for turn in range(200):
            without.take()
            if turn % 10 == 0:
                without.take_status()

        everything = Subscriber(home)
        client.call("job.run", {"toml": tickers(STEPS, SECONDS + 8), "jobs": STEPS})
        everything.until("progress", STEPS * 10)
        under = Latencies(home, client, cursor)
        counted = collections.Counter(everything.counts)
        bytes_before = everything.bytes
        before, began = cpu_seconds(pid), time.monotonic()
        turn = 0
        while (now := time.monotonic()) < began + SECONDS:
            if turn % (SECONDS * 10 // 6) == 0:
                rows.append((f"under load, after {now - began:2.0f} s", memory(pid)))
            under.take()
            if turn % 20 == 10:
                under.take_status()
            turn += 1
            time.sleep(max(0, began + turn * 0.1 - time.monotonic()))
        passed = time.monotonic() - began
        used = cpu_seconds(pid) - before
        seen = everything.counts - counted
        received = everything.bytes - bytes_before
        average = load_average()
        rows.append((f"under load, after {passed:2.0f} s", memory(pid)))
        guard = memory(guard_of(pid))
        time.sleep(10)
        everything.close()
        rows.append(("after it", memory(pid)))
        rows.append(("most of all", memory(pid, "VmHWM")))

        print(f"\n{HISTORY} jobs in history, {QUEUED} queued, {STEPS} steps with {PER_SECOND} progress lines a second each, one "
              f"subscriber\nto everything, for {passed:.0f} s ({average})")
        print(f"  history made by reports at {HISTORY / took:.0f} jobs a second; {pages} pages of job.list")
        print(f"  events a second seen: {seen['events'] / passed:.0f} ({seen['progress'] / passed:.0f} progress, "
              f"{seen['output'] / passed:.0f} output), {received / passed / 1e6:.1f} MB/s, {seen['skipped']} gaps")
        print(f"\nshare of a core {'':10} {'hub':>8} {'engine':>8} {'journal':>8} {'main':>8} {'guard':>8}")
        for name, shares, seconds in (("queue and history only", waiting, 4), ("under load", used, passed)):
            print(f"  {name:24} " + " ".join(f"{100 * shares[thread] / seconds:6.1f} %"
                                             for thread in ("hub", "engine", "journal", "main", "guard")))
        show_latencies(without, under)
        print("\nresident memory of the hub")
        for name, mib in rows:
            print(f"  {name:32} {mib:7.1f} MiB")
        print(f"  {'its guard, under load':32} {guard:7.1f} MiB")
        print(f"  {'journal on disk':32} {disk(home) / 2**20:7.1f} MiB")


def disk(home):
    return sum(os.path.getsize(home.journal + ending) for ending in ("", "-wal") if os.path.exists(home.journal + ending))


def bench_yes(pairs=4, seconds=6):
    """Ten steps that tell their progress, with and without one beside them that prints without end."""
    rates = {"alone": [], "beside `yes`": []}
    loud = f'[[steps]]\nid = "loud"\nneeds = []\nprogress = "none"\ncommand = ["timeout", "{seconds + 3}", "yes"]\nallow_failure = true\n'
    with Home() as home:
        client = Client(home)
        for _ in range(pairs):
            for name, more in (("alone", ""), ("beside `yes`", loud)):
                progress = Subscriber(home, types=["step.progress", "job.finished"])
                job = client.call("job.run", {"toml": tickers(10, seconds + 2, more), "jobs": 11})["job"]
                progress.until("progress", 10 * 10)
                counted, began = progress.counts["progress"], time.monotonic()
                time.sleep(seconds)
                rates[name].append((progress.counts["progress"] - counted) / (time.monotonic() - began) / 10)
                subprocess.run([stepwire(), "wait", job], env=home.env, stderr=subprocess.DEVNULL, check=False)
                progress.close()
        client.close()
    print(f"\nprogress events a second of each of 10 steps that print {PER_SECOND} lines a second ({load_average()})")
    for name, values in rates.items():
        print(f"  {name:20} {statistics.median(values):6.2f}   least {min(values):6.2f}, most {max(values):6.2f}")
    print(f"  `yes` costs {100 * (1 - ratio(rates['beside `yes`'], rates['alone'])):.1f} % of it")
