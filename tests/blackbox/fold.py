"""The state of a hub as a reader makes it: a snapshot and the events after it, by docs/PROTOCOL.md alone."""

import copy

from harness import FINAL

STREAMED = {"step.progress", "step.output"}


def is_state_change(event):
    return event["type"] not in STREAMED


def bare(event):
    """The event as every reader sees it."""
    return {name: value for name, value in event.items() if name != "skipped"}


def set_or_drop(target, name, value):
    if value:
        target[name] = value
    else:
        target.pop(name, None)


class Fold:
    def __init__(self, snapshot=None):
        self.seq = snapshot["seq"] if snapshot else 0
        self.jobs = {job["job"]: copy.deepcopy(job) for job in snapshot["jobs"]} if snapshot else {}

    def apply(self, event):
        self.seq = event["seq"]
        kind, data = event["type"], event["data"]
        if kind == "job.queued":
            self.jobs[event["job"]] = copy.deepcopy(data)
        elif kind == "hub.pruned":
            for job in data["jobs"]:
                self.jobs.pop(job, None)
        elif kind in ("host.lost", "host.connected"):
            for job in self.jobs.values():
                if not job.get("via") or job["via"] != data["name"]:
                    continue
                if kind == "host.connected":
                    job.pop("lost_since", None)
                    if "clock_offset_ms" in data:
                        job.pop("clock_offset_ms", None)
                        if data["clock_offset_ms"]:
                            job["clock_offset_ms"] = data["clock_offset_ms"]
                elif job["state"] not in FINAL:
                    job.setdefault("lost_since", event["time"])
            return
        job = self.jobs.get(event.get("job"))
        if not job or kind == "job.queued":
            return
        step = next((s for s in job["steps"] if s["step"] == event.get("step")), None)
        method = getattr(self, "_" + kind.replace(".", "_"), None)
        if method and kind.startswith("job."):
            method(job, data, event["time"])
        elif method and step:
            method(step, data, event["time"])

    @staticmethod
    def _job_started(job, data, time):
        job.update(state="running", attempt=data["attempt"], queue_position=None, finished=None, error=None)
        job.pop("waiting_for", None)
        job["started"] = time

    @staticmethod
    def _job_changed(job, data, _):
        if "state" in data:
            if job["state"] in FINAL:  # a retry opens it again
                job.update(finished=None, error=None, attempt=job["attempt"] + 1)
            job["state"] = data["state"]
            if data["state"] != "queued":
                job["queue_position"] = None
        for name in ("queue_position", "eta_ms", "title"):
            if name in data:
                job[name] = data[name]
        for name in ("stalled_ms", "waiting_for"):
            if name in data:
                set_or_drop(job, name, data[name])

    @staticmethod
    def _job_finished(job, data, time):
        job.update(state=data["state"], attempt=data["attempt"], error=data.get("error"), finished=time, eta_ms=None,
                   queue_position=None)
        job.pop("stalled_ms", None)
        job.pop("waiting_for", None)

    @staticmethod
    def _step_started(step, data, time):
        step.update(state="running", attempt=data["attempt"], started=time, finished=None, error=None, progress={})
        for name in ("estimated", "stalled_ms", "retry_in_ms"):
            step.pop(name, None)

    @staticmethod
    def _step_changed(step, data, _):
        if "state" in data:
            if step["state"] in FINAL and "retry_in_ms" not in data:  # a retry of the job
                step.update(started=None, finished=None, error=None, progress={}, attempt=step["attempt"] + 1)
                step.pop("estimated", None)
            step["state"] = data["state"]
            if data["state"] != "queued":
                step.pop("retry_in_ms", None)
        if "retry_in_ms" in data:
            step["retry_in_ms"] = data["retry_in_ms"]
        for name in ("stalled_ms", "estimated"):
            if name in data:
                set_or_drop(step, name, data[name])

    @staticmethod
    def _step_progress(step, data, _):
        if step["state"] not in FINAL:
            step["progress"] = copy.deepcopy(data)

    @staticmethod
    def _step_finished(step, data, time):
        step.update(state=data["state"], attempt=data["attempt"], error=data.get("error"), finished=time)
        step.pop("stalled_ms", None)
        step.pop("retry_in_ms", None)


def comparable(job, progress=False):
    """What two readers must agree on: the fraction follows from the rest, and an earlier life's progress may be gone."""
    job = {name: value for name, value in job.items() if name != "fraction"}
    if not progress:
        job["steps"] = [{name: value for name, value in step.items() if name != "progress"} for step in job["steps"]]
    return job


class History:
    """Follows every event of a hub over all its lives and tells what cannot be."""

    def __init__(self):
        self.fold = Fold()
        self.complaints = []
        self.queued = set()
        self.started = {}   # job → attempt
        self.steps = {}     # (job, step) → attempt
        self.ended = set()  # (job, step, attempt)
        self.resumed = []   # (from, to)
        self.states = {}    # number → event, state changes

    def take(self, event):
        kind, data, job_id = event["type"], event["data"], event.get("job")
        if event["seq"] <= self.fold.seq:
            self._say(event, "comes after %d" % self.fold.seq)
        job = self.fold.jobs.get(job_id)
        step = next((s for s in job["steps"] if s["step"] == event.get("step")), None) if job else None
        if is_state_change(event):
            self.states[event["seq"]] = event
            for first, last in self.resumed:
                if first <= event["seq"] <= last:
                    self._say(event, "was said never to be a state change")
        if kind == "hub.resumed":
            self.resumed.append((data["from"], data["to"]))
            newest = max((seq for seq in self.states if seq != event["seq"]), default=0)
            if data["from"] <= newest:
                self._say(event, "is contradicted by the state change %d" % newest)
            if event["seq"] <= data["to"]:
                self._say(event, "has itself such a number")
        elif kind == "job.queued":
            if job_id in self.queued:
                self._say(event, "is the second of its kind")
            self.queued.add(job_id)
        elif kind.startswith(("job.", "step.")) and not job:
            self._say(event, "is about a job that was not announced")
        elif kind.startswith("step.") and not step:
            self._say(event, "is about a step that was not announced")
        elif kind == "job.started":
            if job["state"] != "queued":
                self._say(event, "comes while the job is " + job["state"])
            if data["attempt"] <= self.started.get(job_id, 0):
                self._say(event, "starts an attempt again")
            self.started[job_id] = data["attempt"]
        elif kind == "job.finished":
            if job["state"] in FINAL:
                self._say(event, "comes after it was " + job["state"])
            open_ = [s["step"] for s in job["steps"] if s["state"] not in FINAL]
            if open_:
                self._say(event, "leaves open the steps %s" % open_)
            if data["state"] == "succeeded" and any(s["state"] not in ("succeeded", "skipped") for s in job["steps"]):
                self._say(event, "forgets %s" % [(s["step"], s["state"]) for s in job["steps"]])
        elif kind == "step.started":
            if step["state"] not in ("queued", ) or job["state"] in FINAL:
                self._say(event, "comes while the step is %s in a job that is %s" % (step["state"], job["state"]))
            if data["attempt"] <= self.steps.get((job_id, event["step"]), 0):
                self._say(event, "starts an attempt again")
            self.steps[job_id, event["step"]] = data["attempt"]
        elif kind == "step.finished":
            key = (job_id, event["step"], data["attempt"])
            if key in self.ended:
                self._say(event, "ends an attempt again")
            if step["state"] in FINAL:
                self._say(event, "comes after it was " + step["state"])
            self.ended.add(key)
        self.fold.apply(event)

    def _say(self, event, what):
        if len(self.complaints) < 50:
            self.complaints.append("%s %s" % (event, what))
