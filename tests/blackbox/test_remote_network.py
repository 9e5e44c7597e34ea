"""Two hubs in network namespaces of their own, with a cable between them that is slow, loses packets, and is pulled."""

import ctypes
import fcntl
import heapq
import os
import random
import select
import shutil
import struct
import subprocess
import threading
import time
import unittest

from harness import BIN, Home, main, wait_until
from remotes import NEEDS_SSH, NEEDS_TLS, RemoteTest, Sshd, free_port

HERE, THERE = "10.77.0.1", "10.77.0.2"


def why_not():
    for tool in ("unshare", "nsenter", "ip"):
        if not shutil.which(tool, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin"):
            return "there is no " + tool
    if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        return "/dev/net/tun may not be opened"
    tried = subprocess.run(["unshare", "-n", "sh", "-c", "ip link set lo up && ip tuntap add dev t0 mode tun"], capture_output=True, text=True)
    return "network namespaces are not permitted here: " + tried.stderr.strip() if tried.returncode else ""


class Cable:
    """Two namespaces and what goes from one to the other, a packet at a time. `delay` is in seconds, each way, `loss` a part
    of one; both may be changed at any time."""

    TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454ca, 0x0001, 0x1000
    CLONE_NEWNET = 0x40000000

    def __init__(self, seed):
        self.delay, self.loss, self.carried, self.lost = 0.0, 0.0, 0, 0
        self._dice = random.Random(seed)
        self._libc = ctypes.CDLL(None, use_errno=True)
        self.holders = [subprocess.Popen(["unshare", "-n", "sleep", "100000"]) for _ in range(2)]
        own = os.readlink("/proc/self/ns/net")
        for holder in self.holders:
            wait_until(lambda: os.readlink("/proc/%d/ns/net" % holder.pid) != own, "the namespace")
        self._ends = [self._end_in(holder.pid) for holder in self.holders]
        for side, (mine, other) in enumerate(((HERE, THERE), (THERE, HERE))):
            self.ip(side, "link", "set", "lo", "up")
            self.ip(side, "addr", "add", mine, "peer", other, "dev", "cable")
            self.ip(side, "link", "set", "cable", "up")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._carry, daemon=True)
        self._thread.start()

    def inside(self, side):
        return ["nsenter", "-t", str(self.holders[side].pid), "-n", "--"]

    def ip(self, side, *words):
        subprocess.run([*self.inside(side), "ip", *words], check=True)

    def pull(self):
        self.ip(0, "link", "set", "cable", "down")

    def plug(self):
        self.ip(0, "link", "set", "cable", "up")

    def _end_in(self, pid):
        """The end of a network device that is made there: a namespace belongs to a thread."""
        ends = []

        def make():
            with open("/proc/%d/ns/net" % pid) as namespace:
                if self._libc.setns(namespace.fileno(), self.CLONE_NEWNET) != 0:
                    return
            end = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
            fcntl.ioctl(end, self.TUNSETIFF, struct.pack("16sH", b"cable", self.IFF_TUN | self.IFF_NO_PI))
            ends.append(end)

        thread = threading.Thread(target=make)
        thread.start()
        thread.join()
        return ends[0]

    def _carry(self):
        other = {self._ends[0]: self._ends[1], self._ends[1]: self._ends[0]}
        late, count = [], 0
        while not self._stop.is_set():
            wait = max(0, late[0][0] - time.monotonic()) if late else 0.1
            for end in select.select(self._ends, [], [], min(wait, 0.1))[0]:
                try:
                    packet = os.read(end, 65536)
                except OSError:  # pulled
                    continue
                if self._dice.random() < self.loss:
                    self.lost += 1
                    continue
                count += 1
                heapq.heappush(late, (time.monotonic() + self.delay * self._dice.uniform(0.8, 1.2), count, other[end], packet))
            while late and late[0][0] <= time.monotonic():
                _, _, end, packet = heapq.heappop(late)
                try:
                    os.write(end, packet)
                    self.carried += 1
                except OSError:
                    self.lost += 1

    def end(self):
        self._stop.set()
        self._thread.join()
        for end in self._ends:
            os.close(end)
        for holder in self.holders:
            holder.kill()
            holder.wait()


REASON = why_not()


@unittest.skipIf(REASON, REASON)
class Network(RemoteTest):
    def setUp(self):
        super().setUp()
        seed = random.randrange(1 << 32)
        print("seed %d" % seed, end=" ", flush=True)
        self.cable = Cable(seed)
        self.addCleanup(self.cable.end)
        for side, home in enumerate((self.home, self.there)):
            self.move_into(side, home)

    def move_into(self, side, home):
        """From now on what the home starts runs in that namespace."""
        script = home.root / "inside"
        script.write_text("#!/bin/sh\nexec %s %s \"$@\"\n" % (" ".join(self.cable.inside(side)), BIN))
        script.chmod(0o755)
        home.bin = str(script)

    def by_wss(self):
        pin, port = self.certify(self.there), free_port()
        (self.there.config / "config.toml").write_text('[web]\ncertificate = "cert.pem"\nkey = "key.pem"\ncommands = true\n')
        self.there.start_hub("--listen", "%s:%d" % (THERE, port))
        wait_until((self.there.runtime / "web.json").exists, "web.json")
        return self.add("nas", "wss://%s:%d" % (THERE, port), "--token-file", str(self.there.config / "token"), "--pin", pin)

    def by_ssh(self):
        self.sshd = Sshd(THERE, self.cable.inside(1))
        self.addCleanup(self.sshd.end)
        self.sshd.leads("nas", self.home, self.there)
        wait_until(lambda: "listening" in self.sshd.words(), "sshd to listen")
        return self.add("nas", "nas")

    def start_job(self):
        gate = self.there.work / "gate"
        piece = self.home.start("run", "--host", "nas", "--", "sh", "-c",
                                "seq 20000; while [ ! -e %s ]; do sleep 0.05; done; echo end; exit 5" % gate)
        wait_until(lambda: b"\n20000\n" in piece.out, "the first output", 60)
        return piece

    def end_job(self, piece):
        (self.there.work / "gate").write_text("")
        result = piece.finish(60)
        self.assert_code(result, 5)
        self.assertEqual(result.text, "".join("%d\n" % i for i in range(1, 20001)) + "end\n")
        job = self.home.do("status", "--json").lines[0]
        for member in ("state", "error", "started", "finished"):
            self.assertEqual(job[member], self.job(job["job"], self.there)[member])

    def bad_cable(self):
        self.cable.delay, self.cable.loss = 0.04, 0.05
        piece = self.start_job()
        self.end_job(piece)
        self.assertGreater(self.cable.lost, 0)
        return piece

    def pulled_cable(self):
        self.cable.delay = 0.01
        piece = self.start_job()
        self.cable.pull()
        self.standing("nas", "lost", deadline=10)
        job = self.home.do("status", "--json").lines[0]
        self.assertEqual(job["state"], "running")
        self.assertTrue(job["lost_since"])
        self.assertRegex(self.home.do("status").text, r"nas: .*  last seen \d+ s ago")
        time.sleep(8)  # long enough for the attempts to be seconds apart
        before = time.monotonic()
        self.cable.plug()
        self.standing("nas", "connected", deadline=5)
        print("connected %.1f s after the cable was plugged in" % (time.monotonic() - before), end=" ", flush=True)
        self.end_job(piece)
        self.assertIn(b"nas is back", piece.err)

    @NEEDS_TLS
    def test_a_bad_cable_wss(self):
        self.by_wss()
        self.bad_cable()

    @NEEDS_SSH
    def test_a_bad_cable_ssh(self):
        self.by_ssh()
        self.bad_cable()

    @NEEDS_TLS
    def test_a_pulled_cable_wss(self):
        self.by_wss()
        self.pulled_cable()

    @NEEDS_SSH
    def test_a_pulled_cable_ssh(self):
        self.by_ssh()
        self.pulled_cable()

    @NEEDS_TLS
    def test_another_network(self):
        # As with another Wi-Fi: nothing comes by the old way any more, and nobody says so.
        self.by_wss()
        piece = self.start_job()
        self.cable.loss = 1
        self.cable.ip(0, "addr", "add", "10.78.0.1/24", "dev", "lo")
        lost = self.standing("nas", "lost", deadline=8)
        self.assertEqual(lost["reason"], "nas does not answer")
        time.sleep(4)  # an attempt hangs
        self.cable.loss = 0
        self.cable.ip(0, "addr", "del", "10.78.0.1/24", "dev", "lo")
        self.standing("nas", "connected", deadline=5)
        self.end_job(piece)


if __name__ == "__main__":
    main()
