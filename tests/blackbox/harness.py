"""What the black-box suites share: a home of their own for the real programs, a client, a terminal, and patience.

STEPWIRE_BIN is the program, STEPWIRE_BUILD its build folder; with a STEPWIRE_SANITIZE that is not empty all
deadlines are ten times as long and volumes smaller.
"""

import contextlib
import fcntl
import json
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import termios
import threading
import time
import tty
import unittest
import uuid

BIN = os.environ.get("STEPWIRE_BIN", "")
BUILD = os.environ.get("STEPWIRE_BUILD", "")
SANITIZED = bool(os.environ.get("STEPWIRE_SANITIZE"))
SLOW = 10 if SANITIZED else 1
LIMIT = 15.0 * SLOW
SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent

FINAL = {"succeeded", "failed", "cancelled", "timed_out", "skipped", "interrupted"}
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
ID = re.compile(r"^[A-Za-z0-9_-]{1,64}$")

# What a hub may say on stderr; anything else (a warning of a library, a sanitizer's report) fails the test.
HUB_LINES = re.compile(
    r"^(listening at /\S+"
    r"|listening on https?://\S+:\d+"
    r"|job \S+ \(.*\) queued, \d+ steps"
    r"|job \S+ \(.*\) (%s) after \d+ ms.*"
    r"|job \S+ \(.*\) step \S+ failed: .*"
    r"|stopping, \d+ jobs are interrupted"
    r"|hub\.resumed: goes on after number \d+"
    r"|hub\.pruned: \d+ jobs"
    r"|host\.(connected|lost|removed).*"
    r"|speaking \S+ on .*"
    r"|hub\.warning: .*)$" % "|".join(FINAL))


def scaled(volume, sanitized):
    """A volume of data or a number of repetitions."""
    return sanitized if SANITIZED else volume


def wait_until(predicate, what="the condition", deadline=None):
    """The first true value of predicate()."""
    limit = LIMIT if deadline is None else deadline * SLOW
    end = time.monotonic() + limit
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError("not within %g s: %s" % (limit, what() if callable(what) else what))
        time.sleep(0.01)


# ---- processes ------------------------------------------------------------------------------------------------

def stat_of(pid):
    """The fields of /proc/PID/stat after the name: state, ppid, pgrp, session, …"""
    try:
        text = pathlib.Path("/proc/%d/stat" % pid).read_text(errors="replace")
    except OSError:
        return None
    return text[text.rindex(")") + 2:].split()


def is_alive(pid):
    fields = stat_of(pid)
    return fields is not None and fields[0] not in "ZX"


def all_pids():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def with_entry(entry):
    """The living processes that have this environment entry (NAME=VALUE)."""
    found = []
    for pid in all_pids():
        try:
            environ = pathlib.Path("/proc/%d/environ" % pid).read_bytes()
        except OSError:
            continue
        if entry.encode() in environ.split(b"\0") and is_alive(pid):
            found.append(pid)
    return found


def zombies_of(parents):
    return [pid for pid in all_pids() if (f := stat_of(pid)) and f[0] == "Z" and int(f[1]) in parents]


def command_of(pid):
    try:
        return pathlib.Path("/proc/%d/cmdline" % pid).read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def resident_mib(pid):
    for line in pathlib.Path("/proc/%d/status" % pid).read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0


def descendants(pid):
    children = {}
    for each in all_pids():
        fields = stat_of(each)
        if fields:
            children.setdefault(int(fields[1]), []).append(each)
    found, open_ = [], [pid]
    while open_:
        for child in children.get(open_.pop(), []):
            found.append(child)
            open_.append(child)
    return found


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def text(self):
        return self.out.decode()

    @property
    def words(self):
        return self.err.decode()

    @property
    def lines(self):
        return [json.loads(line) for line in self.out.splitlines()]

    def __repr__(self):
        return "exit %s\n--- stdout\n%s\n--- stderr\n%s" % (
            self.code, self.out[-3000:].decode(errors="replace"), self.err[-3000:].decode(errors="replace"))


class Running:
    """A command in the background whose output is collected."""

    def __init__(self, argv, env, cwd, **more):
        self.process = subprocess.Popen(argv, env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, **more)
        self.pid = self.process.pid
        self.out, self.err = bytearray(), bytearray()
        self._threads = [threading.Thread(target=self._collect, args=(self.process.stdout, self.out), daemon=True),
                         threading.Thread(target=self._collect, args=(self.process.stderr, self.err), daemon=True)]
        for thread in self._threads:
            thread.start()

    @staticmethod
    def _collect(pipe, into):
        with pipe:
            while chunk := pipe.read1(65536):
                into.extend(chunk)

    def lines(self):
        """The whole JSON lines so far."""
        text = bytes(self.out)
        return [json.loads(line) for line in text[:text.rfind(b"\n") + 1].splitlines()]

    def signal(self, number):
        self.process.send_signal(number)

    def finish(self, deadline=None):
        limit = LIMIT if deadline is None else deadline * SLOW
        end = time.monotonic() + limit
        try:
            code = self.process.wait(limit)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError("not ended within %g s: %s\n%r" % (
                limit, self.process.args, Result(None, bytes(self.out), bytes(self.err)))) from None
        for thread in self._threads:
            thread.join(max(0.5, end - time.monotonic()))
            if thread.is_alive():
                raise AssertionError("somebody else keeps the output of %s open" % self.process.args)
        return Result(code, bytes(self.out), bytes(self.err))


class Terminal:
    """A command on a pseudo-terminal, as its session leader."""

    def __init__(self, argv, env, cwd, columns=100, rows=30):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.slave_name = os.ttyname(slave)

        def lead():
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(argv, env=env, cwd=cwd, stdin=slave, stdout=slave, stderr=slave,
                                        start_new_session=True, preexec_fn=lead)
        os.close(slave)
        self.pid = self.process.pid
        self.out = bytearray()

    def pump(self, seconds=0.02):
        if self.master < 0:
            return
        ready, _, _ = select.select([self.master], [], [], seconds)
        if ready:
            with contextlib.suppress(OSError):
                self.out.extend(os.read(self.master, 65536))

    def until(self, predicate, what="the terminal to show it", deadline=None):
        def look():
            self.pump()
            return predicate(bytes(self.out))
        return wait_until(look, lambda: "%s, but it has shown %r" % (what, bytes(self.out)[-2000:]), deadline)

    def type(self, keys):
        os.write(self.master, keys)

    def hang_up(self):
        os.close(self.master)
        self.master = -1

    def finish(self, deadline=None):
        try:
            code = wait_until(lambda: (self.pump(), self.process.poll() is not None)[1],
                              lambda: "the end of %s, which has shown %r" % (self.process.args, bytes(self.out)[-2000:]), deadline)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
        while self.master >= 0:
            before = len(self.out)
            self.pump(0.05)
            if len(self.out) == before:
                break
        if self.master >= 0:
            os.close(self.master)
            self.master = -1
        return self.process.returncode


class Screen:
    """What a terminal shows after these bytes. Sequences that it does not know are errors."""

    TOKEN = re.compile(
        rb"\x1b\](?P<osc>[^\x07\x1b]*)(?:\x07|\x1b\\)|\x1b\[(?P<csi>[0-?]*)(?P<final>[@-~])|(?P<control>[\r\n\b\x07])|(?P<text>[^\x1b\r\n\b\x07]+)")

    def __init__(self, data, columns=100):
        self.rows, self.y, self.x = [[]], 0, 0
        self.progress = []  # parameters of OSC 9;4
        self.cursor = True
        self.ups = 0
        self.colours = 0
        at = 0
        while at < len(data):
            match = self.TOKEN.match(data, at)
            if not match:
                raise AssertionError("unknown sequence %r" % data[at:at + 20])
            at = match.end()
            if match["osc"] is not None:
                if match["osc"].startswith(b"9;4;"):
                    self.progress.append(match["osc"][4:].decode())
            elif match["final"]:
                self._csi(match["csi"].decode(), match["final"].decode())
            elif match["control"]:
                self._control(match["control"])
            else:
                for c in match["text"].decode():
                    row = self.rows[self.y]
                    row.extend(" " * (self.x + 1 - len(row)))
                    row[self.x] = c
                    self.x += 1
                    if self.x > columns:
                        raise AssertionError("a line is longer than %d columns: %r" % (columns, "".join(row)))

    def _control(self, c):
        if c == b"\r":
            self.x = 0
        elif c == b"\n":  # the line discipline has put a CR before it
            self.y += 1
            if self.y == len(self.rows):
                self.rows.append([])

    def _csi(self, parameters, final):
        if parameters.startswith("?"):
            if parameters == "?25":
                self.cursor = final == "h"
            return
        numbers = [int(n) if n else 0 for n in parameters.split(";")]
        n = max(1, numbers[0])
        if final in "AF":
            self.ups += n
            self.y = max(0, self.y - n)
            if final == "F":
                self.x = 0
        elif final in "BE":
            self.y = min(len(self.rows) - 1, self.y + n)
        elif final == "G":
            self.x = n - 1
        elif final == "J":
            if numbers[0] != 0:
                raise AssertionError("the whole screen is cleared")
            del self.rows[self.y][self.x:]
            del self.rows[self.y + 1:]
        elif final == "K":
            if numbers[0] == 2:
                self.rows[self.y] = []
            else:
                del self.rows[self.y][self.x:]
        elif final == "m":
            self.colours += 1
        else:
            raise AssertionError("unknown sequence CSI %s %s" % (parameters, final))

    @property
    def lines(self):
        return [text for row in self.rows if (text := "".join(row).rstrip())]


# ---- a client of the hub's socket -----------------------------------------------------------------------------

class Closed(Exception):
    pass


class RpcError(Exception):
    def __init__(self, error):
        super().__init__("%(code)s: %(message)s" % error)
        self.code, self.message, self.data = error["code"], error["message"], error.get("data")


class Client:
    """One connection. Notifications are kept in order in `seen`, answers are matched by id."""

    def __init__(self, path, hello=True):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        # Blocking while it connects, since a full backlog refuses the others; but not for ever.
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", int(LIMIT), 0))
        self.sock.connect(path)
        self.sock.settimeout(LIMIT)
        self._begin(hello)

    def _begin(self, hello):
        self._buffer = b""
        self._next = 1
        self._answers = {}
        self.strays = []  # errors without an id
        self.seen = []    # notifications: (method, params)
        self._taken = 0
        self.hello = None
        if hello:
            first = self.receive()
            if first.get("method") != "hello":
                raise AssertionError("the first message is %r" % first)
            self.hello = first["params"]

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, data):
        self.sock.sendall(data)

    def receive(self, deadline=None):
        """The next message as it comes."""
        end = time.monotonic() + (LIMIT if deadline is None else deadline * SLOW)
        while (at := self._buffer.find(b"\n")) < 0:
            left = end - time.monotonic()
            ready = left > 0 and select.select([self.sock], [], [], left)[0]
            if not ready:
                raise TimeoutError("no message in time")
            try:
                chunk = self.sock.recv(1 << 20)
            except ConnectionError:
                chunk = b""
            if not chunk:
                raise Closed("the hub has closed the connection")
            self._buffer += chunk
        line, self._buffer = self._buffer[:at], self._buffer[at + 1:]
        return json.loads(line)

    def _take(self, deadline=None):
        message = self.receive(deadline)
        if "method" in message:
            self.seen.append((message["method"], message["params"]))
        elif message.get("id") is None:
            self.strays.append(message["error"])
        else:
            self._answers[message["id"]] = message

    def start(self, method, **params):
        number, self._next = self._next, self._next + 1
        self.send(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode() + b"\n")
        return number

    def answer(self, number, deadline=None):
        end = time.monotonic() + (LIMIT if deadline is None else deadline * SLOW)
        while number not in self._answers:
            self._take(max(0.001, end - time.monotonic()) / SLOW)
        message = self._answers.pop(number)
        if "error" in message:
            raise RpcError(message["error"])
        return message["result"]

    def call(self, method, deadline=None, **params):
        return self.answer(self.start(method, **params), deadline)

    def tell(self, method, **params):
        self.send(json.dumps({"jsonrpc": "2.0", "method": method, "params": params}).encode() + b"\n")

    def next(self, deadline=None):
        """The next notification: (method, params)."""
        end = time.monotonic() + (LIMIT if deadline is None else deadline * SLOW)
        while self._taken == len(self.seen):
            self._take(max(0.001, end - time.monotonic()) / SLOW)
        self._taken += 1
        return self.seen[self._taken - 1]

    def event(self, deadline=None):
        """The next event; snapshots between are passed over."""
        end = time.monotonic() + (LIMIT if deadline is None else deadline * SLOW)
        while True:
            method, params = self.next(max(0.001, end - time.monotonic()) / SLOW)
            if method == "event":
                return params

    def until(self, predicate, deadline=None):
        """Events up to and with the first for which predicate is true."""
        end = time.monotonic() + (LIMIT if deadline is None else deadline * SLOW)
        events = []
        while not events or not predicate(events[-1]):
            try:
                events.append(self.event(max(0.001, end - time.monotonic()) / SLOW))
            except TimeoutError:
                raise AssertionError("the event did not come; the last ones: %s" % events[-5:]) from None
        return events

    def finished(self, job, deadline=None):
        """Events up to the end of the job."""
        return self.until(lambda e: e["type"] == "job.finished" and e["job"] == job, deadline)


# ---- a home ---------------------------------------------------------------------------------------------------

class Home:
    """Folders, an environment and a hub that are nobody else's. Ends everything that was started in it."""

    @staticmethod
    def folder(prefix="sw"):
        return tempfile.mkdtemp(prefix=prefix, dir="/tmp")  # short: a socket's path has 107 bytes

    def __init__(self):
        self.root = pathlib.Path(self.folder())
        self.runtime = self.root / "run" / "stepwire"
        self.state = self.root / "state" / "stepwire"
        self.config = self.root / "config" / "stepwire"
        self.cache = self.root / "cache" / "stepwire"
        self.work = self.root / "work"
        self.cookie = "SWTEST_COOKIE=" + uuid.uuid4().hex
        for folder in ("run", "home", "config", "work"):
            (self.root / folder).mkdir()
        node = shutil.which("node")
        path = [str(pathlib.Path(BIN).parent)] + ([str(pathlib.Path(node).parent)] if node else [])
        self.env = {"PATH": ":".join(path + ["/usr/local/bin", "/usr/bin", "/bin"]), "HOME": str(self.root / "home"),
                    "XDG_RUNTIME_DIR": str(self.root / "run"), "XDG_STATE_HOME": str(self.root / "state"),
                    "XDG_CONFIG_HOME": str(self.root / "config"), "XDG_CACHE_HOME": str(self.root / "cache"),
                    "XDG_DATA_HOME": str(self.root / "data"), "XDG_DATA_DIRS": str(self.root / "shared"),
                    "LANG": "C.UTF-8", "TERM": "xterm-256color", "SHELL": "/bin/sh",
                    "SWTEST_COOKIE": self.cookie.split("=")[1]}
        for name in os.environ:
            if name.endswith("SAN_OPTIONS"):
                self.env[name] = os.environ[name]
        self.bin = BIN
        self.hub = None
        self.hub_error = None
        self.known_guards = set()
        self.pieces = []
        self.clients = []
        self.allowed_hub_lines = []

    @property
    def socket(self):
        return str(self.runtime / "hub.sock")

    # -- commands

    def _env(self, env, without):
        full = {**self.env, **(env or {})}
        for name in without:
            full.pop(name, None)
        return full

    def start(self, *args, env=None, without=(), cwd=None, program=None, **more):
        """`stepwire ARGS`, or another program, in the background."""
        piece = Running([*(program or [self.bin]), *args], self._env(env, without), str(cwd or self.work), **more)
        self.pieces.append(piece)
        return piece

    def do(self, *args, deadline=None, **more):
        """`stepwire ARGS` to its end."""
        return self.start(*args, **more).finish(deadline)

    def shell(self, text, deadline=None, **more):
        """A shell line in which `stepwire` is our program."""
        piece = Running(["/bin/sh", "-c", text], self._env(more.pop("env", None), ()), str(self.work), **more)
        self.pieces.append(piece)
        return piece.finish(deadline)

    def terminal(self, *args, env=None, without=(), cwd=None, columns=100, rows=30, argv=None):
        piece = Terminal(argv or [self.bin, *args], self._env(env, without), str(cwd or self.work), columns, rows)
        self.pieces.append(piece)
        return piece

    # -- the hub

    def start_hub(self, *args, env=None, without=()):
        """`stepwire --no-gui` as our child, waited for."""
        if not self.hub_error:
            self.hub_error = open(self.root / "hub.err", "ab")
        self.hub = subprocess.Popen([self.bin, "--no-gui", *args], env=self._env(env, without), cwd=str(self.work),
                                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.hub_error)
        wait_until(lambda: self._answers() or self.hub.poll() is not None, "the hub to listen")
        if self.hub.poll() is not None:
            raise AssertionError("the hub ended with %s: %s" % (self.hub.returncode, (self.root / "hub.err").read_text()))
        return self.hub

    def _answers(self):
        try:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.connect(self.socket)
                return True
        except OSError:
            return False

    def hub_pid(self):
        """The process that holds the lock, if one does."""
        try:
            pid = int((self.runtime / "hub.lock").read_text())
        except (OSError, ValueError):
            return None
        return pid if pid in with_entry(self.cookie) else None

    def guards(self):
        """The guard processes of the hub. Their environment is empty, so they are known by their parent."""
        pid = self.hub_pid()
        found = [each for each in (descendants(pid) if pid else []) if command_of(each).startswith("sw-guard")]
        self.known_guards.update(found)
        return found

    def client(self, **more):
        client = Client(self.socket, **more)
        self.clients.append(client)
        return client

    def kill_hub(self):
        pid = self.hub_pid()
        self.guards()
        os.kill(pid, signal.SIGKILL)
        if self.hub and self.hub.pid == pid:
            self.hub.wait()
        wait_until(lambda: not is_alive(pid), "the hub to be gone")

    def stop_hub(self):
        """SIGTERM, and the exit code if the hub is our child."""
        self.guards()
        if self.hub and self.hub.poll() is None:
            self.hub.send_signal(signal.SIGTERM)
            try:
                return self.hub.wait(LIMIT * 2)
            except subprocess.TimeoutExpired:
                self.hub.kill()
                self.hub.wait()
                raise AssertionError("the hub did not end after SIGTERM") from None
        pid = self.hub_pid()
        if pid:
            os.kill(pid, signal.SIGTERM)
            wait_until(lambda: not is_alive(pid), "the hub that was started on demand to end after SIGTERM", LIMIT * 2 / SLOW)
        return None

    def hub_words(self):
        text = ""
        for path in (self.root / "hub.err", *self.state.glob("*.log")):
            if path.exists():
                text += path.read_text(errors="replace")
        return text

    # -- files

    def write(self, name, text, mode=None):
        path = self.work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(text, bytes):
            path.write_bytes(text)
        else:
            path.write_text(text)
        if mode:
            path.chmod(mode)
        return str(path)

    def own_pipeline(self, name, text):
        """Where `stepwire run NAME` finds it."""
        path = self.config / "pipelines" / (name + ".toml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return str(path)

    # -- the end

    def end(self):
        """Ends the hub and everything else; gives the complaints."""
        complaints = []
        for client in self.clients:
            client.close()
        try:
            code = self.stop_hub()
            if code not in (None, 0):
                complaints.append("the hub ended with %s after SIGTERM" % code)
        except AssertionError as error:
            complaints.append(str(error))
        for piece in self.pieces:
            if piece.process.poll() is None:
                piece.process.kill()
                piece.process.wait()
            if isinstance(piece, Terminal) and piece.master >= 0:
                piece.hang_up()
        if self.hub_error:
            self.hub_error.close()
        left = []

        def gone():
            left[:] = with_entry(self.cookie) + [pid for pid in self.known_guards if is_alive(pid) and command_of(pid).startswith("sw-guard")]
            return not left

        try:
            wait_until(gone, "no process to be left", 10)
        except AssertionError:
            complaints.append("left behind: " + "; ".join("%d %s" % (pid, command_of(pid)) for pid in left))
            for pid in left:
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
        for line in self.hub_words().splitlines():
            if not HUB_LINES.match(line) and not any(re.search(allowed, line) for allowed in self.allowed_hub_lines):
                complaints.append("the hub said: " + line)
        for path in self.root.rglob("*"):
            if path.is_dir() and not path.is_symlink():
                with contextlib.suppress(OSError):
                    path.chmod(0o700)
        shutil.rmtree(self.root, ignore_errors=True)
        return complaints


class HomeTest(unittest.TestCase):
    """A home for each test, with nothing left of it."""

    maxDiff = 4000

    def setUp(self):
        self.home = Home()
        self.addCleanup(self._end)

    def _end(self):
        complaints = self.home.end()
        if complaints:
            self.fail("\n".join(complaints[:20]))

    def assert_code(self, result, code):
        self.assertEqual(result.code, code, repr(result))

    def assert_gapless(self, events):
        """One epoch and every number once."""
        self.assertEqual({e["epoch"] for e in events}, {events[0]["epoch"]})
        numbers = [e["seq"] for e in events]
        self.assertEqual(numbers, list(range(numbers[0], numbers[0] + len(numbers))))

    def assert_whole_job(self, events, job=None):
        """From the announced plan to job.finished, each step started before it ended."""
        self.assertEqual(events[0]["type"], "job.queued", events[0])
        job = job or events[0]["job"]
        events = [e for e in events if e.get("job") == job]
        self.assertEqual(events[0]["type"], "job.queued")
        self.assertEqual(events[1]["type"], "job.started")
        self.assertEqual(events[-1]["type"], "job.finished")
        self.assertEqual(sum(e["type"] in ("job.queued", "job.started", "job.finished") for e in events), 3)
        plan = [s["step"] for s in events[0]["data"]["steps"]]
        ended, started = [], set()
        for event in events:
            step = event.get("step")
            if event["type"] == "step.started":
                self.assertNotIn(step, started)
                started.add(step)
            elif event["type"] == "step.finished":
                self.assertNotIn(step, ended)
                ended.append(step)
            elif event["type"] in ("step.progress", "step.output"):
                self.assertIn(step, started)
                self.assertNotIn(step, ended)
        self.assertEqual(sorted(ended), sorted(plan))


def of_type(events, *types):
    return [e for e in events if e["type"] in types]


def main():
    if not BIN:
        raise SystemExit("STEPWIRE_BIN is not set")
    unittest.main(verbosity=2, warnings="ignore")
