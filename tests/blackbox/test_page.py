"""The page of the hub's web server, in a browser: what it shows is what the hub says, whatever happens in between."""

import copy
import json
import shutil
import socket
import subprocess
import unittest
import urllib.error
import urllib.request

import harness
from page_browser import CHROMIUM, Browser
from fold import Fold, comparable
from harness import SOURCE, HomeTest, scaled, wait_until
from proxy import Proxy

WEB = SOURCE / "resources" / "web"
HERE = SOURCE / "tests" / "blackbox"

# Runs until there is a file `go`.
WAITER = "while [ ! -e go ]; do n=$((${n:-0}+1)); echo line $n; sleep 0.2; done"


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


class PageTest(HomeTest):
    """A hub that browsers reach through a proxy, always at the same address."""

    def setUp(self):
        super().setUp()
        self.port = free_port()
        self.proxy = Proxy(("127.0.0.1", self.port))
        self.addCleanup(self.proxy.close)
        self.url = self.proxy.url
        self.home.config.mkdir(exist_ok=True)
        (self.home.config / "config.toml").write_text('[web]\nhosts = ["127.0.0.1:%d"]\n[groups]\ndefault = 100\n'
                                                      % self.proxy.address[1])
        self.start()

    def cut(self):
        """Nobody gets through from now on."""
        self.proxy.target = ("127.0.0.1", free_port())
        self.proxy.cut()

    def mend(self):
        self.proxy.target = ("127.0.0.1", self.port)
        self.proxy.stall(False)

    def start(self):
        self.home.start_hub("--listen", "127.0.0.1:%d" % self.port)
        wait_until(lambda: (self.home.runtime / "web.json").exists(), "the web server to listen")

    def token(self, name="token"):
        return (self.home.config / name).read_text().strip()

    def open(self, token="token", **more):
        """A browser that is signed in and live."""
        browser = self.browser(**more)
        browser.go(self.url + "/#token=" + self.token(token))
        self.live(browser)
        return browser

    def browser(self, **more):
        browser = Browser(**more)
        self.addCleanup(browser.close)
        return browser

    def live(self, browser, deadline=None):
        browser.until("document.body?.dataset.link === 'live'", "the page to be live", deadline)

    def jobs(self):
        jobs = self.home.do("status", "--json").lines
        return {job["job"]: comparable(job) for job in jobs}

    def page_jobs(self, browser):
        jobs = json.loads(browser.js("import('/page/app.js').then((m) => JSON.stringify([...m.state.jobs.values()]))"))
        return {job["job"]: comparable(job) for job in jobs}

    def assert_true(self, browser, deadline=None):
        """The page knows of every job what the hub says, and shows each as what it is."""
        seen = {}

        def same():
            seen["hub"], seen["page"] = self.jobs(), self.page_jobs(browser)
            for job in [*seen["hub"].values(), *seen["page"].values()]:
                job.pop("eta_ms"), job.pop("stalled_ms", None)  # these change at any time
            return seen["hub"] == seen["page"]

        try:
            wait_until(same, "the page to say what the hub says", deadline)
        except AssertionError:
            self.assertEqual(seen["page"], seen["hub"])
        shown = {"page": None}

        def drawn():
            shown["page"] = json.loads(browser.js(
                "JSON.stringify([...document.querySelectorAll('a.row')].map((row) => [row.dataset.job, row.dataset.state]))"))
            return sorted(shown["page"]) == sorted([job["job"], job["state"]] for job in self.jobs().values())

        wait_until(drawn, lambda: "the rows to be those of the hub: %s" % shown)

    def run_job(self, *args):
        result = self.home.do("run", "--detach", "--json", *args)
        self.assert_code(result, 0)
        return result.lines[0]["job"]

    def assert_clean(self, browser, *allowed):
        """No word in the console, and nothing asked for but this hub."""
        # A browser says every refused request itself.
        expected = ("status of 401", "Password forms should have", *allowed)
        self.assertEqual([text for text in browser.complaints() if not any(part in text for part in expected)], [])
        own = (self.url + "/", self.url.replace("http", "ws") + "/", "about:blank", "data:")
        self.assertEqual([url for url in browser.asked_for() if not url.startswith(own)], [])


LOST = ("WebSocket connection", "ERR_CONNECTION", "ERR_EMPTY_RESPONSE", "ERR_NETWORK", "ERR_SOCKET", "ERR_INTERNET")


class Files(PageTest):
    def ask(self, path, method="GET", **headers):
        request = urllib.request.Request(self.url + path, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=harness.LIMIT) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read()

    def test_need_no_token_and_say_how_they_may_be_used(self):
        types = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml",
                 ".html": "text/html; charset=utf-8"}
        for file in WEB.iterdir():
            path = "/" if file.name == "index.html" else "/page/" + file.name
            with self.subTest(path):
                status, headers, body = self.ask(path)
                self.assertEqual((status, body), (200, file.read_bytes()))
                self.assertEqual(headers["Content-Type"], types[file.suffix])
                self.assertEqual(headers["Cache-Control"], "no-cache")
                self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
                self.assertEqual(headers["Referrer-Policy"], "no-referrer")
                policy = headers["Content-Security-Policy"]
                self.assertIn("default-src 'none'", policy)
                self.assertNotIn("unsafe", policy)
                again = self.ask(path, **{"If-None-Match": 'W/"old", ' + headers["ETag"]})
                self.assertEqual((again[0], again[2], again[1]["ETag"]), (304, b"", headers["ETag"]))
                other = self.ask(path, **{"If-None-Match": '"old"'})
                self.assertEqual(other[0], 200)
                head = self.ask(path, "HEAD")
                self.assertEqual((head[0], head[2], head[1]["Content-Length"]), (200, b"", str(len(body))))
                self.assertIsNone(self.ask(path, "HEAD", **{"If-None-Match": "*"})[1]["Content-Length"])
                self.assertEqual(self.ask(path, "PUT")[0], 405)

    def test_nothing_else_is_open(self):
        self.assertEqual(self.ask("/page/index.html")[0], 404)
        self.assertEqual(self.ask("/page/../page/app.js")[0], 404)
        self.assertEqual(self.ask("/page/")[0], 404)
        for path in ("/page", "/index.html", "/favicon.ico", "/rpc", "/metrics", "/ws", "/events"):
            self.assertEqual(self.ask(path)[0], 401, path)
        self.assertEqual(self.ask("/nothing", Authorization="Bearer " + self.token())[0], 404)


@unittest.skipUnless(shutil.which("node"), "there is no node")
class Modules(PageTest):
    def test_terminal(self):
        result = subprocess.run(["node", str(HERE / "page_terminal.mjs"), str(WEB / "terminal.js")], capture_output=True,
                                text=True, timeout=120)
        self.assertEqual(result.returncode, 0, result.stdout[-5000:] + result.stderr)

    def test_fold(self):
        """Event by event as fold.py does it, and in the end as the hub does."""
        self.home.own_pipeline("all", """
name = "all"
[[steps]]
id = "counts"
script = 'for i in 1 2 3 4; do echo "{\\"progress\\":0.$i,\\"message\\":\\"part $i\\"}"; sleep 0.1; done'
needs = []
weight = 3
[[steps]]
id = "flaky"
script = 'test -e again || { touch again; exit 1; }'
retries = { count = 1, delay = "100ms", jitter = 0 }
needs = []
[[steps]]
id = "phased"
script = 'stepwire report progress --phase one --done 1 --total 2; sleep 0.1'
needs = ["flaky"]
[[steps]]
id = "fails"
script = 'test -e mended || exit 3'
[[steps]]
id = "skips"
script = 'echo nothing to do; exit 77'
needs = ["counts"]
[[steps]]
id = "after"
command = ["true"]
needs = ["fails"]
""")
        client = self.home.client()
        client.call("subscribe")
        kinds = [self.run_job("all")]
        self.home.do("wait", kinds[0])
        self.home.write("mended", "")
        self.assert_code(self.home.do("retry", kinds[0]), 0)
        self.home.do("wait", kinds[0])
        self.home.do("retry", kinds[0], "--from", "fails")
        self.home.do("wait", kinds[0])
        paused = self.run_job("--", "sh", "-c", WAITER)
        self.home.do("pause", paused)
        self.home.do("resume", paused)
        queue = [self.run_job("--group", "one", "--", "sleep", "60") for _ in range(3)]
        self.home.do("hold", queue[2])
        self.home.do("move", queue[1], "1")
        self.home.do("release", queue[2])
        self.home.do("prune", "--keep", "0")
        for job in [*queue, paused]:
            self.home.do("cancel", job)
        report = self.home.do("report", "start", "--title", "elsewhere").text.strip()
        self.home.do("report", "progress", report, "--done", "1", "--total", "4")
        self.home.do("report", "finish", report, "--failed", "no luck")
        client.until(lambda e: e["type"] == "job.finished" and e["job"] == report)
        lines = [{method: params} for method, params in client.seen if method in ("snapshot", "event")]
        self.assertEqual("snapshot" in lines[0], True)
        result = subprocess.run(["node", str(HERE / "page_fold.mjs"), str(WEB / "fold.js")], capture_output=True, text=True,
                                input="\n".join(map(json.dumps, lines)), timeout=120)
        self.assertEqual(result.returncode, 0, result.stderr)
        answers = [json.loads(line) for line in result.stdout.splitlines()]
        fold = Fold(lines[0]["snapshot"])
        events = [line["event"] for line in lines[1:]]
        self.assertEqual(len(answers), len(events))
        self.assertGreater(len({event["type"] for event in events}), 9)
        for event, answer in zip(events, answers):
            fold.apply(copy.deepcopy(event))
            self.assertEqual(answer["seq"], event["seq"])
            expected, got = fold.jobs.get(event.get("job")), answer["job"]
            for each in (expected, got):
                if each:
                    each.pop("first_seq", None)  # an event does not tell its own number within
            self.assertEqual(got, expected, event)
        last = {answer["job"]["job"]: answer for answer in answers if answer["job"]}
        for job in self.home.do("status", "--json").lines:
            self.assertEqual(last[job["job"]]["fraction"], job["fraction"])
            job.pop("first_seq")
            self.assertEqual(comparable(last[job["job"]]["job"], True), comparable(job, True))


@unittest.skipUnless(CHROMIUM, "there is no chromium")
class Page(PageTest):
    def test_login(self):
        browser = self.browser()
        browser.go(self.url + "/")
        browser.until("!document.getElementById('login').hidden")
        self.assertIn("~/.config/stepwire/token", browser.js("document.getElementById('login').textContent"))
        self.sign_in(browser, "wrong")
        browser.until("document.getElementById('login-words').textContent === 'the token is not one of this hub'")
        self.sign_in(browser, self.token())
        self.live(browser)
        self.assertEqual(browser.js("document.cookie"), "")
        browser.go(self.url + "/")
        self.live(browser)
        browser.js("document.getElementById('sign-out').click()")
        browser.until("!document.getElementById('login').hidden")
        self.assertEqual(browser.js("document.querySelectorAll('a.row').length"), 0)
        browser.go(self.url + "/")
        browser.until("!document.getElementById('login').hidden")
        self.assert_clean(browser)

    @staticmethod
    def sign_in(browser, token):
        browser.js("document.getElementById('token').value = %s; document.getElementById('sign-in').click()"
                   % json.dumps(token))

    def test_too_many_wrong_tokens(self):
        browser = self.browser()
        browser.go(self.url + "/")
        browser.until("!document.getElementById('login').hidden")
        for _ in range(50):
            browser.until("!document.getElementById('sign-in').disabled || document.getElementById('login-words').textContent.includes('try again')")
            if "try again" in browser.js("document.getElementById('login-words').textContent"):
                break
            self.sign_in(browser, "wrong")
        browser.until("/there were too many wrong tokens, try again in \\d+ s/.test(document.getElementById('login-words').textContent)")
        self.assertTrue(browser.js("document.getElementById('sign-in').disabled"))
        self.assert_clean(browser, "status of 429")

    def test_a_token_in_the_address_is_gone_from_it_at_once(self):
        browser = self.open()
        self.assertEqual(browser.js("location.href"), self.url + "/")
        self.assertFalse(any("token=" in url.partition("#")[0] for url in browser.asked_for()))
        # Also where the page is open already.
        browser.js("location.hash = '#token=%s'" % self.token("token.read"))
        browser.until("document.body.dataset.scope === 'read'")
        self.assertNotIn("token", browser.js("location.href"))
        self.assert_clean(browser)

    def test_a_job_comes_and_ends(self):
        browser = self.open()
        browser.until("!document.getElementById('empty').hidden")
        job = self.run_job("hello")
        browser.until("document.querySelector('a.row[data-job=\"%s\"][data-state=running]')" % job)
        browser.js("document.querySelector('a.row').click()")
        row = "document.querySelector('a.row[data-job=\"%s\"]')" % job
        browser.until("+%s.querySelector('[role=progressbar]').getAttribute('aria-valuenow') > 20" % row)
        browser.until("document.querySelector('#detail h1').textContent === 'hello'")
        browser.until("document.querySelectorAll('.step').length === 3")
        browser.until(row + ".dataset.state === 'succeeded'")
        self.assertEqual(browser.js("[...document.querySelectorAll('.step')].map((step) => step.dataset.state).join()"),
                         "succeeded,succeeded,succeeded")
        self.assertEqual(browser.js(row + ".closest('section').querySelector('h2').textContent"), "Today (1)")
        browser.until("document.getElementById('announcer').textContent.includes('hello: succeeded')")
        self.assert_true(browser)
        browser.go(self.url + "/#job=" + job)  # and again after a reload, with what was chosen
        browser.do("Page.reload")
        browser.until("document.querySelector('#detail h1')?.textContent === 'hello'")
        self.assert_true(browser)
        self.assert_clean(browser)

    def test_true_after_whatever_happens(self):
        browser = self.open()
        jobs = [self.run_job("--title", "job %d" % i, "--", "sh", "-c", WAITER) for i in range(scaled(50, 10))]
        waits = self.run_job("--group", "one", "--", "sh", "-c", WAITER)
        last = self.run_job("--group", "one", "--", "true")
        browser.until("document.querySelectorAll('a.row[data-state=running]').length === %d" % (len(jobs) + 1), None, 60)
        self.assert_true(browser)

        browser.do("Page.reload")
        self.live(browser)
        self.assert_true(browser)

        # The network breaks, and things happen meanwhile.
        self.cut()
        browser.until("document.body?.dataset.link === 'lost'")
        browser.until("document.getElementById('link-words').textContent.startsWith('· reconnecting since ')")
        self.assertTrue(browser.js("document.getElementById('run').disabled"))
        frozen = browser.js("document.querySelectorAll('a.row[data-state=running]').length")
        self.home.do("cancel", jobs[0])
        other = self.run_job("--title", "meanwhile", "--", "true")
        self.assertEqual(browser.js("document.querySelectorAll('a.row[data-state=running]').length"), frozen)
        self.mend()
        browser.js("dispatchEvent(new Event('online'))")
        self.live(browser)
        browser.until("document.querySelector('a.row[data-job=\"%s\"][data-state=succeeded]')" % other)
        self.assert_true(browser)

        # It goes silent, and nobody is told: what is shown may not count as live for long.
        self.proxy.stall()
        browser.js("dispatchEvent(new Event('offline'))")
        browser.until("document.body?.dataset.link === 'lost'", None, 30)
        self.home.do("cancel", jobs[1])
        self.mend()
        self.live(browser, 30)
        self.assert_true(browser)

        # The hub is killed: what ran is interrupted in its next life, what waited goes on.
        self.home.kill_hub()
        browser.until("document.body?.dataset.link === 'lost'")
        self.start()
        self.live(browser, 30)
        browser.until("document.querySelector('a.row[data-job=\"%s\"][data-state=interrupted]')" % waits)
        browser.until("document.querySelector('a.row[data-job=\"%s\"][data-state=succeeded]')" % last)
        self.assert_true(browser)

        self.home.write("go", "")
        for job in jobs[2:5]:
            self.assert_code(self.home.do("retry", job), 0)
        browser.until("document.querySelectorAll('a.row[data-state=succeeded]').length === 5")
        self.assert_true(browser)
        self.assert_clean(browser, *LOST)

    def test_buttons(self):
        browser = self.open()
        job = self.run_job("--title", "to steer", "--", "sh", "-c", WAITER)
        row = "document.querySelector('a.row[data-job=\"%s\"]')" % job
        browser.until(row + "?.dataset.state === 'running'")
        browser.js(row + ".click()")

        def press(action, state):
            browser.until("document.querySelector('#detail .actions [data-action=%s]:enabled')" % action)
            browser.js("document.querySelector('#detail .actions [data-action=%s]').click()" % action)
            if action == "cancel":
                browser.until("document.querySelector('dialog[open] [data-action=confirm]')")
                browser.js("document.querySelector('[data-action=confirm]').click()")
            browser.until("%s.dataset.state === '%s'" % (row, state))

        press("pause", "paused")
        self.assertEqual(browser.js(row + ".closest('section').querySelector('h2').textContent"), "Held / paused (1)")
        press("resume", "running")
        press("pause-after", "pausing")
        press("resume", "running")
        press("cancel", "cancelled")
        self.assertEqual(self.jobs()[job]["state"], "cancelled")
        # A command may not be started over the network, also not again: the hub's sentence is shown.
        browser.until("document.querySelector('#detail .actions [data-action=retry]:enabled')")
        browser.js("document.querySelector('#detail .actions [data-action=retry]').click()")
        browser.until("document.querySelector('.toast.refusal')?.textContent.includes('may not be started remotely')")

        blocker = self.run_job("--group", "one", "--", "sleep", "60")
        job = self.run_job("--group", "one", "--", "true")
        row = "document.querySelector('a.row[data-job=\"%s\"]')" % job
        browser.until(row + "?.dataset.state === 'queued'")
        browser.js(row + ".click()")
        press("hold", "held")
        self.home.do("cancel", blocker)
        press("release", "succeeded")
        self.assert_true(browser)
        self.assert_clean(browser)

    def test_retry_from_a_step(self):
        self.home.own_pipeline("steps", """
name = "steps"
remote = true
[[steps]]
id = "first"
command = ["true"]
[[steps]]
id = "second"
script = "echo no such thing >&2; test -e mended"
""")
        browser = self.open()
        job = self.run_job("steps")
        row = "document.querySelector('a.row[data-job=\"%s\"]')" % job
        browser.until(row + "?.dataset.state === 'failed'")
        browser.js(row + ".click()")
        browser.until("document.querySelector('.failure-words')?.textContent.includes('second')")
        self.assertEqual(browser.js("document.querySelector('.last-line').textContent"), "no such thing")
        browser.until("document.querySelector('.terminal').textContent.includes('no such thing')")
        self.home.write("mended", "")
        browser.js("document.querySelector('.step[data-step=first] [data-action=retry-from]').click()")
        browser.until(row + ".dataset.state === 'succeeded'")
        self.assertEqual({step["attempt"] for step in self.jobs()[job]["steps"]}, {2})
        browser.until("document.querySelector('.failure').hidden")
        self.assert_clean(browser)

    def test_run(self):
        self.home.own_pipeline("near", 'name = "near"\n[[steps]]\nid = "a"\ncommand = ["true"]\n')
        self.home.own_pipeline("far", """
name = "far"
title = "from afar"
remote = true
[parameters.word]
type = "string"
required = true
[parameters.times]
type = "int"
default = 2
[parameters.how]
type = "choice"
choices = ["slow", "fast"]
default = "fast"
[parameters.loud]
type = "bool"
default = true
[parameters.key]
type = "string"
default = "none"
secret = true
[[steps]]
id = "say"
command = ["echo", "{{word}}", "{{times}}", "{{how}}", "{{loud}}", "key={{key}}"]
""")
        browser = self.open()
        browser.js("document.getElementById('run').click()")
        browser.until("document.querySelector('[data-pipeline=far]')")
        self.assertEqual(browser.js("[...document.querySelectorAll('[data-pipeline]')].map((b) => b.dataset.pipeline).join()"),
                         "echo,far,sound")  # of those that come with it, two are marked remote
        browser.js("document.querySelector('[data-pipeline=far]').click()")
        self.assertEqual(browser.js("document.getElementById('param-key').type"), "password")
        browser.js("document.getElementById('param-times').value = '0.5'; document.getElementById('param-times').step = 'any';"
                   "document.getElementById('param-word').value = 'hey'; document.getElementById('param-how').value = 'slow';"
                   "document.getElementById('param-loud').click(); document.getElementById('run-submit').click()")
        browser.until("document.getElementById('run-words').textContent.includes('times')")  # what the hub said
        browser.js("document.getElementById('param-times').value = '3'; document.getElementById('param-key').value = 's3cret';"
                   "document.getElementById('run-submit').click()")
        browser.until("document.querySelector('#detail[data-state=succeeded]')")
        browser.until("document.querySelector('.terminal').textContent.includes('hey 3 slow false key=•••')")
        self.assert_true(browser)
        self.assert_clean(browser)

    def test_who_may_only_look_has_no_buttons(self):
        browser = self.open("token.read")
        job = self.run_job("--", "sh", "-c", WAITER)
        browser.until("document.querySelector('a.row[data-state=running]')")
        browser.js("document.querySelector('a.row').click()")
        browser.until("document.querySelector('.step[data-state=running]')")
        visible = ("[...document.querySelectorAll('button')].filter((b) => b.checkVisibility()).map((b) => b.textContent).join()")
        self.assertEqual(browser.js(visible), "Sign out,Steps,Timeline,Output,Output")
        self.assertEqual(browser.js("document.querySelectorAll('#detail .actions button').length"), 0)
        self.home.do("cancel", job)
        browser.until("document.querySelector('a.row[data-state=cancelled]')")
        self.assertEqual(browser.js(visible), "Sign out,Steps,Timeline,Output,Output")
        self.assert_true(browser)
        self.assert_clean(browser)

    def test_data_stays_text(self):
        bad = "<img src=x onerror=\"window.broken=1\"><script>window.broken=1</script>"
        browser = self.open()
        path = self.home.write("bad.sh", "cat <<'X'\n%s\n{\"progress\":0.5,\"message\":%s}\nX\nwhile [ ! -e go ]; do sleep 0.1; done\n"
                               "cat <<'X' >&2\n%s\nX\nexit 3\n" % (bad, json.dumps(bad), bad))
        job = self.run_job("--title", bad, "--", "sh", path)
        browser.until("document.querySelector('a.row[data-state=running]')")
        browser.js("document.querySelector('a.row').click()")
        browser.until("document.querySelector('.terminal').textContent.includes(%s)" % json.dumps(bad))
        browser.until("document.querySelector('.step .words').textContent.includes(%s)" % json.dumps(bad))
        self.home.write("go", "")
        browser.until("document.querySelector('a.row[data-state=failed]')")
        browser.until("document.querySelector('.last-line').textContent === %s" % json.dumps(bad))
        self.assertEqual(browser.js("document.querySelector('h1').closest('main') ? document.querySelector('#detail h1').textContent : ''"), bad)
        browser.js("location.hash = '#job=%s'" % "<img src=x onerror=window.broken=1>")
        self.assertEqual(browser.js("document.querySelectorAll('main img, main script').length"), 0)
        self.assertIsNone(browser.js("window.broken"))
        self.assertEqual(self.jobs()[job]["title"], bad)
        self.assert_clean(browser)

    def test_output(self):
        lines = scaled(20000, 3000)
        browser = self.open()
        job = self.run_job("--", "sh", "-c", "i=0; while [ $i -lt %d ]; do i=$((i+1)); echo \"line $i\"; done;"
                           "printf '10 %%%%\\r\\033[32m20 %%%%\\033[0m\\n'; while [ ! -e go ]; do sleep 0.1; done; echo 'ends ☃ so'"
                           % lines)
        browser.until("document.querySelector('a.row')")
        browser.js("document.querySelector('a.row').click()")
        text = "[...document.querySelectorAll('.terminal .line')].map((line) => line.textContent)"
        browser.until(text + ".includes('20 %')")
        self.assertEqual(browser.js("document.querySelector('.tf2').textContent"), "20 %")
        self.assertFalse(browser.js(text + ".includes('10 %')"))
        # Every line once and in order, those that came as events behind those of the log.
        numbers = json.loads(browser.js("JSON.stringify(%s.map((t) => /^line (\\d+)$/.exec(t)?.[1]).filter(Boolean).map(Number))" % text))
        self.assertEqual(numbers, list(range(numbers[0], lines + 1)))
        self.assertGreater(len(numbers), 2000)
        self.assertLessEqual(browser.js("document.querySelectorAll('.terminal .line').length"), 3000)
        self.assertTrue(browser.js("(([t]) => t.scrollHeight - t.scrollTop - t.clientHeight < 24)([document.querySelector('.terminal')])"))
        browser.js("document.querySelector('.terminal').scrollTop = 0")
        browser.until("!document.querySelector('.follow').hidden")
        self.cut()
        browser.until("document.body?.dataset.link === 'lost'")
        self.home.write("go", "")
        self.home.do("wait", job)
        self.mend()
        self.live(browser, 30)
        browser.until(text + ".includes('ends ☃ so')", None, 30)
        self.assertLess(browser.js("document.querySelector('.terminal').scrollTop"), 100)  # who reads is left where he is
        browser.js("document.querySelector('.follow').click()")
        browser.until("document.querySelector('.follow').hidden")
        again = json.loads(browser.js("JSON.stringify(%s)" % text))
        self.assertEqual(again.count("ends ☃ so"), 1)
        self.assert_clean(browser, *LOST)


if __name__ == "__main__":
    harness.main()
