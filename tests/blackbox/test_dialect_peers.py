"""What the hub speaks as a server is understood by what it follows as a client: one hub's dialects are another's sources."""

import socket
import unittest

from harness import Home, HomeTest, RpcError, main, of_type, wait_until
from test_dialect_dotfiles import PIPELINE, Framed, envelope
from test_dialect_mutant import OTHERS, SETTINGS, UPLOAD


class Peers(HomeTest):
    def setUp(self):
        super().setUp()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.folder = self.home.root / "d"
        self.home.config.mkdir(parents=True, exist_ok=True)
        (self.home.config / "config.toml").write_text(
            SETTINGS % {"port": self.port, "more": ""} + '\n[dialects.dotfiles]\nfolder = "%s"\n' % self.folder)
        for name, text in {**OTHERS, "upload": UPLOAD % {"work": self.home.work}, "shown": PIPELINE % {"work": self.home.work}}.items():
            self.home.own_pipeline(name, text)
        self.file = self.home.write("file", "contents")
        self.home.start_hub()
        wait_until(lambda: self.home.hub_words().count("speaking") == 2, lambda: self.home.hub_words())
        self.other = Home()
        self.other.allowed_hub_lines += ["^host.connected", "^host.lost: "]

        def end():
            complaints = self.other.end()
            if complaints:
                self.fail("\n".join(complaints))
        self.addCleanup(end)
        self.other.start_hub()
        self.client = self.other.client()
        self.client.call("subscribe")

    def follow(self, kind, **settings):
        try:
            self.client.call("source.add", name="there", kind=kind, settings=settings, secrets={})
        except RpcError as error:
            if error.code == -32601 or "kind" in error.message:
                self.skipTest("this hub follows no servers of kind " + kind)
            raise
        wait_until(lambda: self.client.call("source.list")["sources"][0]["state"] == "connected",
                   lambda: self.client.call("source.list"))

    def run_there(self, pipeline, **params):
        return self.client.call("job.run", host="there", pipeline=pipeline, params=params)["job"]

    def release(self, *gates):
        for gate in gates:
            self.home.write("tmp", "0")
            (self.home.work / "tmp").rename(self.home.work / gate)

    def test_mutant(self):
        self.follow("mutant", url="ws://127.0.0.1:%d/ws" % self.port, poll=0.2)
        put = self.run_there("put", user_key="k", source_path=self.file)
        with self.assertRaisesRegex(RpcError, "already being used by another operation"):
            self.run_there("put", user_key="k", source_path=self.file)
        self.release("go", "on")
        events = self.client.finished(put)
        self.assertEqual(events[-1]["data"]["state"], "succeeded")
        self.assertEqual([(p["id"], p["done"], p["total"]) for p in of_type(events, "step.progress")[-1]["data"]["phases"]],
                         [("reserve", 2, 2), ("write", 3, 3), ("confirm", 3, 3)])
        self.assertEqual([e["data"]["value"] for e in of_type(events, "custom")], [{"public_address": "abcd"}])
        (self.home.work / "on").unlink()
        stopped = self.run_there("put", user_key="k", source_path=self.file)
        wait_until(lambda: self.client.call("job.get", job=stopped)["steps"][0]["progress"].get("phases"), "the put to be under way")
        self.assertEqual(self.client.call("job.cancel", job=stopped)["state"], "cancelled")
        self.assertEqual(self.client.finished(self.run_there("sync"))[-1]["data"]["state"], "succeeded")
        self.client.finished(self.run_there("purge"))
        self.client.finished(self.run_there("rm", user_key="there"))
        with self.assertRaisesRegex(RpcError, "Key 'away' not found"):
            self.run_there("rm", user_key="away")
        self.home.do("run", "--detach", "upload", "user_key=z", "source_path=" + self.file)
        theirs = self.client.until(lambda e: e["type"] == "job.queued")[-1]["job"]
        self.release("on")
        self.assertEqual(self.client.finished(theirs)[-1]["data"]["state"], "succeeded")

    def test_dotfiles_over_tcp(self):
        own = self.home.client()
        own.call("subscribe")
        self.home.do("run", "--detach", "shown")
        port = own.until(lambda e: e["type"] == "custom")[-1]["data"]["value"]["port"]
        self.follow("dotfiles", tcp="127.0.0.1:%d" % port)
        job = self.client.until(lambda e: e["type"] == "job.queued")[-1]["job"]
        self.release("go")
        self.assertEqual(self.client.finished(job)[-1]["data"]["state"], "succeeded")

    def test_dotfiles_daemon(self):
        self.follow("dotfiles-daemon", socket=str(self.folder))
        self.home.do("run", "--detach", "shown")
        job = self.client.until(lambda e: e["type"] == "job.queued")[-1]["job"]
        self.release("go")
        self.assertEqual(self.client.finished(job)[-1]["data"]["state"], "succeeded")
        command = Framed(str(self.folder / "command.sock"))
        self.addCleanup(command.sock.close)
        command.send(envelope("more", type="operation_started", operation_id="o", operation_name="More", parameters={}))
        job = self.client.until(lambda e: e["type"] == "job.queued")[-1]
        self.assertEqual(job["data"]["title"], "More")
        command.send(envelope("more", type="operation_failed", operation_id="o", error_code="E", error_message="it broke"))
        self.assertIn("it broke", self.client.finished(job["job"])[-1]["data"]["error"]["message"])


if __name__ == "__main__":
    main()
