"""A server of python-socketio that Stepwire's client is run against: socketio_server.py PORT OPTIONS. Prints `listening
PORT`."""

import asyncio
import sys

import socketio
from aiohttp import web

io = socketio.AsyncServer(async_mode="aiohttp")


@io.on("echo", namespace="/jobs")
async def echo(sid, *arguments):
    await io.emit("echoed", arguments, to=sid, namespace="/jobs")


@io.on("ask", namespace="/jobs")
async def ask(_sid, *arguments):
    return arguments


@io.on("kick", namespace="/jobs")
async def kick(sid):
    await io.disconnect(sid, namespace="/jobs")


async def main():
    application = web.Application()
    io.attach(application)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", int(sys.argv[1]))
    await site.start()
    print("listening", runner.addresses[0][1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)  # until whoever started it has gone


asyncio.run(main())
