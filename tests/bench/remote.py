"""Jobs of other hosts: what the way over ssh or wss adds beside a bare `ssh host cat`, and what 50 hosts cost."""

import argparse
import getpass
import json
import os
import shutil
import socket
import ssl
import statistics
import subprocess
import threading
import time

import home
from home import Client, Home, Subscriber, cpu_seconds, load_average, memory, percentile, stepwire

EVENTS = 300
HOSTS = 50
JOBS = 20
RATE = 10  # events a second of each job
SECONDS = 10


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Sshd:
    """An ssh server of the bench's own on loopback, and an `ssh` that finds it under the name `there`."""

    def __init__(self, folder):
        self.port = free_port()
        path = lambda name: os.path.join(folder, name)
        for key in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path(key)], check=True)
        shutil.copy(path("user.pub"), path("authorized"))
        with open(path("sshd_config"), "w", encoding="utf-8") as out:
            out.write(f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {path('host')}\nPidFile none\nUsePAM no\n"
                      f"AuthorizedKeysFile {path('authorized')}\nStrictModes no\nPermitRootLogin yes\nPasswordAuthentication no\n")
        with open(path("ssh_config"), "w", encoding="utf-8") as out:
            out.write(f"Host there\n HostName 127.0.0.1\n Port {self.port}\n User {getpass.getuser()}\n IdentityFile {path('user')}\n"
                      " IdentitiesOnly yes\n StrictHostKeyChecking no\n UserKnownHostsFile /dev/null\n LogLevel ERROR\n")
        self.bin = path("bin")
        os.mkdir(self.bin)
        with open(os.path.join(self.bin, "ssh"), "w", encoding="utf-8") as out:
            out.write(f"#!/bin/sh\nexec {shutil.which('ssh')} -F {path('ssh_config')} \"$@\"\n")
        os.chmod(os.path.join(self.bin, "ssh"), 0o755)
        os.makedirs("/run/sshd", exist_ok=True)
        self.server = subprocess.Popen([shutil.which("sshd", path="/usr/sbin:" + os.environ["PATH"]), "-D", "-e", "-f",
                                        path("sshd_config")], stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    def close(self):
        self.server.terminate()
        self.server.wait()


class Watcher(threading.Thread):
    """When each custom event was there, by its value."""

    def __init__(self, where):
        super().__init__(daemon=True)
        self.client = Client(where)
        self.client.call("subscribe", {"types": ["custom"], "output": False})
        self.seen = {}
        self.start()

    def run(self):
        for line in self.client.lines:
            now = time.perf_counter()
            event = json.loads(line).get("params", {})
            if event.get("type") == "custom":
                self.seen[event["data"]["value"]] = now

    def until(self, value):
        deadline = time.monotonic() + 20
        while value not in self.seen:
            if time.monotonic() > deadline:
                raise SystemExit("bench: an event did not come")
            time.sleep(0.0002)
        return self.seen[value]


def cat_times(sshd):
    """There and back of one line."""
    cat = subprocess.Popen([os.path.join(sshd.bin, "ssh"), "there", "cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    times = []
    line = b"x" * 400 + b"\n"  # about as long as an event
    for _ in range(EVENTS + 20):
        started = time.perf_counter()
        cat.stdin.write(line)
        cat.stdin.flush()
        cat.stdout.readline()
        times.append(time.perf_counter() - started)
    cat.stdin.close()
    cat.wait()
    return times[20:]


def way_times(here, there):
    """How much later an event is seen here than there."""
    job = Client(there)
    name = job.call("report.start", {"title": "latency"})["job"]
    at_home, far = Watcher(here), Watcher(there)
    added = []
    for number in range(EVENTS + 20):
        value = f"{name}-{number}"
        job.call("emit", {"job": name, "name": "tick", "value": value})
        added.append(at_home.until(value) - far.until(value))
        time.sleep(0.052)  # 20 a second at most
    job.call("report.finish", {"job": name})
    return added[20:]


def certificate(folder):
    cert, key = os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout", key,
                    "-out", cert], check=True, capture_output=True)
    with open(cert, encoding="ascii") as pem:
        der = ssl.PEM_cert_to_DER_cert(pem.read())
    import hashlib
    return cert, key, hashlib.sha256(der).hexdigest()


def bench_latency():
    rows = {}
    here, there = Home(), Home()
    sshd = Sshd(here.path)
    try:
        here.env["PATH"] = sshd.bin + ":" + here.env["PATH"]
        cert, key, pin = certificate(there.path)
        port = free_port()
        config = os.path.join(there.env["XDG_CONFIG_HOME"], "stepwire")
        os.makedirs(config)
        with open(os.path.join(config, "config.toml"), "w", encoding="utf-8") as out:
            out.write(f'[web]\nlisten = "127.0.0.1:{port}"\ncertificate = "{cert}"\nkey = "{key}"\n')
        there.start_hub()
        here.start_hub("--no-listen")
        variables = " ".join(f"{name}={value}" for name, value in there.env.items() if name.startswith("XDG_"))
        command = f"env {variables} {stepwire()}"
        with open(os.path.join(config, "token"), encoding="utf-8") as file:
            token = file.read().strip()
        client = Client(here)
        rows["ssh there cat, there and back"] = cat_times(sshd)
        for name, params in (("one way over ssh", {"target": "there", "command": command}),
                             ("one way over wss", {"target": f"wss://127.0.0.1:{port}", "token": token, "pin": pin}),
                             ("one way over a socket", {"target": there.socket})):
            host = client.call("host.add", {"name": "far", **params})
            if host["state"] != "connected":
                raise SystemExit(f"bench: {host}")
            rows[name] = way_times(here, there)
            client.call("host.remove", {"name": "far"})
    finally:
        sshd.close()
        for each in (here, there):
            if each.hub:
                each.__exit__()
    print(f"\nAn event of another host, later here than there ({EVENTS} events; {load_average()})")
    print(f"  {'':34} {'p50':>9} {'p99':>9}   against half of cat")
    half = statistics.median(rows["ssh there cat, there and back"]) / 2
    for name, times in rows.items():
        against = "" if "cat" in name else f"{statistics.median(times) / half:5.2f}"
        print(f"  {name:34} {statistics.median(times) * 1e6:6.0f} µs {percentile(times, 0.99) * 1e6:6.0f} µs   {against}")


def bench_hosts(hosts):
    """Many hubs with jobs that move, shown by one."""
    here = Home(journal=False)
    far = [Home(journal=False) for _ in range(hosts)]
    try:
        for each in far:
            each.start_hub("--no-listen")
        here.start_hub("--no-listen")
        client = Client(here)
        writers = []
        for number, each in enumerate(far):
            told = client.call("host.add", {"name": f"h{number}", "target": each.socket})
            if told["state"] != "connected":
                raise SystemExit(f"bench: {told}")
            writer = Client(each)
            writers.append((writer, [writer.call("report.start", {"title": f"job {n}", "ttl_ms": 3600000})["job"] for n in range(JOBS)]))
        idle = cpu_seconds(here.hub.pid)
        time.sleep(3)
        rest = {name: (seconds - idle[name]) / 3 for name, seconds in cpu_seconds(here.hub.pid).items()}
        watcher = Subscriber(here)
        before, began = cpu_seconds(here.hub.pid), time.monotonic()
        far_before = [sum(cpu_seconds(each.hub.pid).values()) for each in far]
        start, counted = watcher.counts["progress"], 0
        turn = 0
        while time.monotonic() - began < SECONDS:
            for index, (writer, jobs) in enumerate(writers):
                lines = b"".join(b'{"jsonrpc":"2.0","method":"report.progress","params":{"job":"%s","done":%d,"total":100000}}\n'
                                 % (job.encode(), turn) for job in jobs)
                writer.socket.sendall(lines)
                counted += len(jobs)
                # the load is spread over the tenth of a second
                due = began + (turn + (index + 1) / len(writers)) / RATE
                if (wait := due - time.monotonic()) > 0:
                    time.sleep(wait)
            turn += 1
        took = time.monotonic() - began
        time.sleep(0.5)
        after = cpu_seconds(here.hub.pid)
        shown = watcher.counts["progress"] - start
        theirs = sum(sum(cpu_seconds(each.hub.pid).values()) for each in far) - sum(far_before)
        print(f"\n{hosts} hosts of {JOBS} jobs at {RATE} events a second each, shown by one hub ({load_average()})")
        print(f"  events told {counted / took:8.0f} a second, shown {shown / took:8.0f} a second")
        print(f"  the hub's thread {100 * (after['hub'] - before['hub']) / took:5.1f} % of a core, all of it "
              f"{100 * (sum(after.values()) - sum(before.values())) / took:5.1f} %, idle {100 * sum(rest.values()):.1f} %, "
              f"{memory(here.hub.pid):.0f} MiB; all the others together {100 * theirs / took:5.1f} %")
        watcher.close()
    finally:
        for each in [here, *far]:
            if each.hub:
                each.__exit__()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build")
    parser.add_argument("--hosts", type=int, default=HOSTS)
    parser.add_argument("--only", choices=["latency", "hosts", "socketio"])
    options = parser.parse_args()
    home.build = os.path.abspath(options.build)
    if options.only in (None, "latency"):
        bench_latency()
    if options.only in (None, "hosts"):
        bench_hosts(options.hosts)
    if options.only in (None, "socketio"):
        import remote_socketio
        remote_socketio.bench_remote_socketio()


if __name__ == "__main__":
    main()
