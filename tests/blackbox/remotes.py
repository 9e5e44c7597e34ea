"""Two hubs with homes of their own, and the ways from one to the other: a socket, ssh with a server and keys of the
test's own, and wss with a certificate of the test's own."""

import contextlib
import getpass
import os
import pathlib
import shutil
import socket
import subprocess
import unittest

from harness import Home, HomeTest, command_of, descendants, wait_until
from proxy import Proxy

SSHD = shutil.which("sshd", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")

NEEDS_SSH = unittest.skipUnless(SSHD and shutil.which("ssh") and shutil.which("ssh-keygen"), "there is no sshd, ssh or ssh-keygen")
NEEDS_TLS = unittest.skipUnless(shutil.which("openssl"), "there is no openssl")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Sshd:
    """A server on a free port of loopback that takes the test's keys only. Each key leads into one home, as a login there
    would: with that home's environment."""

    def __init__(self, address="127.0.0.1", prefix=()):
        self.folder = pathlib.Path(Home.folder("ssh"))
        self.address, self.port = address, free_port()
        self._keygen("host_key")
        self.authorized = self.folder / "authorized_keys"
        self.authorized.write_text("")
        (self.folder / "sshd_config").write_text("\n".join([
            "Port %d" % self.port, "ListenAddress %s" % address, "HostKey %s" % (self.folder / "host_key"),
            "AuthorizedKeysFile %s" % self.authorized, "PidFile none", "StrictModes no", "UsePAM no",
            "PasswordAuthentication no", "KbdInteractiveAuthentication no", "PermitRootLogin yes",
            "MaxStartups 1000", "MaxSessions 1000", ""]))
        if os.getuid() == 0:
            os.makedirs("/run/sshd", 0o755, exist_ok=True)
        self.log = open(self.folder / "log", "wb")
        self.process = subprocess.Popen([*prefix, SSHD, "-D", "-e", "-f", str(self.folder / "sshd_config")],
                                        stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        if not prefix:
            wait_until(self._answers, lambda: "sshd to listen: " + self.words())

    def words(self):
        return (self.folder / "log").read_text(errors="replace")

    def _answers(self):
        try:
            with socket.create_connection((self.address, self.port), 1):
                return True
        except OSError:
            return False

    def _keygen(self, name):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(self.folder / name)], check=True)

    def leads(self, alias, here, there, path=None):
        """From now on `ssh ALIAS` in the home `here` is a login in the home `there`."""
        self._keygen(alias)
        env = {**there.env, **({"PATH": path} if path else {})}
        shell = self.folder / (alias + ".sh")
        shell.write_text("#!/bin/sh\nexec env -i %s /bin/sh -c \"$SSH_ORIGINAL_COMMAND\"\n" % " ".join("'%s=%s'" % pair for pair in env.items()))
        shell.chmod(0o755)
        with open(self.authorized, "a") as file:
            file.write('command="%s" %s' % (shell, (self.folder / (alias + ".pub")).read_text()))
        config = here.root / "ssh_config"
        with open(config, "a") as file:
            file.write("\n".join(["Host %s" % alias, "  HostName %s" % self.address, "  Port %d" % self.port,
                                  "  User %s" % getpass.getuser(), "  IdentityFile %s" % (self.folder / alias),
                                  "  IdentitiesOnly yes", "  StrictHostKeyChecking yes", "  HostKeyAlias test",
                                  "  UserKnownHostsFile %s" % (self.folder / "known_hosts"), ""]))
        (self.folder / "known_hosts").write_text("test " + (self.folder / "host_key.pub").read_text())
        # ssh takes the home from the list of users, not from $HOME: as if this were the user's own ~/.ssh/config.
        folder = here.root / "bin"
        folder.mkdir(exist_ok=True)
        (folder / "ssh").write_text("#!/bin/sh\nexec %s -F %s \"$@\"\n" % (shutil.which("ssh"), config))
        (folder / "ssh").chmod(0o755)

    def end(self):
        for pid in descendants(self.process.pid):
            with contextlib.suppress(OSError):
                os.kill(pid, 9)
        self.process.terminate()
        self.process.wait()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class RemoteTest(HomeTest):
    """`self.home` is here, `self.there` another machine's."""

    def setUp(self):
        super().setUp()
        self.home.env["PATH"] = "%s:%s" % (self.home.root / "bin", self.home.env["PATH"])  # of the ssh of the test
        self.there = self.another()

    def another(self):
        home = Home()
        self.addCleanup(self._end_other, home)
        return home

    def _end_other(self, home):
        complaints = home.end()
        if complaints:
            self.fail("there: " + "\n".join(complaints[:20]))

    # -- ways

    def by_socket(self, name="nas", there=None):
        there = there or self.there
        if there.hub_pid() is None:
            there.start_hub()
        return self.add(name, there.socket)

    def by_ssh(self, name="nas", there=None):
        if not hasattr(self, "sshd"):
            self.sshd = Sshd()
            self.addCleanup(self.sshd.end)
        self.sshd.leads(name, self.home, there or self.there)
        return self.add(name, name)

    def certify(self, home):
        """Key and certificate beside the settings of its hub; gives the pin."""
        home.config.mkdir(parents=True, exist_ok=True)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-subj", "/CN=hub", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(home.config / "key.pem"),
                        "-out", str(home.config / "cert.pem")], check=True, capture_output=True)
        (home.config / "key.pem").chmod(0o600)
        der = subprocess.run(["openssl", "x509", "-in", str(home.config / "cert.pem"), "-noout", "-fingerprint", "-sha256"],
                             check=True, capture_output=True, text=True).stdout
        return der.strip().split("=")[1]

    def serve_wss(self, there=None, address="127.0.0.1", **more):
        """A hub that listens for wss, behind a proxy that the test can cut; sets `proxy`, `pin` and `token`."""
        there = there or self.there
        self.pin = self.certify(there)
        self.port = free_port()
        self.proxy = Proxy((address, self.port))
        self.addCleanup(self.proxy.close)
        (there.config / "config.toml").write_text(
            '[web]\ncertificate = "cert.pem"\nkey = "key.pem"\ncommands = true\npipelines = "all"\nhosts = ["127.0.0.1:%d"]\n' % self.proxy.address[1])
        there.start_hub("--listen", "%s:%d" % (address, self.port), **more)
        wait_until((there.runtime / "web.json").exists, "web.json")
        self.token = there.config / "token"
        self.wss = "wss://127.0.0.1:%d" % self.proxy.address[1]

    def by_wss(self, name="nas", there=None):
        self.serve_wss(there)
        return self.add(name, self.wss, "--token-file", str(self.token), "--pin", self.pin)

    def add(self, name, target, *more):
        result = self.home.do("host", "add", name, target, *more)
        self.assert_code(result, 0)
        self.assertRegex(result.words, r"^%s is connected: the hub of \S+\n$" % name)
        return name

    # -- what is asked

    def hosts(self, home=None):
        return {h["name"]: h for h in (home or self.home).do("host", "list", "--json").lines}

    def standing(self, name, state, home=None, deadline=None):
        """The host when it stands so."""
        client = (home or self.home).client()
        with client:
            return wait_until(lambda: next((h for h in client.call("host.list")["hosts"] if h["name"] == name and h["state"] == state), None),
                              "%s to be %s" % (name, state), deadline)

    def job(self, job, home=None):
        with (home or self.home).client() as client:
            return client.call("job.get", job=job)

    def until_state(self, job, *states, home=None, deadline=None):
        with (home or self.home).client() as client:
            return wait_until(lambda: next((j for j in [client.call("job.get", job=job)] if j["state"] in states), None),
                              lambda: "%s to be %s, it is %s" % (job, states, client.call("job.get", job=job)), deadline)

    def ssh_children(self):
        return [pid for pid in descendants(self.home.hub_pid()) if command_of(pid).split(" ")[0].endswith("ssh")]

    def cut(self):
        """Whatever leads there breaks."""
        if hasattr(self, "proxy"):
            return self.proxy.cut()
        children = self.ssh_children()
        for pid in children:
            with contextlib.suppress(OSError):
                os.kill(pid, 9)
        return bool(children)
