"""A hub that is killed again and again in the middle of its work, and what nobody may lose by that.

STEPWIRE_CHAOS says how often it is killed, STEPWIRE_CHAOS_SEED with which luck.
"""

import json
import os
import pathlib
import random
import signal
import subprocess
import threading
import time

from fold import Fold, History, bare, comparable, is_state_change
from harness import (FINAL, LIMIT, SLOW, Client, Closed, HomeTest, RpcError, command_of, main, scaled, stat_of,
                     wait_until, with_entry)

KILLS = int(os.environ.get("STEPWIRE_CHAOS") or scaled(200, 12))
SEED = int(os.environ.get("STEPWIRE_CHAOS_SEED") or 20261121)

# Every start of a step is written down by the step itself, by the name that its attempt alone has.
RAN = 'echo "$STEPWIRE_OUTPUT" >> ran'

PIPELINES = {
    "plain": """
[[steps]]
id = "probe"
outputs = ["word"]
script = '''
%s
echo "word=probed" >> "$STEPWIRE_OUTPUT"
'''
[[steps]]
id = "use"
script = '''
%s
[ "$STEPWIRE_STEPS_PROBE_WORD" = probed ]
echo 50%%
sleep 0.02
'''
[[steps]]
id = "skips"
script = '%s; echo nothing to do; exit 77'
""" % (RAN, RAN, RAN),
    "flaky": """
[[steps]]
id = "flaky"
retries = { count = 2, delay = "10ms", jitter = 0 }
script = '''
%s
[ -e "flag.$STEPWIRE_JOB" ] || { : > "flag.$STEPWIRE_JOB"; exit 3; }
'''
[[steps]]
id = "after"
script = '%s'
""" % (RAN, RAN),
    "fails": """
[[steps]]
id = "good"
script = '%s'
[[steps]]
id = "bad"
script = '%s; [ -e "repaired.$STEPWIRE_JOB" ] || { : > "repaired.$STEPWIRE_JOB"; exit 4; }'
[[steps]]
id = "never"
script = '%s'
""" % (RAN, RAN, RAN),
    "matrix": """
[[steps]]
id = "cell"
matrix = { n = [1, 2, 3] }
max_parallel = 2
script = '%s'
[[steps]]
id = "pack"
script = '%s'
""" % (RAN, RAN),
    "nested": """
[[steps]]
id = "before"
script = '%s'
[[steps]]
id = "inner"
pipeline = "plain"
[[steps]]
id = "behind"
script = '%s'
""" % (RAN, RAN),
    "long": """
grace = "200ms"
[[steps]]
id = "long"
script = '%s; sleep 0.3'
[[steps]]
id = "end"
script = '%s'
""" % (RAN, RAN),
    "short": """
[[steps]]
id = "short"
script = '%s; sleep 0.01'
""" % RAN,
}


class Broken(AssertionError):
    pass


class Owned:
    """A job that one actor alone asks for anything, and what that one knows of it for certain."""

    def __init__(self, job):
        self.job = job
        self.acknowledged = False
        self.state = None
        self.attempt = 0  # at least
        self.final = None  # the attempt that has ended, when that is known
        self.ended_in = 0  # the newest that had ended before
        self.maybe = set()  # what was asked for, but not answered
        self.steps = {}  # step → final state
        self.submitted = 0

    def check(self, job):
        """`job` as the hub shows it now, which is from now on certain as well."""
        state, attempt = job["state"], job["attempt"]
        if attempt < self.attempt:
            raise Broken("%s was in attempt %d: %s" % (self.job, self.attempt, job))
        if self.state in FINAL and "retry" not in self.maybe and (state, attempt) != (self.state, self.final or attempt):
            raise Broken("%s was %s: %s" % (self.job, self.state, job))
        if self.state == "held" and state != "held" and not self.maybe & {"release", "cancel"}:
            raise Broken("%s was held: %s" % (self.job, job))
        if self.state is not None and self.state not in FINAL | {"held"}:
            if state == "held" and "hold" not in self.maybe:
                raise Broken("%s was %s, and nobody held it: %s" % (self.job, self.state, job))
            if state == "cancelled" and "cancel" not in self.maybe:
                raise Broken("%s was %s, and nobody cancelled it: %s" % (self.job, self.state, job))
            if state in FINAL and attempt <= self.ended_in:
                raise Broken("%s was opened again after attempt %d: %s" % (self.job, self.ended_in, job))
        for step, wanted in self.steps.items():
            if next(s["state"] for s in job["steps"] if s["step"] == step) != wanted:
                raise Broken("step %s of %s was %s: %s" % (step, self.job, wanted, job))
        # A hub that has just begun shows what it has found before it says what has become of that.
        if state != self.state:
            self.maybe.clear()
        self.know(state, attempt)

    def know(self, state, attempt=None):
        """An acknowledgement tells the state alone."""
        self.state = state
        if state in FINAL:
            self.final = attempt
        elif self.final:
            self.ended_in, self.final = self.final, None
        self.attempt = max(self.attempt, attempt or 0, self.ended_in + 1 if state not in FINAL else 0)


class Actor(threading.Thread):
    """Asks for things, in one life of the hub after the other."""

    def __init__(self, scene, name):
        super().__init__(name=name, daemon=True)
        self.scene = scene
        self.dice = random.Random("%d %s" % (SEED, name))
        self.error = None
        self.done = False
        self.counts = {}

    def run(self):
        try:
            while not self.scene.over.is_set() and not self.done:
                try:
                    client = Client(self.scene.home.socket)
                except (OSError, Closed):
                    time.sleep(0.003)
                    continue
                with client:
                    try:
                        self.live(client)
                    except (OSError, Closed) as gone:
                        if isinstance(gone, TimeoutError):
                            raise
        except BaseException as error:
            self.error = error

    def count(self, what):
        self.counts[what] = self.counts.get(what, 0) + 1

    def live(self, client):
        raise NotImplementedError


class Asker(Actor):
    """One that has jobs of its own."""

    def __init__(self, scene, name):
        super().__init__(scene, name)
        self.owned = []
        self.emitted = []  # (job, value) that were acknowledged
        self.unsure = set()  # values of which nobody knows
        self.number = 0

    def live(self, client):
        known = [o for o in self.owned if o.acknowledged or o.maybe]
        if self.scene.calm.is_set():
            for owned in known:
                self.look(client, owned)
            self.done = True
            return
        recent = known[-6:]
        for owned in recent + self.dice.sample(known[:-6], min(2, len(known[:-6]))):
            self.look(client, owned)
        while not self.scene.over.is_set():
            self.act(client)
            time.sleep(self.dice.choice((0, 0, 0.001, 0.005)))

    def act(self, client):
        raise NotImplementedError

    def look(self, client, owned):
        try:
            owned.check(client.call("job.get", job=owned.job))
            owned.acknowledged = True
        except RpcError as error:
            if error.code != 1 or owned.acknowledged:
                raise Broken("%s is gone: %s" % (owned.job, error)) from error
            owned.maybe.clear()

    def ask(self, client, owned, verb, allowed, **more):
        """True when it was acknowledged."""
        owned.maybe.add(verb)
        try:
            ack = client.call("job." + verb, job=owned.job, **more)
        except RpcError as error:
            if error.code not in allowed:
                raise Broken("%s of %s, which was %s: %s" % (verb, owned.job, owned.state, error)) from error
            self.count(verb + " refused")
            owned.maybe.discard(verb)
            self.look(client, owned)
            return None
        self.count(verb)
        owned.maybe.clear()
        return ack

    def submit(self, client, pipeline, **more):
        """The same job until somebody says that it is there."""
        if not self.owned or self.owned[-1].acknowledged:
            self.number += 1
            owned = Owned("%s-%d" % (self.name, self.number))
            owned.pipeline, owned.more = pipeline, more
            self.owned.append(owned)
        owned = self.owned[-1]
        owned.maybe.add("run")
        owned.submitted += 1
        try:
            ack = client.call("job.run", pipeline=owned.pipeline, job_id=owned.job, cwd=str(self.scene.home.work), **owned.more)
            if ack["job"] != owned.job or ack["state"] not in ("queued", "running"):
                raise Broken("%s was answered with %s" % (owned.job, ack))
            self.count("run")
        except RpcError as error:
            if error.code != 6 or "there is a job" not in error.message:
                raise
            self.count("run found")
        owned.acknowledged = True
        owned.maybe.clear()

    def emit(self, client, job, **more):
        self.number += 1
        value = "%s/%d" % (self.name, self.number)
        self.unsure.add(value)
        try:
            client.call("emit", job=job, name="note", value=value, **more)
        except RpcError as error:
            if error.code not in (4, 6):
                raise
            self.unsure.discard(value)
            self.scene.refused.add(value)
            return
        self.unsure.discard(value)
        self.emitted.append((job, value))
        self.count("emit")

    def living(self):
        return [o for o in self.owned[-40:] if o.acknowledged and o.state not in FINAL]


class Runner(Asker):
    """Runs pipelines of every kind, cancels some, and retries what was interrupted or failed."""

    def act(self, client):
        living = self.living()
        choice = self.dice.random()
        if len(living) < 3 or (self.owned and not self.owned[-1].acknowledged):
            return self.submit(client, self.dice.choice([name for name in PIPELINES if name != "short"]))
        owned = self.dice.choice(living)
        if choice < 0.15:
            if ack := self.ask(client, owned, "cancel", (6,)):
                owned.know(ack["state"])
                self.look_closer(client, owned)
        elif choice < 0.35:
            self.emit(client, owned.job)
        else:
            self.look(client, owned)
            if owned.state in ("interrupted", "failed") and self.dice.random() < 0.6:
                if ack := self.ask(client, owned, "retry", ()):
                    owned.know(ack["state"])

    def look_closer(self, client, owned):
        """What was answered is what is so."""
        state = owned.state
        job = client.call("job.get", job=owned.job)
        if job["state"] != state or state not in FINAL:
            raise Broken("the cancelling of %s was answered with %s: %s" % (owned.job, state, job))
        owned.know(state, job["attempt"])


class Queuer(Asker):
    """Keeps a queue busy: holds, releases, moves and cancels what waits in it."""

    def act(self, client):
        living = self.living()
        if len(living) < 8 or not self.owned[-1].acknowledged:
            self.submit(client, "short", group="line")
            return self.look(client, self.owned[-1])
        owned = self.dice.choice(living)
        self.look(client, owned)
        choice = self.dice.random()
        if owned.state == "held":
            if choice < 0.6 or sum(o.state == "held" for o in living) > 3:
                if self.ask(client, owned, "release", ()):
                    owned.know("queued")
            elif choice < 0.8:
                self.cancel(client, owned)
        elif owned.state == "queued":
            if choice < 0.3:
                if self.ask(client, owned, "hold", (6,)):
                    owned.know("held")
            elif choice < 0.6:
                self.ask(client, owned, "move", (6,), position=self.dice.randint(1, 5))
            elif choice < 0.7:
                self.cancel(client, owned)

    def cancel(self, client, owned):
        if ack := self.ask(client, owned, "cancel", (6,)):
            owned.know(ack["state"])
            self.look(client, owned)


class Reporter(Asker):
    """Reports jobs that run elsewhere."""

    def act(self, client):
        living = self.living()
        if len(living) < 2:
            self.number += 1
            title = "report %s-%d" % (self.name, self.number)
            ack = client.call("report.start", title=title, steps=["a", "b"])
            owned = Owned(ack["job"])
            owned.acknowledged = True
            owned.know(ack["state"], 1)
            self.owned.append(owned)
            self.scene.titles.append(title)
            return self.count("report.start")
        owned = self.dice.choice(living)
        choice = self.dice.random()
        try:
            if choice < 0.4:
                return self.emit(client, owned.job, step="a")
            if choice < 0.7:
                client.call("report.progress", job=owned.job, step="b", done=self.dice.randint(1, 99), total=100)
                self.count("report.progress")
            elif choice < 0.85 and "a" not in owned.steps:
                owned.maybe.add("step")
                client.call("report.progress", job=owned.job, step="a", state="succeeded")
                owned.steps["a"] = "succeeded"
                self.count("report.progress final")
            else:
                error = {"error": "chance"} if choice > 0.95 else {}
                owned.maybe.add("finish")
                owned.know(client.call("report.finish", job=owned.job, **error)["state"])
                owned.maybe.clear()
                self.count("report.finish")
        except RpcError as refusal:
            if refusal.code != 6 or not owned.maybe:
                raise Broken("%s: %s" % (owned.job, refusal)) from refusal
            self.look(client, owned)
            if "a" not in owned.steps:
                owned.steps["a"] = "succeeded"


class Follower(Actor):
    """Follows all lives by the number of the last event that it has seen."""

    def __init__(self, scene, name, restless=False, **filters):
        super().__init__(scene, name)
        self.restless = restless
        self.filters = filters
        self.history = History()
        self.epoch = None
        self.lives = 0

    @property
    def seq(self):
        return self.history.fold.seq

    def live(self, client):
        self.epoch = self.epoch or client.hello["epoch"]
        if client.hello["epoch"] != self.epoch:
            raise Broken("the epoch was %s: %s" % (self.epoch, client.hello))
        answer = client.call("subscribe", epoch=self.epoch, seq=self.seq, **self.filters)
        if not answer["recovered"]:
            raise Broken("event %d is not held any more: %s" % (self.seq, answer))
        self.lives += 1
        enough = self.dice.randint(1, 200) if self.restless else 1 << 60
        while enough > 0 and not self.scene.over.is_set():
            try:
                event = client.event(deadline=0.2 / SLOW)
            except TimeoutError:
                continue
            enough -= 1
            self.scene.saw(event)
            self.history.take(bare(event))


class Comparer(Actor):
    """Takes two snapshots in a life; the first and the events between them must make the second."""

    def __init__(self, scene, name):
        super().__init__(scene, name)
        self.compared = 0

    def live(self, client):
        client.call("subscribe")
        fold = Fold(client.next()[1])
        whole = True
        while not self.scene.over.is_set():
            with Client(self.scene.home.socket) as other:
                other.call("subscribe")
                snapshot = other.next()[1]
            while fold.seq < snapshot["seq"]:
                event = client.event()
                whole = whole and "skipped" not in event
                self.scene.saw(event)
                fold.apply(event)
            if fold.seq == snapshot["seq"]:
                for job in snapshot["jobs"]:
                    mine = fold.jobs.get(job["job"])
                    if not mine or comparable(mine, whole) != comparable(job, whole):
                        raise Broken("at %d the snapshot has\n%s\nand the events make\n%s" % (fold.seq, job, mine))
                self.compared += 1
            time.sleep(0.05)


class Scene:
    """What all share."""

    def __init__(self, home):
        self.home = home
        self.over = threading.Event()
        self.calm = threading.Event()  # the last life: nobody asks for anything new
        self.lock = threading.Lock()
        self.events = {}  # number → event, whoever saw it
        self.titles = []  # of acknowledged reports
        self.refused = set()  # values that no event may have

    def saw(self, event):
        text = json.dumps(bare(event), sort_keys=True)
        with self.lock:
            if self.events.setdefault(event["seq"], text) != text:
                raise Broken("number %d was given twice:\n%s\n%s" % (event["seq"], self.events[event["seq"]], text))


class Chaos(HomeTest):
    def start(self):
        if not self.home.hub_error:
            self.home.hub_error = open(self.home.root / "hub.err", "ab")
        self.home.hub = subprocess.Popen([self.home.bin, "--no-gui"], env=self.home.env, cwd=str(self.home.work), stdin=subprocess.DEVNULL,
                                         stdout=subprocess.DEVNULL, stderr=self.home.hub_error)

    def listens(self):
        def look():
            if self.home.hub.poll() is not None:
                raise AssertionError("the hub ended with %s: %s" % (self.home.hub.returncode, self.home.hub_words()[-2000:]))
            return self.home._answers()
        wait_until(look, "the hub to listen")

    def kill(self):
        """SIGKILL; gives the processes that it leaves behind. The guard has no environment by which it could be known."""
        hub = self.home.hub.pid
        guards = [int(pid) for path in pathlib.Path("/proc/%d/task" % hub).glob("*/children") for pid in path.read_text().split()]
        self.home.hub.send_signal(signal.SIGKILL)
        self.home.hub.wait()
        left = []
        for pid in guards + with_entry(self.home.cookie):
            fields = stat_of(pid)
            if fields:
                left.append((pid, fields[19], command_of(pid)))
        return left

    def gone(self, left, what):
        def look():
            return not [pid for pid, since, _ in left if (f := stat_of(pid)) and f[19] == since and f[0] not in "ZX"]
        began = time.monotonic()
        wait_until(look, lambda: "the end of what %s has left: %s" % (what, left), 20)
        return time.monotonic() - began

    def test_killed_at_any_moment(self):
        print("seed %d, %d kills" % (SEED, KILLS), flush=True)
        dice = random.Random(SEED)
        for name, text in PIPELINES.items():
            self.home.own_pipeline(name, text)
        scene = Scene(self.home)
        askers = [Runner(scene, "r1"), Runner(scene, "r2"), Queuer(scene, "q1"), Reporter(scene, "p1")]
        followers = [Follower(scene, "all"), Follower(scene, "restless", restless=True, output=False)]
        comparer = Comparer(scene, "comparer")
        actors = [*askers, *followers, comparer]
        self.addCleanup(scene.over.set)

        def nobody_failed():
            for actor in actors:
                if actor.error:
                    scene.over.set()
                    raise AssertionError("%s: %s" % (actor.name, actor.error)) from actor.error

        began = time.monotonic()
        slowest, orphans = 0, 0
        left = []
        self.start()
        self.listens()
        for actor in actors:
            actor.start()
        for number in range(KILLS):
            if number:
                self.start()
                if dice.random() < 0.9:  # else it is killed on its way
                    self.listens()
            slowest = max(slowest, self.gone(left, "life %d" % number))
            time.sleep(dice.uniform(0.005, 0.15) * SLOW)
            nobody_failed()
            if number == KILLS - 1:
                scene.calm.set()
            left = self.kill()
            orphans += len(left)
        self.start()
        self.listens()
        self.gone(left, "the last life that was killed")
        for asker in askers:
            asker.join(LIMIT * 2)
        nobody_failed()

        # The last life is left in peace: everything in it comes to its end.
        client = self.home.client()
        for job in self.every_job(client):
            if job["state"] == "held":
                client.call("job.release", job=job["job"])
            elif job["source"] == "report" and job["state"] not in FINAL:
                client.call("report.finish", job=job["job"])

        def all_ended():
            nobody_failed()
            return not [job for job in self.every_job(client) if job["state"] not in FINAL]
        wait_until(all_ended, lambda: "the end of %s" % [j for j in self.every_job(client) if j["state"] not in FINAL][:3], 30)
        newest = Client(self.home.socket)
        newest.call("subscribe")
        snapshot = newest.next()[1]
        newest.close()
        wait_until(lambda: (nobody_failed(), all(f.seq >= snapshot["seq"] for f in followers))[1], "the followers to come up")
        jobs = {job["job"]: job for job in self.every_job(client)}
        scene.over.set()
        for actor in actors:
            actor.join(LIMIT)
        nobody_failed()
        seconds = time.monotonic() - began

        first = followers[0].history
        for follower in followers:
            self.assertEqual(follower.history.complaints, [], follower.name)
        self.assertEqual(followers[1].history.states.keys() ^ first.states.keys(), set(), "both see every state change")
        self.judge_jobs(snapshot, jobs, first)
        self.judge_asked(askers, scene, jobs, first)
        self.judge_replay(client, first)
        self.judge_steps(askers, first)
        counts = {}
        for asker in askers:
            for what, count in asker.counts.items():
                counts[what] = counts.get(what, 0) + count
        print("%.1f s, %d events, %d state changes, %d jobs, %d lives followed, %d snapshots compared, %d processes left, gone in %.2f s"
              % (seconds, len(scene.events), len(first.states), len(jobs), followers[0].lives, comparer.compared, orphans, slowest))
        print(", ".join("%s %d" % item for item in sorted(counts.items())), flush=True)
        if KILLS >= 100:
            for what in ("run", "cancel", "retry", "hold", "release", "move", "emit", "report.start", "report.progress", "report.finish"):
                self.assertGreater(counts.get(what, 0), 5, what)
            self.assertGreater(comparer.compared, 10)

    def every_job(self, client):
        jobs, cursor = [], {}
        while True:
            page = client.call("job.list", limit=200, **cursor)
            jobs += page["jobs"]
            if not page.get("cursor"):
                return jobs
            cursor = {"cursor": page["cursor"]}

    def judge_jobs(self, snapshot, jobs, history):
        """The state is what the events make."""
        for job in snapshot["jobs"]:
            self.assertEqual(comparable(history.fold.jobs[job["job"]]), comparable(job))
        self.assertEqual(history.fold.jobs.keys(), jobs.keys())
        for name, job in jobs.items():
            self.assertEqual(comparable(history.fold.jobs[name]), comparable(job))

    def judge_asked(self, askers, scene, jobs, history):
        """What was acknowledged has happened, once; what was refused has not."""
        values = {}
        for event in history.states.values():
            if event["type"] == "custom":
                values.setdefault(event["data"]["value"], []).append(event["job"])
        for asker in askers:
            for job, value in asker.emitted:
                self.assertEqual(values.get(value), [job], value)
            for value in asker.unsure:
                self.assertLessEqual(len(values.get(value, [])), 1, value)
            for owned in asker.owned:
                if owned.acknowledged:
                    self.assertIn(owned.job, jobs)
        self.assertFalse(scene.refused & values.keys())
        titles = [job["title"] for job in jobs.values()]
        for title in scene.titles:
            self.assertEqual(titles.count(title), 1, title)

    def judge_replay(self, client, history):
        """Who comes late sees the same state changes, each once."""
        wanted = [history.states[seq] for seq in sorted(history.states)][-10_000:]
        late = self.home.client()
        self.assertTrue(late.call("subscribe", epoch=late.hello["epoch"], seq=wanted[0]["seq"] - 1)["recovered"])
        got = late.until(lambda event: event["seq"] >= wanted[-1]["seq"], deadline=30)
        self.assertEqual([bare(event) for event in got if is_state_change(event)], wanted)

    def judge_steps(self, askers, history):
        """No attempt of a step ran twice, and none that had succeeded ran again."""
        # What nobody had heard of yet is gone with the hub, though its steps may have started; then it was asked for anew.
        again = {owned.job for asker in askers for owned in asker.owned if owned.submitted > 1}
        ran, twice = {}, []
        for line in (self.home.work / "ran").read_text().splitlines():
            _, job, name = line.rsplit("/", 2)
            step, attempt, _ = name.rsplit(".", 2)
            attempts = ran.setdefault((job, step), set())
            if int(attempt) in attempts and job not in again:
                twice.append(line)
            attempts.add(int(attempt))
        self.assertEqual(twice, [])
        for event in history.states.values():
            if event["type"] == "step.finished" and event["data"]["state"] == "succeeded":
                key = (event["job"], event["step"])
                if key in ran:
                    self.assertEqual(max(ran[key]), event["data"]["attempt"], "%s ran again after %s" % (key, event))


if __name__ == "__main__":
    main()
