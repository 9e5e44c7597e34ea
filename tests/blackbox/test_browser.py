"""A real browser: a page that has logged in follows a job with EventSource and WebSocket; pages of others get nothing."""

import http.server
import threading
import unittest

from browser import PROGRAM, Browser
from harness import main, wait_until
from proxy import Proxy
from web import WebTest

GATED = """
remote = true
[[steps]]
id = "first"
script = 'echo one; while [ ! -e %(work)s/first ]; do sleep 0.02; done; echo "ä€𐍈"'
[[steps]]
id = "second"
script = 'echo 50%%; while [ ! -e %(work)s/second ]; do sleep 0.02; done'
[[steps]]
id = "third"
script = 'echo three; while [ ! -e %(work)s/third ]; do sleep 0.02; done'
"""

# Keeps what came where a reload of the page finds it again.
FOLLOW = """
(() => {
  const kept = (name) => JSON.parse(sessionStorage.getItem(name) ?? "[]");
  const keep = (name, event) => sessionStorage.setItem(name, JSON.stringify([...kept(name), event]));
  const position = (name) => kept(name).at(-1) ?? {epoch: %(epoch)s, seq: %(seq)d};
  const at = position("sse");
  window.opened = 0;
  window.source = new EventSource(`/events?lastEventId=${at.epoch}:${at.seq}`);
  source.onopen = () => ++window.opened;
  source.addEventListener("snapshot", () => keep("strange", "snapshot"));
  source.addEventListener("event", (message) => keep("sse", JSON.parse(message.data)));
  const connect = () => {
    const socket = new WebSocket(`ws://${location.host}/ws`, "stepwire.v1");
    socket.onmessage = ({data}) => {
      const {method, params} = JSON.parse(data);
      if (method === "hello") {
        const {epoch, seq} = position("ws");
        socket.send(JSON.stringify({jsonrpc: "2.0", id: 1, method: "subscribe", params: {epoch, seq}}));
      } else if (method === "event") keep("ws", params);
      else if (method === "snapshot") keep("strange", "snapshot");
    };
    socket.onclose = () => setTimeout(connect, 50);
  };
  connect();
})()
"""

CALL = """
fetch("/rpc", {method: "POST", body: JSON.stringify({jsonrpc: "2.0", id: 1, method: "job.run", params: {pipeline: "gated"}})})
  .then(answer => answer.json()).then(answer => answer.result.job)
"""

# What a page of another origin can try, with all that a browser sends along.
ATTACK = """
(async (hub) => {
  const got = {};
  const call = {method: "POST", credentials: "include", body: JSON.stringify({jsonrpc: "2.0", id: 1, method: "job.run", params: {pipeline: "gated"}})};
  const tried = async (name, promise) => { try { got[name] = await promise; } catch (error) { got[name] = "refused"; } };
  await tried("call", fetch(hub + "/rpc", call).then(answer => answer.text()));
  await tried("blind", fetch(hub + "/rpc", {...call, mode: "no-cors"}).then(answer => answer.text()));
  await tried("health", fetch(hub + "/healthz").then(answer => answer.text()));
  await tried("metrics", fetch(hub + "/metrics", {credentials: "include"}).then(answer => answer.text()));
  await tried("typed", fetch(hub + "/rpc", {...call, headers: {"Content-Type": "application/json"}}).then(answer => answer.text()));
  await tried("login", fetch(hub + "/login", {method: "POST", credentials: "include", mode: "no-cors", body: "guess"}).then(answer => answer.text()));
  await tried("events", new Promise((resolve, reject) => {
    const source = new EventSource(hub + "/events", {withCredentials: true});
    for (const kind of ["hello", "snapshot", "event", "open"]) source.addEventListener(kind, () => resolve(kind));
    source.onerror = () => { if (source.readyState === 2) reject(); };
  }));
  await tried("socket", new Promise((resolve, reject) => {
    const socket = new WebSocket(hub.replace("http", "ws") + "/ws");
    socket.onopen = socket.onmessage = () => resolve("open");
    socket.onclose = reject;
  }));
  await tried("framed", new Promise((resolve, reject) => {
    const frame = document.createElement("iframe");
    frame.src = hub + "/metrics";
    frame.onload = () => { try { resolve(frame.contentDocument.body.textContent); } catch (error) { reject(); } };
    document.body.append(frame);
    setTimeout(reject, 5000);
  }));
  return got;
})(%s)
"""


class Foreign(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>elsewhere</title><body>elsewhere</body>")

    def log_message(self, *_):
        pass


@unittest.skipUnless(PROGRAM, "there is no Chromium")
class BrowserTest(WebTest):
    def prepare(self):
        self.home.own_pipeline("gated", GATED % {"work": self.home.work})
        self.proxy = Proxy()
        self.addCleanup(self.proxy.close)
        (self.home.config / "config.toml").write_text('[web]\nhosts = ["%s:%d"]\n' % self.proxy.address)

    def setUp(self):
        super().setUp()
        self.proxy.target = (self.web.host, self.web.port)
        self.browser = Browser(self.home)
        self.addCleanup(self.browser.close)

    def log_in(self, page):
        self.assertEqual(page.run('fetch("/login", {method: "POST", body: "%s"}).then(a => a.json())' % self.web.token), {"scope": "control"})

    def test_a_page_follows_a_job_over_a_reload_and_a_broken_network(self):
        page = self.browser.page(self.proxy.url + "/healthz")
        self.assertEqual(page.run('fetch("/rpc", {method: "POST", body: "{}"}).then(a => a.status)'), 401)
        self.log_in(page)
        self.assertEqual(page.run("document.cookie"), "")  # scripts do not see it
        hello = self.client.hello
        follow = FOLLOW % {"epoch": '"%s"' % hello["epoch"], "seq": hello["seq"]}
        page.run(follow)
        job = page.run(CALL)

        def seen(kind, step=""):
            page.until("""["sse", "ws"].every(name => JSON.parse(sessionStorage.getItem(name) ?? "[]")
                          .some(e => e.type === "%s" && (e.step ?? "") === "%s"))""" % (kind, step))

        seen("step.started", "first")
        page.reload()
        self.release("first")
        page.run(follow)
        seen("step.started", "second")
        page.until("window.opened > 0")
        self.proxy.cut()
        # The browser's EventSource comes back by itself, and says where it was.
        self.release("second")
        seen("step.started", "third")
        self.assertEqual(page.run("window.opened"), 2)
        self.release("third")
        seen("job.finished")
        with self.home.client() as reader:
            reader.call("subscribe", epoch=hello["epoch"], seq=hello["seq"])
            expected = reader.finished(job)
        for name in ("sse", "ws"):
            with self.subTest(name):
                self.assertEqual(page.run('JSON.parse(sessionStorage.getItem("%s"))' % name), expected)
        self.assertIsNone(page.run('sessionStorage.getItem("strange")'))
        # After logging out nothing is told any more.
        self.assertEqual(page.run('fetch("/logout", {method: "POST"}).then(a => a.status)'), 204)
        self.assertEqual(page.run('fetch("/metrics").then(a => a.status)'), 401)

    def test_a_page_of_another_origin_gets_nothing(self):
        page = self.browser.page(self.web.url + "/healthz")
        self.log_in(page)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Foreign)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        # A page of another port of this host is one of the same site: the browser sends the cookie along.
        for host in ("127.0.0.1", "localhost"):
            with self.subTest(host):
                foreign = self.browser.page("http://%s:%d/" % (host, server.server_port))
                got = foreign.run(ATTACK % ('"%s"' % self.web.url))
                # An answer that a page may not see is an empty text.
                self.assertEqual({name: value for name, value in got.items() if value not in ("refused", "")}, {})
                self.assertEqual(len(got), 9)
        self.assertEqual(self.client.call("job.list")["jobs"], [])
        # The page itself gets by the same ways what it wants.
        got = page.run(ATTACK % ('"%s"' % self.web.url))
        self.assertNotIn("refused", got.values())
        self.assertEqual((got["health"], got["events"], got["socket"]), ("ok\n", "open", "open"))
        self.assertGreater(len(self.client.call("job.list")["jobs"]), 0)


if __name__ == "__main__":
    main()
