"""A TCP proxy that can break what goes through it: cut every connection with a reset, or stall."""

import random
import select
import socket
import struct
import threading
import time


class Proxy:
    """Forwards connections to `target`, (host, port), on a thread of its own. `address` is where it listens."""

    PIECE = 16384

    def __init__(self, target=None):
        self.target = target
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(128)
        self.address = self._listener.getsockname()
        self._wake, self._woken = socket.socketpair()
        self._lock = threading.Lock()
        self._pairs = {}     # socket → the other end, both ways
        self._pending = {}   # socket → what it is still to be sent
        self._stalled = False
        self._ended = False
        self._cut_wanted = False
        self.cuts = 0        # times that at least one connection was cut
        self.broken = 0      # connections that were cut
        self.accepted = 0
        self.forwarded = 0   # bytes
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def url(self):
        return "http://%s:%d" % self.address

    @property
    def connections(self):
        return len(self._pairs) // 2

    def cut(self):
        """Resets every connection in both directions, in the middle of whatever it carries."""
        done = self.cuts + 1
        with self._lock:
            if not self._pairs:
                return False
            self._cut_wanted = True
        self._wake.send(b"!")
        end = time.monotonic() + 10
        while self.cuts < done and time.monotonic() < end:
            time.sleep(0.0005)
        return True

    def stall(self, stalled=True):
        """Forwards nothing, and reads nothing, until told otherwise."""
        self._stalled = stalled
        self._wake.send(b"!")

    def close(self):
        self._ended = True
        self._wake.send(b"!")
        self._thread.join(10)

    def _run(self):
        try:
            while not self._ended:
                self._turn()
        finally:
            for sock in list(self._pairs):
                sock.close()
            self._listener.close()

    def _turn(self):
        # What one end has not taken yet is not read from the other: the proxy stores next to nothing.
        reading = [] if self._stalled else [s for s in self._pairs if not self._pending[self._pairs[s]]]
        writing = [] if self._stalled else [s for s, data in self._pending.items() if data]
        readable, writable, _ = select.select([self._listener, self._woken, *reading], writing, [], 1)
        if self._woken in readable:
            self._woken.recv(100)
        if self._cut_wanted:
            with self._lock:
                self._cut_wanted = False
                self._cut_all()
            return
        for sock in writable:
            self._write(sock)
        for sock in readable:
            if sock is self._listener:
                self._accept()
            elif sock is not self._woken and sock in self._pairs:
                self._read(sock)

    def _accept(self):
        near, _ = self._listener.accept()
        far = socket.socket()
        try:
            far.connect(self.target)
        except OSError:
            near.close()
            return
        for sock in (near, far):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setblocking(False)
        with self._lock:
            self.accepted += 1
            self._pairs[near], self._pairs[far] = far, near
            self._pending[near] = self._pending[far] = b""

    def _read(self, sock):
        other = self._pairs[sock]
        try:
            data = sock.recv(self.PIECE)
        except BlockingIOError:
            return
        except OSError:
            return self._drop(sock, abrupt=True)
        if not data:
            return self._drop(sock, abrupt=False)
        self._pending[other] = data
        self._write(other)

    def _write(self, sock):
        if sock not in self._pending:
            return
        try:
            sent = sock.send(self._pending[sock])
        except BlockingIOError:
            return
        except OSError:
            return self._drop(sock, abrupt=True)
        self.forwarded += sent
        self._pending[sock] = self._pending[sock][sent:]

    def _drop(self, sock, abrupt):
        other = self._pairs[sock]
        for each in (sock, other):
            with self._lock:
                self._pairs.pop(each, None)
                self._pending.pop(each, None)
            self._end(each, abrupt)

    @staticmethod
    def _end(sock, abrupt):
        if abrupt:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()

    def _cut_all(self):
        for sock in self._pairs:
            self._end(sock, True)
        self.broken += len(self._pairs) // 2
        self._pairs.clear()
        self._pending.clear()
        self.cuts += 1


class Cutter:
    """Cuts a proxy's connections so many times, each time when more has come through since the last one."""

    def __init__(self, proxy, times, seed=1, most_bytes=30_000, least_connections=1):
        self._proxy, self._times = proxy, times
        self._dice = random.Random(seed)
        self._most_bytes, self._least_connections = most_bytes, least_connections
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def done(self):
        return self._proxy.cuts >= self._times

    def _run(self):
        while not self.done and not self._stop.is_set():
            wanted = self._proxy.forwarded + self._dice.randint(1, self._most_bytes)
            while (self._proxy.forwarded < wanted or self._proxy.connections < self._least_connections) and not self._stop.wait(0.002):
                pass
            if not self._stop.is_set():
                self._proxy.cut()

    def end(self):
        self._stop.set()
        self._thread.join(10)
