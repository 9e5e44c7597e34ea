"""The measurements of tests/bench/run: bench.py BUILD_FOLDER [steps|status|latency|load|yes|journal|eta|beside|remote_socketio …], or
fanout and its options."""

import json
import os
import socket
import statistics
import subprocess
import sys
import time

import home as common
from beside import bench_beside
from fanout import bench_fanout
from home import Client, Home, Subscriber, cpu_seconds, in_turn, load_average, percentile, program, ratio, stepwire, table, timed
from load import bench_load, bench_yes
from remote_socketio import bench_remote_socketio

common.build = os.path.abspath(sys.argv[1])
STEPS = 1000


def bench_steps(runs=9):
    with Home() as home, Home(journal=False) as forgetful:
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

        spent = {home: [], forgetful: []}

        def ours(where, *options):
            def run():
                before = cpu_seconds(where.hub.pid)
                took = timed([stepwire(), "run", *options, "--jobs", "2", "./thousand.toml"], cwd=folder, env=where.env)
                spent[where].append(sum((cpu_seconds(where.hub.pid) - before).values()) / STEPS)
                return took

            return run

        rows = in_turn({
            "ninja -j2": ninja,
            "make -j2": lambda: timed(["make", "-s", "-j2"], cwd=folder, env=home.env),
            "stepwire run, no journal": ours(forgetful),
            "stepwire run": ours(home),
            "stepwire run --json": ours(home, "--json"),
        }, runs)
        table(f"{STEPS} steps of `true`, two at a time", rows, "ninja -j2")
        print(f"  a step: {1000 * statistics.median(rows['stepwire run']) / STEPS:.2f} ms with the journal, "
              f"{ratio(rows['stepwire run'], rows['stepwire run, no journal']):.2f} of what it takes without; of the hub's processor "
              f"time\n  {1000 * statistics.median(spent[home]):.2f} ms with it and {1000 * statistics.median(spent[forgetful]):.2f} ms without")


def bench_status(runs=60):
    with Home() as home:
        rows = in_turn({
            "hello (QtCore, one line)": lambda: timed([program("bench_hello")], env=home.env),
            "stepwire status": lambda: timed([stepwire(), "status"], env=home.env),
            "stepwire pipelines": lambda: timed([stepwire(), "pipelines"], env=home.env),
        }, runs, warmup=5)
        table("start-up", rows, "hello (QtCore, one line)")


def bench_latency(samples=400):
    with Home() as home:
        reporter = Client(home)
        job = reporter.call("report.start", {"title": "bench"})["job"]

        watch = subprocess.Popen([stepwire(), "watch", "--json"], env=home.env, stdout=subprocess.PIPE)
        assert b"snapshot" in watch.stdout.readline()
        through, by_command = [], []

        def until(done):
            while True:
                event = json.loads(watch.stdout.readline())
                if event["type"] == "step.progress" and event["data"]["done"] == done:
                    return

        for done in range(samples):
            started = time.perf_counter()
            reporter.send("report.progress", {"job": job, "done": done, "total": 10 * samples})
            until(done)
            through.append(time.perf_counter() - started)
            reporter.result()
            time.sleep(0.045)  # below the 25 a second that are not merged
        for done in range(samples, samples + 60):
            started = time.perf_counter()
            subprocess.run([stepwire(), "report", "progress", job, "--done", str(done), "--total", str(10 * samples)], env=home.env, check=True)
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

        print(f"\nfrom `report.progress` in one process to the line in another ({load_average()})")
        print(f"  {'':48} {'p50':>9} {'p99':>9}")
        for name, times in (("two bare sockets and a relay", bare), ("report.progress on a socket → watch --json", through),
                            ("`stepwire report progress` started → watch --json", by_command)):
            print(f"  {name:48} {percentile(times, 0.5) * 1e6:6.0f} µs {percentile(times, 0.99) * 1e6:6.0f} µs")


def through_hub(home, jobs):
    """Events a second that a subscriber sees while one client reports jobs: each is five state changes."""
    client, everything = Client(home), Subscriber(home)
    time.sleep(0.2)
    counted, started = everything.counts["events"], time.perf_counter()
    for _ in range(0, jobs, 100):
        acks = client.pipeline("report.start", ({"title": "bench"} for _ in range(100)))
        client.pipeline("report.progress", ({"job": ack["job"], "state": "succeeded"} for ack in acks))
        client.pipeline("report.finish", ({"job": ack["job"]} for ack in acks))
    everything.until("events", counted + 5 * jobs)
    rate = (everything.counts["events"] - counted) / (time.perf_counter() - started)
    client.close()
    everything.close()
    return rate


def bench_journal(runs=5):
    print("\nthe journal alone")
    for line in subprocess.run([program("journal_bench")], capture_output=True, text=True, check=True).stdout.splitlines():
        print("  " + line)
    with Home() as home, Home(journal=False) as forgetful:
        rows = in_turn({"with": lambda: through_hub(home, 1000), "without": lambda: through_hub(forgetful, 1000)}, runs)
    print(f"\nstate changes a second, from one client's reports through the hub to a subscriber ({load_average()})")
    for name, rates in rows.items():
        print(f"  {name + ' the journal':24} {statistics.median(rates):8.0f}   least {min(rates):8.0f}, most {max(rates):8.0f}")


def bench_eta():
    print("\nhow far the foretold time lies from what it took, in % of the whole run")
    durations = os.path.join(os.path.dirname(os.path.abspath(__file__)), "durations.json")
    for line in subprocess.run([program("eta_bench"), durations], capture_output=True, text=True, check=True).stdout.splitlines():
        print("  " + line)


ALL = {"steps": bench_steps, "status": bench_status, "latency": bench_latency, "load": bench_load, "yes": bench_yes,
       "journal": bench_journal, "eta": bench_eta, "beside": bench_beside, "fanout": bench_fanout,
       "remote_socketio": bench_remote_socketio}
if sys.argv[2:3] == ["fanout"]:
    bench_fanout(sys.argv[3:])
    raise SystemExit
for name in sys.argv[2:] or ALL:
    if name not in ALL:
        raise SystemExit(f"bench: '{name}' is no measurement, expected one of {', '.join(ALL)}")
    ALL[name]()
