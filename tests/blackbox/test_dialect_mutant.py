"""MutAnt's daemon, spoken by the hub: the guide's client over ws sees what it would see of the real one."""

import asyncio
import json
import pathlib
import random
import socket
import subprocess
import threading
import unittest
import uuid

import aiohttp

from harness import LIMIT, HomeTest, Running, main, scaled, wait_until

HERE = pathlib.Path(__file__).resolve().parent

SETTINGS = """
[dialects.mutant]
listen = "127.0.0.1:%(port)d"
%(more)s

[dialects.mutant.pipelines]
put = "upload"
get = { pipeline = "download", params = { key = "{{user_key}}", target = "{{destination_path}}" } }
sync = { pipeline = "synchronise", params = {} }
purge = { pipeline = "purge", params = {} }
health_check = { pipeline = "check", params = { what = "key {{key_name}}, {{recycle}}" } }
rm = { pipeline = "remove", params = { key = "{{user_key}}" } }
list_keys = "keys"
import = { pipeline = "take", params = { file = "{{file_path}}" } }
"""

UPLOAD = """
[parameters.user_key]
required = true
[parameters.source_path]
type = "path"
required = true
[parameters.mode]
[parameters.public]
type = "bool"
[parameters.no_verify]
type = "bool"

[[steps]]
id = "upload"
phases = [{ id = "reserve", total = 2, unit = "pads" }, { id = "write", total = 3, unit = "pads" }, { id = "confirm", total = 3, unit = "pads" }]
script = '''
cd %(work)s
pass() { while [ ! -e "$1" ]; do sleep 0.02; done; }
tell() { stepwire report progress --phase "$1" --done "$2" --total "$3"; }
tell write 1 3
pass go
tell reserve 1 2
tell write 2 3
pass on
[ "$STEPWIRE_PARAM_USER_KEY" != bad ] || { echo "the network is gone" >&2; exit 3; }
tell reserve 2 2
tell write 3 3
tell confirm 3 3
stepwire emit result '{"public_address":"abcd"}'
'''
"""

OTHERS = {
    "download": """
[parameters.key]
[parameters.target]
[[steps]]
id = "fetch"
script = 'echo 50%; [ "$STEPWIRE_PARAM_KEY" != none ] || { echo "Key not found"; exit 1; }; printf 12345 > "$STEPWIRE_PARAM_TARGET"'
""",
    "synchronise": "".join("""
[[steps]]
id = "%s"
command = ["true"]
needs = [%s]
""" % (step, need) for step, need in (("fetch", ""), ("merge", '"fetch"'), ("push", '"merge"'), ("verify", '"push"'))),
    "purge": """
[[steps]]
id = "process"
script = '''
stepwire report progress --done 1 --total 3
stepwire emit result '{"nb_pads_purged":2,"verified_count":1,"failed_count":2}'
'''
""",
    "check": """
[parameters.what]
[[steps]]
id = "check"
script = '[ "$STEPWIRE_PARAM_WHAT" = "key k, true" ] && stepwire emit result "{\\"nb_keys_updated\\":4,\\"nb_keys_recycled\\":1}"'
""",
    "remove": """
[parameters.key]
[[steps]]
id = "remove"
script = '''
[ "$STEPWIRE_PARAM_KEY" = there ] || { echo "Key '$STEPWIRE_PARAM_KEY' not found"; exit 1; }
'''
""",
    "keys": """
[[steps]]
id = "list"
script = '''
stepwire emit result '{"keys":[{"key":"k","total_size":5,"pad_count":1,"confirmed_pads":1,"is_public":true,"public_address":"ab"},{"key":"l"}]}'
'''
""",
    "take": """
[parameters.file]
[[steps]]
id = "take"
command = ["test", "-e", "{{file}}"]
""",
}


@unittest.skipUnless((HERE / "node_modules" / "ws").is_dir(), "npm ci has not been run")
class MutantTest(HomeTest):
    def setUp(self):
        super().setUp()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    def begin(self, more=""):
        self.home.config.mkdir(parents=True, exist_ok=True)
        (self.home.config / "config.toml").write_text(SETTINGS % {"port": self.port, "more": more})
        self.home.own_pipeline("upload", UPLOAD % {"work": self.home.work})
        for name, text in OTHERS.items():
            self.home.own_pipeline(name, text)
        self.file = self.home.write("file", "contents")
        self.start()

    def start(self):
        self.home.start_hub()
        wait_until(lambda: "speaking mutant on ws://127.0.0.1:%d/ws" % self.port in self.home.hub_words(), "the dialect")
        self.node = subprocess.Popen(["node", str(HERE / "dialect_mutant.mjs"), "ws://127.0.0.1:%d/ws" % self.port],
                                     env=self.home.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.out = bytearray()
        thread = threading.Thread(target=Running._collect, args=(self.node.stdout, self.out), daemon=True)
        thread.start()

        def end(node=self.node):
            node.stdin.close()
            node.wait()
            thread.join()
        self.addCleanup(end)

    def command(self, **command):
        self.node.stdin.write(json.dumps(command).encode() + b"\n")
        self.node.stdin.flush()

    def notes(self, kind=None, client=None):
        text = bytes(self.out)
        lines = [json.loads(line) for line in text[:text.rfind(b"\n") + 1].splitlines()]
        return [n for n in lines if kind in (None, n["note"]) and client in (None, n.get("client"))]

    def note(self, kind, client=None, count=1):
        return wait_until(lambda: len(found := self.notes(kind, client)) >= count and found,
                          lambda: "%d %s, but: %s" % (count, kind, self.notes()))[count - 1]

    def open(self, *clients, options=None, query=""):
        for client in clients:
            self.command(client=client, open=options or {"a": 1}, query=query)
            self.note("open", client)

    def messages(self, client):
        return [n["value"] for n in self.notes("message", client)]

    def until(self, client, since=0, **members):
        """The messages from the `since`th to the first that has these members."""
        def look():
            found = self.messages(client)
            for i in range(since, len(found)):
                if all(found[i].get(key) == value for key, value in members.items()):
                    return found[since:i + 1]
            return None
        return wait_until(look, lambda: "%s for %s, but: %s" % (members, client, self.messages(client)[-5:]))

    def ask(self, client, message, **members):
        since = len(self.messages(client))
        self.command(client=client, send=message)
        return self.until(client, since, **members)[-1]

    def put(self, client, key="k", **more):
        request = {"type": "Put", "user_key": key, "source_path": self.file, "mode": "Light", "public": False, "no_verify": False}
        return self.ask(client, {**request, **more}, type="TaskCreated")["task_id"]

    def release(self, *gates):
        for gate in gates:
            self.home.write(gate, "")

    # ---- tests

    def test_the_guides_put_draws_its_bars(self):
        self.begin()
        self.open("a")
        self.command(client="a", put=["photo", self.file])
        starting = self.note("event")["event"]
        self.assertEqual(set(starting["Starting"]),
                         {"total_chunks", "initial_written_count", "initial_confirmed_count", "chunks_to_reserve"})
        self.assertEqual((starting["Starting"]["total_chunks"], starting["Starting"]["chunks_to_reserve"]), (3, 2))
        self.release("go")
        self.until("a", type="TaskUpdate", progress={"Put": "PadReserved"})
        self.release("on")
        self.assertEqual(self.note("put")["result"], {"ok": {"Put": {"public_address": "abcd"}}})
        events = [n["event"] for n in self.notes("event")]
        written = starting["Starting"]["initial_written_count"]
        self.assertEqual({e: events.count(e) for e in ("PadReserved", "PadsWritten", "PadsConfirmed", "Complete")},
                         {"PadReserved": 2, "PadsWritten": 3 - written, "PadsConfirmed": 3, "Complete": 1})
        self.assertEqual(events[-1], "Complete")
        last = {n["name"]: (n["position"], n["length"]) for n in self.notes("bar")}
        self.assertEqual(last, {"res": (2, 2), "upload": (3, 3), "confirm": (3, 3)})
        self.assertEqual(len(self.notes("cleared")), 3)
        messages = self.messages("a")
        self.assertEqual([m["type"] for m in messages],
                         ["TaskCreated"] + ["TaskUpdate"] * (len(messages) - 2) + ["TaskResult"])
        self.assertEqual({m["status"] for m in messages[1:-1]}, {"InProgress"})
        self.assertEqual(messages[-1]["status"], "Completed")
        self.assertEqual({m["task_id"] for m in messages}, {str(uuid.UUID(messages[0]["task_id"]))})

    def test_updates_go_to_everybody_who_asked(self):
        self.begin()
        self.open("a", "b", "c")
        task = self.put("a")
        self.until("a", type="TaskUpdate")
        found = self.ask("b", {"type": "QueryTask", "task_id": task.replace("-", "")}, type="TaskUpdate")
        self.assertEqual((found["task_id"], found["status"], list(found["progress"]["Put"])), (task, "InProgress", ["Starting"]))
        self.assertEqual(self.ask("c", {"type": "ListTasks"}, type="TaskList")["tasks"],
                         [{"task_id": task, "task_type": "Put", "status": "InProgress"}])
        self.command(client="a", close=True)
        self.note("closed", "a")
        self.release("go", "on")
        seen = self.until("b", type="TaskResult")
        self.assertEqual([m.get("progress") for m in seen].count({"Put": "PadsConfirmed"}), 3)
        self.assertEqual(seen[-1], {"type": "TaskResult", "task_id": task, "status": "Completed",
                                    "result": {"Result": {"Put": {"public_address": "abcd"}}}})
        self.assertEqual(self.ask("c", {"type": "ListTasks"}, type="TaskList")["tasks"][0]["status"], "Completed")
        self.assertEqual([m["type"] for m in self.messages("c")], ["TaskList", "TaskList"])
        self.assertEqual(self.ask("c", {"type": "QueryTask", "task_id": task}, type="TaskResult"), seen[-1])

    def test_stop_is_answered_whatever_there_is_to_stop(self):
        self.begin()
        self.open("a", "b")
        task = self.put("a")
        self.assertEqual(self.ask("b", {"type": "StopTask", "task_id": task}, type="TaskStopped"), {"type": "TaskStopped", "task_id": task})
        self.until("a", type="TaskStopped", task_id=task)
        # What is asked behind it is answered behind it.
        other = self.put("a", key="other")
        since = len(self.messages("a"))
        self.command(client="a", send={"type": "StopTask", "task_id": other})
        self.command(client="a", send={"type": "ListTasks"})
        answers = [m for m in self.until("a", since, type="TaskList") if m["type"] != "TaskUpdate"]
        self.assertEqual([m["type"] for m in answers], ["TaskStopped", "TaskList"])
        self.assertEqual([t["status"] for t in answers[1]["tasks"]], ["Stopped", "Stopped"])
        self.assertEqual(self.ask("a", {"type": "StopTask", "task_id": task}, type="TaskStopped")["task_id"], task)
        self.assertEqual(self.ask("a", {"type": "QueryTask", "task_id": task}, task_id=task)["status"], "Stopped")
        self.assertEqual(self.home.client().call("job.get", job=task)["state"], "cancelled")
        # The key is free again, which the real one forgets.
        again = self.put("a")
        self.release("go", "on")
        self.until("a", type="TaskResult", task_id=again)
        self.assertEqual(self.ask("b", {"type": "StopTask", "task_id": again}, task_id=again)["type"], "TaskResult")
        nobody = str(uuid.uuid4())
        self.assertEqual(self.ask("a", {"type": "StopTask", "task_id": nobody}, type="Error"),
                         {"type": "Error", "error": "Task not found: " + nobody, "original_request": None})
        text = json.dumps({"type": "QueryTask", "task_id": nobody})
        self.assertEqual(self.ask("a", text, type="Error"),
                         {"type": "Error", "error": "Task not found: " + nobody, "original_request": text})

    def test_a_key_is_worked_on_once(self):
        self.begin()
        self.open("a", "b")
        task = self.put("a")
        text = json.dumps({"type": "Get", "user_key": "k", "destination_path": "/tmp/x", "public": False})
        self.command(client="b", send=text)
        wait_until(lambda: len(self.messages("b")) == 2, lambda: "two errors, but %s" % self.messages("b"))
        self.assertEqual(self.messages("b"), [
            {"type": "Error", "original_request": text,
             "error": "Key 'k' is already being used by another operation (task ID: %s, type: Put). "
                      "Only one operation per key is allowed at a time." % task},
            {"type": "Error", "original_request": text, "error": "Internal daemon error: Key 'k' is already in use"}])

    def test_failures_and_refusals(self):
        self.begin()
        self.open("a")
        self.release("go", "on")
        task = self.put("a", key="bad")
        self.assertEqual(self.until("a", type="TaskResult", task_id=task)[-1],
                         {"type": "TaskResult", "task_id": task, "status": "Failed", "result": {"Error": "the network is gone"}})
        put = {"type": "Put", "user_key": "k", "source_path": "/nowhere/x", "mode": "Light", "public": False, "no_verify": False}
        for request, words in (
                (put, "IO error (formatted): Failed to read source file /nowhere/x: No such file or directory (os error 2)"),
                ({"type": "Subscribe"}, "Invalid JSON request: unknown variant `Subscribe`, expected one of `Put`, `Get`, "),
                ({"type": "Sync"}, "Invalid JSON request: missing field `push_force`"),
                ({"type": "ListTasks", "n": 1}, "Invalid JSON request: invalid type: map, expected unit struct ListTasksRequest"),
                ("hello", "Invalid JSON request: expected value at line 1 column 1"),
                ({"type": "Rm", "user_key": "away"}, "Key 'away' not found"),
                ({"type": "Stats"}, "Stats is not supported here: [dialects.mutant.pipelines] has no stats"),
                ({"type": "Export", "destination_path": "/x"}, "Export is not supported here")):
            with self.subTest(words):
                text = request if isinstance(request, str) else json.dumps(request)
                error = self.ask("a", text, type="Error")
                self.assertTrue(error["error"].startswith(words), error)
                self.assertEqual(error["original_request"], text)
        self.command(client="a", binary=True)
        self.until("a", error="Binary messages are not supported", original_request=None)
        self.assertEqual(self.ask("a", {"type": "ListTasks"}, type="TaskList")["tasks"],
                         [{"task_id": task, "task_type": "Put", "status": "Failed"}])

    def test_no_message_is_left_without_an_answer(self):
        self.begin()
        chance = random.Random(7)
        seeds = [json.dumps({"type": "Put", "user_key": "k", "source_path": "/nowhere", "mode": "Medium", "public": False,
                             "no_verify": False}), '{"type":"ListTasks"}', '{"type":"Stats"}', "[]", "1", '{"type":{}}',
                 '{"type":"StopTask","task_id":"urn:uuid:11111111-2222-4333-8444-555555555555"}', '{"a":"\\\\","type":"zz"}']

        def spoilt():
            text = list(chance.choice(seeds))
            for _ in range(chance.randint(0, 3)):
                at = chance.randrange(len(text))
                text[at:at + chance.randint(0, 1)] = chance.choice('{}[]",:\\ax0 \n\t')
            return "".join(text)

        async def talk():
            async with aiohttp.ClientSession() as session, session.ws_connect("ws://127.0.0.1:%d/ws" % self.port) as client:
                for _ in range(scaled(2000, 300)):
                    text = spoilt()
                    await client.send_str(text)
                    answer = json.loads((await asyncio.wait_for(client.receive(), LIMIT)).data)
                    self.assertIn(answer["type"], ("Error", "TaskList"), text)
                    self.assertIn(answer.get("original_request"), (text, None))
        asyncio.run(talk())

    def test_all_the_other_work(self):
        self.begin()
        self.open("a")
        target = str(self.home.work / "out")

        def run(kind, **members):
            since = len(self.messages("a"))
            self.command(client="a", send={"type": kind, **members})
            seen = self.until("a", since, type="TaskResult")
            self.assertEqual(seen[0]["type"], "TaskCreated")
            self.assertEqual({m["task_id"] for m in seen}, {seen[0]["task_id"]})
            return [m["progress"][kind] for m in seen[1:-1]], seen[-1]["result"]
        events, result = run("Get", user_key="k", destination_path=target, public=False)
        self.assertEqual((list(events[0]), set(events[1:-1]), events[-1]), (["Starting"], {"PadFetched"}, "Complete"))
        self.assertEqual(events.count("PadFetched"), events[0]["Starting"]["total_chunks"])
        self.assertEqual(result, {"Result": {"Get": {"size": 5}}})
        self.assertEqual(run("Get", user_key="none", destination_path=target, public=False)[1], {"Error": "Key not found"})
        self.assertEqual(run("Sync", push_force=False),
                         (["FetchingRemoteIndex", "Merging", "PushingRemoteIndex", "VerifyingRemoteIndex", "Complete"],
                          {"Result": {"Sync": {"nb_keys_added": 0, "nb_keys_updated": 0, "nb_free_pads_added": 0,
                                               "nb_pending_pads_added": 0}}}))
        self.assertEqual(run("Purge", aggressive=True),
                         ([{"Starting": {"total_count": 3}}, "PadProcessed", "PadProcessed", "PadProcessed",
                           {"Complete": {"verified_count": 1, "failed_count": 2}}], {"Result": {"Purge": {"nb_pads_purged": 2}}}))
        events, result = run("HealthCheck", key_name="k", recycle=True)
        self.assertEqual(events, [{"Starting": {"total_keys": 1}}, "KeyProcessed", {"Complete": {"nb_keys_updated": 4}}])
        self.assertEqual(result, {"Result": {"HealthCheck": {"nb_keys_reset": 0, "nb_keys_recycled": 1}}})
        self.assertEqual(self.ask("a", {"type": "Rm", "user_key": "there"}, type="RmSuccess"), {"type": "RmSuccess", "user_key": "there"})
        self.assertEqual(self.ask("a", {"type": "ListKeys"}, type="ListKeys")["keys"], [
            {"key": "k", "total_size": 5, "pad_count": 1, "confirmed_pads": 1, "is_public": True, "public_address": "ab"},
            {"key": "l", "total_size": 0, "pad_count": 0, "confirmed_pads": 0, "is_public": False, "public_address": None}])
        self.assertEqual(self.ask("a", {"type": "Import", "file_path": self.file}, type="Import"),
                         {"type": "Import", "result": {"nb_keys_imported": 0}})
        types = [t["task_type"] for t in self.ask("a", {"type": "ListTasks"}, type="TaskList")["tasks"]]
        self.assertEqual(types, ["Get", "Get", "Sync", "Purge", "HealthCheck"])

    def test_a_task_started_elsewhere_and_a_hub_started_anew(self):
        self.begin()
        task = self.home.do("run", "--detach", "upload", "user_key=k", "source_path=" + self.file).text.strip()
        self.open("a")
        self.assertEqual(self.ask("a", {"type": "QueryTask", "task_id": task}, type="TaskUpdate")["status"], "InProgress")
        self.release("go", "on")
        self.until("a", type="TaskResult", task_id=task)
        self.home.stop_hub()
        self.note("closed", "a")
        self.assertEqual(self.notes("closed", "a")[0]["code"], 1001)
        self.start()
        self.open("a")
        self.assertEqual(self.ask("a", {"type": "QueryTask", "task_id": task}, task_id=task)["status"], "Completed")
        self.assertEqual(self.ask("a", {"type": "ListTasks"}, type="TaskList")["tasks"],
                         [{"task_id": task, "task_type": "Put", "status": "Completed"}])

    def test_who_is_let_in(self):
        self.begin("token = true\norigins = [\"http://localhost:8080\"]")
        token = (self.home.config / "token").read_text().strip()
        bearer = {"Authorization": "Bearer " + token}
        for i, (headers, query, refusal) in enumerate((
                ({}, "", "401"), ({"Authorization": "Bearer x"}, "", "401"), (bearer, "", None), ({}, "?token=" + token, None),
                ({**bearer, "Origin": "https://evil.example"}, "", "403"), ({**bearer, "Host": "evil.example"}, "", "403"),
                ({**bearer, "Origin": "http://localhost:8080"}, "", None))):
            with self.subTest(headers=headers, query=query):
                client = "c%d" % i
                self.command(client=client, open={"headers": headers}, query=query)
                if refusal:
                    self.assertIn(refusal, self.note("refused", client)["reason"])
                else:
                    self.note("open", client)

    def test_wrong_settings_are_told(self):
        self.home.config.mkdir(parents=True, exist_ok=True)
        for text, words in (('listen = "0.0.0.0:3030"', "loopback"), ("pipeline = 1", "did you mean \"pipelines\"")):
            with self.subTest(words):
                (self.home.config / "config.toml").write_text("[dialects.mutant]\n" + text)
                self.home.start_hub()
                wait_until(lambda: words in self.home.hub_words(), lambda: self.home.hub_words())
                self.home.stop_hub()


if __name__ == "__main__":
    main()
