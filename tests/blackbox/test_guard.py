"""Speaks the guard's protocol with the built sw-guard, whose path is in the environment as STEPWIRE_GUARD.

The structs are those of core/engine/guard/guard_protocol.h.
"""

import array
import ctypes
import errno
import os
import pathlib
import pty
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import uuid
from collections import namedtuple

GUARD = os.environ.get("STEPWIRE_GUARD", "")
LIMIT = 20.0

START, TERMINATE, KILL, SUSPEND, RESUME = 1, 2, 3, 4, 5
STARTED, START_FAILED, EXITED, GONE = 1, 2, 3, 4
REQUEST, FORK, SETUP, CHDIR, EXEC = 1, 2, 3, 4, 5
TERMINAL = 1

HEADER = struct.Struct("=IIQIIIII3I")
REPLY = struct.Struct("=IiQIiiIQQQ")
Reply = namedtuple("Reply", "kind pid step stage error status gone user sys rss")

PATH = "/usr/local/bin:/usr/bin:/bin"


def await_(condition, what, limit=LIMIT):
    """The first true value of condition()."""
    end = time.monotonic() + limit
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError("not within %g s: %s" % (limit, what))
        time.sleep(0.005)


def stat_fields(pid):
    try:
        text = pathlib.Path("/proc/%d/stat" % pid).read_text(errors="replace")
    except OSError:
        return None
    return text[text.rindex(")") + 2:].split()


def state(pid):
    fields = stat_fields(pid)
    return fields[0] if fields else None


def is_alive(pid):
    return state(pid) not in (None, "Z", "X")


def all_pids():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def with_cookie(cookie):
    """The living processes that have this environment entry."""
    found = []
    entry = cookie.encode()
    for pid in all_pids():
        try:
            environ = pathlib.Path("/proc/%d/environ" % pid).read_bytes()
        except OSError:
            continue
        if entry in environ.split(b"\0") and is_alive(pid):
            found.append(pid)
    return found


def zombies_of(parent):
    return [pid for pid in all_pids()
            if (f := stat_fields(pid)) and f[0] == "Z" and int(f[1]) == parent]


def payload_of(cookie, cwd, argv, env):
    strings = [cookie, cwd, *argv, *env]
    return b"".join((s if isinstance(s, bytes) else s.encode()) + b"\0" for s in strings)


def new_cookie():
    return "STEPWIRE_COOKIE=" + uuid.uuid4().hex


class Guard:
    """A running guard and the engine's end of its socket."""

    def __init__(self):
        self.sock, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self.process = subprocess.Popen([GUARD, str(theirs.fileno())], pass_fds=[theirs.fileno()],
                                        stdin=subprocess.DEVNULL)
        theirs.close()
        self.pid = self.process.pid
        self.buffer = b""
        self.replies = []
        self.next_step = 1
        self.cookies = []

    def close(self):
        self.sock.close()
        try:
            self.process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            # Only what a failed test, or one about survivors, left.
            for cookie in self.cookies:
                for pid in with_cookie(cookie):
                    try:
                        os.kill(pid, signal.SIGKILL)
                    except OSError:
                        pass

    def send(self, kind, step, payload=b"", fds=(), grace=0, flags=0, argc=0, envc=0, files=0, size=None):
        header = HEADER.pack(kind, len(payload) if size is None else size, step, grace, flags, argc, envc,
                             files, 0, 0, 0)
        self.send_raw(header + payload, fds)

    def send_raw(self, data, fds=()):
        ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
        sent = self.sock.sendmsg([data], ancillary)
        self.sock.sendall(data[sent:])

    def start(self, argv, cwd="/", env=(), path=PATH, grace=1000, fds=None, flags=0, files=0, cookie=None):
        """Returns the step's number; its output is read by nobody unless fds are given."""
        step = self.next_step
        self.next_step += 1
        cookie = cookie or new_cookie()
        self.cookies.append(cookie)
        env = [cookie, *([] if path is None else ["PATH=" + path]), *env]
        null = None
        if fds is None:
            null = os.open("/dev/null", os.O_WRONLY)
            fds = [null, null]
        payload = payload_of(cookie, cwd, argv, env)
        self.send(START, step, payload, fds, grace, flags, len(argv), len(env), files)
        if null is not None:
            os.close(null)
        return step

    def receive(self, timeout):
        if select.select([self.sock], [], [], max(0, timeout))[0]:
            data = self.sock.recv(65536)
            if not data:
                raise AssertionError("the guard closed its socket")
            self.buffer += data
        whole = len(self.buffer) // REPLY.size * REPLY.size
        self.replies += [Reply(*fields) for fields in REPLY.iter_unpack(self.buffer[:whole])]
        self.buffer = self.buffer[whole:]

    def reply(self, kind, step, limit=LIMIT):
        """Awaits this reply and takes it."""
        end = time.monotonic() + limit
        while True:
            for i, reply in enumerate(self.replies):
                if reply.kind == kind and reply.step == step:
                    return self.replies.pop(i)
            if time.monotonic() > end:
                raise AssertionError("no reply %d for step %d but %r" % (kind, step, self.replies))
            self.receive(end - time.monotonic())

    def nothing_left(self, step):
        """Awaits the end of everything of the step; returns Exited."""
        exited = self.reply(EXITED, step)
        if not exited.gone:
            self.reply(GONE, step)
        return exited


class GuardTest(unittest.TestCase):
    def setUp(self):
        self.assertTrue(GUARD, "STEPWIRE_GUARD is not set")
        self.guard = Guard()
        self.addCleanup(self.guard.close)
        self.dir = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.dir, True)

    # --- helpers

    def run_step(self, argv, **options):
        """Returns (Exited, stdout, stderr) of a step that ends by itself."""
        out_read, out_write = os.pipe()
        err_read, err_write = os.pipe()
        step = self.guard.start(argv, fds=[out_write, err_write], **options)
        os.close(out_write)
        os.close(err_write)
        started = self.guard.reply(STARTED, step)
        out, err = self.read_to_end(out_read), self.read_to_end(err_read)
        exited = self.guard.nothing_left(step)
        self.assertEqual(exited.pid, started.pid)
        return exited, out, err

    def read_to_end(self, fd):
        text = b""
        end = time.monotonic() + LIMIT
        while True:
            ready = select.select([fd], [], [], max(0, end - time.monotonic()))[0]
            self.assertTrue(ready, "output has no end")
            try:
                chunk = os.read(fd, 65536)
            except OSError as e:  # a terminal without a slave
                self.assertEqual(e.errno, errno.EIO)
                chunk = b""
            if not chunk:
                os.close(fd)
                return text.decode(errors="replace")
            text += chunk

    def script(self, text, name="step-script", mode=0o755):
        path = self.dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        return str(path)

    def pid_in(self, name):
        path = self.dir / name

        def whole():
            text = path.read_text() if path.exists() else ""
            return int(text) if text.endswith("\n") else 0
        return await_(whole, "a process number in " + name)

    def fails(self, stage, error, argv, **options):
        step = self.guard.start(argv, **options)
        reply = self.guard.reply(START_FAILED, step)
        self.assertEqual((reply.stage, errno.errorcode[reply.error]), (stage, errno.errorcode[error]))
        self.assertEqual(zombies_of(self.guard.pid), [])

    def python(self, code, **options):
        """Starts Python code as a step, which finds its directory as DIR."""
        prelude = ("import os, signal, sys, time, subprocess\nDIR = %r\n"
                   "def note(name, pid=None):\n"
                   "    open(DIR + '/' + name, 'w').write('%%d\\n' %% (pid or os.getpid()))\n") % \
            str(self.dir)
        argv = [sys.executable, "-S", "-c", prelude + code]
        step = self.guard.start(argv, **options)
        self.assertTrue(self.guard.reply(STARTED, step).pid)
        return step

    LEAVER = """
def leave(name, ignore=False):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            if ignore:
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
            note(name)
            time.sleep(300)
        os._exit(0)
    os.wait()
    while not os.path.exists(DIR + '/' + name):
        time.sleep(0.002)
"""

    def nothing_alive(self, cookie):
        await_(lambda: not with_cookie(cookie), "the end of all processes of the step")

    # --- starting

    def test_exit_code(self):
        exited, out, err = self.run_step(["sh", "-c", "echo out; echo err >&2; exit 42"])
        self.assertEqual((os.WIFEXITED(exited.status), os.WEXITSTATUS(exited.status)), (True, 42))
        self.assertEqual((out, err), ("out\n", "err\n"))
        self.assertEqual(exited.gone, 1)
        self.assertGreater(exited.rss, 100)

    def test_signal_exit(self):
        exited, _, _ = self.run_step(["sh", "-c", "kill -SEGV $$"])
        self.assertTrue(os.WIFSIGNALED(exited.status))
        self.assertEqual(os.WTERMSIG(exited.status), signal.SIGSEGV)

    def test_times(self):
        exited, _, _ = self.run_step(["sh", "-c", "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done"])
        self.assertGreater(exited.user + exited.sys, 5000)

    def test_missing_program(self):
        self.fails(EXEC, errno.ENOENT, ["no-such-program-anywhere"])
        self.fails(EXEC, errno.ENOENT, ["/no/such/program"])
        self.fails(EXEC, errno.ENOENT, [""])

    def test_forbidden_program(self):
        self.fails(EXEC, errno.EACCES, [self.script("echo\n", mode=0o644)])
        self.fails(EXEC, errno.EACCES, ["step-script"], path=str(self.dir))
        self.fails(EXEC, errno.EACCES, [str(self.dir)])

    def test_missing_directory(self):
        self.fails(CHDIR, errno.ENOENT, ["true"], cwd="/no/such/directory")
        self.fails(CHDIR, errno.ENOTDIR, ["true"], cwd=self.script("\n"))

    def test_setup_failure(self):
        read, write = os.pipe()
        self.addCleanup(os.close, read)
        self.fails(SETUP, errno.ENOTTY, ["true"], fds=[write], flags=TERMINAL)
        os.close(write)
        self.assertEqual(os.read(read, 1), b"", "the guard closed its copy")

    def test_directory_and_arguments(self):
        _, out, _ = self.run_step(["sh", "-c", 'pwd; for a; do echo "<$a>"; done', "sh", "", "a b", "ü\n"],
                                  cwd=str(self.dir))
        self.assertEqual(out, "%s\n<>\n<a b>\n<ü\n>\n" % os.path.realpath(self.dir))

    def test_script_without_interpreter_line(self):
        path = self.script('echo "shell $1"; exit 3\n')
        exited, out, _ = self.run_step([path, "x"])
        self.assertEqual((out, os.WEXITSTATUS(exited.status)), ("shell x\n", 3))
        self.assertEqual(self.run_step(["step-script", "y"], path="/usr/bin:%s" % self.dir)[1], "shell y\n")

    def test_path_search(self):
        first = self.script("#!/bin/sh\necho first\n", "one/tool")
        self.script("#!/bin/sh\necho second\n", "two/tool")
        self.script("#!/bin/sh\necho here\n", "tool")
        one, two, here = str(self.dir / "one"), str(self.dir / "two"), str(self.dir)

        def said(path, command="tool", cwd=here):
            return self.run_step([command], path=path, cwd=cwd)[1]
        self.assertEqual(said("/nonexistent:%s:%s" % (one, two)), "first\n")
        self.assertEqual(said("%s:%s" % (two, one)), "second\n")
        self.assertEqual(said("%s:" % PATH), "here\n", "an empty part is the directory of the step")
        self.assertEqual(said("one"), "first\n", "relative parts are relative to the directory of the step")
        self.assertEqual(said("/nonexistent", "two/tool"), "second\n")
        self.assertEqual(said(PATH, "./tool", one), "first\n")
        os.chmod(first, 0o644)
        self.assertEqual(said("%s:%s" % (one, two)), "second\n", "goes on after a forbidden file")
        self.fails(EXEC, errno.EACCES, ["tool"], path="%s:/nonexistent" % one)
        self.assertEqual(os.WEXITSTATUS(self.run_step(["true"], path=None)[0].status), 0)

    def test_what_a_step_inherits(self):
        status = ("grep -E '^Sig(Ign|Blk)' /proc/self/status; ls /proc/self/fd | wc -l;"
                  " readlink /proc/$$/fd/0")
        _, out, _ = self.run_step(["sh", "-c", status])
        lines = out.split()
        self.assertEqual([int(v, 16) for v in lines[1:4:2]], [0, 0], out)
        self.assertEqual(lines[4:], ["4", "/dev/null"], "the three streams and the listed directory itself")

    def test_stdin_is_empty(self):
        exited, out, _ = self.run_step(["cat"])
        self.assertEqual((exited.status, out), (0, ""))

    def test_process_group(self):
        _, out, _ = self.run_step([sys.executable, "-S", "-c", "import os; print(os.getpid(), os.getpgid(0),"
                                   " os.getsid(0), os.getppid())"])
        pid, group, session, parent = map(int, out.split())
        self.assertEqual(pid, group)
        self.assertEqual((session, parent), (self.guard.pid, self.guard.pid))

    def test_file_limit(self):
        self.assertEqual(self.run_step(["sh", "-c", "ulimit -Sn"], files=77)[1], "77\n")
        usual = subprocess.run(["sh", "-c", "ulimit -Sn"], capture_output=True, text=True).stdout
        self.assertEqual(self.run_step(["sh", "-c", "ulimit -Sn"])[1], usual)

    def test_big_environment(self):
        env = ["VARIABLE_%d=%s" % (i, "x" * 60000) for i in range(17)]
        _, out, _ = self.run_step(["sh", "-c", "env | wc -c; echo ${#VARIABLE_16}"], env=env)
        size, last = map(int, out.split())
        self.assertGreater(size, 17 * 60000)
        self.assertEqual(last, 60000)
        self.fails(EXEC, errno.E2BIG, ["true"], env=["BIG=" + "x" * 300000])

    def test_terminal(self):
        code = ("import os; t = os.open('/dev/tty', os.O_RDWR);"
                " print(os.isatty(1), os.isatty(2), os.isatty(0),"
                " os.getsid(0) == os.getpid(), os.tcgetpgrp(t) == os.getpid(), flush=True)")
        master, slave = pty.openpty()
        step = self.guard.start([sys.executable, "-S", "-c", code], fds=[slave], flags=TERMINAL)
        os.close(slave)
        self.guard.reply(STARTED, step)
        out = self.read_to_end(master)
        self.assertEqual(out.split(), ["True", "True", "False", "True", "True"])
        self.assertEqual(self.guard.nothing_left(step).status, 0)

    def test_two_at_a_time(self):
        """Prints how long it takes to start many small processes."""
        count, running, begun, ended = 2000, 0, 0, 0
        env = ["PATH=" + PATH, "STEPWIRE_COOKIE=many"]
        payload = payload_of(env[1], "/", ["/bin/true"], env)
        read, write = os.pipe()
        begin = time.monotonic()
        while ended < count:
            while running < 2 and begun < count:
                begun += 1
                running += 1
                self.guard.send(START, 10000 + begun, payload, [write, write], 1000, 0, 1, len(env))
            self.guard.receive(LIMIT)
            exits = [r for r in self.guard.replies if r.kind == EXITED]
            self.assertFalse([r for r in self.guard.replies if r.kind == START_FAILED])
            self.assertTrue(self.guard.replies)
            for reply in exits:
                self.assertEqual((reply.status, reply.gone), (0, 1))
            ended += len(exits)
            running -= len(exits)
            self.guard.replies.clear()
        print("\n%d times true, two at a time: %.3f s" % (count, time.monotonic() - begin), file=sys.stderr)
        os.close(read)
        os.close(write)
        self.assertEqual(zombies_of(self.guard.pid), [])

    # --- normal ends

    def test_background_process_is_ended(self):
        step = self.guard.start(["sh", "-c", "sleep 300 & echo $! > pid; exit 5"], cwd=str(self.dir))
        exited = self.guard.nothing_left(step)
        self.assertEqual(os.WEXITSTATUS(exited.status), 5)
        self.assertFalse(is_alive(self.pid_in("pid")))

    def test_stopped_background_process_is_ended(self):
        step = self.guard.start(["sh", "-c", "sleep 300 & kill -STOP $!; echo $! > pid"], cwd=str(self.dir))
        self.guard.nothing_left(step)
        self.assertFalse(is_alive(self.pid_in("pid")))

    def test_stubborn_background_process_is_killed(self):
        begin = time.monotonic()
        step = self.guard.start(["sh", "-c", "trap '' TERM; sleep 300 & echo $! > pid"], cwd=str(self.dir),
                                grace=300)
        self.assertEqual(self.guard.reply(EXITED, step).gone, 0)
        self.assertTrue(is_alive(self.pid_in("pid")))
        self.guard.reply(GONE, step)
        self.assertGreaterEqual(time.monotonic() - begin, 0.3)
        self.assertFalse(is_alive(self.pid_in("pid")))
        self.assertEqual(zombies_of(self.guard.pid), [])

    def test_terminate_what_lingers(self):
        step = self.guard.start(["sh", "-c", "trap '' TERM; sleep 300 & echo $! > pid"], cwd=str(self.dir),
                                grace=300000)
        self.assertEqual(self.guard.reply(EXITED, step).gone, 0)
        self.guard.send(TERMINATE, step, grace=50)
        self.guard.reply(GONE, step)
        self.assertFalse(is_alive(self.pid_in("pid")))

    def test_unreaped_member_does_not_keep_the_step(self):
        # The leaver has a child that stayed in the group, ended, and is never waited for.
        step = self.python("""
if os.fork() == 0:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    os.setsid()
    note('leaver')
    time.sleep(300)
while not os.path.exists(DIR + '/leaver'):
    time.sleep(0.002)
""", grace=100)
        self.guard.nothing_left(step)
        self.assertTrue(is_alive(self.pid_in("leaver")))

    def test_leaver_survives_a_normal_end(self):
        step = self.python(self.LEAVER + "leave('leaver')\n")
        exited = self.guard.reply(EXITED, step)
        self.assertEqual((exited.status, exited.gone), (0, 1))
        leaver = self.pid_in("leaver")
        other = self.guard.start(["sleep", "300"])
        self.guard.reply(STARTED, other)
        self.guard.send(TERMINATE, other, grace=1000)
        self.guard.nothing_left(other)
        self.assertTrue(is_alive(leaver), "neither the end of its step nor that of another one ended it")
        self.guard.sock.close()
        self.assertEqual(self.guard.process.wait(LIMIT), 0)
        self.assertTrue(is_alive(leaver), "nor the end of the guard")

    # --- terminating

    def test_terminate(self):
        step = self.guard.start(["sleep", "300"])
        self.guard.reply(STARTED, step)
        self.guard.send(TERMINATE, step, grace=60000)
        exited = self.guard.reply(EXITED, step)
        self.assertEqual((os.WTERMSIG(exited.status), exited.gone), (signal.SIGTERM, 0))
        self.guard.reply(GONE, step)

    def test_kill(self):
        step = self.python("signal.signal(signal.SIGTERM, signal.SIG_IGN)\nnote('ready')\ntime.sleep(300)\n")
        self.pid_in("ready")
        self.guard.send(KILL, step)
        self.assertEqual(os.WTERMSIG(self.guard.nothing_left(step).status), signal.SIGKILL)

    def test_unknown_step(self):
        for kind in (SUSPEND, RESUME):
            self.guard.send(kind, 999)
        for kind in (TERMINATE, KILL):
            self.guard.send(kind, 999, grace=100)
            self.guard.reply(GONE, 999)
        step = self.guard.start(["true"])
        self.assertEqual(self.guard.reply(EXITED, step).gone, 1)
        self.guard.send(TERMINATE, step, grace=60000)
        self.guard.reply(GONE, step)
        self.assertEqual([r.kind for r in self.guard.replies], [STARTED])

    def test_terminate_ends_leavers(self):
        step = self.python(self.LEAVER + "leave('leaver')\nnote('ready')\ntime.sleep(300)\n")
        self.pid_in("ready")
        self.guard.send(TERMINATE, step, grace=60000)
        self.guard.nothing_left(step)
        self.assertFalse(is_alive(self.pid_in("leaver")))
        self.nothing_alive(self.guard.cookies[-1])
        self.assertEqual(zombies_of(self.guard.pid), [])

    def test_terminate_kills_stubborn_leavers(self):
        begin = time.monotonic()
        step = self.python(self.LEAVER + "leave('leaver', True)\nnote('ready')\ntime.sleep(300)\n")
        self.pid_in("ready")
        leaver = self.pid_in("leaver")
        self.guard.send(TERMINATE, step, grace=300)
        self.assertEqual(os.WTERMSIG(self.guard.reply(EXITED, step).status), signal.SIGTERM)
        self.assertTrue(is_alive(leaver))
        self.guard.reply(GONE, step)
        self.assertGreaterEqual(time.monotonic() - begin, 0.3)
        self.assertFalse(is_alive(leaver))

    def test_leaver_without_the_cookie(self):
        # Known by its parent at first, and remembered when the parent is gone.
        step = self.python("""
child = os.fork()
if child == 0:
    code = "import signal, time, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN);" \\
           " open(sys.argv[1], 'w').write(sys.argv[2]); time.sleep(300)"
    os.setsid()
    os.execve(sys.executable, [sys.executable, '-S', '-c', code, DIR + '/leaver', '%d\\n' % os.getpid()], {})
time.sleep(300)
""")
        leaver = self.pid_in("leaver")
        self.guard.send(TERMINATE, step, grace=300)
        self.assertEqual(os.WTERMSIG(self.guard.reply(EXITED, step).status), signal.SIGTERM)
        self.guard.reply(GONE, step)
        self.assertFalse(is_alive(leaver))

    def test_child_of_a_leaver_without_the_cookie(self):
        step = self.python("""
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.setsid()
        os.execve('/bin/sh', ['sh', '-c', 'echo $$ > %s/inner; exec sleep 300' % DIR], {})
    time.sleep(300)
time.sleep(300)
""")
        inner = self.pid_in("inner")
        self.guard.send(KILL, step)
        self.guard.nothing_left(step)
        self.assertFalse(is_alive(inner))

    def test_stubborn_step_is_killed_after_its_grace(self):
        step = self.python("signal.signal(signal.SIGTERM, signal.SIG_IGN)\nnote('ready')\ntime.sleep(300)\n")
        self.pid_in("ready")
        begin = time.monotonic()
        self.guard.send(TERMINATE, step, grace=300)
        self.assertEqual(os.WTERMSIG(self.guard.nothing_left(step).status), signal.SIGKILL)
        self.assertGreaterEqual(time.monotonic() - begin, 0.3)

    def test_second_terminate_shortens(self):
        step = self.python("signal.signal(signal.SIGTERM, signal.SIG_IGN)\nnote('ready')\ntime.sleep(300)\n")
        self.pid_in("ready")
        self.guard.send(TERMINATE, step, grace=300000)
        self.guard.send(TERMINATE, step, grace=100)
        self.guard.send(TERMINATE, step, grace=600000)
        self.guard.nothing_left(step)
        self.assertEqual(self.guard.replies, [])

    def test_term_comes_once(self):
        step = self.python("""
count = 0
def term(*_):
    global count
    count += 1
signal.signal(signal.SIGTERM, term)
note('ready')
end = time.monotonic() + 60
while count == 0 and time.monotonic() < end:
    time.sleep(0.01)
time.sleep(0.3)
sys.exit(10 + count)
""")
        self.pid_in("ready")
        self.guard.send(TERMINATE, step, grace=60000)
        self.assertEqual(os.WEXITSTATUS(self.guard.nothing_left(step).status), 11)

    RESPAWN = """
signal.signal(signal.SIGTERM, signal.SIG_IGN)
end = time.monotonic() + 60
def respawn(setsid, pause):
    while time.monotonic() < end:
        if os.fork() != 0:
            time.sleep(pause)
            os._exit(0)
        if setsid:
            os.setsid()
"""

    def test_respawner_in_the_group(self):
        step = self.python(self.RESPAWN + """
for i in range(4):
    if os.fork() == 0:
        respawn(False, 0.002)
note('ready')
time.sleep(300)
""")
        self.pid_in("ready")
        self.guard.send(TERMINATE, step, grace=200)
        self.guard.nothing_left(step)
        self.assertEqual(with_cookie(self.guard.cookies[-1]), [])

    def test_respawner_in_new_sessions(self):
        step = self.python(self.RESPAWN + """
for i in range(4):
    if os.fork() == 0:
        respawn(True, 0.004)
note('ready')
time.sleep(300)
""")
        self.pid_in("ready")
        self.guard.send(TERMINATE, step, grace=200)
        self.guard.nothing_left(step)
        for _ in range(5):
            self.assertEqual(with_cookie(self.guard.cookies[-1]), [])
        self.assertEqual(zombies_of(self.guard.pid), [])

    def test_other_steps_are_left_alone(self):
        other = self.python(self.LEAVER + "leave('other')\nnote('otherReady')\ntime.sleep(300)\n")
        self.pid_in("otherReady")
        step = self.python(self.LEAVER + "leave('leaver')\nnote('ready')\ntime.sleep(300)\n")
        self.pid_in("ready")
        self.guard.send(KILL, step)
        self.guard.nothing_left(step)
        self.assertFalse(is_alive(self.pid_in("leaver")))
        self.assertTrue(is_alive(self.pid_in("other")))
        self.assertEqual(len(with_cookie(self.guard.cookies[0])), 2)
        self.guard.send(KILL, other)
        self.guard.nothing_left(other)
        self.assertFalse(is_alive(self.pid_in("other")))

    def test_groups_of_a_terminal_session(self):
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        step = self.python("""
for s in (signal.SIGTERM, signal.SIGHUP):
    signal.signal(s, signal.SIG_IGN)
if os.fork() == 0:
    if os.fork() == 0:
        os.setpgid(0, 0)
        note('inner')
        time.sleep(300)
    os._exit(0)
os.wait()
signal.signal(signal.SIGTERM, signal.SIG_DFL)
time.sleep(300)
""", fds=[slave], flags=TERMINAL)
        os.close(slave)
        inner = self.pid_in("inner")
        self.guard.send(TERMINATE, step, grace=200)
        self.assertEqual(os.WTERMSIG(self.guard.reply(EXITED, step).status), signal.SIGTERM)
        self.guard.reply(GONE, step)
        self.assertFalse(is_alive(inner))

    # --- suspending

    def test_suspend_and_resume(self):
        step = self.guard.start(["sleep", "300"])
        pid = self.guard.reply(STARTED, step).pid
        self.guard.send(SUSPEND, step)
        await_(lambda: state(pid) == "T", "a stopped process")
        self.guard.send(RESUME, step)
        await_(lambda: state(pid) == "S", "a process that goes on")
        self.guard.send(SUSPEND, step)
        await_(lambda: state(pid) == "T", "a stopped process")
        self.guard.send(TERMINATE, step, grace=60000)
        self.assertEqual(os.WTERMSIG(self.guard.nothing_left(step).status), signal.SIGTERM)

    def test_stopped_leaver_is_terminated(self):
        step = self.python(self.LEAVER + "leave('leaver')\nnote('ready')\ntime.sleep(300)\n")
        self.pid_in("ready")
        leaver = self.pid_in("leaver")
        os.kill(leaver, signal.SIGSTOP)
        await_(lambda: state(leaver) == "T", "a stopped process")
        self.guard.send(TERMINATE, step, grace=60000)
        self.guard.nothing_left(step)
        self.assertFalse(is_alive(leaver))

    # --- the end of the engine

    def test_end_of_file_ends_everything(self):
        normal = self.python(self.LEAVER + "leave('survivor')\n")
        self.guard.nothing_left(normal)
        lingering = self.guard.start(["sh", "-c", "trap '' TERM; sleep 300 & echo $! > lingering"],
                                     cwd=str(self.dir), grace=300000)
        self.assertEqual(self.guard.reply(EXITED, lingering).gone, 0)
        self.python(self.LEAVER + "leave('leaver')\nleave('stubborn', True)\n"
                    "note('ready')\ntime.sleep(300)\n")
        stopped = self.guard.start(["sleep", "300"])
        stopped_pid = self.guard.reply(STARTED, stopped).pid
        self.guard.send(SUSPEND, stopped)
        await_(lambda: state(stopped_pid) == "T", "a stopped process")
        patient = self.python("signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
                              "note('patient')\ntime.sleep(300)\n")
        self.pid_in("patient")
        self.guard.send(TERMINATE, patient, grace=300000)
        names = ("lingering", "leaver", "stubborn", "ready", "patient")
        pids = [stopped_pid] + [self.pid_in(name) for name in names]
        begin = time.monotonic()
        self.guard.sock.close()
        self.assertEqual(self.guard.process.wait(LIMIT), 0)
        self.assertLess(time.monotonic() - begin, 10)
        for pid in pids:
            self.assertIsNone(state(pid), "neither a process nor a zombie")
        self.assertTrue(is_alive(self.pid_in("survivor")))

    def test_end_of_file_without_steps(self):
        self.guard.sock.close()
        self.assertEqual(self.guard.process.wait(LIMIT), 0)

    def test_shutdown_of_one_direction(self):
        step = self.guard.start(["sleep", "300"])
        self.guard.reply(STARTED, step)
        self.guard.sock.shutdown(socket.SHUT_WR)
        self.guard.nothing_left(step)
        self.assertEqual(self.guard.process.wait(LIMIT), 0)

    def test_killed_engine(self):
        fake = subprocess.Popen([sys.executable, __file__, "--fake-engine", str(self.dir)],
                                stdout=subprocess.PIPE, text=True)
        self.addCleanup(fake.wait)
        self.addCleanup(fake.kill)
        self.assertTrue(select.select([fake.stdout], [], [], LIMIT)[0])
        guard, cookie = fake.stdout.readline().split()
        fake.stdout.close()
        self.guard.cookies.append(cookie)
        leaver = self.pid_in("leaver")
        self.assertTrue(is_alive(int(guard)))
        self.assertGreaterEqual(len(with_cookie(cookie)), 2)
        fake.kill()
        await_(lambda: not is_alive(int(guard)), "the end of the guard")
        self.assertEqual(with_cookie(cookie), [])
        self.assertFalse(is_alive(leaver))

    def test_killed_guard(self):
        step = self.guard.start(["sleep", "300"])
        pid = self.guard.reply(STARTED, step).pid
        self.guard.process.kill()
        self.guard.process.wait(LIMIT)
        await_(lambda: not is_alive(pid), "the end of the step")

    # --- robustness

    def test_guard_is_not_ended_by_signals(self):
        self.run_step(["true"])
        for name in ("INT", "TERM", "HUP", "QUIT", "PIPE", "USR1"):
            os.kill(self.guard.pid, signal.Signals["SIG" + name])
        self.assertEqual(self.run_step(["true"])[0].status, 0)
        self.assertEqual(pathlib.Path("/proc/%d/comm" % self.guard.pid).read_text(), "sw-guard\n")
        self.assertEqual(os.readlink("/proc/%d/cwd" % self.guard.pid), "/")
        self.assertEqual(os.getsid(self.guard.pid), self.guard.pid)

    def refused(self, error, payload, argc, envc, fds=None, flags=0, size=None):
        null = os.open("/dev/null", os.O_WRONLY)
        step = self.guard.next_step
        self.guard.next_step += 1
        passed = [null] * (2 if fds is None else fds)
        self.guard.send(START, step, payload, passed, 0, flags, argc, envc, size=size)
        os.close(null)
        reply = self.guard.reply(START_FAILED, step)
        self.assertEqual((reply.stage, errno.errorcode[reply.error]), (REQUEST, errno.errorcode[error]))

    def test_malformed_requests(self):
        self.run_step(["true"])
        before = len(os.listdir("/proc/%d/fd" % self.guard.pid))
        good = payload_of("C=1", "/", ["true"], ["C=1", "PATH=" + PATH])
        self.refused(errno.EINVAL, good, 0, 3)
        self.refused(errno.EINVAL, good, 1, 1)
        self.refused(errno.EINVAL, good, 1, 3)
        self.refused(errno.EINVAL, good, 0xffffffff, 0xffffffff)
        self.refused(errno.EINVAL, good, 2, 0xffffffff)
        self.refused(errno.EINVAL, good[:-1], 1, 2)
        self.refused(errno.EINVAL, good + b"x", 1, 2)
        self.refused(errno.EINVAL, b"", 1, 2)
        self.refused(errno.EINVAL, b"\0", 1, 2)
        self.refused(errno.EINVAL, b"\0" * 3, 0, 1)
        for fds, flags in ((0, 0), (1, 0), (3, 0), (30, 0), (0, TERMINAL), (2, TERMINAL)):
            self.refused(errno.EBADF, good, 1, 2, fds=fds, flags=flags)
        # The refusal comes before the payload, which is skipped.
        self.refused(errno.EMSGSIZE, b"", 1, 2, size=9 << 20)
        self.guard.sock.sendall(b"y" * (9 << 20))
        # The largest that is allowed
        filler = ["F%d=%s" % (i, "x" * 100000) for i in range(80)]
        self.refused(errno.EINVAL, payload_of("C=1", "/", ["true"], filler), 1, 79)
        # Kinds that are not known, and descriptors and payloads where none belong
        null = os.open("/dev/null", os.O_WRONLY)
        for kind in (0, 6, 0xffffffff, SUSPEND, RESUME):
            self.guard.send(kind, 1, b"z" * 100000, [null])
        self.guard.send(TERMINATE, 77, b"z" * 10, [null, null])
        os.close(null)
        self.guard.reply(GONE, 77)
        self.assertEqual(os.WEXITSTATUS(self.run_step(["sh", "-c", "exit 9"])[0].status), 9)
        self.assertEqual(self.guard.replies, [])
        self.assertEqual(len(os.listdir("/proc/%d/fd" % self.guard.pid)), before, "a descriptor was kept")

    def test_number_in_use(self):
        step = self.guard.start(["sleep", "300"])
        self.guard.reply(STARTED, step)
        self.guard.next_step = step
        self.fails(REQUEST, errno.EEXIST, ["true"])
        self.guard.send(KILL, step)
        self.guard.nothing_left(step)

    def test_request_in_small_pieces(self):
        argv, env = ["sh", "-c", "exit 8"], ["PATH=" + PATH]
        payload = payload_of("", "/", argv, env)
        data = HEADER.pack(START, len(payload), 500, 1000, 0, len(argv), len(env), 0, 0, 0, 0) + payload
        null = os.open("/dev/null", os.O_WRONLY)
        self.guard.send_raw(data[:1], [null, null])
        os.close(null)
        for i in range(1, len(data)):
            self.guard.send_raw(data[i:i + 1])
        self.assertEqual(os.WEXITSTATUS(self.guard.reply(EXITED, 500).status), 8)

    def test_end_in_the_middle_of_a_request(self):
        null = os.open("/dev/null", os.O_WRONLY)
        self.guard.send(START, 1, b"abc", [null, null], 0, 0, 1, 1, size=100)
        os.close(null)
        self.guard.sock.close()
        self.assertEqual(self.guard.process.wait(LIMIT), 0)

    def test_engine_that_does_not_read_for_a_while(self):
        count = 20000
        request = HEADER.pack(TERMINATE, 0, 4242, 0, 0, 0, 0, 0, 0, 0, 0)
        self.guard.sock.settimeout(LIMIT)
        self.guard.sock.sendall(request * count)
        got = 0
        end = time.monotonic() + LIMIT
        while got < count and time.monotonic() < end:
            self.guard.receive(end - time.monotonic())
            got += len(self.guard.replies)
            self.guard.replies.clear()
        self.assertEqual(got, count)

    def test_requests_of_a_dead_engine_are_not_started(self):
        # The guard is kept from running until the engine's end is closed.
        os.kill(self.guard.pid, signal.SIGSTOP)
        await_(lambda: state(self.guard.pid) == "T", "a stopped guard")
        self.guard.start(["sh", "-c", "echo > too-late"], cwd=str(self.dir))
        self.guard.sock.close()
        os.kill(self.guard.pid, signal.SIGCONT)
        self.assertEqual(self.guard.process.wait(LIMIT), 0)
        self.assertFalse((self.dir / "too-late").exists())

    def test_started_by_hand(self):
        for arguments in ([], ["x"], ["0"], ["99"], ["3", "4"]):
            run = subprocess.run([GUARD, *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                                 timeout=LIMIT)
            self.assertEqual(run.returncode, 2)
            self.assertIn(b"not by hand", run.stderr)

    def test_orphans_are_reaped(self):
        step = self.python("""
for i in range(50):
    if os.fork() == 0:
        if os.fork() == 0:
            os.setsid()
            time.sleep(0.05)
        os._exit(0)
    os.wait()
""")
        self.guard.nothing_left(step)
        self.nothing_alive(self.guard.cookies[-1])
        await_(lambda: not zombies_of(self.guard.pid), "no zombies")


def fake_engine(directory):
    """Starts a step with a leaver, tells about it, and waits to be killed."""
    # If the test itself is killed, nobody else would end this.
    ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)
    guard = Guard()
    cookie = new_cookie()
    code = "setsid sh -c 'trap \"\" TERM; echo $$ > leaver; exec sleep 300' & sleep 300"
    step = guard.start(["sh", "-c", code], cwd=directory, cookie=cookie)
    guard.reply(STARTED, step)
    await_(lambda: (pathlib.Path(directory) / "leaver").exists(), "the leaver")
    print(guard.pid, cookie, flush=True)
    time.sleep(60)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--fake-engine"]:
        fake_engine(sys.argv[2])
    else:
        unittest.main()
