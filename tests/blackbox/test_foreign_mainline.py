"""A Mainline display as a source: its frames on a terminal, in each of the forms that it may send."""

import asyncio
import base64
import json
import struct
import threading
import unittest
import zlib

import websockets

from harness import HomeTest, main, of_type, wait_until


def binary(kind, payload, width=80, height=24):
    packed = zlib.compress(payload)
    return base64.b64encode(struct.pack(">BHHI", kind, width, height, len(packed)) + packed).decode()


class Display:
    """As the original: no word of welcome, no answer; the eleventh is let in and closed."""

    def __init__(self, port=0, most=10):
        self.most, self.size, self.stage = most, [80, 24], True
        self.clients, self.heard, self.connections = set(), [], 0
        self.loop = asyncio.new_event_loop()
        started = threading.Event()

        async def serve():
            self.server = await websockets.serve(self._client, "127.0.0.1", port)
            self.port = self.server.sockets[0].getsockname()[1]
            started.set()

        def run():
            self.loop.run_until_complete(serve())
            self.loop.run_forever()
        threading.Thread(target=run, daemon=True).start()
        started.wait()

    async def _client(self, socket, _path=None):
        self.connections += 1
        if len(self.clients) >= self.most:
            await socket.close()
            return
        self.clients.add(socket)
        try:
            async for text in socket:
                message = json.loads(text)
                self.heard.append(message)
                if message["type"] == "resize":
                    self.size = [message["width"], message["height"]]
                elif message["type"] == "command":
                    self.stage = not self.stage
                elif message["type"] == "state_request":
                    await socket.send(json.dumps({"type": "state", "state": {"stages": {"rain": {"enabled": self.stage}}}}))
        except websockets.ConnectionClosed:
            pass
        finally:
            self.clients.discard(socket)

    def send(self, text):
        async def all_():
            for client in list(self.clients):
                await client.send(text)
        asyncio.run_coroutine_threadsafe(all_(), self.loop).result(10)

    def frame(self, *lines):
        self.send(json.dumps({"type": "frame", "width": self.size[0], "height": self.size[1], "lines": lines}))

    def stop(self):
        async def stop():
            self.server.close()
            await self.server.wait_closed()
        asyncio.run_coroutine_threadsafe(stop(), self.loop).result(10)


class Mainline(HomeTest):
    def setUp(self):
        super().setUp()
        self.home.allowed_hub_lines += ["^host.connected$", "^host.lost: "]
        self.home.start_hub()
        self.watch = self.home.start("watch", "--json")
        wait_until(self.watch.lines, "the watch to begin")
        self.client = self.home.client()
        self.display = Display()
        self.stop_at_end(self.display)

    def stop_at_end(self, display):
        self.addCleanup(lambda: display.server.is_serving() and display.stop())

    def add(self):
        self.client.call("source.add", name="wall", kind="mainline",
                         settings={"url": "ws://127.0.0.1:%d" % self.display.port})

    def events(self, *types):
        return of_type(self.watch.lines(), *types)

    def await_events(self, kind, count=1):
        return wait_until(lambda: len(found := self.events(kind)) >= count and found,
                          lambda: "%d %s; there came %s" % (count, kind, self.watch.lines()[-4:]))

    def shown(self):
        return [e["data"]["text"] for e in self.events("step.output")]

    def await_shown(self, *lines):
        text = "\x1b[0m\x1b[H\x1b[2J" + "\x1b[0m\r\n".join(lines) + "\x1b[0m"
        wait_until(lambda: self.shown()[-1:] == [text], lambda: "%r; it shows %r" % (text, self.shown()[-1:]))

    def test_frames_in_each_form(self):
        self.add()
        queued = self.await_events("job.queued")[0]
        self.assertEqual(queued["data"]["title"], "Mainline 127.0.0.1:%d" % self.display.port)
        self.display.frame("\x1b[31mred", "ä")
        self.await_shown("\x1b[31mred", "ä")
        self.assertEqual(self.events("step.output")[-1]["data"]["stream"], "tty")
        self.display.send(binary(1, "one\ntwo\nthree".encode()))
        self.await_shown("one", "two", "three")
        self.display.send(binary(2, json.dumps({"width": 80, "height": 3, "rle": [[0, "same", 2]]}).encode()))
        self.await_shown("same", "same", "three")
        for nonsense in ("{", "[]", "AAAA", '{"type":"frame","lines":7}', binary(9, b"x"), "!" * 100_000):
            self.display.send(nonsense)
        self.display.send('{"type": "clear"}')
        self.await_shown("")
        self.display.frame("after")
        self.await_shown("after")

    def test_a_fast_display_is_merged(self):
        self.add()
        self.await_events("job.queued")
        for i in range(300):
            self.display.frame("frame %d" % i)
        self.await_shown("frame 299")
        # 25 a second, and the clock of a slow machine
        times = [e["time"] for e in self.events("step.output")]
        self.assertLess(len(times), 200)

    def test_resize_commands_and_state(self):
        self.add()
        self.await_events("job.queued")
        self.assertEqual(self.await_events("custom")[0]["data"],
                         {"name": "state", "value": {"stages": {"rain": {"enabled": True}}}})
        asked = self.client.start("job.run", host="wall", pipeline="resize", params={"width": "100", "height": 30})
        wait_until(lambda: self.display.size == [100, 30], "the size to come")
        self.display.frame("wide")
        job = self.events("job.queued")[0]["job"]
        self.assertEqual(self.client.answer(asked)["job"], job)
        self.client.call("job.run", host="wall", pipeline="command",
                         params={"action": "adjust_param", "stage": "rain", "delta": "0.5"})
        wait_until(lambda: any(m["type"] == "command" for m in self.display.heard), "the command")
        command = next(m["command"] for m in self.display.heard if m["type"] == "command")
        self.assertEqual(command, {"action": "adjust_param", "stage": "rain", "delta": 0.5})
        self.assertEqual(self.await_events("custom", 2)[1]["data"]["value"], {"stages": {"rain": {"enabled": False}}})
        names = [p["pipeline"] for p in self.client.call("pipeline.list", host="wall")["pipelines"]]
        self.assertEqual(names, ["resize", "command", "state"])
        for params, words in (({"width": 0, "height": 2}, "width is 0"), ({"width": 5}, "height is")):
            with self.assertRaisesRegex(Exception, words):
                self.client.call("job.run", host="wall", pipeline="resize", params=params)
        with self.assertRaisesRegex(Exception, "expected resize, command or state"):
            self.client.call("job.run", host="wall", pipeline="paint")
        with self.assertRaisesRegex(Exception, "remove the source"):
            self.client.call("job.cancel", job=job)

    def test_a_display_that_goes_and_comes_is_one_job(self):
        self.add()
        self.await_events("job.queued")
        port = self.display.port
        self.display.stop()
        self.await_events("host.lost")
        with self.assertRaises(Exception):
            self.client.call("job.run", host="wall", pipeline="state")
        self.display = Display(port)
        self.stop_at_end(self.display)
        wait_until(lambda: self.display.clients, "the hub to come back")
        self.display.frame("again")
        self.await_shown("again")
        self.home.stop_hub()
        self.home.start_hub()
        self.client = self.home.client()
        wait_until(lambda: self.client.call("source.list")["sources"][0]["state"] == "connected", "the hub's next life")
        jobs = self.client.call("job.list", host="wall")["jobs"]
        self.assertEqual([j["state"] for j in jobs], ["running"])

    def test_the_eleventh(self):
        self.display.most = 0
        self.add()
        wait_until(lambda: "all the clients" in self.client.call("source.list")["sources"][0].get("reason", ""), "the reason")
        self.assertEqual(self.events("job.queued", "host.connected"), [])
        self.display.most = 10
        self.await_events("job.queued")


if __name__ == "__main__":
    main()
