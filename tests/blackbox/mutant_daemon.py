"""A MutAnt daemon as far as its socket shows it, with what it does wrong: it keeps files in memory instead of a network.

Requests of one connection are taken one after the other; updates go to the connection that made the task alone; a
task that was stopped leaves its key locked; StopTask of one that has ended is not answered; ends of pipelines come one
to three times a put. Lives in a thread; `allow` lets that many events of tasks happen.
"""

import asyncio
import json
import math
import threading
import uuid

from aiohttp import WSMsgType, web

PAD = 1024
MODES = ("Lightest", "Light", "Medium", "Heavy", "Heaviest")
FIELDS = {"Put": ("user_key", "source_path", "mode", "public", "no_verify"), "Get": ("user_key", "destination_path", "public"),
          "QueryTask": ("task_id",), "ListTasks": (), "StopTask": ("task_id",), "Rm": ("user_key",), "ListKeys": (),
          "Stats": (), "Sync": ("push_force",), "Purge": ("aggressive",), "Import": ("file_path",),
          "Export": ("destination_path",), "HealthCheck": ("key_name", "recycle")}
UNITS = ("ListTasks", "ListKeys")
# Of June 2025: a file is one of several sources, and data may come over the socket.
LATER = {**FIELDS, "Put": ("user_key", "source", "mode", "public", "no_verify"), "Get": ("user_key", "public", "stream_data")}


class Daemon:
    def __init__(self, port=0, later=False):
        self.port = port
        self.later = later
        self.fields = LATER if later else FIELDS
        self.tasks = {}    # id -> {"task_type", "status", "progress", "result", "future"}
        self.locks = {}    # key -> (id, type)
        self.files = {}    # key -> (bytes, public)
        self.requests = [] # texts as they came
        self.pending_race = False
        self.connections = set()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        if not self._ready.wait(10):
            raise AssertionError("the daemon did not start")

    @property
    def url(self):
        return "ws://127.0.0.1:%d/ws" % self.port

    # -- for the test

    def allow(self, events):
        def release():
            for _ in range(events):
                self._gate.release()
        self.loop.call_soon_threadsafe(release)

    def do(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(10)

    def cut(self):
        """Connections break, tasks go on."""
        async def close():
            for connection in list(self.connections):
                connection._req.transport.abort()
        self.do(close())

    def start_elsewhere(self, request):
        """By another client, which is gone at once."""
        async def start():
            return await self.handle(request, json.dumps(request), lambda message: None)
        self.do(start())
        return list(self.tasks)[-1]

    def stop(self):
        async def end():
            for task in self.tasks.values():
                task["future"].cancel()
            for connection in list(self.connections):
                connection._req.transport.abort()
            await self._runner.cleanup()
            await asyncio.sleep(0)
            self.loop.stop()
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(end(), self.loop)
            self._thread.join(10)

    def count(self, kind):
        return sum(json.loads(text)["type"] == kind for text in self.requests)

    # -- the server

    def _run(self):
        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)
        self._gate = asyncio.Semaphore(0)

        async def begin():
            app = web.Application()
            app.router.add_get("/ws", self._serve)
            self._runner = web.AppRunner(app)
            await self._runner.setup()
            site = web.TCPSite(self._runner, "127.0.0.1", self.port, shutdown_timeout=0.1, reuse_address=True)
            await site.start()
            self.port = site._server.sockets[0].getsockname()[1]
            self._ready.set()
        self.loop.run_until_complete(begin())
        self.loop.run_forever()

    async def _serve(self, request):
        socket = web.WebSocketResponse(max_msg_size=1 << 26)
        await socket.prepare(request)
        self.connections.add(socket)
        updates = asyncio.Queue()

        async def forward():
            while True:
                await socket.send_str(json.dumps(await updates.get(), separators=(",", ":")))
        forwarder = asyncio.ensure_future(forward())
        try:
            async for message in socket:
                if message.type == WSMsgType.BINARY:
                    updates.put_nowait(error("Binary messages are not supported", None))
                elif message.type == WSMsgType.TEXT:
                    self.requests.append(message.data)
                    await self._take(message.data, updates.put_nowait)
        finally:
            forwarder.cancel()
            self.connections.discard(socket)
        return socket

    async def _take(self, text, tell):
        try:
            request = json.loads(text)
        except ValueError:
            return tell(error("Invalid JSON request: expected value at line 1 column 1", text))
        kind = request.get("type") if isinstance(request, dict) else None
        fault = None
        if kind not in self.fields:
            fault = "unknown variant `%s`, expected one of %s at line 1 column 19" % (
                kind, ", ".join("`%s`" % each for each in self.fields))
        elif missing := [field for field in self.fields[kind] if field not in request]:
            fault = "missing field `%s`" % missing[0]
        elif kind in UNITS and len(request) > 1:
            fault = "invalid length %d, expected 0 elements" % (len(request) - 1)
        elif kind == "Put" and request["mode"] not in MODES:
            fault = "unknown variant `%s`, expected one of `Lightest`, .." % request["mode"]
        if fault:
            return tell(error("Invalid JSON request: " + fault, text))
        try:
            await self.handle(request, text, tell)
        except Refused as refused:
            tell(error(str(refused), text))

    async def handle(self, request, text, tell):
        kind = request["type"]
        if kind == "ListTasks":
            return tell({"type": "TaskList", "tasks": [{"task_id": each, "task_type": task["task_type"], "status": task["status"]}
                                                       for each, task in self.tasks.items()]})
        if kind in ("QueryTask", "StopTask"):
            number = str(uuid.UUID(request["task_id"]))
            task = self.tasks.get(number)
            if not task:
                return tell(error("Task not found: " + number, text if kind == "QueryTask" else None))
            if kind == "StopTask":
                if task["status"] in ("Pending", "InProgress"):
                    task["future"].cancel()  # before it lets its key go
                    task.update(status="Stopped", result={"Error": "Task stopped by user request"})
                    tell({"type": "TaskStopped", "task_id": number})
                return None
            if task["status"] in ("Completed", "Failed"):
                return tell(result_of(number, task))
            return tell({"type": "TaskUpdate", "task_id": number, "status": task["status"], "progress": task["progress"]})
        if kind == "Rm":
            if request["user_key"] not in self.files:
                raise Refused("Key '%s' not found" % request["user_key"])
            del self.files[request["user_key"]]
            return tell({"type": "RmSuccess", "user_key": request["user_key"]})
        if kind == "ListKeys":
            return tell({"type": "ListKeys", "keys": [
                {"key": key, "total_size": len(data), "pad_count": pads(data), "confirmed_pads": pads(data), "is_public": public,
                 "public_address": None} for key, (data, public) in self.files.items()]})
        if kind == "Stats":
            return tell({"type": "Stats", "total_keys": len(self.files), "total_pads": 2, "occupied_pads": 1, "free_pads": 1,
                         "pending_verify_pads": 0})
        if kind in ("Import", "Export"):
            return tell({"type": kind, "result": {"nb_keys_%sed" % kind.lower(): 0}})
        return await self._create(request, text, tell)

    async def _create(self, request, text, tell):
        kind, number = request["type"], str(uuid.uuid4())
        key = request["user_key"] if kind in ("Put", "Get") else None
        data = b""
        if key is not None:
            if key in self.locks:
                tell(error("Key '%s' is already being used by another operation (task ID: %s, type: %s). Only one operation "
                           "per key is allowed at a time." % ((key,) + self.locks[key]), text))
                raise Refused("Internal daemon error: Key '%s' is already in use" % key)
            self.locks[key] = (number, kind)
        if kind == "Put":
            try:
                with open(request["source"]["FilePath"] if self.later else request["source_path"], "rb") as file:
                    data = file.read()
            except OSError as failure:
                del self.locks[key]
                raise Refused("IO error (formatted): Failed to read source file %s: %s" % (request["source_path"], failure)) from None
        task = {"task_type": kind, "status": "Pending", "progress": None, "result": "Pending"}
        tell({"type": "TaskCreated", "task_id": number})

        async def emit(event):
            await self._gate.acquire()
            if task["status"] != "InProgress":
                return False
            task["progress"] = {kind: event}
            tell({"type": "TaskUpdate", "task_id": number, "status": "InProgress", "progress": task["progress"]})
            return True

        async def work():
            if not self.pending_race:
                task["status"] = "InProgress"
            try:
                value = await OPERATIONS[kind](self, request, data, emit)
                task.update(status="Completed", result={"Result": {kind: value}})
            except Refused as refused:
                task.update(status="Failed", result={"Error": str(refused)})
            tell(result_of(number, task))
            if key is not None:
                self.locks.pop(key, None)
        task["future"] = asyncio.ensure_future(work())
        self.tasks[number] = task
        await asyncio.sleep(0)

    # -- what tasks do

    async def _pipeline(self, emit, total, written=0, confirmed=0, verify=True):
        await check(emit({"Starting": {"total_chunks": total, "initial_written_count": written,
                                       "initial_confirmed_count": confirmed, "chunks_to_reserve": total - written}}))
        for _ in range(total - written):
            await check(emit("PadReserved"))
            await check(emit("PadsWritten"))
        for _ in range(total - confirmed if verify else 0):
            await check(emit("PadsConfirmed"))
        await check(emit("Complete"))

    async def put(self, request, data, emit):
        key, public = request["user_key"], request["public"]
        if self.files.get(key) != (data, public):
            await self._pipeline(emit, pads(data), verify=not request["no_verify"])
        if public:
            await self._pipeline(emit, 1, verify=not request["no_verify"])
        await check(emit("Complete"))
        self.files[key] = (data, public)
        return {"public_address": "ab" * 16 if public else None}

    async def get(self, request, _data, emit):
        if request["user_key"] not in self.files:
            raise Refused("Key '%s' not found" % request["user_key"])
        data, _public = self.files[request["user_key"]]
        total = pads(data)
        single = request["public"] and total == 1
        await check(emit({"Starting": {"total_chunks": 1000 if single else total + request["public"]}}))
        for _ in range(1 if single else total + request["public"]):
            await check(emit("PadFetched"))
        await check(emit("Complete"))
        with open(request["destination_path"], "wb") as file:
            file.write(data)
        return {"size": len(data), "streamed": False} if self.later else {"size": len(data)}

    async def sync(self, _request, _data, emit):
        for phase in ("FetchingRemoteIndex", "Merging", "PushingRemoteIndex", "VerifyingRemoteIndex", "Complete"):
            await check(emit(phase))
        return {"nb_keys_added": 1, "nb_keys_updated": 0, "nb_free_pads_added": 0, "nb_pending_pads_added": 0}

    async def purge(self, _request, _data, emit):
        await check(emit({"Starting": {"total_count": 3}}))
        for _ in range(3):
            await check(emit("PadProcessed"))
        await check(emit({"Complete": {"verified_count": 2, "failed_count": 1}}))
        return {"nb_pads_purged": 1}

    async def health_check(self, request, _data, emit):
        if request["key_name"] not in self.files:
            raise Refused("Key '%s' not found" % request["key_name"])
        total = pads(self.files[request["key_name"]][0])
        await check(emit({"Starting": {"total_keys": total}}))
        for _ in range(total):
            await check(emit("KeyProcessed"))
        await check(emit({"Complete": {"nb_keys_updated": 0}}))
        return {"nb_keys_reset": 0, "nb_keys_recycled": 0}


OPERATIONS = {"Put": Daemon.put, "Get": Daemon.get, "Sync": Daemon.sync, "Purge": Daemon.purge, "HealthCheck": Daemon.health_check}


class Refused(Exception):
    pass


async def check(emitted):
    if not await emitted:
        raise Refused("Operation cancelled")


def pads(data):
    return max(1, math.ceil(len(data) / PAD))


def error(text, original):
    return {"type": "Error", "error": text, "original_request": original}


def result_of(number, task):
    return {"type": "TaskResult", "task_id": number, "status": task["status"], "result": task["result"]}
