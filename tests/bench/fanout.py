"""The fan-out of one publisher's messages to many subscribers: Stepwire's carriers beside other servers and beside the
least that a server can do, on loopback, with one load client for all."""

import argparse
import contextlib
import json
import os
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

import home as common
from home import Home, load_average, program, read

HERE = os.path.dirname(os.path.abspath(__file__))
BYTES = 200
LOCAL_MOST = 250  # a hub takes 256 clients on its local socket by default
SILENT = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


cores = []  # the load client has the last, the servers the others


class Missing(Exception):
    """A server that is not here."""


def payload():
    start = '{"type":"progress","message":"#00000000#","padding":"'
    return start + "x" * (BYTES - len(start) - 2) + '"}'


def escaped(data):
    return "".join(chr(byte) if 0x20 <= byte < 0x7f and byte != 0x5c else f"\\x{byte:02x}" for byte in data)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def await_port(port, process):
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise Missing(f"{process.args[0]} does not listen")


def upgrade(port, path, *headers):
    lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
             "Sec-WebSocket-Key: c3RlcHdpcmUgZmFuLW91dA==", *headers]
    return ["--upgrade", "".join(line + "\\r\\n" for line in lines) + "\\r\\n"]


class Server:
    """One server of its own in a folder of its own: `subscriber` and `publisher` are how the load client speaks to it."""

    local = False  # over a Unix socket

    def __init__(self, name):
        self.name = name
        self.process = None
        self.folder = None

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="swf")
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None
        shutil.rmtree(self.folder, ignore_errors=True)

    def restart(self):
        """After a fault: what it left behind is not to be seen by the next clients."""
        self.__exit__()
        self.__enter__()

    def file(self, name):
        return os.path.join(self.folder, name)

    def spawn(self, argv):
        try:
            self.process = subprocess.Popen(argv, **SILENT)
        except FileNotFoundError:
            raise Missing(f"{argv[0]} is not installed") from None

    def spawn_telling_port(self, argv):
        """Its first line is its port when it has one, its last `ready`."""
        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        port = 0
        for line in self.process.stdout:
            if line == "ready\n":
                return port
            port = int(line)
        raise Missing(f"{argv[0]} did not start")

    def pids(self):
        return [self.process.pid]

    def line_publisher(self):
        return ["--publisher", "unix:" + self.file("publish.sock"), "--message", payload() + "\\n"]


class Floor(Server):
    def __init__(self, name, local, batched):
        super().__init__(name)
        self.local, self.batched = local, batched

    def start(self):
        to = self.file("subscribe.sock") if self.local else "tcp"
        port = self.spawn_telling_port([program("fanout_floor"), self.file("publish.sock"), to] + ["--batched"] * self.batched)
        self.subscriber = ["unix:" + to, "--expect", "hello\\n"] if self.local else [f"tcp:{port}", *upgrade(port, "/")]
        self.publisher = self.line_publisher()


class Node(Server):
    def __init__(self, name, script, *options):
        super().__init__(name)
        self.argv = [os.path.join(HERE, script), *options]

    def start(self):
        port = self.spawn_telling_port(["node", self.argv[0], self.file("publish.sock"), *self.argv[1:]])
        self.subscriber = [f"tcp:{port}"]
        if "socketio" in self.argv[0]:
            self.subscriber += [*upgrade(port, "/socket.io/?EIO=4&transport=websocket"), "--expect", "0{", "--send", "40", "--expect", "40{"]
        else:
            self.subscriber += upgrade(port, "/")
        self.publisher = self.line_publisher()


class Mosquitto(Server):
    """MQTT 3.1.1, QoS 0."""

    def start(self):
        port = free_port()
        with open(self.file("conf"), "w", encoding="utf-8") as out:
            out.write(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\nset_tcp_nodelay true\n"
                      "max_queued_messages 0\nlog_type none\n" + ("user root\n" if os.getuid() == 0 else ""))
        self.spawn([shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin") or "mosquitto", "-c", self.file("conf")])
        await_port(port, self.process)
        connect = b"\x10\x0c\0\x04MQTT\x04\x02\0\0\0\0"
        hello = [f"tcp:{port}", "--send", escaped(connect), "--expect", escaped(b"\x20\x02\0\0")]
        self.subscriber = [*hello, "--send", escaped(b"\x82\x06\0\x01\0\x01t\0"), "--expect", escaped(b"\x90\x03\0\x01\0")]
        size = BYTES + 3
        message = bytes([0x30, size & 0x7f | 0x80, size >> 7]) + b"\0\x01t" + payload().encode()
        self.publisher = ["--publisher", *hello, "--message", escaped(message)]


class Nats(Server):
    """Its native protocol."""

    def start(self):
        port = free_port()
        self.spawn([shutil.which("nats-server", path=os.environ["PATH"] + ":/usr/sbin") or "nats-server", "-a", "127.0.0.1", "-p", str(port)])
        await_port(port, self.process)
        hello = [f"tcp:{port}", "--expect", "INFO", "--send", 'CONNECT {"verbose":false,"pedantic":false}\\r\\n']
        alive = ["--send", "PING\\r\\n", "--expect", "PONG\\r\\n"]
        self.subscriber = [*hello, "--send", "SUB t 1\\r\\n", *alive]
        self.publisher = ["--publisher", *hello, *alive, "--message", f"PUB t {BYTES}\\r\\n{payload()}\\r\\n"]


SUBSCRIBE = '{"jsonrpc":"2.0","id":1,"method":"subscribe","params":{}}'


class Stepwire(Server):
    """A hub; the publisher reports progress to it over its local socket, of so many steps that nothing is merged."""

    def __init__(self, name, carrier):
        super().__init__(name)
        self.carrier = carrier
        self.local = carrier == "local"
        self.home = None

    def start(self):
        self.home = Home()
        try:
            self.home.start_hub("--listen", "127.0.0.1:0")
        except SystemExit:
            if not self.local:
                raise Missing("this program has no web carriers") from None
            self.home.start_hub()
        self.publisher = ["--publisher", "unix:" + self.home.socket, "--expect", '"hello"', "--expect", "\\n",
                          "--report", '#00000000#"}}\\n']
        if self.local:
            self.subscriber = ["unix:" + self.home.socket, "--send", SUBSCRIBE + "\\n", "--expect", '"snapshot"', "--expect", "\\n"]
            return
        port = int(json.loads(self.told("web.json"))["url"].rstrip("/").rpartition(":")[2])
        token = read(os.path.join(self.home.env["XDG_CONFIG_HOME"], "stepwire", "token")).strip()
        who = f"Authorization: Bearer {token}"
        if self.carrier == "ws":
            self.subscriber = [f"tcp:{port}", *upgrade(port, "/ws", who, "Sec-WebSocket-Protocol: stepwire.v1"), "--send", SUBSCRIBE,
                               "--expect", '"snapshot"']
        elif self.carrier == "sio":
            self.subscriber = [f"tcp:{port}", *upgrade(port, "/socket.io/?EIO=4&transport=websocket", who), "--expect", "0{", "--send",
                               '40{"token":"%s"}' % token, "--expect", "40{", "--expect", '"snapshot"']
        else:
            self.subscriber = [f"tcp:{port}", "--send", f"GET /events HTTP/1.1\\r\\nHost: 127.0.0.1:{port}\\r\\n{who}\\r\\n"
                               "Accept: text/event-stream\\r\\n\\r\\n", "--expect", "200", "--expect", "snapshot", "--expect", "\\n"]

    def told(self, name):
        path = os.path.join(os.path.dirname(self.home.socket), name)
        deadline = time.monotonic() + 5
        while not os.path.exists(path):
            if time.monotonic() > deadline:
                raise Missing(f"there is no {name}")
            time.sleep(0.02)
        return read(path)

    def pids(self):
        return [self.home.hub.pid]

    def __exit__(self, *_):
        if self.home:
            self.home.__exit__()
            self.home = None
        super().__exit__()


ALL = {
    "floor": lambda name: Floor(name, False, False),
    "floor batched": lambda name: Floor(name, False, True),
    "stepwire ws": lambda name: Stepwire(name, "ws"),
    "stepwire sio": lambda name: Stepwire(name, "sio"),
    "stepwire sse": lambda name: Stepwire(name, "sse"),
    "ws": lambda name: Node(name, "fanout_ws.mjs"),
    "socket.io": lambda name: Node(name, "fanout_socketio.mjs"),
    "socket.io recovery": lambda name: Node(name, "fanout_socketio.mjs", "--recovery"),
    "mosquitto": Mosquitto,
    "nats-server": Nats,
    "unix floor": lambda name: Floor(name, True, False),
    "unix floor batched": lambda name: Floor(name, True, True),
    "stepwire local": lambda name: Stepwire(name, "local"),
}
FULL = {"floor": "floor: epoll, one send a frame", "floor batched": "floor: epoll, one send a turn", "stepwire ws": "stepwire, WebSocket",
        "stepwire sio": "stepwire, Socket.IO", "stepwire sse": "stepwire, SSE", "ws": "npm ws", "socket.io": "npm socket.io",
        "socket.io recovery": "npm socket.io with recovery", "unix floor": "floor, Unix, one send a line",
        "unix floor batched": "floor, Unix, one send a turn", "stepwire local": "stepwire, local socket"}


def reference(server, burst):
    return ("unix floor" if server.local else "floor") + (" batched" if burst else "")


def load_argv(server, clients, *more):
    argv = [program("fanout_load"), "--subscribers", *server.subscriber, "--clients", str(clients)]
    for pid in server.pids():
        argv += ["--server", str(pid)]
    return argv + [str(each) for each in more]


def apart():
    """In the load client before it begins: on the servers' cores it would be cheaper to wake, sometimes."""
    if len(cores) > 1:
        os.sched_setaffinity(0, cores[-1:])


def last_line(server, out):
    lines = out.splitlines()
    result = json.loads(lines[-1]) if lines else {"error": "the load client said nothing"}
    if "error" in result:
        raise Missing(f"{server.name}: {result['error']}")
    return result


def measure(server, clients, seconds, warm_up, *more):
    """The paced and the burst phase."""
    argv = load_argv(server, clients, *server.publisher, "--warm-up", warm_up, "--phase", f"1:{seconds}", "--phase", f"64:{seconds}", *more)
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=False, preexec_fn=apart)
    paced, burst = last_line(server, done.stdout)["phases"]
    return {"paced": paced, "burst": burst}


def tree(pid):
    found = [pid]
    for task in os.listdir(f"/proc/{pid}/task"):
        for child in read(f"/proc/{pid}/task/{task}/children").split():
            found += tree(int(child))
    return found


def resident(server, what="Anonymous:"):
    """Resident memory of a server's processes in KiB: of what they allocated, since the pages of programs and libraries
    come and go with other processes."""
    return sum(int(line.split()[1]) for pid in server.pids() for each in tree(pid)
               for line in read(f"/proc/{each}/smaps_rollup").splitlines() if line.startswith(what))


class Held:
    """Clients that only stay connected."""

    def __init__(self, server, clients, seconds=0):
        self.server = server
        self.process = subprocess.Popen(load_argv(server, clients, "--hold", seconds), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        preexec_fn=apart)
        last_line(server, self.process.stdout.readline())

    def result(self):
        return last_line(self.server, self.process.communicate()[0])

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def memory_a_client(make, name, clients):
    with make(name) as server:
        Held(server, 5).close()  # what the first clients ever make it load is not theirs
        time.sleep(0.3)
        before = resident(server)
        held = Held(server, clients)
        time.sleep(0.3)
        after = resident(server)
        whole = resident(server, "Pss:")
        held.close()
    return before, after, whole, (after - before) / clients


# ---- what is printed ------------------------------------------------------------------------------------------------

COLUMNS = (("rate", "deliveries/s", "{:12.0f}"), ("cpu", "CPU s/million", "{:13.3f}"), ("p50", "p50 µs", "{:8.0f}"), ("p99", "p99 µs", "{:8.0f}"))


def ratio_to(mine, floor, key):
    """The median of the passes' ratios: what disturbs a pass mostly disturbs its neighbour too."""
    pairs = [(a[key], b[key]) for a, b in zip(mine, floor) if a and b]
    return statistics.median(a / b for a, b in pairs) if pairs else None


def print_phase(servers, results, phase, clients):
    what = "paced: the next goes out when the last has the previous" if phase == "paced" else "burst: 64 messages in flight"
    print(f"\n{clients} client{'s' * (clients > 1)}, {what} ({load_average()})")
    print(f"  {'':31}" + "".join(f" {title:>{len(form.format(0))}} {'×':>6}" for _, title, form in COLUMNS) + "  server load  bytes")
    for server in servers:
        passes = [each and each[phase] for each in results[server.name, clients]]
        taken = [each for each in passes if each]
        if not taken:
            continue
        floor = [each and each[phase] for each in results[reference(server, phase == "burst"), clients]]
        row = f"  {FULL.get(server.name, server.name):31}"
        for key, _, form in COLUMNS:
            row += " " + form.format(statistics.median(each[key] for each in taken)) + f" {ratio_to(passes, floor, key) or 0:6.2f}"
        row += f" {100 * statistics.median(each['server'] for each in taken):5.0f} % {100 * statistics.median(each['load'] for each in taken):3.0f} %"
        row += f" {statistics.median(each['bytes'] for each in taken):5.0f}"
        starved = max(each["starved"] for each in taken)
        print(row + (f"  waited for steps {100 * starved:.0f} % of the time" if starved > 0.02 else ""))


def print_summary(servers, results, counts):
    print("\nin short: processor time of the server for a delivery, as a ratio to its floor")
    print(f"  {'':31}" + "".join(f" {phase + ', ' + str(clients):>11}" for phase in ("paced", "burst") for clients in counts))
    for server in servers:
        row = f"  {FULL.get(server.name, server.name):31}"
        for phase in ("paced", "burst"):
            for clients in counts:
                both = ([each and each[phase] for each in results[name, clients]] for name in (server.name, reference(server, phase == "burst")))
                ratio = ratio_to(*both, "cpu")
                row += f" {ratio:11.2f}" if ratio else f" {'-':>11}"
        print(row)


def print_memory(servers, rows):
    print("\nmemory of fresh servers, all processes, KiB: allocated without and with idle clients; PSS is all that is resident")
    print(f"  {'':31} {'without':>8} {'clients':>8} {'with them':>10} {'a client':>9} {'×':>7} {'PSS':>8}")
    for server in servers:
        if row := rows.get(server.name):
            clients, (before, after, whole, each) = row
            floor = rows["unix floor" if server.local else "floor"][1][3]
            print(f"  {FULL.get(server.name, server.name):31} {before:8} {clients:8} {after:10} {each:9.2f} {each / floor if floor > 0 else 0:7.1f} {whole:8}")


def clients_of(server, clients):
    return min(clients, LOCAL_MOST) if server.local else clients


def bench_rates(servers, counts, passes, seconds):
    """{(server, clients): [what each pass gave or None]}; servers are measured in turn so that what disturbs, disturbs all."""
    results = {(server.name, clients): [] for server in servers for clients in counts}
    for turn in range(passes):
        for clients in counts:
            print(f"pass {turn + 1} of {passes}, {clients} clients", file=sys.stderr)
            for server in servers if turn % 2 == 0 else servers[::-1]:
                try:
                    got = measure(server, clients_of(server, clients), seconds, 0.15)
                except Missing as reason:
                    print(f"  fault: {reason} ({clients} clients)")
                    got = None
                    server.restart()
                results[server.name, clients].append(got)
    return results


def bench_stalled(servers, passes, seconds, clients=50):
    rows = {}
    for _ in range(passes):
        for server in servers:
            for stalled in (0, 1):
                try:
                    # A longer warm-up, so that the one that never reads has its buffers full before anything is counted.
                    got = measure(server, clients, seconds, 0.6, "--stalled", stalled)
                except Missing as reason:
                    print(f"  fault: {reason} ({stalled} stalled)")
                    server.restart()
                    continue
                rows.setdefault(server.name, {}).setdefault(stalled, []).append(got)
    print(f"\n{clients} clients without and with one more that never reads: latency of the others, µs ({load_average()})")
    print(f"  {'':31} {'paced p50':>18} {'paced p99':>18} {'burst p50':>18} {'burst p99':>18}")
    for server in servers:
        both = rows.get(server.name, {})
        if len(both) == 2:
            row = f"  {FULL.get(server.name, server.name):31}"
            for phase in ("paced", "burst"):
                for key in ("p50", "p99"):
                    without, beside = (statistics.median(each[phase][key] for each in both[stalled]) for stalled in (0, 1))
                    row += f" {without:7.0f} → {beside:7.0f} "
            print(row)
    return rows


def bench_idle(names, clients, seconds):
    """A thousand and more that only listen: one heartbeat each is in the time, and most seconds have none."""
    print(f"\n{clients} idle clients on one server, for {seconds} s ({load_average()})")
    print(f"  {'':31} {'CPU, all':>10} {'best 10 s':>10} {'heartbeats':>11} {'in 10 s':>8} {'KiB a client':>13} {'with them':>12}")
    rows = {}
    for name in names:
        try:
            with ALL[name](name) as server:
                most = clients_of(server, clients)
                Held(server, 5).close()
                time.sleep(0.3)
                before = resident(server)
                held = Held(server, most, seconds)
                time.sleep(1)
                after = resident(server)
                got = held.result()
        except Missing as reason:
            print(f"  {FULL.get(name, name):31} {reason}")
            continue
        windows = [(sum(got["cpu"][i:i + 10]), sum(got["heartbeats"][i:i + 10])) for i in range(max(1, seconds - 9))]
        quiet = min(windows)
        rows[name] = {"clients": most, "memory": [before, after], **got}
        print(f"  {FULL.get(name, name):31} {100 * sum(got['cpu']) / seconds:8.2f} % {100 * quiet[0] / min(10, seconds):8.2f} % "
              f"{sum(got['heartbeats']):11} {quiet[1]:8} {(after - before) / most:13.2f} {after / 1024:8.1f} MiB"
              + (f"  ({most} clients)" if most != clients else ""))
    return rows


# ---- the whole ------------------------------------------------------------------------------------------------------

def install_node_modules():
    if not os.path.isdir(os.path.join(HERE, "node_modules")):
        subprocess.run(["npm", "ci", "--prefix", HERE, "--loglevel=error", "--no-audit", "--no-fund"], check=True, stdout=subprocess.DEVNULL)


def chosen(text):
    """Names, or `stepwire` for all of ours; the floors are always there, for the ratios."""
    names = []
    for name in text.split(",") if text else ALL:
        found = [each for each in ALL if each in (name, name.replace("-", " ")) or name == "stepwire" and each.startswith("stepwire")]
        if not found:
            raise SystemExit(f"bench: '{name}' is no server, expected some of {', '.join(ALL)}, stepwire")
        names += found
    return names


def options_of(argv):
    parser = argparse.ArgumentParser(prog="fanout", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one pass of short phases")
    parser.add_argument("--servers", metavar="A,B", default="", help="some of: " + ", ".join(ALL) + ", stepwire (all of ours)")
    parser.add_argument("--clients", metavar="N,N", default="1,50,500")
    parser.add_argument("--passes", type=int, help="3 by default")
    parser.add_argument("--seconds", type=float, help="of a phase, 0.5 by default")
    parser.add_argument("--json", metavar="FILE", help="keep all figures")
    parser.add_argument("--unpinned", action="store_true", help="let the load client and the servers share all cores")
    parser.add_argument("--stepwire", metavar="PATH", help="another program than the one that was built")
    parser.add_argument("--idle", action="store_true", help="only what thousands of idle clients cost")
    parser.add_argument("--idle-clients", type=int, default=5000)
    parser.add_argument("--idle-seconds", type=int, default=35)
    parser.add_argument("--stalled", action="store_true", help="only what a client that never reads does to the others")
    return parser.parse_args(argv)


def started(names, stack):
    """Those of the servers that are here; what is not is said once."""
    servers = []
    for name in names:
        try:
            servers.append(stack.enter_context(ALL[name](name)))
        except Missing as reason:
            print(f"  {FULL.get(name, name)} is left out: {reason}")
    return servers


def bench_fanout(argv=()):
    options = options_of(argv)
    if options.stepwire:
        common.other = os.path.abspath(options.stepwire)
    install_node_modules()
    if not options.unpinned:
        cores[:] = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, cores[:-1] or cores)
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))  # for the servers, which inherit it
    counts = [int(count) for count in options.clients.split(",")]
    passes = options.passes or (1 if options.quick else 3)
    seconds = options.seconds or (0.2 if options.quick else 0.5)
    names = chosen(options.servers)
    kept = {"bytes": BYTES, "passes": passes, "seconds": seconds}
    if options.idle:
        ours = [name for name in names if options.servers or name in ("stepwire ws", "stepwire sio")]
        kept["idle"] = bench_idle(ours, options.idle_clients, options.idle_seconds)
    elif options.stalled:
        with contextlib.ExitStack() as stack:
            servers = started([name for name in names if options.servers or "floor" not in name], stack)
            kept["stalled"] = bench_stalled(servers, passes, seconds)
    else:
        measured = {*names, "floor", "floor batched", "unix floor", "unix floor batched"}
        everything(kept, [name for name in ALL if name in measured], counts, passes, seconds)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as out:
            json.dump(kept, out, indent=1)


def everything(kept, names, counts, passes, seconds):
    print(f"\nfan-out of {BYTES}-byte messages on loopback (ours: an event of one progress report), {passes} passes of {seconds} s a phase;\n"
          f"×: the ratio to the floor, in bursts to the one that sends once a turn, for local sockets to the Unix floor.\n"
          f"server and load: their share of a core; {'one core is the load client’s, the others the servers’' if len(cores) > 1 else 'they share all cores'}. "
          f"bytes: of a delivery on the wire.")
    with contextlib.ExitStack() as stack:
        servers = started(names, stack)
        results = bench_rates(servers, counts, passes, seconds)
        for clients in counts:
            for phase in ("paced", "burst"):
                print_phase(servers, results, phase, clients)
        print_summary(servers, results, counts)
        if any(server.local for server in servers) and max(counts) > LOCAL_MOST:
            print(f"\n  local sockets: {LOCAL_MOST} clients where it says more, since a hub takes no more than 256")
        kept["rates"] = {f"{name}, {clients}": each for (name, clients), each in results.items()}
        compared = [server for server in servers if "floor" not in server.name]
        kept["stalled"] = bench_stalled(compared, 1 if passes == 1 else 2, seconds)
    rows = {}
    for server in servers:
        clients = clients_of(server, max(counts))
        try:
            rows[server.name] = clients, memory_a_client(ALL[server.name], server.name, clients)
        except Missing as reason:
            print(f"  fault: {reason} (memory)")
    print_memory(servers, rows)
    kept["memory"] = rows
