"""Drives a headless Chromium over its debugging protocol."""

import base64
import contextlib
import json
import re
import shutil
import subprocess
import tempfile
import threading
import urllib.request

from harness import LIMIT, wait_until

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Browser:
    """One page. What it logged and asked for is kept."""

    def __init__(self, width=1280, height=800):
        import websocket
        self.profile = tempfile.mkdtemp(prefix="swb", dir="/tmp")
        self.process = subprocess.Popen(
            [CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--remote-debugging-port=0",
             "--remote-allow-origins=*", "--user-data-dir=" + self.profile, "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        port = None
        for line in self.process.stderr:
            if found := re.search(r"DevTools listening on ws://127\.0\.0\.1:(\d+)", line):
                port = found[1]
                break
        threading.Thread(target=self.process.stderr.read, daemon=True).start()
        with urllib.request.urlopen("http://127.0.0.1:%s/json" % port, timeout=LIMIT) as answer:
            target = next(each for each in json.load(answer) if each["type"] == "page")
        self.socket = websocket.create_connection(target["webSocketDebuggerUrl"], timeout=LIMIT * 2)
        self.events = []
        self._number = 0
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.do(domain + ".enable")
        self.do("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def do(self, method, **params):
        self._number += 1
        self.socket.send(json.dumps({"id": self._number, "method": method, "params": params}))
        while True:
            message = json.loads(self.socket.recv())
            if message.get("id") == self._number:
                if "error" in message:
                    raise AssertionError("%s: %s" % (method, message["error"]))
                return message["result"]
            if "method" in message:
                self.events.append(message)

    def js(self, expression):
        """The value of an expression or of its promise."""
        answer = self.do("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise AssertionError("%s\n%s" % (expression, answer["exceptionDetails"]))
        return answer["result"].get("value")

    def until(self, expression, what=None, deadline=None):
        """Waits until it is true, or an element."""
        return wait_until(lambda: self.js("!!(%s)" % expression), what or expression, deadline)

    def go(self, url):
        self.do("Page.navigate", url=url)
        self.until("document.readyState === 'complete'")

    def picture(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.do("Page.captureScreenshot", format="png")["data"]))

    def asked_for(self):
        """Every address that was asked for."""
        self.js("0")
        found = []
        for event in self.events:
            if event["method"] == "Network.requestWillBeSent":
                found.append(event["params"]["request"]["url"])
            elif event["method"] == "Network.webSocketCreated":
                found.append(event["params"]["url"])
        return found

    def complaints(self):
        """Errors and warnings of the console, broken rules of the content policy, exceptions."""
        self.js("0")
        found = []
        for event in self.events:
            params = event["params"]
            if event["method"] == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
                found.append("%(source)s: %(text)s" % params["entry"])
            elif event["method"] == "Runtime.exceptionThrown":
                found.append(json.dumps(params["exceptionDetails"]))
            elif event["method"] == "Runtime.consoleAPICalled":
                found.append(json.dumps(params["args"]))
        return found

    def close(self):
        with contextlib.suppress(Exception):
            self.do("Browser.close")
            self.process.wait(5)
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        with contextlib.suppress(Exception):
            self.socket.close()
        shutil.rmtree(self.profile, ignore_errors=True)

