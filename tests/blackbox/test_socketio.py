"""Socket.IO and Engine.IO: the servers in tests/support under the clients of other people."""

import asyncio
import os
import pathlib
import re
import shutil
import subprocess
import unittest

import socketio

from harness import BUILD, LIMIT, SLOW, main

HERE = pathlib.Path(__file__).resolve().parent


class Served(unittest.TestCase):
    """With a server of one's own."""

    def serve(self, program, *options):
        server = subprocess.Popen([os.path.join(BUILD, "tests", program), *options], stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.end, server)
        return re.fullmatch(r"listening on (\d+)\n", server.stdout.readline()).group(1)

    def end(self, server):
        self.assertIsNone(server.poll(), "the server has ended by itself")
        server.kill()
        server.wait()
        server.stdout.close()


@unittest.skipUnless(shutil.which("node") and (HERE / "node_modules/socket.io-client").is_dir(), "npm ci was not run")
class NodeTest(Served):
    def node(self, script, *arguments):
        result = subprocess.run(["node", HERE / script, *arguments], env=dict(os.environ, SLOW=str(SLOW)),
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=250 * SLOW)
        self.assertEqual(result.returncode, 0, "\n" + result.stdout[-8000:])
        self.assertNotRegex(result.stdout, r"# tests 0\b")

    def test_what_the_specifications_promise(self):
        port = self.serve("socketio_echo", "--port", "0", "--ping-interval", "300", "--ping-timeout", "200",
                          "--connect-timeout", "1000")
        self.node("socketio_conformance.mjs", port)

    def test_clients_of_npm(self):
        self.node("socketio_clients.mjs", os.path.join(BUILD, "tests", "socketio_lab"))


class PythonTest(Served):
    """python-socketio, which comes from Debian."""

    def talk(self, transports, nsp="/"):
        port = self.serve("socketio_echo", "--port", "0")

        async def conversation():
            client = socketio.AsyncClient(reconnection=False)
            got = asyncio.Queue()
            client.on("*", lambda event, *arguments: got.put_nowait((event, arguments)), namespace=nsp)
            client.on("auth", lambda *arguments: got.put_nowait(("auth", arguments)), namespace=nsp)
            client.on("message-back", lambda *arguments: got.put_nowait(("message-back", arguments)), namespace=nsp)

            async def next_event():
                return await asyncio.wait_for(got.get(), LIMIT)

            await client.connect("http://127.0.0.1:" + port, transports=transports, namespaces=[nsp],
                                 auth={"token": "a"}, wait_timeout=int(LIMIT))
            self.assertEqual(await next_event(), ("auth", ({"token": "a"},)))
            sent = ({"text": "ä€😀", "list": [1, 2.5, None, True]}, b"\x00\xff", {"deep": [b"abc"]})
            await client.emit("message", sent, namespace=nsp)
            self.assertEqual(await next_event(), ("message-back", sent))
            self.assertEqual(await client.call("message-with-ack", sent, namespace=nsp, timeout=int(LIMIT)), sent)
            for number in range(100):
                await client.emit("message", number, namespace=nsp)
            self.assertEqual([(await next_event())[1] for _ in range(100)], [(n,) for n in range(100)])
            wanted = transports[0] if len(transports) == 1 else "websocket"
            self.assertEqual(client.transport(), wanted)
            await client.disconnect()

        asyncio.run(conversation())

    def test_polling(self):
        self.talk(["polling"])

    def test_websocket(self):
        self.talk(["websocket"])

    def test_upgrade(self):
        self.talk(["polling", "websocket"])

    def test_namespace(self):
        self.talk(["polling", "websocket"], "/custom")

    def test_refused_namespace(self):
        port = self.serve("socketio_echo", "--port", "0")

        async def conversation():
            client = socketio.AsyncClient(reconnection=False)
            refused = asyncio.get_running_loop().create_future()
            client.on("connect_error", refused.set_result, namespace="/nowhere")
            with self.assertRaises(socketio.exceptions.ConnectionError):
                await client.connect("http://127.0.0.1:" + port, namespaces=["/nowhere"], wait_timeout=1)
            self.assertEqual(await asyncio.wait_for(refused, LIMIT), {"message": "Invalid namespace"})
            await client.disconnect()

        asyncio.run(conversation())


if __name__ == "__main__":
    main()
