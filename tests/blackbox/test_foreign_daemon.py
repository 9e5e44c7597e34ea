"""Event sockets of dotfiles-daemon as a source: they appear with the first event of a type, which nobody hears."""

import json
import socket
import struct
import threading
import unittest

from harness import HomeTest, main, of_type, wait_until


class Daemon:
    """As the original: a socket for each type of event, made when the first one comes; no queue, no farewell."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.sockets = {}

    def event(self, event_type, **payload):
        if event_type not in self.sockets:
            path = self.folder / (event_type + "_events.sock")
            path.unlink(missing_ok=True)
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(str(path))
            listener.listen()
            self.sockets[event_type] = (listener, clients := [])
            threading.Thread(target=self._accept, args=(listener, clients), daemon=True).start()
            return
        body = json.dumps({"message_id": "m", "timestamp": "2025-11-22T10:00:00", "event_type": event_type,
                           "payload": payload}).encode()
        self.raw(event_type, struct.pack(">I", len(body)) + body)

    def raw(self, event_type, data):
        for client in self.sockets[event_type][1]:
            client.sendall(data)

    @staticmethod
    def _accept(listener, clients):
        while True:
            try:
                clients.append(listener.accept()[0])
            except OSError:
                return

    def listened(self, event_type):
        wait_until(lambda: self.sockets[event_type][1], "the hub to listen")

    def stop(self):
        for name, (listener, clients) in self.sockets.items():
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
            (self.folder / (name + "_events.sock")).unlink(missing_ok=True)
            for client in clients:
                client.close()
        self.sockets = {}


class DotfilesDaemon(HomeTest):
    def setUp(self):
        super().setUp()
        self.home.allowed_hub_lines += ["^host.connected$", "^host.lost: "]
        self.home.start_hub()
        self.watch = self.home.start("watch", "--json")
        wait_until(self.watch.lines, "the watch to begin")
        self.client = self.home.client()
        self.folder = self.home.root / "home" / ".cache" / "dotfiles" / "sockets"

    def daemon(self):
        daemon = Daemon(self.folder)
        self.addCleanup(daemon.stop)
        return daemon

    def events(self, *types):
        return of_type(self.watch.lines(), *types)

    def await_events(self, kind, count=1):
        return wait_until(lambda: len(found := self.events(kind)) >= count and found,
                          lambda: "%d %s; there came %s" % (count, kind, [e["type"] for e in self.watch.lines()]))

    def test_operations_of_sockets_that_appear(self):
        self.client.call("source.add", name="dots", kind="dotfiles-daemon", settings={})
        daemon = self.daemon()
        daemon.event("wall", type="operation_started", operation_id="op1", operation_name="set wallpaper", parameters={})
        daemon.listened("wall")  # only now: what it began with is lost
        daemon.event("wall", type="operation_progress", operation_id="op1", step_id="colours", step_name="Colours",
                     step_progress=50.0, overall_progress=25.0, total_steps=2, current_step=1)
        queued = self.await_events("job.queued")[0]
        self.assertEqual((queued["data"]["title"], queued["data"]["source"]), ("op1", "dotfiles-daemon"))
        progress = self.await_events("step.progress")[0]["data"]
        self.assertEqual((progress["done"], progress["fraction"], progress["message"]), (25, 0.25, "Colours (1/2)"))
        self.assertEqual([(p["title"], p["done"]) for p in progress["phases"]], [("Colours", 50)])
        daemon.event("wall", type="operation_started", operation_id="op2", operation_name="other", parameters={"a": 1})
        for garbage in (b"{]", b"[]", b"\xff\xfe", b'{"event_type":3}', b'{"event_type":"wall","payload":[]}'):
            daemon.raw("wall", struct.pack(">I", len(garbage)) + garbage)
        daemon.event("wall", type="operation_completed", operation_id="op1", duration_seconds=2.5, result={"path": "/a"})
        daemon.event("wall", type="operation_failed", operation_id="op2", error_code="E_IO", error_message="no file",
                     step_id="s", traceback="Traceback: x")
        ended = self.await_events("job.finished", 2)
        self.assertEqual(ended[0]["data"]["state"], "succeeded")
        self.assertEqual((ended[1]["data"]["state"], ended[1]["data"]["error"]["message"]), ("failed", "s: E_IO: no file"))
        self.assertEqual(self.await_events("custom")[0]["data"], {"name": "result", "value": {"path": "/a"}})
        log = self.client.call("job.log", job=ended[1]["job"], step="main")
        self.assertIn("Traceback: x", json.dumps(log))
        for end in ended:
            self.assert_whole_job([e for e in self.watch.lines() if e.get("job") == end["job"]], end["job"])

    def test_a_daemon_that_goes_and_comes(self):
        daemon = self.daemon()
        daemon.event("wall", type="state_update", state_key="k", state_value={})
        self.client.call("source.add", name="dots", kind="dotfiles-daemon", settings={"socket": str(self.folder)})
        daemon.listened("wall")
        daemon.event("wall", type="operation_started", operation_id="op1", operation_name="long", parameters={})
        self.await_events("job.queued")
        daemon.stop()
        self.await_events("host.lost")
        job = self.client.call("job.list", host="dots")["jobs"][0]
        self.assertEqual(job["state"], "running", "who runs it is not the daemon")
        again = self.daemon()
        again.event("wall", type="state_update", state_key="k", state_value={})
        again.listened("wall")
        again.event("wall", type="operation_completed", operation_id="op1", duration_seconds=2.5, result={})
        self.assertEqual(self.await_events("job.finished")[0]["data"]["state"], "succeeded")
        self.assertEqual(len(self.events("job.queued")), 1)
        self.assertEqual(self.client.call("source.list")["sources"][0]["state"], "connected")

    def test_settings_that_are_wrong(self):
        for settings, words in (({"patience": "soon"}, "patience is \"soon\", expected minutes"),
                                ({"patience": 0}, "patience is 0"), ({"tcp": "a:1"}, "has no setting \"tcp\"")):
            with self.assertRaisesRegex(Exception, words):
                self.client.call("source.add", name="dots", kind="dotfiles-daemon", settings=settings)


if __name__ == "__main__":
    main()
