"""A network that breaks a hundred times while a job is busy: every client has each event once and in order."""

import pathlib
import shutil
import threading
import time
import unittest

from harness import SLOW, Closed, main, scaled, wait_until
from proxy import Cutter, Proxy
from web import WebTest

HERE = pathlib.Path(__file__).resolve().parent

BUSY = "".join('''
[[steps]]
id = "s%d"
needs = []
script = """
i=0
while [ ! -e gate ]; do i=$((i + 1)); echo "line $i"; printf '{"progress":0.%%05d,"message":"at %%d"}\\\\n' $i $i; sleep 0.02; done
"""
''' % i for i in range(4)) + """
[[steps]]
id = "last"
script = 'for i in 1 2 3 4 5 6 7 8 9 10; do stepwire emit "mark$i" "$i" || exit 1; done'
"""


class Follower:
    """A client on a thread that comes back by the position it has reached. `events` is what it got."""

    def __init__(self, web, proxy, position, job):
        self.web, self.proxy, self.position, self.job = web, proxy, dict(position), job
        self.events, self.connections, self.complaint = [], 0, None
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        end = time.monotonic() + 90 * SLOW
        while not self.over and not self.complaint and time.monotonic() < end:
            try:
                self.follow()
            except (Closed, OSError):
                pass
            except Exception as error:  # told by the test
                self.complaint = repr(error)

    @property
    def over(self):
        return bool(self.events) and self.events[-1]["type"] == "job.finished" and self.events[-1]["job"] == self.job

    def take(self, event):
        self.events.append(event)
        self.position["seq"] = event["seq"]

    def end(self):
        self.thread.join(60 * SLOW)
        if self.complaint or not self.over:
            raise AssertionError("%s, after %d connections: %s" % (self.complaint or "it has not come to the end", self.connections, self.events[-2:]))
        return self.events


class SocketFollower(Follower):
    def follow(self):
        with self.web.socket(at=self.proxy.address) as client:
            self.connections += 1
            if not client.call("subscribe", **self.position)["recovered"]:
                raise AssertionError("%s is not held" % self.position)
            while not self.over:
                method, params = client.next()
                if method != "event":
                    raise AssertionError("a %s came" % method)
                self.take(params)


class StreamFollower(Follower):
    def follow(self):
        with self.web.events(last="%(epoch)s:%(seq)d" % self.position, at=self.proxy.address) as events:
            self.connections += 1
            while not self.over:
                sent = events.next()
                if sent.event != "event" or sent.id != "%s:%d" % (self.position["epoch"], sent.data["seq"]):
                    raise AssertionError("there came %r" % (sent,))
                self.take(sent.data)


class NodeFollower:
    """web_clients.mjs, or another program that prints the events a line each and lines with `note`."""

    def __init__(self, test, proxy, position, job, client, script="web_clients.mjs"):
        env = {**test.home.env, "STEPWIRE_TOKEN": test.web.token}
        self.running = test.home.start(client, proxy.url, "%(epoch)s:%(seq)d" % position, job, env=env,
                                       program=["node", str(HERE / script)])

    @property
    def connections(self):
        return sum(line.get("note") == "open" for line in self.running.lines())

    @property
    def recoveries(self):
        return sum(line.get("recovered", False) for line in self.running.lines() if "note" in line)

    @property
    def events(self):
        return [line for line in self.running.lines() if "note" not in line]

    def end(self):
        result = self.running.finish(60)
        if result.code or result.err:
            raise AssertionError(repr(result))
        if any(line.get("note") in ("snapshot", "not recovered") for line in result.lines):
            raise AssertionError("a snapshot came: %r" % result)
        return [line for line in result.lines if "note" not in line]


def have(package):
    return shutil.which("node") and (HERE / "node_modules" / package).is_dir()


class Recovery(WebTest):
    # (name, cuts, what follows): a hundred in all. Another carrier is another line here, with a Follower of its own or a
    # program that prints as web_clients.mjs does.
    # EventSource waits a second before it comes back, as it is told to.
    CLIENTS = [("websocket", 24, lambda test, *more: SocketFollower(test.web, *more)),
               ("events", 24, lambda test, *more: StreamFollower(test.web, *more)),
               ("npm ws", 20, lambda test, *more: NodeFollower(test, *more, "ws")),
               ("npm eventsource", 10, lambda test, *more: NodeFollower(test, *more, "eventsource")),
               ("socket.io websocket", 14, lambda test, *more: NodeFollower(test, *more, "socketio-websocket")),
               ("socket.io polling", 14, lambda test, *more: NodeFollower(test, *more, "socketio-polling"))]

    def prepare(self):
        # Who comes through a proxy names the proxy's port, which the hub is to know.
        self.proxies = {name: Proxy() for name, _, _ in self.CLIENTS}
        for proxy in self.proxies.values():
            self.addCleanup(proxy.close)
        self.home.config.mkdir(parents=True, exist_ok=True)
        hosts = ", ".join('"%s:%d"' % proxy.address for proxy in self.proxies.values())
        (self.home.config / "config.toml").write_text("[web]\nhosts = [%s]\n" % hosts)

    def setUp(self):
        super().setUp()
        for proxy in self.proxies.values():
            proxy.target = (self.web.host, self.web.port)

    def position(self):
        return {"epoch": self.client.hello["epoch"], "seq": self.client.hello["seq"]}

    def seen_by(self, watch, job):
        """All that one on this machine saw, whose connection was never cut."""
        wait_until(lambda: b'"job.finished"' in watch.out and watch.out.endswith(b"\n"), "the end of the job", 30)
        events = watch.lines()
        self.assertEqual((events[-1]["type"], events[-1]["job"]), ("job.finished", job))
        return events

    def newest(self):
        with self.home.client() as fresh:
            return fresh.hello["seq"]

    @unittest.skipUnless(have("ws") and have("eventsource") and have("socket.io-client"), "npm ci has not been run")
    def test_each_event_once_and_in_order_over_a_hundred_cuts(self):
        position = self.position()
        witness = self.home.start("watch", "--since", "%(epoch)s:%(seq)d" % position, "--json")
        job = self.run_toml(BUSY, jobs=4)
        proxies, followers, cutters = self.proxies, {}, {}
        for number, (name, cuts, follow) in enumerate(self.CLIENTS):
            followers[name] = follow(self, proxies[name], position, job)
            cutters[name] = Cutter(proxies[name], scaled(cuts, cuts // 5), seed=number)
            self.addCleanup(cutters[name].end)
        wait_until(lambda: all(cutter.done for cutter in cutters.values()),
                   lambda: "the cuts: %s" % {name: (proxy.cuts, proxy.accepted) for name, proxy in proxies.items()}, 50)
        self.release()
        expected = self.seen_by(witness, job)
        self.assert_gapless(expected)
        self.assertEqual(expected[0]["seq"], position["seq"] + 1)
        self.assertFalse([e for e in expected if "skipped" in e])
        self.assertGreater(len(expected), 300)
        for name, follower in followers.items():
            with self.subTest(name):
                got = follower.end()
                for number, event in enumerate(expected):
                    if got[number:number + 1] != [event]:
                        self.fail("instead of %s, %d events of %d in, came %s" % (event, number, len(expected), got[number:number + 3]))
                self.assertEqual(len(got), len(expected))
                self.assertGreater(follower.connections, proxies[name].cuts // 3)
                if name.startswith("socket.io"):
                    self.assertGreater(follower.recoveries, 0)
        self.assertGreaterEqual(sum(proxy.cuts for proxy in proxies.values()), scaled(100, 15))

    def test_a_network_that_stalls_and_goes_on(self):
        position = self.position()
        proxy = self.proxies["websocket"]
        witness = self.home.start("watch", "--since", "%(epoch)s:%(seq)d" % position, "--json")
        job = self.run_toml(BUSY, jobs=4)
        followers = [SocketFollower(self.web, proxy, position, job), StreamFollower(self.web, proxy, position, job)]
        wait_until(lambda: all(follower.events for follower in followers), "the first events")
        for _ in range(5):
            proxy.stall()
            newest = self.newest()
            wait_until(lambda: self.newest() > newest + 50, "the job to go on")
            seen = [len(follower.events) for follower in followers]
            proxy.stall(False)
            wait_until(lambda: all(len(f.events) > before for f, before in zip(followers, seen)), "the rest")
        self.release()
        expected = self.seen_by(witness, job)
        for follower in followers:
            self.assertEqual(follower.end(), expected)
            self.assertEqual(follower.connections, 1)


if __name__ == "__main__":
    main()
