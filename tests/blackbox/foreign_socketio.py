"""What the suites of foreign servers share: their peers, and a hub that watches them."""

import json
import pathlib
import queue
import re
import subprocess
import threading

from harness import LIMIT, HomeTest, wait_until

HERE = pathlib.Path(__file__).resolve().parent


class Peer:
    """A script that prints `listening PORT…` and then JSON lines, and takes JSON lines."""

    def __init__(self, *argv):
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.seen = []
        first = queue.Queue()
        threading.Thread(target=self._collect, args=(first,), daemon=True).start()
        match = re.fullmatch(r"listening ([\d ]+)\n", first.get(timeout=LIMIT))
        self.ports = [int(port) for port in match.group(1).split()]

    def _collect(self, first):
        with self.process.stdout as out:
            first.put(out.readline())
            for line in out:
                self.seen.append(json.loads(line))

    def tell(self, **what):
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()

    def notes(self, what):
        return [note["value"] for note in list(self.seen) if note["what"] == what]

    def wait(self, what, count=1):
        """The value of the count-th note of this kind."""
        wait_until(lambda: len(self.notes(what)) >= count, lambda: "%s in %s" % (what, self.seen))
        return self.notes(what)[count - 1]

    def end(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()


class ForeignTest(HomeTest):
    def setUp(self):
        super().setUp()
        self.home.allowed_hub_lines.append(r"^host\.(connected|lost)")
        self.home.start_hub("--no-listen")
        self.client = self.home.client()
        self.client.call("subscribe")

    def peer(self, *argv):
        peer = Peer(*argv)
        self.addCleanup(peer.end)
        return peer

    def add(self, kind, settings, secrets=None, name="there"):
        return self.client.call("source.add", name=name, kind=kind, settings=settings, secrets=secrets or {})

    def source(self, name="there"):
        return next(s for s in self.home_client().call("source.list")["sources"] if s["name"] == name)

    def home_client(self):
        """One that no events come to."""
        if not hasattr(self, "_asker"):
            self._asker = self.home.client()
        return self._asker

    def wait_state(self, state, name="there"):
        return wait_until(lambda: (s := self.source(name))["state"] == state and s, lambda: repr(self.source(name)))

    def wait_reason(self, part, name="there"):
        wait_until(lambda: part in self.source(name).get("reason", ""), lambda: repr(self.source(name)))

    def events_until(self, predicate):
        return self.client.until(predicate)

    def ended(self):
        """Events up to the end of the next job."""
        return self.client.until(lambda e: e["type"] == "job.finished")
