"""A headless Chromium that is driven over a pipe (the DevTools protocol), for tests of what pages can do."""

import json
import os
import select
import shutil
import subprocess
import time

from harness import LIMIT

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Browser:
    def __init__(self, home):
        commands, self._send = os.pipe()
        self._receive, answers = os.pipe()
        arguments = ["--headless=new", "--remote-debugging-pipe", "--user-data-dir=%s" % (home.root / "chromium"), "--no-first-run", "--disable-gpu",
                     "--disable-dev-shm-usage", "--disable-background-networking", "--disable-breakpad", "--disable-crash-reporter",
                     "--disable-component-update", "--no-proxy-server", "--password-store=basic", "about:blank"]
        if os.geteuid() == 0:
            arguments.insert(0, "--no-sandbox")
        # It wants to read from descriptor 3 and to write to 4.
        self.process = subprocess.Popen(["/bin/bash", "-c", 'exec "$@" 3<&%d 4>&%d' % (commands, answers), "chromium", PROGRAM, *arguments],
                                        env={**home.env, "DBUS_SESSION_BUS_ADDRESS": "disabled:"}, pass_fds=(commands, answers), cwd=str(home.work),
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(commands)
        os.close(answers)
        self._buffer = b""
        self._number = 0
        self._answers = {}
        os.set_blocking(self._receive, False)

    def ask(self, method, session=None, seconds=LIMIT, **params):
        self._number += 1
        number = self._number
        message = {"id": number, "method": method, "params": params, **({"sessionId": session} if session else {})}
        os.write(self._send, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + seconds
        while number not in self._answers:
            self._take(end, method)
        answer = self._answers.pop(number)
        if "error" in answer:
            raise AssertionError("%s: %s" % (method, answer["error"]))
        return answer["result"]

    def _take(self, end, what):
        left = end - time.monotonic()
        if left <= 0 or not select.select([self._receive], [], [], left)[0]:
            raise AssertionError("the browser does not answer %s" % what)
        chunk = os.read(self._receive, 1 << 20)
        if not chunk:
            raise AssertionError("the browser has gone, with %s" % self.process.poll())
        self._buffer += chunk
        while (at := self._buffer.find(b"\0")) >= 0:
            message, self._buffer = json.loads(self._buffer[:at]), self._buffer[at + 1:]
            if "id" in message:
                self._answers[message["id"]] = message

    def page(self, url):
        return Page(self, url)

    def close(self):
        try:
            self.ask("Browser.close")
            self.process.wait(LIMIT)
        except (AssertionError, OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        os.close(self._send)
        os.close(self._receive)


class Page:
    def __init__(self, browser, url):
        self._browser = browser
        target = browser.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = browser.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._ask("Page.enable")
        self.go(url)

    def _ask(self, method, **params):
        return self._browser.ask(method, self._session, **params)

    def go(self, url):
        answer = self._ask("Page.navigate", url=url)
        if answer.get("errorText"):
            raise AssertionError("%s: %s" % (url, answer["errorText"]))
        self.until("document.readyState === 'complete' && location.href === %s" % json.dumps(url))

    def reload(self):
        self.run("window.before = true")
        self._ask("Page.reload")
        self.until("!window.before && document.readyState === 'complete'")

    def run(self, script):
        """The value of an expression, which may be a promise."""
        answer = self._ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True, userGesture=True)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise AssertionError("%s: %s" % (script[:200], details.get("exception", {}).get("description", details["text"])))
        return answer["result"].get("value")

    def until(self, script, seconds=LIMIT):
        end = time.monotonic() + seconds
        while True:
            try:
                if value := self.run(script):
                    return value
            except AssertionError as error:
                # While a page is replaced there is nothing to run it in.
                if "context" not in str(error) and "navigated" not in str(error):
                    raise
            if time.monotonic() > end:
                raise AssertionError("not within %g s: %s" % (seconds, script))
            time.sleep(0.02)
