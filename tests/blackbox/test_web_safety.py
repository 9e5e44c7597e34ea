"""Who may do what over the web: hosts, origins, tokens, scopes, what is never allowed, and the settings of [web]."""

import base64
import hashlib
import hmac
import json
import shutil
import ssl
import stat
import subprocess
import time
import unittest

from harness import Closed, Home, RpcError, main, wait_until
from web import Refused, WebTest, read_head, read_response

PIPELINES = {
    "open": """
remote = true
[[steps]]
id = "work"
command = ["true"]
""",
    "local": """
[[steps]]
id = "work"
command = ["true"]
""",
    "failing": """
[[steps]]
id = "work"
command = ["false"]
"""}

UPGRADE = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
PATHS = ("/healthz", "/rpc", "/events", "/ws", "/metrics", "/login", "/logout", "/", "/nothing")


class SafetyTest(WebTest):
    settings = ""

    def prepare(self):
        for name, text in PIPELINES.items():
            self.home.own_pipeline(name, text)
        if self.settings:
            (self.home.config / "config.toml").write_text("[web]\n" + self.settings)

    def status(self, method="GET", path="/metrics", **more):
        """Of an answer whose body may be endless."""
        headers = dict(more.pop("headers", {}))
        if path == "/ws":
            headers = {**UPGRADE, **headers}
        wire = self.web.connect()
        wire.send(self.web.head(method, path, headers, **more))
        answer = read_head(wire)
        wire.close()
        return answer.status

    def refused(self, method, code=3, token="control", **params):
        """A call that is refused over /rpc and over /ws, with the same sentence; it is given."""
        answer = self.web.rpc(method, params, token=token)
        self.assertEqual(answer.status, 200)
        error = answer.json["error"]
        self.assertEqual(error["code"], code, error)
        with self.web.socket(token={"control": self.web.token, "read": self.web.read_token}[token]) as client:
            with self.assertRaises(RpcError) as caught:
                client.call(method, **params)
        self.assertEqual((caught.exception.code, caught.exception.message), (code, error["message"]))
        self.assertTrue(error["message"][0].islower() and "\n" not in error["message"], error)
        return error["message"]

    def ended(self, job):
        return wait_until(lambda: (j := self.client.call("job.get", job=job))["finished"] and j, "the end of the job")


class Names(SafetyTest):
    def test_hosts_of_others_are_refused_everywhere(self):
        """A name that an attacker makes to point here (DNS rebinding) is not ours, whatever the path."""
        port = self.web.port
        for host in ("evil.example", "evil.example:%d" % port, "127.0.0.1", "127.0.0.1:%d" % (port - 1), "127.0.0.2:%d" % port, "localhost.evil.example:%d" % port,
                     "127.0.0.1.evil.example:%d" % port, "localhost", "[::2]:%d" % port, "0.0.0.0:%d" % port, "2130706433:%d" % port, "localhost.:%d" % port):
            for path in PATHS:
                for method in ("GET", "POST", "OPTIONS"):
                    with self.subTest(host=host, path=path, method=method):
                        self.assertEqual(self.status(method, path, headers={"Host": host}), 403)
        self.assertEqual(self.status(path="/rpc", headers={"Host": ""}), 403)
        # HTTP/1.0 may come without; it is let in no more than others.
        self.assertEqual(self.status(path="/healthz", headers={"Host": None}, version="1.0"), 403)

    def test_our_own_hosts(self):
        for host in ("127.0.0.1", "localhost", "LocalHost", "[::1]"):
            for path, expected in (("/healthz", 200), ("/metrics", 200), ("/events", 200), ("/ws", 101)):
                with self.subTest(host=host, path=path):
                    self.assertEqual(self.status(path=path, headers={"Host": "%s:%d" % (host, self.web.port)}), expected)

    def test_origins_of_others_are_refused_everywhere(self):
        port = self.web.port
        for origin in ("https://evil.example", "null", "http://127.0.0.1", "http://127.0.0.1:%d" % (port - 1), "http://localhost:%d.evil.example" % port,
                       "file://", "http://127.0.0.1:%d/" % port, "ftp://127.0.0.1:%d" % port, "", "chrome-extension://abc",
                       "http://127.0.0.1:%d\r\nOrigin: http://127.0.0.1:%d" % (port, port)):
            for path in PATHS:
                for method in ("GET", "POST", "OPTIONS"):
                    with self.subTest(origin=origin, path=path, method=method):
                        answer = self.web.ask(method, path, headers={**(UPGRADE if path == "/ws" and method == "GET" else {}), "Origin": origin})
                        self.assertEqual(answer.status, 403)
                        self.assertIsNone(answer.header("access-control-allow-origin"))

    def test_our_own_origins(self):
        for origin in ("http://127.0.0.1:%d", "http://localhost:%d", "https://localhost:%d", "http://[::1]:%d"):
            for path, expected in (("/healthz", 200), ("/metrics", 200), ("/events", 200), ("/ws", 101)):
                with self.subTest(origin=origin, path=path):
                    self.assertEqual(self.status(path=path, headers={"Origin": origin % self.web.port}), expected)


class Tokens(SafetyTest):
    def test_the_files(self):
        fresh = Home()
        self.addCleanup(lambda: self.assertEqual(fresh.end(), []))
        fresh.start_hub(*self.hub_arguments)
        self.reach(fresh)
        self.assertEqual(stat.S_IMODE(fresh.config.stat().st_mode), 0o700)
        self.assertNotEqual((fresh.config / "token").read_text().strip(), self.web.token)
        for name in ("token", "token.read"):
            path = self.home.config / name
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
            self.assertRegex(path.read_text(), r"^[A-Za-z0-9_-]{43}\n$")
        self.assertNotEqual(self.web.token, self.web.read_token)
        self.assertEqual(sorted(p.name for p in self.home.config.glob("token*")), ["token", "token.read"])
        before = self.web.token
        self.home.stop_hub()
        self.home.start_hub(*self.hub_arguments)
        self.web = self.reach(self.home)
        self.assertEqual(self.web.token, before)
        self.assertEqual(self.web.call("job.list"), {"jobs": []})

    def test_a_token_that_others_could_read_is_not_used(self):
        self.home.stop_hub()
        (self.home.config / "token").chmod(0o644)
        result = self.home.do("--no-gui", *self.hub_arguments)
        self.assert_code(result, 3)
        self.assertIn("644", result.words)
        self.assertFalse((self.home.runtime / "web.json").exists())

    def test_without_one(self):
        for path in PATHS:
            with self.subTest(path):
                answer = self.web.ask("POST" if path in ("/rpc", "/logout") else "GET", path, token=None, headers=UPGRADE if path == "/ws" else {})
                expected = {"/healthz": 200, "/logout": 204, "/login": 405}.get(path, 401)
                if path == "/" and answer.status == 200:
                    continue  # the page itself holds no secret
                self.assertEqual(answer.status, expected)
                if expected == 401:
                    self.assertTrue(answer.header("www-authenticate").startswith("Bearer"))
        self.assertEqual(self.web.rpc("job.list", token=None).json["error"]["code"], 3)
        for _ in range(30):  # to ask without is no guess
            self.assertEqual(self.web.get("/metrics", token=None).status, 401)

    def test_forms_that_are_not_taken(self):
        token = self.web.token
        for headers in ({"Authorization": token}, {"Authorization": "Basic " + base64.b64encode(b"x:" + token.encode()).decode()},
                        {"X-Token": token}, {"Cookie": "token=" + token}):
            with self.subTest(headers):
                self.assertEqual(self.web.get("/metrics", token=None, headers=headers).status, 401)
        for path in ("/metrics?token=", "/events?token=", "/events?access_token="):
            with self.subTest(path):
                self.assertEqual(self.web.get(path + token, token=None).status, 401)

    def test_wrong_ones_are_limited(self):
        guesses = [self.web.token[:-1] + ("A" if self.web.token[-1] != "A" else "B"), "", "x", self.web.token * 2, self.web.token.upper(), "é", "a.b.c",
                   "x" * 9000]
        statuses = []
        for i in range(15):
            answer = self.web.rpc("job.list", token=guesses[i % len(guesses)])
            statuses.append(answer.status)
            if answer.status == 429:
                self.assertEqual(answer.json["error"]["code"], 4)
                self.assertTrue(0 < int(answer.header("retry-after")) <= 7)
                self.assertTrue(0 < answer.json["error"]["data"]["retry_after_ms"] <= 7000)
        self.assertEqual(statuses[:10], [401] * 10)
        self.assertEqual(statuses[-1], 429)
        # The same guesses by other ways.
        for path in ("/ws", "/events", "/metrics"):
            with self.subTest(path):
                answer = self.web.get(path, token="wrong", headers=UPGRADE if path == "/ws" else {})
                self.assertEqual(answer.status, 429)
                self.assertGreater(int(answer.header("retry-after")), 0)
        answer = self.web.ask("POST", "/login", b"wrong", token=None)
        self.assertEqual(answer.status, 429)
        self.assertGreater(int(answer.header("retry-after")), 0)
        self.assertEqual(self.web.get("/healthz", token=None).status, 200)
        # Nobody who guesses keeps out those who know.
        self.web.call("job.list")
        self.client.call("job.list")

    def test_are_never_written_down(self):
        secrets = {self.web.token, self.web.read_token}
        self.web.call("job.run", pipeline="open")
        self.web.ask("POST", "/login", self.web.token.encode(), token=None)
        self.web.get("/events?token=" + self.web.token, token=None)
        self.web.get("/nothing/" + self.web.token)
        self.web.get("/metrics", token=self.web.token + "x")
        self.web.rpc("job.run", {"pipeline": self.web.read_token})
        said = self.web.get("/metrics").text + json.dumps(self.web.call("job.list")) + json.dumps(self.web.call("pipeline.list"))
        self.home.stop_hub()
        for path in self.home.root.rglob("*"):
            if path.is_file() and path.parent != self.home.config:
                data = path.read_bytes()
                for secret in secrets:
                    self.assertNotIn(secret.encode(), data, path)
        for secret in secrets:
            self.assertNotIn(secret, said)
            self.assertNotIn(secret, self.home.hub_words())

    def test_scopes(self):
        job = self.client.call("job.run", pipeline="failing")["job"]
        self.ended(job)
        for method, params in (("job.list", {}), ("job.get", {"job": job}), ("job.log", {"job": job, "step": "work"}), ("pipeline.list", {}),
                               ("pipeline.get", {"pipeline": "open"})):
            with self.subTest(method):
                self.assertIn("result", self.web.rpc(method, params, token="read").json)
        for method, params in (("job.run", {"pipeline": "open"}), ("job.cancel", {"job": job}), ("job.pause", {"job": job}), ("job.resume", {"job": job}),
                               ("job.retry", {"job": job}), ("job.hold", {"job": job}), ("job.release", {"job": job}), ("job.move", {"job": job, "position": 1}),
                               ("job.prune", {"keep": 0}), ("pipeline.check", {"toml": PIPELINES["open"]}), ("report.start", {"title": "x"}),
                               ("report.progress", {"job": job, "fraction": 0.5}), ("report.finish", {"job": job}), ("emit", {"job": job, "name": "x", "value": 1})):
            with self.subTest(method):
                self.assertIn("control", self.refused(method, token="read", **params))
        with self.web.socket(token=self.web.read_token) as client:
            self.assertEqual(client.hello["scope"], "read")
            self.assertFalse(client.call("subscribe")["recovered"])
            client.tell("job.prune", keep=0)
            client.call("job.get", job=job)
        with self.web.events(token="read") as events:
            self.assertEqual(events.hello["scope"], "read")
            self.assertEqual(events.next().event, "snapshot")
        self.assertEqual(self.web.get("/metrics", token="read").status, 200)
        self.assertEqual([j["job"] for j in self.client.call("job.list")["jobs"]], [job])

    def test_the_cookie_of_a_page(self):
        origin = {"Origin": self.web.url}
        answer = self.web.ask("POST", "/login", self.web.token.encode() + b"\n", token=None, headers=origin)
        self.assertEqual((answer.status, answer.json), (200, {"scope": "control"}))
        cookie = answer.header("set-cookie")
        words = [word.strip() for word in cookie.split(";")]
        self.assertIn("HttpOnly", words)
        self.assertIn("SameSite=Strict", words)
        self.assertIn("Path=/", words)
        self.assertFalse([word for word in words if word.lower().startswith(("domain", "secure"))])
        carried = {**origin, "Cookie": "other=1; " + words[0]}
        self.assertEqual(self.web.rpc("job.list", token=None, headers=carried).json["result"], {"jobs": []})
        with self.web.socket(token=None, headers=carried) as client:
            self.assertEqual(client.hello["scope"], "control")
        with self.web.events(token=None, headers=carried) as events:
            self.assertEqual(events.hello["scope"], "control")
        # A page of another origin would have it refused, even with the cookie.
        self.assertEqual(self.web.rpc("job.list", token=None, headers={**carried, "Origin": "https://evil.example"}).status, 403)
        answer = self.web.ask("POST", "/logout", token=None, headers=carried)
        self.assertEqual(answer.status, 204)
        self.assertIn("Max-Age=0", answer.header("set-cookie"))
        self.assertTrue(answer.header("set-cookie").startswith(words[0].split("=")[0] + "=;"))
        answer = self.web.ask("POST", "/login", self.web.read_token.encode(), token=None)
        self.assertEqual(answer.json, {"scope": "read"})
        for body in (b"wrong", b"", self.web.token.encode() + b"; Domain=x", b"\xff" * 40):
            answer = self.web.ask("POST", "/login", body, token=None)
            self.assertEqual((answer.status, answer.header("set-cookie")), (401, None))
        for path in ("/login", "/logout"):
            answer = self.web.get(path)
            self.assertEqual((answer.status, answer.header("allow"), answer.header("set-cookie")), (405, "POST", None))


class Never(SafetyTest):
    def test_what_is_not_for_the_network(self):
        path = self.home.write("p.toml", PIPELINES["open"])
        for params in ({"pipeline": "open", "env": ["A=b"]}, {"pipeline": "open", "env": []}, {"pipeline": "open", "cwd": "/"},
                       {"pipeline": "open", "job_id": "mine"}, {"toml": PIPELINES["open"]}, {"pipeline": path}, {"pipeline": "../../etc/x"},
                       {"pipeline": "open.toml"}, {"pipeline": "./open"}, {"command": ["true"]}, {"command": ["true"], "terminal": True},
                       {"pipeline": "local"}):
            with self.subTest(params):
                if params.get("env") is not None:  # as the method has it
                    params = {**params, "env": dict(e.split("=") for e in params["env"])}
                self.refused("job.run", **params)
        for params in ({"pipeline": "open", "cwd": "/"}, {"pipeline": path}, {"pipeline": "/etc/passwd"}):
            with self.subTest(params):
                self.refused("pipeline.get", **params)
        self.assertEqual(self.client.call("job.list")["jobs"], [])

    def test_nor_retried(self):
        jobs = [self.client.call("job.run", pipeline="failing")["job"], self.client.call("job.run", command=["false"], terminal=False)["job"]]
        for job in jobs:
            self.ended(job)
            self.refused("job.retry", job=job)
            self.assertEqual(self.client.call("job.get", job=job)["attempt"], 1)
        self.client.call("job.retry", job=jobs[0])

    def test_a_pipeline_that_is_marked_runs(self):
        job = self.web.call("job.run", pipeline="open")["job"]
        self.assertEqual(self.ended(job)["state"], "succeeded")


class Settings(SafetyTest):
    settings = 'commands = true\npipelines = "all"\nquery_token = true\nhosts = ["nas.local", "other.local:9000"]\norigins = ["https://panel.example"]\n'

    def test_commands_and_all_pipelines(self):
        for params in ({"command": ["true"]}, {"pipeline": "local"}):
            job = self.web.call("job.run", **params)["job"]
            self.assertEqual(self.ended(job)["state"], "succeeded")
        failed = self.client.call("job.run", pipeline="failing")["job"]
        self.ended(failed)
        self.web.call("job.retry", job=failed)
        for params in ({"command": ["true"], "env": {}}, {"command": ["true"], "cwd": "/"}, {"pipeline": "./local"}, {"toml": PIPELINES["open"]}):
            with self.subTest(params):
                self.refused("job.run", **params)

    def test_token_in_the_query(self):
        for path, expected in (("/metrics", 200), ("/events", 200), ("/ws", 101)):
            with self.subTest(path):
                self.assertEqual(self.status(path=path + "?token=" + self.web.token, token=None, headers=UPGRADE if path == "/ws" else {}), expected)
        self.assertEqual(self.status(path="/metrics?token=wrong", token=None), 401)
        self.assertNotIn(self.web.token, self.home.hub_words())

    def test_hosts(self):
        port = self.web.port
        for host, expected in (("nas.local:%d" % port, 200), ("nas.local", 200), ("NAS.local", 200), ("other.local:9000", 200), ("127.0.0.1:%d" % port, 200),
                               ("nas.local:%d" % (port - 1), 403), ("other.local", 403), ("other.local:%d" % port, 403), ("x.nas.local", 403)):
            with self.subTest(host):
                self.assertEqual(self.status(headers={"Host": host}), expected)
        self.assertEqual(self.status(path="/ws", headers={"Host": "nas.local", "Origin": "http://nas.local"}), 101)

    def test_cors(self):
        origin = {"Origin": "https://panel.example"}
        answer = self.web.ask("OPTIONS", "/rpc", token=None, headers={**origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"})
        self.assertEqual((answer.status, answer.body), (204, b""))
        self.assertEqual(answer.header("access-control-allow-origin"), "https://panel.example")
        self.assertIn("POST", answer.header("access-control-allow-methods"))
        self.assertTrue({"authorization", "content-type", "last-event-id"} <= {h.strip().lower() for h in answer.header("access-control-allow-headers").split(",")})
        for answer in (self.web.rpc("job.list", headers=origin), self.web.rpc("job.list", headers=origin, token=None), self.web.events(headers=origin).response):
            self.assertEqual(answer.header("access-control-allow-origin"), "https://panel.example")
            self.assertEqual(answer.header("vary"), "Origin")
        self.assertIsNone(self.web.rpc("job.list").header("access-control-allow-origin"))
        with self.web.frames(headers=origin) as ws:
            self.assertEqual(ws.hello["scope"], "control")
        for other in ("https://panel.example.evil", "http://panel.example", "https://panel.example:444", "https://evil.example", "null"):
            with self.subTest(other):
                answer = self.web.ask("OPTIONS", "/rpc", token=None, headers={"Origin": other, "Access-Control-Request-Method": "POST"})
                self.assertEqual((answer.status, answer.header("access-control-allow-origin")), (403, None))


class Limits(SafetyTest):
    settings = "requests_per_second = 5\nclients = 12\n"

    def test_requests_of_one_address(self):
        answers = [self.web.rpc("job.list") for _ in range(14)]
        self.assertEqual([a.status for a in answers[:10]], [200] * 10)
        refused = [a for a in answers if a.status == 429]
        self.assertTrue(refused)
        error = refused[-1].json["error"]
        self.assertEqual(error["code"], 4)
        self.assertTrue(0 < error["data"]["retry_after_ms"] <= 1000)
        self.assertEqual(refused[-1].header("retry-after"), "1")
        # A connection is counted by itself.
        with self.web.socket() as client:
            def limited():
                try:
                    client.call("job.list")
                except RpcError as caught:
                    return caught
            caught = wait_until(limited, "the limit on /ws")
            self.assertEqual(caught.code, 4)
            # After that time there is one again.
            time.sleep(caught.data["retry_after_ms"] / 1000)
            client.call("job.list")
        # What only listens is not counted, nor is who sits at the machine.
        for _ in range(30):
            self.assertEqual(self.web.get("/healthz", token=None).status, 200)
            self.client.call("job.list")

    def test_connections_at_once(self):
        held = [self.web.events() for _ in range(12)]
        wire = self.web.connect()
        answer = read_response(wire)
        self.assertEqual(answer.status, 503)
        self.assertEqual(answer.header("connection"), "close")
        self.assertTrue(answer.header("retry-after"))
        self.assertTrue(wire.is_over())
        self.client.call("job.list")
        held[0].close()

        def admitted():
            try:
                return self.web.get("/healthz", token=None).status == 200
            except (Closed, OSError):
                return False
        wait_until(admitted, "room for another")


@unittest.skipUnless(shutil.which("openssl"), "there is no openssl")
class Tls(SafetyTest):
    settings = 'certificate = "cert.pem"\nkey = "key.pem"\n'

    def prepare(self):
        super().prepare()
        self.certificate = self.home.config / "cert.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=hub",
                        "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout", str(self.home.config / "key.pem"), "-out", str(self.certificate)],
                       check=True, capture_output=True)
        (self.home.config / "key.pem").chmod(0o600)

    def setUp(self):
        super().setUp()
        self.web.tls = ssl.create_default_context(cafile=str(self.certificate))

    def test_all_carriers(self):
        self.assertTrue(self.web.url.startswith("https://127.0.0.1:"))
        self.assertEqual(self.web.get("/healthz", token=None).text, "ok\n")
        job = self.web.call("job.run", pipeline="open")["job"]
        self.ended(job)
        position = {"epoch": self.client.hello["epoch"], "seq": self.client.hello["seq"]}
        with self.web.socket() as ws, self.web.events(last="%(epoch)s:%(seq)d" % position) as events:
            ws.call("subscribe", **position)
            expected = events.finished(job)
            self.assertEqual(ws.finished(job), expected)
        self.assert_whole_job(expected, job)
        cookie = self.web.ask("POST", "/login", self.web.token.encode(), token=None, headers={"Origin": self.web.url}).header("set-cookie")
        self.assertIn("Secure", [word.strip() for word in cookie.split(";")])

    def test_much_in_both_directions(self):
        call = {"jsonrpc": "2.0", "id": 1, "method": "job.get", "params": {"job": "none", "padding": "x" * 900_000}}
        with self.web.connect() as wire:
            for _ in range(5):
                self.assertEqual(self.web.ask("POST", "/rpc", json.dumps(call).encode(), wire=wire).json["error"]["code"], 1)
        job = self.client.call("job.run", command=["sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' x"], terminal=False)["job"]
        self.ended(job)
        log = self.web.call("job.log", job=job, step="main", limit=500_000)
        self.assertEqual(log["text"], "x" * 500_000)

    def test_curl_trusts_it_with_its_certificate_only(self):
        result = self.home.start("-sS", "--cacert", str(self.certificate), self.web.url + "/healthz", program=["curl"]).finish()
        self.assertEqual((result.code, result.text), (0, "ok\n"))
        self.assertEqual(self.home.start("-sS", self.web.url + "/healthz", program=["curl"]).finish().code, 60)

    def test_old_versions_and_plain_text(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
        good, self.web.tls = self.web.tls, context
        with self.assertRaises((ssl.SSLError, OSError)):
            self.web.get("/healthz")
        self.web.tls, self.web.secure = good, False
        wire = self.web.connect()
        wire.send(self.web.head("GET", "/healthz"))
        try:
            wire.to_the_end()
        except ConnectionError:
            pass
        self.assertNotIn(b"HTTP/1.1 200", wire.buffer)
        self.web.secure = True
        self.assertEqual(self.web.get("/healthz").text, "ok\n")


def encoded(data):
    return base64.urlsafe_b64encode(data if isinstance(data, bytes) else json.dumps(data).encode()).rstrip(b"=").decode()


def hs256(claims, secret, algorithm="HS256"):
    text = encoded({"alg": algorithm, "typ": "JWT"}) + "." + encoded(claims)
    return text + "." + encoded(hmac.new(secret, text.encode(), hashlib.sha256).digest())


class SharedSecretJwt(SafetyTest):
    settings = 'jwt = { algorithm = "HS256", secret_file = "jwt.secret", audience = "stepwire", issuer = "https://login.example" }\n'
    secret = b"0123456789abcdef0123456789abcdef"

    def prepare(self):
        super().prepare()
        path = self.home.config / "jwt.secret"
        path.write_bytes(self.secret + b"\n")
        path.chmod(0o600)

    def claims(self, seconds=60, **more):
        return {"exp": int(time.time()) + seconds, "aud": "stepwire", "iss": "https://login.example", "scope": "read", "sub": "anna", **more}

    def test_scopes(self):
        for claims, scope in ((self.claims(), "read"), (self.claims(scope="openid control"), "control"), (self.claims(scope=None, scopes=["control"]), "control"),
                              (self.claims(aud=["other", "stepwire"]), "read")):
            claims = {name: value for name, value in claims.items() if value is not None}
            with self.subTest(claims), self.web.socket(token=hs256(claims, self.secret)) as client:
                self.assertEqual(client.hello["scope"], scope)
        self.assertEqual(self.web.rpc("job.cancel", {"job": "x"}, token=hs256(self.claims(), self.secret)).json["error"]["code"], 3)
        # The hub's own go on working.
        self.assertIn("jobs", self.web.call("job.list"))

    def test_those_that_are_wrong(self):
        good = hs256(self.claims(), self.secret)
        wrong = [hs256(self.claims(-31), self.secret), hs256(self.claims(), self.secret[::-1]), hs256(self.claims(aud="other"), self.secret),
                 hs256(self.claims(iss="x"), self.secret), hs256(self.claims(scope="admin"), self.secret), good[:-4] + "AAAA",
                 encoded({"alg": "none"}) + "." + encoded(self.claims()) + ".", hs256(self.claims(nbf=int(time.time()) + 100), self.secret)]
        for token in wrong:  # fewer than are limited
            with self.subTest(token):
                self.assertEqual(self.web.get("/metrics", token=token).status, 401)
        self.assertEqual(self.web.get("/metrics", token=good).status, 200)

    def test_the_connection_ends_with_it(self):
        # There are 30 s of leeway.
        token = hs256(self.claims(-28), self.secret)
        ws, events = self.web.frames(token=token), self.web.events(token=token)
        self.assertEqual(events.next().event, "snapshot")
        lasting = self.web.frames(token=hs256(self.claims(600), self.secret))
        self.assertEqual(ws.closed(10)[0], 1008)
        self.assertEqual(events.wire.to_the_end(10), b"")
        self.assertEqual(self.web.get("/metrics", token=token).status, 401)
        lasting.send(9, b"?")
        self.assertEqual(lasting.next(), (10, b"?"))


@unittest.skipUnless(shutil.which("openssl"), "there is no openssl")
class PublicKeyJwt(SafetyTest):
    settings = 'jwt = { algorithm = "RS256", public_key_file = "jwt.pem" }\n'

    def prepare(self):
        super().prepare()
        self.key, self.public = self.home.config / "private.pem", self.home.config / "jwt.pem"
        subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", str(self.key)], check=True, capture_output=True)
        subprocess.run(["openssl", "pkey", "-in", str(self.key), "-pubout", "-out", str(self.public)], check=True)

    def rs256(self, claims):
        text = encoded({"alg": "RS256", "typ": "JWT"}) + "." + encoded(claims)
        signed = subprocess.run(["openssl", "dgst", "-sha256", "-sign", str(self.key)], input=text.encode(), check=True, capture_output=True).stdout
        return text + "." + encoded(signed)

    def test_signed(self):
        claims = {"exp": int(time.time()) + 60, "scope": "control"}
        token = self.rs256(claims)
        self.assertEqual(self.web.rpc("job.run", {"pipeline": "open"}, token=token).json["result"]["state"], "running")
        other = token[:-6] + ("AAAAAA" if token[-6:] != "AAAAAA" else "BBBBBB")
        # The public key as the secret of the other algorithm: the classic.
        confused = hs256(claims, self.public.read_bytes())
        for wrong in (other, confused, self.rs256({"scope": "control", "exp": int(time.time()) - 40})):
            with self.subTest(wrong):
                self.assertEqual(self.web.get("/metrics", token=wrong).status, 401)


if __name__ == "__main__":
    main()
