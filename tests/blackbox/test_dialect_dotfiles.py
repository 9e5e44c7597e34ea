"""dotfiles-socket over TCP, and the sockets of dotfiles-daemon, spoken by the hub."""

import json
import pathlib
import re
import select
import socket
import stat
import struct
import time
import unittest
import uuid

import msgpack

from harness import HomeTest, LIMIT, Running, main, wait_until

HERE = pathlib.Path(__file__).resolve().parent

PIPELINE = """
event_name = "shown"
event_data = { picture_path = "/a.jpg" }

[[steps]]
id = "first"
title = "The first"
script = 'echo 50%%; while [ ! -e %(work)s/go ]; do sleep 0.02; done'

[[steps]]
id = "second"
script = 'exit "$(cat %(work)s/go)"'
"""


class Framed:
    """A connection whose frames have a length before them."""

    def __init__(self, address):
        self.sock = socket.socket(socket.AF_INET if isinstance(address, tuple) else socket.AF_UNIX)
        self.sock.settimeout(LIMIT)
        self.sock.connect(address)
        self.buffer, self.frames, self.ended = b"", [], False

    def send(self, body):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.sock.sendall(struct.pack(">I", len(body)) + body)

    def pump(self):
        while not self.ended and select.select([self.sock], [], [], 0.01)[0]:
            try:
                chunk = self.sock.recv(65536)
            except ConnectionError:
                chunk = b""
            self.ended = not chunk
            self.buffer += chunk
        while len(self.buffer) >= 4 and len(self.buffer) >= 4 + (size := struct.unpack(">I", self.buffer[:4])[0]):
            self.frames.append(self.buffer[4:4 + size])
            self.buffer = self.buffer[4 + size:]
        return self.frames

    def wait(self, count):
        return wait_until(lambda: len(self.pump()) >= count and self.frames, lambda: "%d frames, but %s" % (count, self.frames))

    def to_the_end(self):
        wait_until(lambda: self.pump() is not None and self.ended, lambda: "the end, after %s" % self.frames)
        return self.frames


def envelope(event_type, **payload):
    return {"message_id": str(uuid.uuid4()), "timestamp": "2026-11-21T10:00:00.000000", "event_type": event_type, "payload": payload}


class DotfilesTest(HomeTest):
    def begin(self, settings):
        self.home.config.mkdir(parents=True, exist_ok=True)
        (self.home.config / "config.toml").write_text("[dialects.dotfiles]\n" + settings)
        self.home.own_pipeline("shown", PIPELINE % {"work": self.home.work})
        self.home.start_hub()
        wait_until(lambda: "speaking dotfiles on" in self.home.hub_words(), lambda: self.home.hub_words())
        self.hub = self.home.client()
        self.hub.call("subscribe")

    def run_shown(self):
        job = self.home.do("run", "--detach", "shown").text.strip()
        self.assertTrue(job)
        return job

    def go(self, code=0):
        self.home.write("tmp", str(code))
        (self.home.work / "tmp").rename(self.home.work / "go")

    def port_of(self, job):
        event = self.hub.until(lambda e: e["type"] == "custom" and e["job"] == job)[-1]
        self.assertEqual((event["data"]["name"], event["data"]["value"]["event_name"], event["data"]["value"]["host"]),
                         ("event_socket", "shown", "127.0.0.1"))
        return event["data"]["value"]["port"]


class Tcp(DotfilesTest):
    @unittest.skipUnless((HERE / "node_modules" / "@msgpack").is_dir(), "npm ci has not been run")
    def test_a_job_speaks_on_the_first_free_port(self):
        first = socket.socket()
        self.addCleanup(first.close)
        first.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            first.bind(("127.0.0.1", 9000))
            first.listen()
        except OSError:
            pass  # somebody else is there, which is as good
        self.begin("folder = false")
        job = self.run_shown()
        port = self.port_of(job)
        self.assertIn(port, range(9001, 9101))
        second = self.run_shown()
        self.assertIn(self.port_of(second), range(port + 1, 9101))
        node = Running(["node", str(HERE / "listen.mjs"), str(port), "127.0.0.1"], self.home.env, str(self.home.work))
        self.home.pieces.append(node)
        over_tcp, over_unix = Framed(("127.0.0.1", port)), Framed(str(self.home.runtime / "shown.sock"))
        wait_until(lambda: node.lines(), "Node to hear something")
        over_tcp.wait(1)
        self.go()
        frames = over_tcp.to_the_end()
        self.assertEqual(frames, over_unix.to_the_end())
        messages = [msgpack.unpackb(frame, raw=False) for frame in frames]
        self.assertEqual([m["event_name"] for m in messages], ["shown"] * len(messages))
        self.assertEqual(messages[-1]["data"], {"step": "complete", "progress": 100.0, "status": "complete", "picture_path": "/a.jpg"})
        self.assertEqual(node.finish().lines, messages + ["end"])
        with self.assertRaises(OSError):
            Framed(("127.0.0.1", port))
        self.hub.finished(second)

    def test_a_job_runs_where_no_port_is_free(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            self.begin("folder = false\nports = [%d, %d]" % (port, port))
            self.go()
            job = self.run_shown()
            self.assertEqual(self.hub.finished(job)[-1]["data"]["state"], "succeeded")
        self.assertIn("none of the ports %d to %d is free: Address already in use" % (port, port), self.home.hub_words())


class Daemon(DotfilesTest):
    def setUp(self):
        super().setUp()
        self.folder = self.home.root / "d"

    def begin(self, settings=""):
        super().begin('tcp = false\nfolder = "%s"\n' % self.folder + settings)
        self.command, self.query = self.connect("command"), self.connect("query")

    def connect(self, name):
        connection = Framed(str(self.folder / (name + ".sock")))
        self.addCleanup(connection.sock.close)
        return connection

    def monitor(self, event_type):
        def try_it():
            try:
                return self.connect(event_type + "_events")
            except (FileNotFoundError, ConnectionRefusedError):  # the file is there a moment before it is listened on
                return None
        return wait_until(try_it, "the socket of " + event_type)

    def ask(self, query_type, **parameters):
        request = envelope("q", type="query_request", query_type=query_type, parameters=parameters)
        self.query.send(request)
        answer = json.loads(self.query.wait(len(self.query.frames) + 1)[-1])
        self.assertEqual((answer["payload"]["type"], answer["payload"]["query_id"]), ("query_response", request["message_id"]))
        self.assertEqual(answer["status"], "ok" if answer["payload"]["error"] is None else "error")
        return answer["payload"]

    def refusal(self, connection, message):
        connection.send(message)
        answer = json.loads(connection.wait(len(connection.frames) + 1)[-1])
        self.assertEqual((answer["payload"]["type"], answer["payload"]["result"]), ("query_response", {}))
        return answer["payload"]["error"]

    def test_an_operation_of_a_publisher_is_a_job_and_reaches_all_monitors(self):
        self.begin()
        for path in self.folder.iterdir():
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600, path)
        told = [envelope("wallpaper", type="operation_started", operation_id="o1", operation_name="Change it", parameters={"a": 1}),
                envelope("wallpaper", type="operation_progress", operation_id="o1", step_id="colours", step_name="Colours",
                         step_progress=50, overall_progress=25.0, total_steps=2, current_step=1)]
        for message in told:
            self.command.send(message)
        # The very first is there for who comes late.
        early = self.monitor("wallpaper")
        self.assertEqual([json.loads(f) for f in early.wait(2)], told)
        queued = self.hub.until(lambda e: e["type"] == "job.queued")[-1]
        self.assertEqual(queued["data"]["title"], "Change it")
        progress = self.hub.until(lambda e: e["type"] == "step.progress")[-1]["data"]
        self.assertEqual((progress["fraction"], progress["message"], [(p["id"], p["done"]) for p in progress["phases"]]),
                         (0.25, "Colours", [("colours", 50)]))
        state = self.ask("get_current_state")["result"]
        self.assertEqual(state["operations"], [{"operation_id": "o1", "operation_name": "Change it", "event_type": "wallpaper",
                                                "status": "running", "overall_progress": 25}])
        self.command.send(envelope("wallpaper", type="state_update", state_key="wall", state_value={"path": "/x"}))
        end = envelope("wallpaper", type="operation_completed", operation_id="o1", duration_seconds=1.5, result={"ok": True})
        self.command.send(end)
        self.assertEqual(json.loads(early.wait(4)[-1]), end)
        self.assertEqual(self.hub.finished(queued["job"])[-1]["data"]["state"], "succeeded")
        self.assertEqual(len(self.monitor("wallpaper").wait(4)), 4)
        self.assertEqual(self.ask("get_current_state")["result"], {"state": {"wall": {"path": "/x"}}, "operations": []})
        self.assertEqual(self.ask("get_operation_status", operation_id="o1")["result"]["status"], "completed")
        self.assertIn("no operation", self.ask("get_operation_status", operation_id="o2")["error"])
        self.assertEqual(self.ask("list_event_types")["result"], {"event_types": ["wallpaper"]})
        self.assertEqual([e["payload"]["type"] for e in self.ask("get_event_history", event_type="wallpaper", limit=2)["result"]["events"]],
                         ["state_update", "operation_completed"])
        self.command.send(envelope("wallpaper", type="operation_started", operation_id="o1", operation_name="Again", parameters={}))
        self.command.send(envelope("wallpaper", type="operation_failed", operation_id="o1", error_code="E1", error_message="it broke",
                                   step_id=None, traceback=None))
        failed = self.hub.until(lambda e: e["type"] == "job.finished")[-1]["data"]
        self.assertEqual((failed["state"], failed["error"]["message"]), ("failed", "E1: it broke"))
        self.assertEqual(self.command.frames, [])

    def test_what_is_wrong_is_said_and_not_done(self):
        self.begin()
        progress = dict(type="operation_progress", operation_id="o", step_id="s", step_progress=1, overall_progress=1)
        for message, words in (
                (b"hello", "the message is not JSON"),
                ([], "the message is not a JSON object"),
                ({"payload": {}}, "event_type is missing"),
                (envelope("../evil", type="state_update", state_key="k", state_value={}), 'event_type is "../evil", expected'),
                ({"event_type": "x"}, "payload is missing"),
                (envelope("x", type="party"), 'payload.type is "party", expected one of operation_started, '),
                (envelope("x", **{**progress, "step_progress": 101}), "payload.step_progress is 101, expected a number from 0 to 100"),
                (envelope("x", **{**progress, "total_steps": 0}), "payload.total_steps is 0, expected a whole number from 1"),
                (envelope("x", type="operation_started", operation_id="o"), "payload.operation_name is missing in operation_started"),
                (envelope("x", type="operation_completed", operation_id="o", duration_seconds=-1), "payload.duration_seconds is -1"),
                (envelope("x", **progress), 'operation "o" has not been started'),
                (envelope("x", type="query_request", query_type="list_event_types"), "queries are asked on query.sock")):
            with self.subTest(words):
                error = self.refusal(self.command, message)
                self.assertTrue(error.startswith(words), error)
        self.assertIn('payload.query_type is "what", expected one of',
                      self.refusal(self.query, envelope("q", type="query_request", query_type="what")))
        self.assertEqual(self.refusal(self.query, envelope("x", type="state_update", state_key="k", state_value={})),
                         "only queries are asked here")
        self.assertFalse((self.home.root / "evil_events.sock").exists())
        self.assertEqual(self.ask("get_event_history")["result"], {"events": []})
        self.command.sock.sendall(struct.pack(">I", 1024 * 1024 + 1))
        self.assertIn("more than 1 MiB", json.loads(self.command.to_the_end()[-1])["error"])

    def test_jobs_of_the_hub_are_operations(self):
        self.begin()
        job = self.run_shown()
        monitor = self.monitor("shown")
        monitor.wait(2)
        self.assertEqual(self.ask("get_operation_status", operation_id=job)["result"]["status"], "running")
        self.go(code=3)
        self.hub.finished(job)
        wait_until(lambda: any(b"operation_failed" in f for f in monitor.pump()), "the end")
        messages = [json.loads(f) for f in monitor.frames]
        self.assertEqual({m["payload"]["operation_id"] for m in messages}, {job})
        self.assertTrue(all(re.match(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$", m["timestamp"]) for m in messages))
        self.assertEqual(len({m["message_id"] for m in messages}), len(messages))
        payloads = [m["payload"] for m in messages]
        self.assertEqual([p["type"] for p in payloads],
                         ["operation_started"] + ["operation_progress"] * (len(payloads) - 2) + ["operation_failed"])
        self.assertEqual(set(payloads[1]), {"type", "operation_id", "step_id", "step_name", "step_progress", "overall_progress",
                                            "total_steps", "current_step"})
        self.assertEqual((payloads[1]["step_id"], payloads[1]["step_name"], payloads[1]["total_steps"], payloads[1]["current_step"]),
                         ("first", "The first", 2, 1))
        self.assertIn(25, [p.get("overall_progress") for p in payloads])
        self.assertEqual((payloads[-1]["error_code"], payloads[-1]["step_id"]), ("failed", "second"))
        self.home.stop_hub()
        self.assertTrue(monitor.to_the_end())
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_another_daemon_is_left_alone(self):
        self.folder.mkdir()
        other = socket.socket(socket.AF_UNIX)
        self.addCleanup(other.close)
        other.bind(str(self.folder / "command.sock"))
        other.listen()
        self.home.config.mkdir(parents=True, exist_ok=True)
        (self.home.config / "config.toml").write_text('[dialects.dotfiles]\ntcp = false\nfolder = "%s"\n' % self.folder)
        self.home.start_hub()
        wait_until(lambda: "another daemon listens at" in self.home.hub_words(), lambda: self.home.hub_words())
        self.assertEqual([p.name for p in self.folder.iterdir()], ["command.sock"])


if __name__ == "__main__":
    main()
