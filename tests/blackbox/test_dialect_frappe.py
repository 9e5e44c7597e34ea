"""Frappe's realtime spoken by the hub: the guide's RealtimeManager, socket.io-client as Frappe's own pages use it, and
our own source."""

import http.client
import json
import shutil
import time
import unittest
import urllib.parse

from foreign_socketio import HERE, Peer
from harness import Home, HomeTest, main, of_type, wait_until
from remotes import free_port

STEPS = """
title = "Hello"

[parameters.name]
default = "hello.js"

[parameters.conversation_id]
default = ""

[[steps]]
id = "look"
title = "Looking"
script = 'echo 50%%; while [ ! -e %(work)s/go ]; do sleep 0.02; done'

[[steps]]
id = "make"
title = "Creating file"
script = 'exit "$(cat %(work)s/go)"'
"""

SAYS = """
title = "Says"

[[steps]]
id = "say"
script = '''
stepwire emit ai_progress '{"type":"thinking","message":"Analyzing"}'
stepwire emit ai_progress '{"type":"plan","message":"a file","step":1}'
stepwire emit msgprint '{"message":"Hi"}'
stepwire emit eval_js '"1+1"'
stepwire emit connect_error '"no"'
stepwire emit note '[1, 2]'
'''
"""

SETTINGS = """
[dialects.frappe]
listen = "127.0.0.1:%(port)d"
site = "site1.local"
%(more)s
[dialects.frappe.users.Administrator]
[dialects.frappe.users."anna@example.org"]
[dialects.frappe.users."web@example.org"]
type = "Website User"
doctypes = ["Note"]
[dialects.frappe.pipelines.import]
doctype = "Data Import"
docname = "{{name}}"
[dialects.frappe.methods."ai_assistant.api.chat"]
pipeline = "hello"
parameters = { name = "message" }
"""


class FrappeHome(HomeTest):
    MORE = ""

    def setUp(self):
        super().setUp()
        self.port = free_port()
        self.url = "http://127.0.0.1:%d" % self.port
        (self.home.config).mkdir(parents=True, exist_ok=True)
        (self.home.config / "config.toml").write_text(SETTINGS % {"port": self.port, "more": self.MORE})
        for name, text in (("hello", STEPS), ("import", STEPS), ("says", SAYS)):
            self.home.own_pipeline(name, text % {"work": self.home.work} if text is STEPS else text)
        self.home.start_hub("--no-listen")
        wait_until(lambda: (self.home.config / "token").exists(), "the token")
        self.token = (self.home.config / "token").read_text().strip()
        self.hub = self.home.client()
        self.hub.call("subscribe")

    def node(self, *argv):
        peer = Peer("node", str(HERE / "dialect_frappe.cjs"), *argv)
        self.addCleanup(peer.end)
        return peer

    def guide(self, user=None):
        cookies = "sid=%s; full_name=Anna" % self.token + ("; user_id=" + urllib.parse.quote(user) if user else "")
        peer = self.node("guide", self.url, cookies)
        peer.wait("connected")
        return peer

    def open(self, nsp="/site1.local", headers=None, **options):
        headers = {"Origin": self.url, "Cookie": "sid=" + self.token} if headers is None else headers
        return self.node("client", self.url + nsp, json.dumps({"extraHeaders": headers, **options}))

    def client(self, *argv, **more):
        peer = self.open(*argv, **more)
        peer.wait("connected")
        return peer

    def website_user(self):
        return {"Origin": self.url, "Cookie": "sid=%s; user_id=web%%40example.org" % self.token}

    def emit(self, peer, *what):
        """Sent, and what was sent before was looked at."""
        peer.tell(emit=what)
        count = len(peer.notes("pong"))
        peer.tell(emit=["ping"])
        peer.wait("pong", count + 1)

    def run_job(self, pipeline="hello", **params):
        return self.hub.call("job.run", pipeline=pipeline, params=params)["job"]

    def go(self, code=0):
        (self.home.work / "go").write_text("%d\n" % code)

    def ask(self, method, arguments=None, verb="GET", headers=None, path="/api/method/"):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        self.addCleanup(connection.close)
        headers = {"Cookie": "sid=" + self.token} if headers is None else headers
        query = "?" + urllib.parse.urlencode(arguments) if arguments and verb == "GET" else ""
        body = json.dumps(arguments) if verb == "POST" else None
        connection.request(verb, path + method + query, body, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read()), answer.headers

    def types(self, peer, what="ai_progress"):
        return [note["type"] for note in peer.notes(what)]


@unittest.skipUnless(shutil.which("node") and (HERE / "node_modules/socket.io-client").is_dir(), "npm ci was not run")
class GuideTest(FrappeHome):
    MORE = "eval_js = true"

    def test_the_guides_client_shows_the_steps_of_a_pipeline(self):
        peer = self.guide()
        job = self.run_job()
        wait_until(lambda: "working" in self.types(peer), lambda: repr(peer.seen))
        self.go()
        wait_until(lambda: "complete" in self.types(peer), lambda: repr(peer.seen))
        types = [t for i, t in enumerate(self.types(peer)) if i == 0 or t != self.types(peer)[i - 1]]
        self.assertEqual(types, ["thinking", "plan", "working", "step_complete", "working", "step_complete", "complete"])
        notes = peer.notes("ai_progress")
        for note in notes:
            self.assertTrue(note["message"])
            self.assertEqual((note["task_id"], note["conversation_id"]), (job, job))
        self.assertIn("1. Looking\n2. Creating file", notes[1]["message"])
        self.assertEqual(notes[2]["message"], "⚙️ Step 1/2: Looking")
        done = [n for n in notes if n["type"] == "step_complete"]
        self.assertEqual([(n["step"], n["total"], n["message"]) for n in done],
                         [(1, 2, "✅ Looking"), (2, 2, "✅ Creating file")])
        peer.tell(disconnect=True)
        peer.wait("disconnected")
        self.assertFalse(peer.notes("error"))

    def test_a_failure_is_an_error_and_a_message(self):
        peer = self.guide()
        self.go(3)
        self.run_job()
        wait_until(lambda: "error" in self.types(peer), lambda: repr(peer.seen))
        self.assertNotIn("complete", self.types(peer))
        last = peer.notes("ai_progress")[-1]
        self.assertEqual(last["type"], "error")
        self.assertIn("3", last["error"])
        self.assertIn(last["error"], last["message"])
        self.assertEqual(peer.wait("msgprint")["indicator"], "red")

    def test_a_dropped_connection_misses_nothing(self):
        peer = self.guide()
        before = self.run_job()
        wait_until(lambda: "working" in self.types(peer), lambda: repr(peer.seen))
        peer.tell(cut=True)
        peer.wait("disconnected")
        self.go()  # all the rest happens while nobody is there
        self.hub.finished(before)
        self.assertNotIn("complete", self.types(peer))
        self.assertTrue(peer.wait("connected", 2)["recovered"])
        wait_until(lambda: "complete" in self.types(peer), lambda: repr(peer.seen))
        self.assertEqual(self.types(peer).count("step_complete"), 2)
        self.assertEqual(self.types(peer).count("thinking"), 1)
        self.run_job()  # and goes on
        wait_until(lambda: self.types(peer).count("complete") == 2, lambda: repr(peer.seen))

    def test_a_new_hub_is_found_again(self):
        peer = self.guide()
        self.assertEqual(self.home.stop_hub(), 0)
        peer.wait("disconnected")
        self.home.start_hub("--no-listen")
        self.hub = self.home.client()
        self.assertFalse(peer.wait("connected", 2)["recovered"])
        self.go()
        self.run_job()
        wait_until(lambda: self.types(peer)[-1:] == ["complete"], lambda: repr(peer.seen))

    def test_only_the_sockets_of_that_user_hear(self):
        anna, other = self.guide("anna@example.org"), self.guide()
        status, body, _ = self.ask("ai_assistant.api.chat", {"message": "a.js", "conversation_id": "c1"}, "POST",
                                   {"Authorization": "token anna@example.org:" + self.token,
                                    "Content-Type": "application/json"})
        self.assertEqual((status, body["message"]["conversation_id"]), (200, "c1"))
        self.go()
        wait_until(lambda: "complete" in self.types(anna), lambda: repr(anna.seen))
        self.assertEqual({n["conversation_id"] for n in anna.notes("ai_progress")}, {"c1"})
        self.assertEqual({n["task_id"] for n in anna.notes("ai_progress")}, {body["message"]["task_id"]})
        job = self.run_job()
        wait_until(lambda: "complete" in self.types(other), lambda: repr(other.seen))
        self.assertEqual({n["task_id"] for n in other.notes("ai_progress")}, {job})
        self.assertEqual(self.types(anna).count("complete"), 1)

    def test_steps_speak_for_themselves(self):
        peer = self.guide()
        self.run_job("says")
        wait_until(lambda: "complete" in self.types(peer), lambda: repr(peer.seen))
        types = self.types(peer)
        self.assertEqual(types[-3:], ["thinking", "plan", "complete"])
        self.assertEqual(peer.notes("ai_progress")[-2]["step"], 1)
        self.assertEqual(peer.notes("msgprint"), [{"message": "Hi"}])
        self.assertEqual(peer.notes("eval_js"), ["1+1"])
        self.assertFalse(peer.notes("error"))

    def test_without_the_token_the_guides_client_is_told_so(self):
        peer = self.node("guide", self.url, "sid=wrong")
        self.assertEqual(peer.wait("error"), "Unauthorized")
        peer = self.node("guide", self.url, "full_name=Anna")
        self.assertEqual(peer.wait("error"), "No session ID for WebSocket auth")

    def test_polling_tells_each_update_once(self):
        job = self.run_job(conversation_id="c 1&2")
        peer = self.node("poll", self.url, "sid=" + self.token, "c 1&2")
        wait_until(lambda: "working" in self.types(peer, "aiProgress"), lambda: repr(peer.seen))
        self.go()
        wait_until(lambda: "complete" in self.types(peer, "aiProgress"), lambda: repr(peer.seen))
        types = self.types(peer, "aiProgress")
        self.assertEqual((types[:2], types.count("thinking"), types.count("step_complete"), types[-1]),
                         (["thinking", "plan"], 1, 2, "complete"))
        self.assertEqual({n["task_id"] for n in peer.notes("aiProgress")}, {job})
        count = len(types)
        polled = self.ask("ai_assistant.api.get_progress", {"conversation_id": job})
        self.assertEqual((polled[0], polled[1]["message"]["updates"]), (200, []))  # of another conversation
        time.sleep(1.5)  # one poll more
        self.assertEqual(len(peer.notes("aiProgress")), count)
        self.assertEqual(self.ask("ai_assistant.api.get_progress", {"conversation_id": "x"}, headers={})[0], 403)
        self.assertEqual(self.ask("ai_assistant.api.get_progress")[0], 417)


@unittest.skipUnless(shutil.which("node") and (HERE / "node_modules/socket.io-client").is_dir(), "npm ci was not run")
class RealtimeTest(FrappeHome):
    def refused(self, words, nsp="/site1.local", headers=None, **options):
        peer = self.open(nsp, headers, reconnection=False, **options)
        self.assertEqual(peer.wait("error"), words)
        self.assertFalse(peer.notes("connected"))

    def test_refusals_in_their_order(self):
        origin, cookie = {"Origin": self.url}, {"Cookie": "sid=" + self.token}
        self.refused("Invalid namespace", "/site2.local", {})
        self.refused("Invalid namespace", headers={"X-Frappe-Site-Name": "site2.local", **origin, **cookie})
        self.refused("Invalid origin", headers=cookie)
        self.refused("Invalid origin", headers={"Origin": "http://example.org", **cookie})
        self.refused("Missing cookie and authorization header. Either one needed for authentication.", headers=origin)
        self.refused("No authentication method used. Use cookie or authorization header.",
                     headers={"Cookie": "a=b", **origin})
        self.refused("Unauthorized", headers={"Cookie": "sid=wrong", **origin})
        self.refused("Unauthorized", headers={"Cookie": "sid=%s; user_id=nobody" % self.token, **origin})
        self.refused("Unauthorized", headers={"Authorization": "token Administrator:wrong", **origin})
        # In the main namespace Frappe asks nothing; this hub's words are for those who have its token all the same.
        self.refused("Invalid origin", "/", {"Origin": "http://example.org", **cookie})
        self.refused("Missing cookie and authorization header. Either one needed for authentication.", "/", {})
        self.refused("Unauthorized", "/", {}, auth={"sid": "wrong"})

    def test_every_way_to_carry_the_token(self):
        origin = {"Origin": self.url.replace(str(self.port), "8000")}  # ports are ignored
        for headers, options in (({"Cookie": "a=b; sid=" + self.token}, {}), ({}, {"auth": {"sid": self.token}}),
                                 ({"Authorization": "token Administrator:" + self.token}, {}),
                                 ({"Authorization": "Bearer " + self.token}, {})):
            self.client(headers={**origin, **headers}, **options)
            self.client("/", headers, **options)
        self.client(transports=["polling"])
        self.client("/site2.local", {"X-Frappe-Site-Name": "site2.local", "Cookie": "sid=" + self.token, **origin})

    def test_rooms_of_task_document_and_doctype(self):
        task, doc, doctype, both = (self.client() for _ in range(4))
        website = self.client(headers=self.website_user())
        self.emit(doc, "doc_subscribe", "Data Import", "DI-1")
        self.emit(both, "doc_subscribe", "Data Import", "DI-1")
        self.emit(website, "doc_subscribe", "Data Import", "DI-1")  # may not: is told nothing
        self.emit(website, "doctype_subscribe", "Data Import")
        self.emit(doctype, "doctype_subscribe", "Data Import")
        job = self.run_job("import", name="DI-1")
        for peer in (task, both):
            self.emit(peer, "task_subscribe", job)
        for peer in (doc, task):  # whoever asks again is told once
            self.emit(peer, "progress_subscribe", "nothing")
        self.go()
        for peer in (task, both):
            wait_until(lambda: [n["status"] for n in peer.notes("task_status_change")][-1:] == ["Success"],
                       lambda: repr(peer.seen))
        for peer in (task, doc, both):
            wait_until(lambda: [n["percent"] for n in peer.notes("progress")][-1:] == [100], lambda: repr(peer.seen))
            for note in peer.notes("progress"):
                self.assertEqual(sorted(note), ["description", "percent", "task_id", "title"])
                self.assertEqual((note["title"][:5], note["task_id"]), ("Hello", job))
            self.assertEqual(len([n for n in peer.notes("progress") if n["percent"] == 100]), 1)
        self.assertEqual(doctype.wait("list_update", 2), {"doctype": "Data Import", "name": "DI-1", "user": "Administrator"})
        self.assertEqual(doc.wait("doc_update", 2)["name"], "DI-1")
        self.assertFalse(doc.notes("task_status_change") + doctype.notes("progress") + doc.notes("list_update"))
        self.emit(website, "ping")
        self.assertEqual({n["what"] for n in website.seen}, {"connected", "pong"})

        # Out of the rooms again.
        self.emit(doc, "doc_unsubscribe", "Data Import", "DI-1")
        self.emit(doctype, "doctype_unsubscribe", "Data Import")
        counts = len(doc.notes("progress")), len(doctype.notes("list_update"))
        second = self.run_job("import", name="DI-1")
        self.hub.finished(second)
        wait_until(lambda: len([n for n in both.notes("progress") if n["percent"] == 100]) == 2, "the second")
        for peer in (doc, doctype):
            self.emit(peer, "ping")
        self.assertEqual((len(doc.notes("progress")), len(doctype.notes("list_update"))), counts)

    def test_progress_of_a_user_and_what_is_known_already(self):
        peer = self.client()
        self.run_job()
        note = wait_until(lambda: [n for n in peer.notes("progress") if n["percent"] > 0], lambda: repr(peer.seen))[-1]
        self.assertEqual((note["percent"], note["description"]), (25, "Looking"))
        late = self.client(headers=self.website_user())
        late.tell(emit=["progress_subscribe", note["task_id"]])
        self.assertEqual(late.wait("progress"), note)
        self.assertFalse(late.notes("ai_progress"))
        self.emit(late, "task_unsubscribe", note["task_id"])
        self.go()
        wait_until(lambda: peer.notes("progress")[-1]["percent"] == 100, lambda: repr(peer.seen))
        self.emit(late, "ping")
        self.assertEqual(len(late.notes("progress")), 1)

    def test_subscriptions_outlive_a_cut(self):
        for old in (False, True):  # Socket.IO before 4.6 comes back as a stranger
            with self.subTest(old=old):
                (self.home.work / "go").unlink(missing_ok=True)
                peer = self.client(transports=["websocket"], old=old)
                bystander = self.client(headers=self.website_user())
                job = self.run_job("import", name="DI-1")
                self.emit(peer, "task_subscribe", job)
                self.emit(peer, "doc_subscribe", "Data Import", "DI-1")
                self.emit(peer, "doc_open", "Data Import", "DI-1")
                peer.tell(cut=True)
                self.assertEqual(peer.wait("connected", 2)["recovered"], not old)
                self.go()
                wait_until(lambda: [n["status"] for n in peer.notes("task_status_change")][-1:] == ["Success"],
                           lambda: repr(peer.seen))
                wait_until(lambda: peer.notes("doc_update"), lambda: repr(peer.seen))
                other = self.client(headers={"Origin": self.url, "Authorization": "token anna@example.org:" + self.token})
                self.emit(other, "doc_open", "Data Import", "DI-1")
                self.assertEqual(sorted(peer.wait("doc_viewers")["users"]), ["Administrator", "anna@example.org"])
                # Who says goodbye is not remembered; nor has another what was this one's.
                peer.tell(disconnect=True)
                peer.wait("disconnected", 2)
                fresh = self.client(transports=["websocket"], old=old)
                self.run_job("import", name="DI-1")
                wait_until(lambda: "complete" in self.types(fresh), lambda: repr(fresh.seen))
                self.assertFalse(fresh.notes("task_status_change") + fresh.notes("doc_update"))
                self.assertFalse(bystander.notes("task_status_change"))
                for each in (other, fresh, bystander):
                    each.tell(disconnect=True)
                    each.wait("disconnected")

    def test_who_has_a_document_open(self):
        first = self.client()
        self.emit(first, "doc_open", "Note", "N-1")
        self.assertFalse(first.notes("doc_viewers"))  # alone
        web = self.client(headers=self.website_user())
        self.emit(web, "doc_open", "Secret", "S-1")  # may not
        self.emit(web, "doc_open", "Note", "N-1")
        both = {"doctype": "Note", "docname": "N-1", "users": ["Administrator", "web@example.org"]}
        for peer in (first, web):
            viewers = peer.wait("doc_viewers")
            self.assertEqual({**viewers, "users": sorted(viewers["users"])}, both)
        self.emit(web, "doc_close", "Note", "N-1")
        self.assertEqual(first.wait("doc_viewers", 2)["users"], ["Administrator"])
        self.emit(web, "doc_open", "Note", "N-1")
        first.wait("doc_viewers", 3)
        web.tell(disconnect=True)
        self.assertEqual(first.wait("doc_viewers", 4)["users"], ["Administrator"])

    def test_odd_events_hurt_nobody(self):
        peer = self.client()
        for what in (["doc_subscribe"], ["doc_subscribe", None, {}], ["task_subscribe", "x" * 5000], ["doc_open", 1, []],
                     ["doc_close"], ["open_in_editor", {"file": "/etc/passwd"}], ["never_heard", 1]):
            self.emit(peer, *what)
        for number in range(200):  # beyond the rooms of a socket
            peer.tell(emit=["task_subscribe", "t%d" % number])
        self.emit(peer, "ping")
        self.assertFalse(peer.notes("error") + peer.notes("disconnected"))

    def test_steps_may_not_evaluate(self):
        peer = self.client()
        self.run_job("says")
        self.assertEqual(peer.wait("note"), [1, 2])
        wait_until(lambda: "complete" in self.types(peer), lambda: repr(peer.seen))
        self.assertFalse(peer.notes("eval_js"))

    def test_methods_of_the_web_server(self):
        self.assertEqual(self.ask("version", headers={})[1], {"message": "15.0.0"})
        info = self.ask("frappe.realtime.get_user_info")[1]["message"]
        self.assertEqual(info, {"user": "Administrator", "user_type": "System User", "installed_apps": ["frappe"]})
        self.assertEqual(self.ask("frappe.realtime.get_user_info", headers={})[1]["message"]["user"], "Guest")
        self.assertEqual(self.ask("frappe.auth.get_logged_user")[1], {"message": "Administrator"})
        status, body, _ = self.ask("frappe.auth.get_logged_user", headers={})
        self.assertEqual((status, body["exc_type"]), (403, "PermissionError"))
        status, body, _ = self.ask("frappe.auth.get_logged_user", headers={"Authorization": "token a:b"})
        self.assertEqual((status, body["exc_type"]), (401, "AuthenticationError"))
        web = self.website_user()
        self.assertEqual(self.ask("frappe.realtime.has_permission", {"doctype": "Note", "name": "x"}, headers=web)[0], 200)
        self.assertEqual(self.ask("frappe.realtime.has_permission", {"doctype": "ToDo", "name": "x"}, headers=web)[0], 403)
        self.assertEqual(self.ask("no.such.method")[0], 417)
        self.assertEqual(self.ask("ai_assistant.api.chat", {"message": "a"})[0], 403)  # only by POST
        json_type = {"Cookie": "sid=" + self.token, "Content-Type": "application/json"}
        for origin in ("http://example.org", "http://127.0.0.1:1"):  # a cookie is that of all ports
            status, body, _ = self.ask("ai_assistant.api.chat", {"message": "a"}, "POST", {**json_type, "Origin": origin})
            self.assertEqual((status, body["exc_type"]), (400, "CSRFTokenError"))
        self.assertFalse(self.hub.call("job.list")["jobs"])
        self.assertEqual(self.ask("ai_assistant.api.chat", {"message": "a"}, "POST", {**json_type, "Origin": self.url})[0],
                         200)
        status, body, _ = self.ask("ai_assistant.api.chat", {"message": {"a": 1}}, "POST", json_type)
        self.assertEqual((status, body["exc_type"]), (417, "ValidationError"))
        self.assertIn("name", json.loads(json.loads(body["_server_messages"])[0])["message"])
        status, body, headers = self.ask("login", {"usr": "anna@example.org", "pwd": self.token}, "POST", {})
        self.assertEqual((status, body["message"]), (200, "Logged In"))
        cookies = "; ".join(each.split(";")[0] for each in headers.get_all("Set-Cookie"))
        self.assertEqual(self.ask("frappe.auth.get_logged_user", headers={"Cookie": cookies})[1]["message"],
                         "anna@example.org")
        self.assertEqual(self.ask("login", {"usr": "anna@example.org", "pwd": "x"}, "POST", {})[0], 401)

    def test_our_own_source_understands_it(self):
        other = Home()
        self.addCleanup(lambda: self.assertEqual(other.end(), []))
        other.allowed_hub_lines.append(r"^host\.(connected|lost)")
        other.start_hub("--no-listen")
        client = other.client()
        client.call("subscribe")
        client.call("source.add", name="there", kind="frappe", secrets={"cookie": self.token},
                    settings={"url": self.url, "site": "site1.local"})
        client.until(lambda e: e["type"] == "host.connected")
        self.run_job()
        self.go()
        ended = {}
        while len(ended) < 2:  # ai_progress and progress
            end = client.until(lambda e: e["type"] in ("job.finished", "job.queued"))[-1]
            if end["type"] == "job.finished":
                ended[end["job"]] = end["data"]["state"]
        self.assertEqual(set(ended.values()), {"succeeded"})

    def test_the_hub_stops_with_clients_there(self):
        peer = self.client()
        self.assertEqual(self.home.stop_hub(), 0)
        peer.wait("disconnected")


class SettingsTest(HomeTest):
    def test_wrong_settings_are_told(self):
        for text, words in (('user = 5', 'dialects.frappe.user is 5, expected a text of 1 to 140 characters'),
                            ('shows = "all"', 'dialects.frappe.shows is "all", expected "ai_progress", "progress" or "both"'),
                            ('pasword = "x"', 'dialects.frappe.pasword is unknown, expected one of site, user'),
                            ('listen = "192.0.2.1:3000"', '192.0.2.1')):
            with self.subTest(text=text):
                self.home.allowed_hub_lines.append(".*")
                (self.home.config).mkdir(parents=True, exist_ok=True)
                (self.home.config / "config.toml").write_text("[dialects.frappe]\n%s\n" % text)
                self.home.start_hub("--no-listen")
                wait_until(lambda: words in self.home.hub_words(), self.home.hub_words)
                self.home.stop_hub()


if __name__ == "__main__":
    main()
