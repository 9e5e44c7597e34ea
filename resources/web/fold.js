// The state of a hub as a reader makes it: a snapshot, and every event after it folded in. No page in here.
// docs/PROTOCOL.md says what the members are; core/model/snapshot.cpp is the same fold in the hub itself.

const FINAL = new Set(["succeeded", "failed", "cancelled", "timed_out", "skipped", "interrupted"]);
const ENDED_KEPT = 200; // as many as a snapshot holds
const ALMOST_DONE = 0.999;

export function isFinal(state) {
  return FINAL.has(state);
}

/** What waits for its turn, or for a person. */
export function isWaiting(state) {
  return state === "queued" || state === "held";
}

function setOrDrop(target, name, value) {
  if (value && value.length !== 0) target[name] = value;
  else delete target[name];
}

const ofJob = {
  "job.started"(job, data, time) {
    job.state = "running";
    job.attempt = data.attempt;
    job.queue_position = null;
    delete job.waiting_for;
    job.finished = null;
    job.error = null;
    job.started = time;
  },

  "job.changed"(job, data) {
    if ("state" in data) {
      if (isFinal(job.state)) { // a retry opens it again
        job.attempt += 1;
        job.finished = null;
        job.error = null;
      }
      job.state = data.state;
      if (data.state !== "queued") job.queue_position = null;
    }
    for (const name of ["queue_position", "eta_ms", "title"]) {
      if (name in data) job[name] = data[name];
    }
    for (const name of ["stalled_ms", "waiting_for"]) {
      if (name in data) setOrDrop(job, name, data[name]);
    }
  },

  "job.finished"(job, data, time) {
    job.state = data.state;
    job.attempt = data.attempt;
    job.error = data.error ?? null;
    job.finished = time;
    job.eta_ms = null;
    job.queue_position = null;
    delete job.stalled_ms;
    delete job.waiting_for;
  },
};

const ofStep = {
  "step.started"(step, data, time) {
    step.state = "running";
    step.attempt = data.attempt;
    step.started = time;
    step.finished = null;
    step.error = null;
    step.progress = {};
    delete step.estimated;
    delete step.stalled_ms;
    delete step.retry_in_ms;
  },

  "step.changed"(step, data) {
    if ("state" in data) {
      if (isFinal(step.state) && !("retry_in_ms" in data)) { // a retry of the job: as it was before its start
        step.attempt += 1;
        step.started = null;
        step.finished = null;
        step.error = null;
        step.progress = {};
        delete step.estimated;
      }
      step.state = data.state;
      if (data.state !== "queued") delete step.retry_in_ms;
    }
    if ("retry_in_ms" in data) step.retry_in_ms = data.retry_in_ms;
    for (const name of ["stalled_ms", "estimated"]) {
      if (name in data) setOrDrop(step, name, data[name]);
    }
  },

  "step.progress"(step, data) {
    if (!isFinal(step.state)) step.progress = data;
  },

  "step.finished"(step, data, time) {
    step.state = data.state;
    step.attempt = data.attempt;
    step.error = data.error ?? null;
    step.finished = time;
    delete step.stalled_ms;
    delete step.retry_in_ms;
  },
};

/** Every job that the hub shows, in the order of their announcement, as it was after event `seq` of `epoch`. */
export class State {
  epoch = "";
  seq = 0;
  jobs = new Map();

  /** Takes a snapshot in place of all there was. */
  reset(snapshot) {
    this.epoch = snapshot.epoch;
    this.seq = snapshot.seq;
    this.jobs = new Map(snapshot.jobs.map((job) => [job.job, job]));
  }

  /** Folds one event in. One about a job that is not here changes nothing but the position. */
  apply(event) {
    this.epoch = event.epoch;
    this.seq = event.seq;
    const { type, data } = event;
    if (type === "job.queued") {
      this.jobs.set(event.job, data.first_seq ? data : { ...data, first_seq: event.seq });
      return;
    }
    if (type === "hub.pruned") {
      for (const job of data.jobs) this.jobs.delete(job);
      return;
    }
    if (type === "host.lost" || type === "host.connected") {
      this.#tellHost(type === "host.lost", data, event.time);
      return;
    }
    const job = this.jobs.get(event.job);
    if (!job) return;
    if (Object.hasOwn(ofJob, type)) {
      ofJob[type](job, data, event.time);
      if (type === "job.finished") this.trimEnded();
    } else if (Object.hasOwn(ofStep, type)) {
      const step = findStep(job, event.step);
      if (step) ofStep[type](step, data, event.time);
    }
  }

  /** What is told of the live jobs of a lost host is as old as that. */
  #tellHost(lost, data, time) {
    for (const job of this.jobs.values()) {
      if (!job.via || job.via !== data.name) continue;
      if (!lost) {
        delete job.lost_since;
        if (data.clock_offset_ms) job.clock_offset_ms = data.clock_offset_ms;
        else if (data.clock_offset_ms === 0) delete job.clock_offset_ms;
      } else if (!isFinal(job.state) && !job.lost_since) {
        job.lost_since = time;
      }
    }
  }

  /** Leaves out the oldest that have ended, as the hub does. */
  trimEnded() {
    if (this.jobs.size <= ENDED_KEPT) return;
    const ended = [...this.jobs.values()].filter((job) => isFinal(job.state));
    for (const job of ended.slice(0, Math.max(0, ended.length - ENDED_KEPT))) this.jobs.delete(job.job);
  }
}

/** What the clock of the job's owner says, by which its times were taken; no later than there was news of it. */
export function ownersNow(job, now) {
  return (job.lost_since ? Date.parse(job.lost_since) : now) + (job.clock_offset_ms ?? 0);
}

export function findStep(job, id) {
  return job.steps.find((step) => step.step === id);
}

function stepFraction(step) {
  if (step.state === "succeeded" || step.state === "skipped") return 1;
  return step.progress?.fraction;
}

/** 0..1 by weight over all steps; undefined while nothing is known (a job of one step without progress). */
export function jobFraction(job) {
  if (job.state === "succeeded") return 1;
  let total = 0;
  let done = 0;
  let known = job.steps.length > 1;
  for (const step of job.steps) {
    const fraction = stepFraction(step);
    known ||= fraction !== undefined;
    total += step.weight;
    done += step.weight * (fraction ?? 0);
  }
  return known && total > 0 ? Math.min(done / total, ALMOST_DONE) : undefined;
}

/** Steps that are done: succeeded or skipped, in a failed job without those that a failure kept from starting. */
export function stepsDone(job) {
  return job.steps.filter((step) => step.state === "succeeded"
    || (step.state === "skipped" && (step.started || job.state !== "failed"))).length;
}

/** The running step that started first, for lines that have room for one. */
export function oldestRunningStep(job) {
  let oldest;
  for (const step of job.steps) {
    if (isFinal(step.state) || step.state === "queued" || !step.started) continue;
    if (!oldest || step.started < oldest.started) oldest = step; // times are of one form: as text they sort by time
  }
  return oldest;
}
