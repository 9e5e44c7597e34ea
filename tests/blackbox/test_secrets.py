"""Secrets from outside: only `private` of a job holds them, whatever a step does with them."""

import json
import pathlib
import re
import unittest

from harness import HomeTest, RpcError, wait_until

SECRET = "hunter2 & \"quoted\" \\ ключ"
ENV_SECRET = "swordfish-from-the-environment"
MARK = "•••"

OUTER = """
title = "Outer"
secret_env = ["SERVICE_PASSWORD"]
event_data = { token = "{{token}}" }
event_name = "outer"
history = ["token"]

[parameters.token]
secret = true
required = true

[parameters.place]
type = "path"

[[steps]]
id = "shows"
outputs = ["handed"]
script = '''
echo "plain $STEPWIRE_PARAM_TOKEN end"
printf '{"progress":0.5,"message":"with %s"}\\n' "token"
first=${STEPWIRE_PARAM_TOKEN%%%%2*}
printf 'cut %s' "$first"; sleep 0.15; printf '%s' "${STEPWIRE_PARAM_TOKEN#"$first"}"; echo
echo "env $SERVICE_PASSWORD" >&2
echo "handed=$STEPWIRE_PARAM_TOKEN" > "$STEPWIRE_OUTPUT"
stepwire emit note "$STEPWIRE_PARAM_TOKEN" || true
stepwire emit note "$(cat "value.json")"
stepwire report progress --done 1 --total 2 --message "at $STEPWIRE_PARAM_TOKEN"
'''

[[steps]]
id = "terminal"
terminal = true
command = ["sh", "-c", "echo $0; printf 'a\\\\r%%s\\\\rb\\\\n' \\"$0\\"", "{{token}}"]

[[steps]]
id = "nested"
pipeline = "inner"
params = { word = "{{token}}", handed = "{{steps.shows.handed}}" }

[[steps]]
id = "fails"
script = '''
[ "$STEPWIRE_PARAM_TOKEN" = "$(cat expected)" ] && [ "$STEPWIRE_STEPS_SHOWS_HANDED" = "$(cat expected)" ] || echo "other values" >&2
[ -e good ] && exit 0
echo "cannot log in with $STEPWIRE_PARAM_TOKEN" >&2
exit 3
'''
needs = ["nested"]
"""

INNER = """
title = "Inner"
[parameters.word]
[parameters.handed]
[[steps]]
id = "says"
command = ["echo", "inner", "{{word}}", "{{handed}}"]
"""


class Secrets(HomeTest):
    def setUp(self):
        super().setUp()
        self.home.own_pipeline("outer", OUTER.replace("%%", "%"))
        self.home.own_pipeline("inner", INNER)
        self.home.write("expected", SECRET)
        self.home.write("value.json", json.dumps({"is": SECRET}))
        self.shown = []

    def run_it(self, *more):
        result = self.home.do("run", "outer", "token=" + SECRET, "place=/a/b", "--json", "--title", "T " + SECRET, *more,
                              env={"SERVICE_PASSWORD": ENV_SECRET})
        self.shown.append(result)
        return result

    def assert_hidden(self, text, where):
        if isinstance(text, bytes):
            text = text.decode(errors="replace")
        # as it is, as JSON writes it, and its beginning
        for hidden in (SECRET, SECRET.replace("\\", "\\\\").replace('"', '\\"'), "hunter2", ENV_SECRET):
            at = text.find(hidden)
            self.assertEqual(at, -1, "%s shows it: …%s…" % (where, text[max(0, at - 80):at + 80]))

    def assert_files(self):
        """Every file of the hub but `private`; gives those."""
        private = []
        for path in sorted(pathlib.Path(self.home.root).rglob("*")):
            if not path.is_file() or path.is_symlink() or self.home.work in path.parents:
                continue
            if path.name == "private":
                self.assertEqual(path.stat().st_mode & 0o777, 0o600, path)
                private.append(path)
            else:
                self.assert_hidden(path.read_bytes(), path)
        return private

    def words_of(self, *args):
        result = self.home.do(*args)
        self.shown.append(result)
        self.assert_hidden(result.out, "stepwire " + args[0])
        self.assert_hidden(result.err, "stepwire " + args[0])
        return result

    def test_only_private_holds_them(self):
        self.home.start_hub()
        watch = self.home.start("watch", "--json")
        client = self.home.client()
        client.call("subscribe")
        result = self.run_it()
        self.assert_code(result, 1)
        self.assert_hidden(result.out, "run --json")
        self.assert_hidden(result.err, "run --json")
        self.assertIn("cannot log in with " + MARK, result.text)
        self.assertNotIn("other values", result.text)
        whole = result.text
        for piece in ("plain %s end" % MARK, "env " + MARK, '"at %s"' % MARK,
                      '"value":{"is":"%s"}' % MARK, '"token":"%s"' % MARK, "T " + MARK):
            self.assertIn(piece, whole)
        job = re.search(r'"type":"job.queued","job":"([^"]+)"', whole).group(1)

        status = self.words_of("status", "--json")
        self.assertIn('"token":"%s"' % MARK, status.text)
        for step in ("shows", "terminal", "fails"):
            self.assertIn(MARK, self.words_of("log", job, step).text)
        cut = self.words_of("log", job, "shows").text
        self.assertIn("cut " + MARK + "\n", cut)
        self.assert_hidden(str(client.call("job.get", job=job)), "job.get")
        self.assert_hidden(str(client.call("job.list")), "job.list")
        watched = wait_until(lambda: bytes(watch.out).decode() if
                             any(e["type"] == "job.finished" and e["job"] == job for e in watch.lines()) else None,
                             "watch to show the end")
        self.assert_hidden(watched, "watch --json")
        for piece in ("inner %s %s" % (MARK, MARK), '"word":"%s"' % MARK, '"handed":"%s"' % MARK):
            self.assertIn(piece, watched)
        self.assert_hidden(self.home.hub_words(), "the hub's own words")

        private = self.assert_files()
        self.assertEqual([path.parent.name for path in private], [job])
        self.assertIn(SECRET, private[0].read_text().replace('\\"', '"').replace("\\\\", "\\"))

        # a retry after a restart has what it needs
        client.close()
        watch.signal(15)
        watch.finish()
        self.assertEqual(self.home.stop_hub(), 0)
        self.home.start_hub()
        self.home.write("good", "")
        self.assert_code(self.words_of("retry", job), 0)
        self.assert_code(self.words_of("wait", job), 0)
        self.assertNotIn("other values", self.words_of("log", job, "fails").text)
        self.assertEqual(len(self.assert_files()), 1)

        # and it is gone with the job
        self.words_of("prune", "--keep", "0")
        wait_until(lambda: not self.assert_files(), "the private file to be gone")

    def test_a_running_step_shows_nothing(self):
        self.home.start_hub()
        self.home.own_pipeline("slow", """
[parameters.token]
secret = true
[[steps]]
id = "a"
command = ["sh", "-c", "printf 'said %s' \\"$0\\"; echo $$ > pid; exec sleep 60", "{{token}}"]
""")
        client = self.home.client()
        job = client.call("job.run", pipeline="slow", params={"token": SECRET})["job"]
        wait_until(lambda: (self.home.work / "pid").exists() or (self.home.root / "home" / "pid").exists(), "the step to speak")
        wait_until(lambda: MARK in self.words_of("log", job, "a").text, "the log to show it")
        self.assert_files()
        client.call("job.cancel", job=job)
        self.assert_files()

    def test_pipelines_tell_what_is_secret_and_remote(self):
        self.home.own_pipeline("far", 'remote = true\n[parameters.key]\nsecret = true\ndefault = "%s"\n'
                                      '[[steps]]\nid = "a"\ncommand = ["true"]\n' % ENV_SECRET)
        listed = self.home.do("pipelines", "--json")
        self.assert_code(listed, 0)
        self.assertNotIn(ENV_SECRET, listed.text)
        self.home.start_hub()
        client = self.home.client()
        far = client.call("pipeline.get", pipeline="far")
        self.assertTrue(far["remote"])
        self.assertEqual(far["parameters"], [{"name": "key", "type": "string", "required": False, "help": "", "secret": True}])
        self.assertFalse(client.call("pipeline.get", pipeline="inner")["remote"])
        # nobody says by himself that he may more, or less
        job = client.call("job.run", pipeline="inner", from_remote=True, fromRemote={"commands": False})["job"]
        self.assertTrue(job)

    def test_wrong_values_are_not_repeated(self):
        self.home.start_hub()
        self.home.own_pipeline("number", '[parameters.pin]\ntype = "int"\nsecret = true\n[[steps]]\nid = "a"\ncommand = ["true"]\n')
        result = self.home.do("run", "number", "pin=" + ENV_SECRET)
        self.assert_code(result, 2)
        self.assertIn("'pin' is " + MARK, result.err.decode())
        self.assert_hidden(result.err, "run")
        with self.assertRaises(RpcError) as refused:
            self.home.client().call("job.run", pipeline="number", params={"pin": ENV_SECRET})
        self.assert_hidden(str(refused.exception), "the refusal")


if __name__ == "__main__":
    unittest.main()
