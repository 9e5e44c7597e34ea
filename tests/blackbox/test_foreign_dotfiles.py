"""Event sockets of dotfiles-socket as a source: against a server that has every habit of the original."""

import collections
import socket
import struct
import threading
import time
import unittest

import msgpack

from harness import HomeTest, main, of_type, wait_until


class Server:
    """As the original: keeps what it says while nobody listens, and says it again to everyone who comes."""

    def __init__(self, path=None, most=10):
        self.path, self.most = path, most
        if path:
            path.unlink(missing_ok=True)
            self.listener = socket.socket(socket.AF_UNIX)
            self.listener.bind(str(path))
        else:
            self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.listen()
        self.queue = collections.deque(maxlen=100)
        self.clients = []
        self.accepted = 0
        self.lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self):
        return self.listener.getsockname()[1]

    def _accept(self):
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            with self.lock:
                self.accepted += 1
                if len(self.clients) >= self.most:
                    client.close()
                    continue
                for frame in self.queue:
                    client.sendall(frame)
                self.clients.append(client)

    def send(self, kind="data", at=None, **data):
        now = time.time() if at is None else at
        body = msgpack.packb({"event_name": "wall", "timestamp_ms": int(now * 1000),
                              "timestamp_iso": "2024-11-17T10:30:00+00:00", "message_type": kind, "data": data})
        frame = struct.pack(">I", len(body)) + body
        with self.lock:
            if not self.clients:
                self.queue.append(frame)
            for client in self.clients:
                client.sendall(frame)

    def raw(self, data):
        with self.lock:
            for client in self.clients:
                client.sendall(data)

    def drop(self):
        """All who listen."""
        with self.lock:
            for client in self.clients:
                client.close()
            self.clients.clear()

    def stop(self, close=True):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        if self.path:
            self.path.unlink(missing_ok=True)
        if close:
            self.drop()


class Dotfiles(HomeTest):
    def setUp(self):
        super().setUp()
        self.home.allowed_hub_lines += ["^host.connected$", "^host.lost: "]
        self.home.start_hub()
        self.folder = self.home.root / "sockets"
        self.begin_to_watch()
        self.client = self.home.client()
        self.servers = []
        self.addCleanup(lambda: [server.stop() for server in self.servers if server.listener.fileno() >= 0])

    def begin_to_watch(self):
        self.watch = self.home.start("watch", "--json")
        wait_until(self.watch.lines, "the watch to begin")

    def serve(self, name="wall", **more):
        self.folder.mkdir(exist_ok=True)
        server = Server(self.folder / (name + ".sock"), **more)
        self.servers.append(server)
        return server

    def add(self, **settings):
        return self.client.call("source.add", name="dots", kind="dotfiles", settings=settings)

    def listened(self, server, times=1):
        wait_until(lambda: len(server.clients) >= 1 and server.accepted >= times, "the hub to listen")

    def events(self, *types):
        return of_type(self.watch.lines(), *types)

    def await_events(self, kind, count=1):
        return wait_until(lambda: len(found := self.events(kind)) >= count and found,
                          lambda: "%d %s; there came %s" % (count, kind, [e["type"] for e in self.watch.lines()]))

    def progress(self, figure):
        wait_until(lambda: any(e["data"]["done"] == figure for e in self.events("step.progress")),
                   lambda: "progress %s; there came %s" % (figure, self.watch.lines()[-3:]))

    def run_once(self, server, last="completed"):
        server.send("control", status="ready", step="Initializing", progress=0.0)
        server.send(step="Generating colorscheme", progress=33.33, status="processing", wallpaper_path="/w/dunes.jpg")
        server.send(step="Setting wallpaper", progress=66.67, status="processing", wallpaper_path="/w/dunes.jpg")
        server.send(step="Wallpaper changed successfully", progress=100.0, status=last)

    def test_a_folder_that_comes_later_and_its_sockets(self):
        self.assertEqual(self.add(socket=str(self.folder))["state"], "lost")
        server = self.serve()
        self.listened(server)
        self.await_events("host.connected")
        server.send("control", status="ready", step="Initializing", progress=0.0)
        server.send(step="Generating colorscheme", progress=33.33, status="processing", wallpaper_path="/w/dunes.jpg")
        self.progress(33.33)
        other = self.serve("other")
        self.listened(other)
        other.send(step="a", progress=10, status="processing")
        self.await_events("job.queued", 2)
        other.send("error", error="no such file", status="error", step="a")
        failed = self.await_events("job.finished")[0]
        self.assertEqual((failed["data"]["state"], failed["data"]["error"]["message"]), ("failed", "a: no such file"))
        server.send(step="Wallpaper changed successfully", progress=100.0, status="completed")
        ended = self.await_events("job.finished", 2)[1]
        self.assertEqual(ended["data"]["state"], "succeeded")
        events = self.watch.lines()
        for job in (failed["job"], ended["job"]):
            self.assert_whole_job([e for e in events if e.get("job") == job], job)
        self.assertIn("wall dunes.jpg", [e["data"].get("title") for e in self.events("job.changed")])
        job = self.client.call("job.get", job=ended["job"])
        self.assertEqual((job["source"], job["via"]), ("dotfiles", "dots"))

    def test_what_it_repeats_is_no_second_run(self):
        server = self.serve()
        self.run_once(server)  # while nobody listens
        time.sleep(0.002)  # within one millisecond they would be the same messages
        self.run_once(server, last="complete")
        self.add(socket=str(server.path))
        self.await_events("job.finished", 2)
        server.drop()
        self.listened(server, 2)
        self.home.stop_hub()
        server.drop()
        self.home.start_hub()
        self.begin_to_watch()
        self.listened(server, 3)
        server.send(step="third", progress=5.0, status="processing")
        queued = self.await_events("job.queued")
        self.assertEqual(len(queued), 1, queued)
        self.client = self.home.client()
        self.assertEqual(len(self.client.call("job.list", host="dots")["jobs"]), 3)

    def test_gone_without_an_end(self):
        server = self.serve()
        self.add(socket=str(self.folder))
        self.listened(server)
        server.send(step="a", progress=10, status="processing")
        self.progress(10)
        server.drop()  # only the connection: the run goes on
        self.listened(server, 2)
        server.send(step="b", progress=20, status="processing")
        self.progress(20)
        self.assertEqual(self.events("job.finished"), [])
        server.stop()
        ended = self.await_events("job.finished")[0]
        self.assertEqual(ended["data"]["state"], "interrupted")
        self.assertIn("went away", ended["data"]["error"]["message"])
        self.assertEqual(len(self.events("job.queued")), 1)

    def test_a_server_made_anew_that_never_closed_the_old(self):
        first = self.serve()
        self.add(socket=str(self.folder))
        self.listened(first)
        first.send(step="a", progress=10, status="processing")
        self.progress(10)
        first.stop(close=False)
        second = self.serve()
        self.listened(second)
        self.assertEqual(self.await_events("job.finished")[0]["data"]["state"], "interrupted")
        self.run_once(second)
        self.assertEqual(self.await_events("job.finished", 2)[1]["data"]["state"], "succeeded")
        first.drop()

    def test_streams_that_lost_their_sync(self):
        server = self.serve()
        self.add(socket=str(server.path))
        for times, garbage in enumerate((b"\xff" * 100, struct.pack(">I", 5) + b"{}{}{}{}{}" * 50,
                                         (b"\0\0\0\1\xc1") * 9, b"\0\0\0\0"), 1):
            self.listened(server, times)
            server.raw(garbage)
            wait_until(lambda: server.accepted > times or not server.drop(), "to be connected anew")
        self.listened(server, 5)
        bad = {"event_name": "x", "timestamp_ms": "soon", "data": 3}
        body = msgpack.packb(bad)
        server.raw(struct.pack(">I", len(body)) + body)
        server.raw(struct.pack(">I", 3) + b"\xc1\xc1\xc1")
        self.run_once(server)
        self.assertEqual(self.await_events("job.finished")[0]["data"]["state"], "succeeded")
        self.assertEqual(len(self.events("job.queued")), 1)

    def test_a_frame_in_many_pieces(self):
        server = self.serve()
        self.add(socket=str(server.path))
        self.listened(server)
        body = msgpack.packb({"event_name": "wall", "timestamp_ms": int(time.time() * 1000), "timestamp_iso": "",
                              "message_type": "data", "data": {"step": "slow", "progress": 12.5}})
        for byte in struct.pack(">I", len(body)) + body:
            server.raw(bytes([byte]))
        self.progress(12.5)

    def test_tcp_and_the_eleventh(self):
        server = Server(most=0)
        self.servers.append(server)
        self.add(tcp="127.0.0.1:%d" % server.port)
        wait_until(lambda: any("all the clients" in s.get("reason", "") for s in self.client.call("source.list")["sources"]),
                   "the reason")
        server.most = 10
        self.listened(server)
        self.run_once(server)
        self.assertEqual(self.await_events("job.finished")[0]["data"]["state"], "succeeded")
        server.send(step="a", progress=10, status="processing")
        self.progress(10)
        server.stop()
        wait_until(lambda: self.client.call("source.list")["sources"][0]["state"] == "lost", "it to be lost")
        self.assertEqual(len(self.events("job.finished")), 1, "nobody knows whether it has ended")

    def test_the_sockets_of_another_hub(self):
        """Our own event sockets are read like the original's."""
        self.add(socket=str(self.home.runtime))
        self.home.own_pipeline("shown", 'event_name = "shown"\n[[steps]]\nid = "one"\n'
                               "script = 'echo 25%; while [ ! -e go ]; do sleep 0.02; done'\n")
        own = self.home.do("run", "--detach", "shown").text.strip()
        theirs = [e["job"] for e in self.await_events("job.queued", 2) if e["job"] != own][0]
        wait_until(lambda: any(e["job"] == theirs and e["data"]["done"] == 25 for e in self.events("step.progress")), "25 %")
        self.home.write("go", "")
        wait_until(lambda: any(e["job"] == theirs for e in self.events("job.finished")), "its end")
        self.assertEqual({e["data"]["state"] for e in self.events("job.finished")}, {"succeeded"})

    def test_settings_that_are_wrong(self):
        for settings, words in (({}, "neither setting socket nor tcp"), ({"tcp": "x"}, "expected HOST:PORT"),
                                ({"sockets": "/x"}, "did you mean \"socket\"")):
            with self.assertRaisesRegex(Exception, words):
                self.add(**settings)
        self.add(socket=str(self.folder))
        with self.assertRaisesRegex(Exception, "nothing can be asked of it"):
            self.client.call("job.run", host="dots", pipeline="x")


if __name__ == "__main__":
    main()
