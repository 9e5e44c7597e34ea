"""The clients of Slop Studios' guide at the hub that speaks as its server, with the real socket.io-client."""

import http.client
import json
import pathlib
import shutil
import socket
import unittest
import urllib.parse

from harness import LIMIT, TIME, HomeTest, main, wait_until

HERE = pathlib.Path(__file__).resolve().parent

CONFIG = """
[groups]
claude = %(parallel)d

[dialects.slop]
listen = "127.0.0.1:%(port)d"
connections_per_minute = %(connections)d

[dialects.slop.processes.claude]
pipeline = "model"
rate = %(rate)d
queue = %(queue)d
params = { prompt = "{{prompt}}", model = "{{model}}" }

[dialects.slop.processes.strudel]
pipeline = "sound"

[dialects.slop.workflows]
wf_film = "film"
wf_gated = "gated"
wf_fails = { pipeline = "fails" }

[dialects.slop.agents]
critique = "critique"
discussion = { pipeline = "discussion", params = { topic = "{{topic}}", who = "{{participants}}" } }
orchestrate = { pipeline = "film", params = { name = "{{task}} by {{agents}}" } }
"""

MODEL = """
kind = "process"
[parameters.prompt]
[parameters.model]
default = "m"
[[steps]]
id = "answer"
script = '''
case $STEPWIRE_PARAM_PROMPT in
fail*) echo some; echo no credit >&2; exit 3 ;;
wait*) echo waiting; while [ ! -e %(work)s/gate ]; do sleep 0.02; done ;;
flood*) seq -f 'line %%.0f äöü' 1 100000 ;;
*) for word in $STEPWIRE_PARAM_PROMPT; do printf '%%s ' "$word"; sleep 0.06; done ;;
esac
'''
"""

FILM = """
title = "Film"
[parameters.name]
default = "nobody"
[[steps]]
id = "cut"
title = "Cut"
script = 'stepwire report progress --percent 50 --message half; sleep 0.1; echo "cut by $STEPWIRE_PARAM_NAME"'
[[steps]]
id = "mix"
title = "Mix"
pipeline = "inner"
"""

INNER = """
[[steps]]
id = "work"
script = 'echo mixed'
"""

FAILS = """
[[steps]]
id = "good"
script = 'echo fine'
needs = []
[[steps]]
id = "bad"
script = 'echo "agent gave up" >&2; exit 1'
needs = ["good"]
[[steps]]
id = "after"
script = 'true'
"""

GATED = """
grace = "1s"
[[steps]]
id = "wait"
script = 'while [ ! -e %(work)s/gate ]; do sleep 0.02; done; echo open'
"""

CRITIQUE = """
[parameters.content]
required = true
[parameters.criteria]
required = true
[[steps]]
id = "critique"
script = '''
stepwire emit iteration '{"iteration":1,"feedback":"shorter","scores":{"overall":0.5,"criteria":{}},"meetsThreshold":false}'
stepwire emit critique-iteration '{"iteration":2,"feedback":"good","scores":{"overall":0.9,"criteria":{}},"meetsThreshold":true}'
stepwire emit converged '{"iterations":2,"finalScore":0.9}'
echo "$STEPWIRE_PARAM_CONTENT by $STEPWIRE_PARAM_CRITERIA"
'''
"""

DISCUSSION = """
[parameters.topic]
required = true
[parameters.who]
required = true
[[steps]]
id = "talk"
script = '''
[ "$STEPWIRE_PARAM_TOPIC" != fail ] || { echo "nobody came" >&2; exit 1; }
stepwire emit round-started '{"round":1,"participantCount":3}'
stepwire emit contribution '{"round":1,"role":"architect","content":"Layers."}'
stepwire emit contribution '{"round":1,"agentRole":"qa","contribution":"Tests."}'
stepwire emit round-completed '{"round":1,"synthesis":"Both.","consensusScore":1}'
stepwire emit converged '{"rounds":1,"consensusScore":1}'
stepwire emit completed "{\\"synthesis\\":\\"Layers with tests, say $STEPWIRE_PARAM_WHO.\\",\\"consensusReached\\":true}"
'''
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@unittest.skipUnless(shutil.which("node") and (HERE / "node_modules/socket.io-client").is_dir(), "npm ci was not run")
class SlopTest(HomeTest):
    def begin(self, **more):
        self.port = free_port()
        self.url = "http://127.0.0.1:%d" % self.port
        settings = {"port": self.port, "parallel": 5, "connections": 1000, "rate": 1000, "queue": 100, **more}
        (self.home.config / "pipelines").mkdir(parents=True)
        (self.home.config / "config.toml").write_text(CONFIG % settings)
        for name, text in (("model", MODEL), ("film", FILM), ("inner", INNER), ("fails", FAILS), ("gated", GATED),
                           ("critique", CRITIQUE), ("discussion", DISCUSSION)):
            self.home.own_pipeline(name, text.replace("%(work)s", str(self.home.work)).replace("%%", "%"))
        self.home.start_hub()
        wait_until(lambda: "speaking slop on %s\n" % self.url in self.home.hub_words(), self.home.hub_words)
        self.token = (self.home.config / "token").read_text().strip()

    def start_node(self, scenario, token=None, **given):
        return self.home.start(self.url, token or self.token, scenario, json.dumps(given),
                               program=["node", str(HERE / "dialect_slop.mjs")])

    def notes(self, piece, kind=None):
        return [note for note in piece.lines() if kind in (None, note["note"])]

    def node(self, scenario, **given):
        """What a scenario has noted when it is through."""
        return self.ended(self.start_node(scenario, **given))

    def ended(self, piece):
        try:
            result = piece.finish(30)
        except AssertionError as error:
            raise AssertionError("%s\n%s" % (error, "\n".join(map(str, piece.lines()[-30:])))) from None
        self.assert_code(result, 0)
        self.assertEqual(result.err, b"")
        notes = result.lines
        self.assertEqual(notes[-1]["note"], "end")
        for note in notes:
            if note["note"] in ("log", "error"):
                self.assertNotIn("undefined", json.dumps(note))
                self.assertNotIn(None, note["words"], "the guide's code would print undefined: %s" % note)
            if note["note"] == "event":
                self.assertEqual(note["arguments"], 1, note)
                data = note["data"]
                if "timestamp" in data and note["event"] != "heartbeatAck":
                    self.assertRegex(data["timestamp"], TIME)
        return notes

    def logs(self, notes, kind="log"):
        return [" ".join(str(word) for word in note["words"]) for note in notes if note["note"] == kind]

    def events(self, notes, *names):
        return [note["data"] for note in notes if note["note"] == "event" and note["event"] in names]

    def names(self, notes, begin=""):
        return [note["event"] for note in notes if note["note"] == "event" and note["event"].startswith(begin)]

    def acks(self, notes, event):
        return [note["response"] for note in notes if note["note"] == "ack" and note["event"] == event]

    def open_gate(self):
        (self.home.work / "gate").touch()

    # ---- connection

    def test_connection(self):
        self.begin()
        notes = self.node("connection")
        socket_id = self.logs(notes)[0].split()[1]
        welcome, authenticated = [n["data"] for n in notes if n["note"] == "event" and n["namespace"] == "/"][:2]
        self.assertEqual(welcome["message"], "Connected to Slop Studios 3")
        self.assertEqual(welcome["socketId"], socket_id)
        self.assertEqual(authenticated["userId"], "stepwire")
        self.assertEqual({w["message"] for w in self.events(notes, "welcome")},
                         {"Connected to Slop Studios 3", "Connected to media namespace", "Connected to notifications namespace"})

    def test_refusals(self):
        self.begin()
        notes = self.node("refused")
        self.assertEqual([n["message"] for n in notes if n["note"] == "connect_error"],
                         ["Unauthorized", "Unauthorized", "Invalid namespace"])
        self.assertIn({"note": "by header"}, notes)
        self.assertEqual(self.names(self.node("refresh"))[-2:], ["welcome", "authenticated"])

    def test_read_token_is_none(self):
        self.begin()
        read = (self.home.config / "token.read").read_text().strip()
        piece = self.start_node("process", token=read, prompt="x")
        wait_until(lambda: self.notes(piece, "connect_error"), piece.lines)
        self.assertEqual(self.notes(piece, "connect_error")[0]["message"], "Unauthorized")
        piece.process.kill()

    def test_eleventh_connection_of_a_minute(self):
        self.begin(connections=10)
        notes = self.node("crowded")
        self.assertEqual(len(self.events(notes, "authenticated")), 10)
        self.assertEqual([n["message"] for n in notes if n["note"] == "connect_error"], ["Too many connections"])

    def test_foreign_hosts_and_pages(self):
        self.begin()
        for headers in ({"Host": "evil.example:%d" % self.port}, {"Origin": "https://evil.example"}):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT)
            connection.request("GET", "/socket.io/?EIO=4&transport=polling", headers=headers)
            self.assertEqual(connection.getresponse().status, 403, headers)
            connection.close()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT)
        connection.request("GET", "/socket.io/?EIO=4&transport=polling", headers={"Origin": "http://localhost:3000"})
        answer = connection.getresponse()
        self.assertEqual((answer.status, answer.getheader("Access-Control-Allow-Origin"),
                          answer.getheader("Access-Control-Allow-Credentials")), (200, "http://localhost:3000", "true"))
        connection.close()

    def test_heartbeat_and_session(self):
        self.begin()
        notes = self.node("heartbeat")
        self.assertEqual(len(self.events(notes, "pong")), 2)
        for answer in self.acks(notes, "ping"):
            self.assertRegex(answer["timestamp"], TIME)
        beat = self.acks(notes, "heartbeat")[0]
        self.assertEqual(set(beat), {"timestamp", "serverTime", "latency"})
        info = self.acks(notes, "getConnectionInfo")[0]
        self.assertTrue(info["authenticated"] and info["connected"])
        self.assertIn("user:stepwire", info["rooms"])
        self.assertEqual(self.acks(notes, "no:such:event")[0]["success"], False)
        self.assertEqual(self.acks(notes, "logout"), [{"success": True}])
        self.assertEqual(self.acks(notes, "claude:execute")[0], {"success": False, "error": "Authentication required"})
        self.assertEqual(self.events(notes, "claude:error")[0]["code"], "UNAUTHORIZED")
        self.assertEqual(self.events(notes, "error")[0]["code"], "UNAUTHORIZED")
        self.assertEqual([a["success"] for a in self.acks(notes, "authenticate")], [True, False])
        self.assertEqual(len(self.events(notes, "authError")), 1)
        self.assertIn({"note": "gone"}, notes)

    # ---- processes

    def test_claude_streams(self):
        self.begin()
        notes = self.node("process", prompt="an essay about climate change")
        chunks = [n["chunk"] for n in notes if n["note"] == "chunk"]
        self.assertEqual("".join(chunks), "an essay about climate change ")
        self.assertGreater(len(chunks), 3, "it streams")
        names = self.names(notes, "claude:")
        self.assertEqual(names[0], "claude:progress")
        self.assertEqual(names[-1], "claude:complete")
        progress = self.events(notes, "claude:progress")
        self.assertEqual((progress[0]["message"], progress[0]["status"]), ("Process started", "running"))
        self.assertEqual("".join(p.get("data", "") for p in progress), "an essay about climate change ")
        self.assertTrue(all(0 <= p["progress"] <= 100 for p in progress))
        self.assertEqual("".join(o["output"] for o in self.events(notes, "output")), "an essay about climate change ")
        done = self.events(notes, "claude:complete")[0]
        self.assertEqual(done["output"], "an essay about climate change ")
        self.assertGreater(done["durationMs"], 0)
        self.assertEqual({k: done["result"][k] for k in ("id", "status", "stdout", "stderr", "exitCode")},
                         {"id": done["processId"], "status": "completed", "stdout": done["output"], "stderr": "", "exitCode": 0})
        self.assertRegex(done["processId"], r"^claude_\d{13}_[0-9a-z]+$")
        self.assertEqual({p["processId"] for p in progress}, {done["processId"]})
        # the acknowledgement comes before anything that names the process
        order = [n["note"] for n in notes if n["note"] == "log" or n["note"] == "event" and n["event"].startswith("claude")]
        self.assertEqual(order[0], "log")

    def test_flood_comes_whole_and_in_order(self):
        self.begin()
        notes = self.node("process", prompt="flood")
        text = "".join("line %d äöü\n" % i for i in range(1, 100001))
        self.assertEqual("".join(n["chunk"] for n in notes if n["note"] == "chunk"), text)
        self.assertEqual(self.events(notes, "claude:complete")[0]["output"], text)

    def test_claude_fails(self):
        self.begin()
        notes = self.node("processFails", payload={"prompt": "fail now"}, wait="claude:complete")
        error, done = self.events(notes, "claude:error")[0], self.events(notes, "claude:complete")[0]
        self.assertEqual(error["code"], "EXECUTION_ERROR")
        self.assertEqual(error["processId"], done["processId"])
        self.assertEqual((done["result"]["status"], done["result"]["exitCode"], done["result"]["stderr"]),
                         ("failed", 3, "no credit\n"))
        self.assertEqual(self.logs(notes, "error")[0][:23], "Error: EXECUTION_ERROR ")

    def test_claude_refuses(self):
        self.begin()
        for payload in ({}, {"prompt": 5}, {"prompt": "x" * 100001}, None):
            notes = self.node("processFails", payload=payload)
            self.assertEqual(self.events(notes, "claude:error")[0]["code"], "INVALID_PAYLOAD")
            answer = self.acks(notes, "claude:execute")[0]
            self.assertFalse(answer["success"])
            self.assertIsInstance(answer["error"], str)

    def test_claude_cancel_and_status(self):
        self.begin()
        notes = self.node("processCancel", prompt="wait for it")
        process = self.acks(notes, "claude:execute")[0]["processId"]
        running, cancelled, unknown = self.acks(notes, "claude:status")
        self.assertEqual((running["success"], running["status"], running["processId"]), (True, "running", process))
        self.assertEqual(cancelled["status"], "cancelled")
        self.assertEqual((unknown["success"], unknown["error"]), (False, "Process not found"))
        self.assertIn("Process cancelled", self.logs(notes))
        again, nowhere = self.acks(notes, "claude:cancel")
        self.assertEqual(again["error"], "Could not cancel process (may already be completed)")
        self.assertEqual(nowhere["error"], "Process not found")
        codes = [e["code"] for e in self.events(notes, "claude:error")]
        self.assertEqual(codes, ["CANCELLED", "PROCESS_NOT_FOUND", "PROCESS_NOT_FOUND"])
        self.assertEqual({e["code"] for e in self.events(notes, "error")}, {"PROCESS_NOT_FOUND"})
        self.assertEqual(self.events(notes, "claude:complete"), [])

    def test_queue_with_positions(self):
        self.begin(parallel=1)
        piece = self.start_node("queue", prompt="wait", count=3)
        wait_until(lambda: self.acks(piece.lines(), "claude:status"), piece.lines)
        self.open_gate()
        notes = self.ended(piece)
        first, second, third = (a["processId"] for a in self.acks(notes, "claude:execute"))
        positions = [(q["processId"], q["queuePosition"]) for q in self.events(notes, "claude:queued")]
        self.assertEqual(positions, [(second, 1), (third, 2), (third, 1)])
        self.assertEqual([a.get("queuePosition") for a in self.acks(notes, "claude:execute")], [None, 1, 2])
        status = self.acks(notes, "claude:status")[0]
        self.assertEqual((status["status"], status["queuePosition"]), ("queued", 2))
        self.assertEqual([d["processId"] for d in self.events(notes, "claude:complete")], [first, second, third])
        self.assertIn("Queued at position: 2", self.logs(notes))

    def test_queue_is_limited(self):
        self.begin(parallel=1, queue=2, rate=0)
        piece = self.start_node("refusedQueue", prompt="wait", count=5)
        notes = self.ended(piece)
        self.assertEqual([a["success"] for a in self.acks(notes, "claude:execute")], [True] * 3 + [False] * 2)
        self.assertEqual([(e["code"], e["message"]) for e in self.events(notes, "claude:error")], [("EXECUTION_ERROR", "Queue is full")] * 2)

    def test_nonsense(self):
        self.begin(rate=100000)
        notes = self.node("hostile")
        self.assertEqual(self.notes_of(notes, "unanswered"), [])
        self.assertEqual(notes[-2], {"note": "unanswered all", "unanswered": 0, "connected": True})

    def test_hub_that_is_stopped(self):
        self.begin()
        piece = self.start_node("stopped", prompt="wait")
        wait_until(lambda: {"note": "running"} in piece.lines(), piece.lines)
        self.assertEqual(self.home.stop_hub(), 0)
        notes = self.ended(piece)
        self.assertEqual(self.events(notes, "claude:error")[0]["code"], "EXECUTION_ERROR")
        self.assertEqual(self.events(notes, "claude:complete")[0]["result"]["status"], "failed")
        self.assertTrue(self.logs(notes)[-1].startswith("Disconnected:"))

    def test_restart_of_the_hub(self):
        self.begin(parallel=1)
        piece = self.start_node("queue", prompt="wait", count=2)
        wait_until(lambda: len(self.acks(piece.lines(), "claude:execute")) == 2, piece.lines)
        ran, waited = (a["processId"] for a in self.acks(piece.lines(), "claude:execute"))
        piece.process.kill()
        self.home.kill_hub()
        self.home.start_hub()
        wait_until(lambda: self.home.hub_words().count("speaking slop") == 2, self.home.hub_words)
        piece = self.start_node("afterRestart", ids=[ran, waited])
        wait_until(lambda: {"note": "joined"} in piece.lines(), piece.lines)
        self.open_gate()
        notes = self.ended(piece)
        self.assertEqual([a["status"] for a in self.acks(notes, "claude:status")], ["failed", "running"])
        done = self.events(notes, "claude:complete")[0]
        self.assertEqual((done["processId"], done["output"]), (waited, "waiting\n"))

    def test_rate(self):
        self.begin(rate=3)
        notes = self.node("many", count=4)
        self.assertEqual([a["success"] for a in self.acks(notes, "claude:execute")], [True, True, True, False])
        self.assertEqual([e["code"] for e in self.events(notes, "claude:error")], ["RATE_LIMIT_EXCEEDED"])
        general = self.events(notes, "error")[0]
        self.assertEqual(general["code"], "RATE_LIMITED")
        self.assertTrue(0 < general["retryAfter"] <= 20, general)

    def test_pipeline_with_a_prefix_of_its_own(self):
        self.begin()
        notes = self.node("process", prefix="echo", prompt="one two three")
        self.assertEqual(self.events(notes, "echo:complete")[0]["output"], "one two three\n")
        percents = [p["progress"] for p in self.events(notes, "echo:progress")]
        self.assertEqual(percents, sorted(percents))
        self.assertGreater(percents[-1], 50)

    def test_pipeline_that_is_not_remote_must_be_mapped(self):
        self.begin()
        piece = self.start_node("process", prefix="assistant", prompt="x")
        wait_until(lambda: self.events(piece.lines(), "assistant:error"), piece.lines)
        self.assertEqual(self.events(piece.lines(), "assistant:error")[0]["message"], "No pipeline has the prefix assistant")
        piece.process.kill()

    def test_assistant_of_choice(self):
        self.begin()
        odd = "it's $(touch %s/pwned) `x` \"q\" {system} {{model}}" % self.home.work
        show = self.home.write("show.py", "import sys\nprint(sys.argv[1:], repr(sys.stdin.read()))\n")
        named = self.home.config / "assistant"
        named.write_text("# mine\npython3\n%s\n--ask\n{prompt}\n{model}\n--system={system}\n" % show)
        answer = lambda *more: "".join(e["data"]["text"] for e in self.home.do("run", "--json", "assistant", *more).lines
                                       if e["type"] == "step.output")
        self.assertEqual(answer("prompt=" + odd, "system=be brief"), "%s ''\n" % ["--ask", odd, "--system=be brief"])
        named.write_text("python3\n%s\n" % show)
        self.assertEqual(answer("prompt=" + odd), "[] %r\n" % (odd + "\n"))
        named.unlink()
        self.assertIn("no assistant is named", answer("prompt=x"))
        self.assertFalse((self.home.work / "pwned").exists())

    # ---- strudel

    def test_strudel_validates(self):
        self.begin()
        notes = self.node("strudelValidate", codes=['s("bd sd hh sd").gain(0.8)', 's("bd sd', "s(])", ""])
        self.assertEqual(self.logs(notes), ["Code is valid"])
        self.assertEqual(len(self.logs(notes, "error")), 3)
        for answer, event in zip(self.acks(notes, "strudel:validate"), self.events(notes, "strudel:validated")):
            self.assertEqual(answer["isValid"], answer["success"])
            self.assertEqual(answer["isValid"], answer["errors"] == [])
            self.assertEqual(event["validation"]["isValid"], answer["isValid"])
            self.assertEqual(event["processId"], "")

    @unittest.skipUnless(shutil.which("sox"), "sox is not installed")
    def test_strudel_renders(self):
        self.begin()
        notes = self.node("strudel", code='s("bd sd hh sd").gain(0.8)', duration=10)
        process = self.acks(notes, "strudel:execute")[0]["processId"]
        self.assertEqual(self.names(notes, "strudel:")[:3], ["strudel:progress", "strudel:validated", "strudel:progress"])
        progress = self.events(notes, "strudel:progress")
        percents = [p["progress"] for p in progress]
        self.assertEqual(percents[:2], [0, 10])
        self.assertEqual(percents[-1], 100)
        self.assertEqual(percents, sorted(percents))
        self.assertGreater(len(set(percents)), 4, "the progress is real")
        self.assertEqual([p["status"] for p in (progress[0], progress[1], progress[-1])], ["validating", "rendering", "complete"])
        done = self.events(notes, "strudel:complete")[0]
        self.assertEqual({k: done[k] for k in ("processId", "success", "format", "duration", "sampleRate", "channels", "fileSize")},
                         {"processId": process, "success": True, "format": "wav", "duration": 10, "sampleRate": 44100, "channels": 2,
                          "fileSize": 1764044})
        self.assertEqual(self.notes_of(notes, "file"), [{"note": "file", "status": 200, "type": "audio/wav", "bytes": 1764044,
                                                         "same": True, "head": "RIFF"}])
        self.assertIn("Code validated for process: " + process, self.logs(notes))
        self.assertEqual(self.acks(notes, "strudel:status"), [{"success": True, "status": None}])
        self.assertEqual(self.acks(notes, "strudel:cancel"), [{"success": True, "cancelled": False}])
        key = urllib.parse.urlsplit(done["audioUrl"]).path.split("/")[2]
        for path in ("/files/", "/files/" + key[:-1], "/files/x/../../token", "/files/%2e%2e/token"):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT)
            connection.request("GET", path)
            self.assertIn(connection.getresponse().status, (400, 404), path)
            connection.close()

    def notes_of(self, notes, kind):
        return [note for note in notes if note["note"] == kind]

    @unittest.skipUnless(shutil.which("sox"), "sox is not installed")
    def test_strudel_cancels(self):
        self.begin()
        notes = self.node("strudel", code='s("%s")' % " ".join(["bd"] * 64), duration=600, cancel=True)
        self.assertEqual(self.acks(notes, "strudel:status")[0]["status"]["status"], "rendering")
        self.assertEqual(self.acks(notes, "strudel:cancel")[0]["cancelled"], True)
        self.assertIn("Process cancelled", self.logs(notes))
        self.assertEqual([e["code"] for e in self.events(notes, "strudel:error")], ["CANCELLED"])

    def test_strudel_refuses(self):
        self.begin()
        notes = self.node("strudel", code="", duration=1)
        self.assertEqual(self.acks(notes, "strudel:execute")[0]["error"]["code"], "VALIDATION_ERROR")
        self.assertEqual(self.events(notes, "strudel:error")[0]["code"], "VALIDATION_ERROR")
        notes = self.node("strudel", code="hello()", duration=1)
        self.assertEqual(self.events(notes, "strudel:error")[0]["code"], "EXECUTION_ERROR")
        self.assertIn("there is no pattern", self.events(notes, "strudel:error")[0]["message"])

    # ---- workflows

    def test_workflow(self):
        self.begin()
        notes = self.node("workflow", workflow="wf_film", input={"name": "Ada"})
        answer = self.acks(notes, "agent:workflow:execute")[0]
        self.assertTrue(answer["success"])
        execution = answer["executionId"]
        workflow = "agent:workflow:"
        names = [name[len(workflow):] for name in self.names(notes, workflow)]
        self.assertEqual([n for n in names if n != "step:progress"],
                         ["started", "step:started", "step:completed", "step:started", "step:completed", "completed"])
        self.assertIn("step:progress", names)
        for data in (n["data"] for n in notes if n["note"] == "event" and n["event"].startswith(workflow)):
            self.assertEqual((data["executionId"], data["workflowId"]), (execution, "wf_film"))
        self.assertEqual(self.events(notes, workflow + "started")[0]["totalSteps"], 2)
        self.assertEqual([(s["stepId"], s["stepName"]) for s in self.events(notes, workflow + "step:started")],
                         [("cut", "Cut"), ("mix", "Mix")])
        half = next(p for p in self.events(notes, workflow + "step:progress") if p["stepId"] == "cut")
        self.assertEqual((half["progress"], half["message"]), (50, "half"))
        for step, output in zip(self.events(notes, workflow + "step:completed"), ("cut by Ada\n", "mixed\n")):
            self.assertEqual((step["output"], step["result"]), (output, output))
        done = self.events(notes, workflow + "completed")[0]
        self.assertEqual(done["results"], {"cut": "cut by Ada\n", "mix": "mixed\n"})
        self.assertEqual([s["status"] for s in done["stepResults"]], ["completed", "completed"])
        status = self.acks(notes, workflow + "status")[0]
        self.assertEqual((status["success"], status["status"]["status"], status["status"]["progress"], status["state"]),
                         (True, "completed", 100, "completed"))

    def test_workflow_fails(self):
        self.begin()
        notes = self.node("workflow", workflow="wf_fails")
        failed = self.events(notes, "agent:workflow:step:failed")
        self.assertEqual([f["stepId"] for f in failed], ["bad"])
        self.assertEqual([c["stepId"] for c in self.events(notes, "agent:workflow:step:completed")], ["good"])
        self.assertIn("agent gave up", failed[0]["error"])
        self.assertFalse(failed[-1]["willContinue"])
        end = self.events(notes, "agent:workflow:failed")[0]
        self.assertEqual((end["failedStepId"], end["completedSteps"], end["totalSteps"]), ("bad", 1, 3))
        self.assertEqual(self.names(notes, "agent:")[-1], "agent:error")
        self.assertEqual(self.events(notes, "agent:error")[0]["code"], "WORKFLOW_EXECUTION_FAILED")

    def test_workflow_control(self):
        self.begin()
        notes = self.node("workflowControl", workflow="wf_gated")
        status = self.acks(notes, "agent:workflow:status")
        self.assertEqual([s["state"] for s in status[:4]], ["running", "paused"] * 2)
        self.assertEqual([s.get("error") for s in status[4:]], ["Execution ID is required", "Workflow not found"])
        for verb in ("pause", "resume"):
            self.assertEqual([a["success"] for a in self.acks(notes, "agent:workflow:" + verb)], [True, True])
        cancel, again = self.acks(notes, "agent:workflow:cancel")
        self.assertEqual((cancel["success"], cancel["cancelled"]), (True, True))
        self.assertEqual((again["success"], again["cancelled"]), (False, False))
        self.assertEqual(self.events(notes, "agent:workflow:cancelled")[0]["completedSteps"], 0)
        _, nothing, unknown = self.acks(notes, "agent:workflow:execute")
        self.assertEqual(nothing["error"], "Invalid payload: workflow definition is required")
        self.assertFalse(unknown["success"])
        self.assertEqual([e["code"] for e in self.events(notes, "agent:error")],
                         ["INVALID_PAYLOAD"] * 3 + ["WORKFLOW_EXECUTION_FAILED"])

    def test_workflow_queued(self):
        self.begin()
        piece = self.start_node("workflowQueue", workflow="wf_gated")
        wait_until(lambda: self.events(piece.lines(), "agent:workflow:queued"), piece.lines)
        self.open_gate()
        notes = self.ended(piece)
        answers = self.acks(notes, "agent:workflow:execute")
        self.assertEqual([(a["status"], a.get("queuePosition")) for a in answers], [("running", None), ("queued", 1)])
        queued = self.events(notes, "agent:workflow:queued")
        self.assertEqual([(q["executionId"], q["queuePosition"]) for q in queued], [(answers[1]["executionId"], 1)])
        self.assertIn("Workflow queued: wf_gated position: 1", self.logs(notes))

    def test_workflow_with_its_definition(self):
        self.begin()
        step = {"agentType": "claude", "inputs": [], "outputs": []}
        odd = "{{prompt}} \"'''\\\n$(x) ü"
        notes = self.node("definition", workflow={"id": "wf_own", "name": "Own \"one\"", "steps": [
            {**step, "id": "first", "name": "First", "prompt": odd, "dependencies": []},
            {**step, "id": "bad", "name": "Bad", "prompt": "fail", "dependencies": ["first"], "continueOnError": True},
            {**step, "id": "last", "name": "Last", "prompt": "at the end", "dependencies": ["bad"], "timeoutMs": 20000}]})
        self.assertEqual([s["stepName"] for s in self.events(notes, "agent:workflow:step:started")], ["First", "Bad", "Last"])
        done = self.events(notes, "agent:workflow:completed")[0]
        self.assertEqual(done["workflowId"], "wf_own")
        self.assertEqual(done["results"]["first"], " ".join(odd.split()) + " ")
        self.assertEqual(done["results"]["last"], "at the end ")
        self.assertEqual([s["status"] for s in done["stepResults"]], ["completed", "failed", "completed"])
        for steps in ([], [{**step, "id": "a b", "prompt": "x"}], [{**step, "id": "a", "agentType": "film", "prompt": "x"}],
                      [{**step, "id": "a", "prompt": "x", "dependencies": ["b"]}], [step] * 51):
            notes = self.node("definition", workflow={"id": "wf_wrong", "name": "x", "steps": steps}, refused=True)
            self.assertFalse(self.acks(notes, "agent:workflow:execute")[0]["success"], steps)
            self.assertIn(self.events(notes, "agent:error")[0]["code"], ("INVALID_PAYLOAD", "WORKFLOW_EXECUTION_FAILED"))

    def test_workflow_that_is_not_mapped_must_be_remote(self):
        self.begin()
        piece = self.start_node("workflow", workflow="film")
        wait_until(lambda: self.events(piece.lines(), "agent:error"), piece.lines)
        self.assertIn("not marked remote", self.events(piece.lines(), "agent:error")[0]["message"])
        piece.process.kill()

    def test_rooms(self):
        self.begin()
        notes = self.node("rooms", workflow="wf_film")
        self.assertEqual(self.logs(notes)[:2], ["Joined room: workflow:wf_film", "Left room: workflow:wf_film"])
        left = notes.index({"note": "left"})
        theirs = [n["event"] for n in notes[:left] if n["note"] == "event" and n["namespace"] == "/"]
        self.assertIn("agent:workflow:started", theirs)
        self.assertEqual(theirs.count("agent:workflow:completed"), 1)
        self.assertEqual([n for n in notes[left:] if n["note"] == "event" and n["namespace"] == "/"], [])
        self.assertEqual(self.acks(notes, "joinRoom")[0]["success"], False)

    def test_reconnect(self):
        self.begin()
        piece = self.start_node("reconnect", workflow="wf_gated")
        wait_until(lambda: {"note": "joined"} in piece.lines(), piece.lines)
        self.open_gate()
        notes = self.ended(piece)
        self.assertIn("Reconnected after 1 attempts", self.logs(notes))
        self.assertEqual(len(self.events(notes, "agent:workflow:completed")), 1)
        self.assertEqual(len(self.events(notes, "welcome")), 3)

    def test_components(self):
        self.begin()
        notes = self.node("components", workflow="wf_film")
        before, after = self.notes_of(notes, "state")
        self.assertGreater(before["progress"], 0)
        self.assertEqual({k: after[k] for k in ("progress", "status", "output", "isStreaming")},
                         {"progress": 100, "status": "completed", "output": "three little words ", "isStreaming": False})

    # ---- agents that talk

    def test_orchestration(self):
        self.begin()
        notes = self.node("agents", which="orchestrate")
        execution = self.acks(notes, "agent:orchestrate")[0]["executionId"]
        done = self.events(notes, "agent:workflow:completed")[0]
        self.assertEqual(done["executionId"], execution)
        self.assertEqual(done["results"]["cut"], "cut by Generate a marketing strategy by researcher,writer,reviewer\n")

    def test_critique(self):
        self.begin()
        notes = self.node("agents", which="critique")
        said = [line for line in self.logs(notes) if not line.startswith(("Workflow", "Step", "started"))]
        self.assertEqual(said, ["Iteration 1: shorter", "Iteration 2: good", "Converged after 2 iterations",
                                "Final result: Draft content to critique by accuracy,clarity,completeness"])
        execution = self.acks(notes, "agent:critique:execute")[0]["executionId"]
        self.assertEqual({e["executionId"] for e in self.events(notes, "agent:critique:iteration")}, {execution})

    def test_discussion(self):
        self.begin()
        notes = self.node("agents", which="discussion")
        said = [line for line in self.logs(notes) if not line.startswith(("Workflow", "Step", "started"))]
        self.assertEqual(said, ["Round 1 started", "architect: Layers.", "qa: Tests.", "Round 1 complete", "Discussion converged",
                                "Synthesis: Layers with tests, say architect,developer,qa.", "Consensus reached: True"])
        for each in self.events(notes, "agent:discussion:contribution"):
            self.assertEqual((each["role"], each["content"]), (each["agentRole"], each["contribution"]))
        self.assertEqual(len(self.events(notes, "agent:discussion:completed")), 1)
        self.assertIn("finalConsensus", self.events(notes, "agent:discussion:completed")[0]["result"])
        notes = self.node("agents", which="discussion", topic="fail")
        self.assertIn("nobody came", self.events(notes, "agent:discussion:error")[0]["error"])
        self.assertEqual(self.events(notes, "agent:error")[0]["code"], "DISCUSSION_FAILED")

    # ---- media and notifications

    def test_media(self):
        self.begin()
        self.home.own_pipeline("picture", """
[[steps]]
id = "draw"
title = "Draw"
script = '''
while [ ! -e %s/gate ]; do sleep 0.02; done
stepwire report progress --percent 40 --message "the sky"
sleep 0.1
echo picture > "$STEPWIRE_OUTPUT.png"; cp "$STEPWIRE_OUTPUT.png" "$STEPWIRE_OUTPUT.small.png"
stepwire emit result "{\\"file\\":\\"$STEPWIRE_OUTPUT.png\\",\\"thumbnail\\":\\"$STEPWIRE_OUTPUT.small.png\\",\\"width\\":7}"
'''
""" % self.home.work)
        self.home.own_pipeline("blot", "[[steps]]\nid = 'draw'\nscript = '''\nwhile [ ! -e %s/gate2 ]; do sleep 0.02; done\necho \"no ink\" >&2\nexit 1\n'''\n" % self.home.work)
        jobs = [self.home.do("run", "--detach", name).text.strip() for name in ("picture", "blot")]
        piece = self.start_node("media", ids=jobs)
        wait_until(lambda: {"note": "subscribed"} in piece.lines(), piece.lines)
        self.open_gate()
        wait_until(lambda: self.events(piece.lines(), "mediaComplete"), piece.lines)
        (self.home.work / "gate2").touch()
        notes = self.ended(piece)
        logs = self.logs(notes)
        self.assertEqual(logs[:2], ["Subscribed to media: " + job for job in jobs])
        self.assertIn("Media %s: 40%% - Draw" % jobs[0], logs)
        self.assertIn("Message: the sky", logs)
        done = self.events(notes, "mediaComplete")
        self.assertEqual(len(done), 2)
        self.assertEqual(done[0], done[1])
        self.assertEqual((done[0]["mediaId"], done[0]["metadata"]), (jobs[0], {"width": 7}))
        self.assertIn("Thumbnail: " + done[0]["thumbnailUrl"], logs)
        self.assertEqual(self.notes_of(notes, "file"), [{"note": "file", "status": 200}])
        failed = self.events(notes, "mediaError")
        self.assertEqual((failed[0]["mediaId"], failed[0]["code"]), (jobs[1], "EXECUTION_ERROR"))
        self.assertIn("no ink", failed[0]["error"])
        self.assertIn("Unsubscribed", logs)

    def test_notifications(self):
        self.begin()
        piece = self.start_node("notifications", count=4)
        wait_until(lambda: {"note": "listening"} in piece.lines(), piece.lines)
        self.home.do("run", "film")
        self.home.do("run", "fails")
        notes = self.ended(piece)
        told = self.events(notes, "notification")
        self.assertEqual([t["type"] for t in told], ["info", "success", "info", "error"])
        self.assertEqual([t["title"] for t in told], ["Film", "Film", "fails", "fails"])
        self.assertEqual(len({t["id"] for t in told}), 4)
        self.assertEqual(told[1]["data"]["status"], "completed")
        self.assertIn("[SUCCESS] Film", self.logs(notes))

    # ---- settings

    def test_wrong_settings_are_told(self):
        (self.home.config).mkdir(parents=True, exist_ok=True)
        (self.home.config / "config.toml").write_text('[dialects.slop.processes.claude]\nparams = { prompt = "x" }\n')
        self.home.start_hub()
        wait_until(lambda: "dialect slop is not spoken: processes.claude names no pipeline" in self.home.hub_words(),
                   self.home.hub_words)


if __name__ == "__main__":
    main()
