"""Event sockets, listened to with the MessagePack libraries of other people."""

import datetime
import os
import pathlib
import select
import socket
import stat
import struct
import time
import unittest

import msgpack

from harness import HomeTest, LIMIT, Running, SANITIZED, SLOW, main, of_type, resident_mib, scaled, wait_until

HERE = pathlib.Path(__file__).resolve().parent

PIPELINE = """
event_name = "shown"
event_data = { picture_path = "{{picture}}", fixed = 7 }

[parameters.picture]
type = "string"
default = "none"

[[steps]]
id = "first"
title = "The first"
script = '''
while [ ! -e go ]; do sleep 0.02; done
echo 33.33%
while [ ! -e on ]; do sleep 0.02; done
'''

[[steps]]
id = "second"
title = "The second"
script = '''
echo '{"progress":0.5,"message":"half"}'
while [ ! -e end ]; do sleep 0.02; done
exit "$(cat end)"
'''

[[steps]]
id = "third"
command = ["true"]
"""


class Listener:
    """One client of an event socket."""

    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(str(path))
        self.buffer = b""
        self.raw = []
        self.ended = False

    @property
    def messages(self):
        return [msgpack.unpackb(frame[4:], raw=False) for frame in self.raw]

    def pump(self, seconds=0.01):
        while not self.ended and select.select([self.sock], [], [], seconds)[0]:
            try:
                chunk = self.sock.recv(65536)
            except ConnectionError:
                chunk = b""
            self.ended = not chunk
            self.buffer += chunk
            seconds = 0
        while len(self.buffer) >= 4 and len(self.buffer) >= 4 + (size := struct.unpack(">I", self.buffer[:4])[0]):
            self.raw.append(self.buffer[:4 + size])
            self.buffer = self.buffer[4 + size:]
        return self

    def until(self, predicate, what, deadline=None):
        wait_until(lambda: predicate(self.pump()), lambda: "%s; there came %s" % (what, self.messages[-3:]), deadline)

    def to_the_end(self, deadline=None):
        self.until(lambda l: l.ended, "the end of the stream", deadline)
        if self.buffer:
            raise AssertionError("half a frame at the end: %r" % self.buffer)
        return self.messages


class EventSocketTest(HomeTest):
    def begin(self, *params, name="shown", text=PIPELINE, env=None):
        self.home.own_pipeline(name, text)
        job = self.home.do("run", "--detach", name, *params, env=env).text.strip()
        self.assertTrue(job)
        return job

    def listen(self, name="shown.sock"):
        path = self.home.runtime / name
        listener = Listener(path)
        self.addCleanup(listener.sock.close)
        return listener

    def release(self, *gates, code=0):
        for gate in gates:
            self.home.write("tmp-" + gate, str(code))
            os.rename(self.home.work / ("tmp-" + gate), self.home.work / gate)


class Frames(EventSocketTest):
    def check_frame(self, frame):
        message = msgpack.unpackb(frame[4:], raw=False)
        self.assertEqual(list(message), ["event_name", "timestamp_ms", "timestamp_iso", "message_type", "data"])
        self.assertEqual(struct.unpack(">I", frame[:4])[0], len(frame) - 4)
        self.assertEqual(message["event_name"], "shown")
        self.assertIs(type(message["timestamp_ms"]), int)
        iso = datetime.datetime.fromisoformat(message["timestamp_iso"])
        self.assertEqual(iso.isoformat(timespec="microseconds"), message["timestamp_iso"])
        self.assertEqual(iso.utcoffset(), datetime.timedelta(0))
        self.assertEqual(round(iso.timestamp() * 1000), message["timestamp_ms"])
        self.assertIn(message["message_type"], ("data", "error", "control"))
        # The library of the protocol's own program packs the same message into the same bytes.
        self.assertEqual(msgpack.packb(message), frame[4:])
        if "progress" in message["data"]:
            progress = message["data"]["progress"]
            self.assertIs(type(progress), float)
            self.assertEqual(progress, round(progress, 2))
            self.assertTrue(0 <= progress <= 100)
        return message

    def test_golden_format_from_the_first_to_the_last(self):
        job = self.begin("picture=/a/ä.jpg")
        listener = self.listen()
        self.release("go")
        listener.until(lambda l: l.messages and l.messages[-1]["data"]["progress"] == 11.11, "a third of a third")
        self.release("on", "end")
        listener.to_the_end()
        messages = [self.check_frame(frame) for frame in listener.raw]
        for message in messages[:-1]:
            data = message["data"]
            self.assertEqual(message["message_type"], "data")
            self.assertEqual(list(data)[:3], ["step", "progress", "status"])
            self.assertEqual(data["status"], "processing")
            self.assertIn(data["step"], ("first", "second", "third"))
            self.assertEqual(data["total_steps"], 3)
            self.assertEqual(data["step_index"], ["first", "second", "third"].index(data["step"]))
            self.assertEqual((data["picture_path"], data["fixed"]), ("/a/ä.jpg", 7))
            for details in data["step_details"].values():
                self.assertEqual(set(details), {"internal_progress", "max_weight", "contribution"})
        figures = [m["data"]["progress"] for m in messages]
        self.assertEqual(figures, sorted(figures))
        self.assertIn(50.0, figures)
        last = messages[-1]
        self.assertEqual(last["message_type"], "data")
        self.assertEqual([(k, last["data"][k]) for k in ("step", "progress", "status")],
                         [("step", "complete"), ("progress", 100.0), ("status", "complete")])
        self.assert_code(self.home.do("wait", job), 0)

    def test_a_failure_is_an_error_with_its_step(self):
        self.begin()
        listener = self.listen()
        self.release("go", "on")
        self.release("end", code=4)
        messages = listener.to_the_end()
        self.assertEqual(messages[-1]["message_type"], "error")
        self.assertEqual((messages[-1]["data"]["status"], messages[-1]["data"]["step"]), ("error", "second"))
        self.assertIn("4", messages[-1]["data"]["error"])
        self.assertEqual([m["message_type"] for m in messages[:-1]], ["data"] * (len(messages) - 1))
        self.assertNotIn(100.0, [m["data"].get("progress") for m in messages])

    def test_a_cancelled_job_ends_with_an_error(self):
        job = self.begin()
        listener = self.listen()
        listener.until(lambda l: l.raw, "the first frame")
        self.assert_code(self.home.do("cancel", job), 0)
        messages = listener.to_the_end()
        self.assertEqual(messages[-1]["message_type"], "error")
        self.assertIn("cancelled", messages[-1]["data"]["error"])

    @unittest.skipUnless((HERE / "node_modules" / "@msgpack").is_dir(), "npm ci has not been run")
    def test_ten_lines_of_node(self):
        self.begin()
        node = Running(["node", str(HERE / "listen.mjs"), str(self.home.runtime / "shown.sock")], self.home.env, str(self.home.work))
        self.home.pieces.append(node)
        listener = self.listen()
        wait_until(lambda: node.lines(), "Node to hear something")
        self.release("go", "on", "end")
        theirs = node.finish().lines
        self.assertEqual(theirs[-1], "end")
        self.assertEqual(theirs[:-1], listener.to_the_end())


class Clients(EventSocketTest):
    MANY = "event_name = \"shown\"\n" + "".join("""
[[steps]]
id = "s%d"
needs = []
script = '''
i=0
while [ $i -lt 40 ]; do echo "$i.%d%%"; i=$((i + 1)); sleep 0.045; done
while [ ! -e end ]; do sleep 0.02; done
'''
""" % (i, i) for i in range(4))

    def test_late_joiners_get_the_last_hundred_once_and_in_order(self):
        self.home.start_hub()
        job = self.home.do("run", "--detach", "--jobs", "4", self.home.own_pipeline("shown", self.MANY)).text.strip()
        early, twin = self.listen(), self.listen()
        figure = (39.0 + 39.1 + 39.2 + 39.3) / 4

        def told(listener):
            return bool(listener.messages) and abs(listener.messages[-1]["data"]["progress"] - figure) < 0.02
        early.until(told, "all four at 39")
        self.assertGreater(len(early.raw), 105, "the test must produce more than a hundred frames")
        late = [self.listen() for _ in range(3)]
        for listener in late:
            listener.until(lambda l: len(l.raw) >= 100, "a hundred frames")
            self.assertEqual(listener.raw, early.raw[-100:])
        self.release("end")
        self.assert_code(self.home.do("wait", job), 0)
        for listener in [early, twin, *late]:
            listener.to_the_end()
        self.assertEqual(twin.raw, early.raw, "two clients heard different things")
        for listener in late:
            self.assertEqual(listener.raw, early.raw[-len(listener.raw):])

    def test_the_eleventh_is_closed_at_once(self):
        job = self.begin()
        ten = [self.listen() for _ in range(10)]
        for listener in ten:
            listener.until(lambda l: l.raw, "the first frame")
        eleventh = self.listen()
        eleventh.until(lambda l: l.ended, "the eleventh to be closed")
        self.assertEqual(eleventh.raw, [])
        ten[0].sock.close()

        def served():
            listener = self.listen().pump(0.2)
            return listener.raw
        wait_until(served, "the place of one that left to be free")
        self.release("go", "on", "end")
        for listener in ten[1:]:
            self.assertEqual(listener.to_the_end()[-1]["data"]["status"], "complete")
        self.assert_code(self.home.do("wait", job), 0)

    def test_bad_clients_hurt_nobody(self):
        self.home.start_hub()
        job = self.begin()
        good = self.listen()
        silent = self.listen()
        for garbage in (b"\0\0\0\0", b"\xff" * 5000, struct.pack(">I", 1 << 31) + b"x" * 100_000, b"{}\n" * 1000, b"\0\0\0"):
            bad = self.listen()
            bad.sock.settimeout(LIMIT)
            bad.sock.sendall(garbage)
            bad.sock.close()
        noisy = self.listen()
        noisy.sock.setblocking(False)
        sent = 0
        end = time.monotonic() + 5 * SLOW
        while sent < scaled(20_000_000, 1_000_000) and time.monotonic() < end:
            select.select([], [noisy.sock], [], 0.05)
            try:
                sent += noisy.sock.send(b"\xc1" * 65536)
            except BlockingIOError:
                pass
            except ConnectionError:
                break
        if not SANITIZED:
            self.assertLess(resident_mib(self.home.hub.pid), 150)
        self.release("go", "on", "end")
        self.assertEqual(good.to_the_end()[-1]["data"]["status"], "complete")
        self.assert_code(self.home.do("wait", job), 0)
        self.assertEqual(silent.to_the_end()[-1]["data"]["status"], "complete")

    def test_one_that_never_reads_holds_nothing_up(self):
        self.home.start_hub()
        text = "event_name = \"shown\"\nevent_data = { big = \"%s\" }\n" % ("x" * 20_000) + self.MANY.split("\n", 1)[1]
        self.home.own_pipeline("shown", text)
        job = self.home.do("run", "--detach", "--jobs", "4", "shown").text.strip()
        deaf = self.listen()
        deaf.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        good = self.listen()
        good.until(lambda l: len(l.raw) > 105, "many frames")
        if not SANITIZED:
            self.assertLess(resident_mib(self.home.hub.pid), 150)
        self.release("end")
        self.assertEqual(good.to_the_end()[-1]["data"]["status"], "complete")
        # Had it only been late, it would have lost some of the middle, but never the end.
        messages = deaf.to_the_end()
        self.assertLess(len(messages), len(good.raw))
        self.assertEqual(messages[-1]["data"]["status"], "complete")
        self.assert_code(self.home.do("wait", job), 0)
        wait_until(lambda: not (self.home.runtime / "shown.sock").exists(), "the socket to be removed")


class Names(EventSocketTest):
    def test_mode_life_and_name_of_a_second_run(self):
        job = self.begin()
        path = self.home.runtime / "shown.sock"
        mode = path.stat().st_mode
        self.assertTrue(stat.S_ISSOCK(mode))
        self.assertEqual(stat.S_IMODE(mode), 0o600)
        second = self.begin()
        other = self.home.runtime / ("shown.%s.sock" % second)
        self.assertEqual(stat.S_IMODE(other.stat().st_mode), 0o600)
        a, b = self.listen(), self.listen(other.name)
        self.release("go", "on", "end")
        for listener in (a, b):
            self.assertEqual(listener.to_the_end()[-1]["data"]["status"], "complete")
        self.assert_code(self.home.do("wait", job, second), 0)
        wait_until(lambda: not path.exists() and not other.exists(), "both sockets to be removed")
        for gate in ("go", "on", "end"):
            (self.home.work / gate).unlink()
        third = self.begin()
        self.assertTrue(path.exists(), "the usual name is free again")
        self.assert_code(self.home.do("cancel", third), 0)

    def test_stale_socket_is_replaced(self):
        self.home.runtime.mkdir(mode=0o700)
        stale = socket.socket(socket.AF_UNIX)
        stale.bind(str(self.home.runtime / "shown.sock"))
        stale.close()
        self.begin()
        listener = self.listen()
        self.release("go", "on", "end")
        self.assertEqual(listener.to_the_end()[-1]["data"]["status"], "complete")

    def test_socket_dir(self):
        folder = self.home.root / "elsewhere"
        self.home.own_pipeline("shown", PIPELINE)
        job = self.home.do("run", "--detach", "--socket-dir", str(folder), "shown").text.strip()
        listener = Listener(folder / "shown.sock")
        self.addCleanup(listener.sock.close)
        self.assertEqual(stat.S_IMODE(folder.stat().st_mode), 0o700)
        self.assertFalse((self.home.runtime / "shown.sock").exists())
        self.release("go", "on", "end")
        self.assertEqual(listener.to_the_end()[-1]["data"]["status"], "complete")
        self.assert_code(self.home.do("wait", job), 0)

    def check_runs_without(self, folder):
        self.home.own_pipeline("shown", PIPELINE)
        self.release("go", "on", "end")
        told = self.home.do("run", "--json", "--socket-dir", str(folder), "shown")
        self.assert_code(told, 0)
        warnings = of_type(told.lines, "hub.warning")
        self.assertEqual(len(warnings), 1, warnings)
        self.assertIn(str(folder), warnings[0]["data"]["message"])
        self.home.stop_hub()
        said = self.home.do("run", "--socket-dir", str(folder), "shown")
        self.assert_code(said, 0)
        self.assertEqual(said.words.count(str(folder)), 1, said)

    def test_folder_without_the_right_to_write(self):
        if os.geteuid() == 0:  # root may write anywhere, but not into a file
            self.check_runs_without(self.home.write("no-folder", "") + "/below")
        else:
            folder = self.home.root / "locked"
            folder.mkdir(mode=0o500)
            self.check_runs_without(folder)

    def test_path_that_is_too_long(self):
        self.check_runs_without(self.home.root / ("deep" * 30))

    def test_something_else_in_the_way(self):
        self.home.runtime.mkdir(mode=0o700)
        (self.home.runtime / "shown.sock").write_text("mine")
        self.home.own_pipeline("shown", PIPELINE)
        self.release("go", "on", "end")
        self.assert_code(self.home.do("run", "shown"), 0)
        self.assertEqual((self.home.runtime / "shown.sock").read_text(), "mine")


if __name__ == "__main__":
    main()
