// What the hub says as people read it, in the same words as in the terminal (app/terminal/frame.cpp).

import { isFinal, isWaiting, jobFraction } from "./fold.js";

/** Whole per cent, rounded down: 29 for 0.29, although that times 100 is a little less. */
export function wholePercent(fraction) {
  return Math.floor(fraction * 100 + 1e-9);
}

/** `1.2 s`, `4 min 10 s`, `2 h 5 min`. */
export function durationText(ms) {
  if (!(ms > 0)) ms = 0;
  if (ms < 60000) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`;
  const seconds = Math.floor(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor(seconds / 60) % 60} min`;
}

/** A time to come, as roughly as it is known: `40 s`, `12 min`, `2.5 h`. */
export function roughDuration(ms) {
  const seconds = Math.floor((Math.max(ms, 0) + 999) / 1000);
  if (seconds < 100) return `${seconds} s`;
  if (seconds < 100 * 60) return `${Math.floor((seconds + 30) / 60)} min`;
  return `${Math.floor((seconds + 180) / 360) / 10} h`;
}

/** `#2 in the queue`. */
export function placeText(position) {
  return `#${position} in the queue`;
}

/** `~40 s left`; empty while nobody knows. */
export function etaText(job) {
  return typeof job.eta_ms === "number" && !isFinal(job.state) ? `~${roughDuration(job.eta_ms)} left` : "";
}

/** `63 %`, `~63 %` when a part of that was guessed from earlier runs; empty while nobody knows, before and after. */
export function percentText(job) {
  const fraction = jobFraction(job);
  if (fraction === undefined || isFinal(job.state) || isWaiting(job.state)) return "";
  const guessed = job.steps.some((step) => step.estimated && !isFinal(step.state));
  return `${guessed ? "~" : ""}${wholePercent(fraction)} %`;
}

/** A state as people read it: `timed out`. */
export function spokenState(state) {
  return state.replaceAll("_", " ");
}

function counted(value) {
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}

/** `4/6 files`. */
export function figures(done, total, unit) {
  return counted(done ?? 0) + (typeof total === "number" ? `/${counted(total)}` : "")
    + (unit && unit !== "items" ? ` ${unit}` : "");
}

/** `blur 4/6`. A guess has no figures of its own, and phases are figures of their own. */
export function progressWords(step) {
  const progress = step.progress ?? {};
  const message = progress.message ?? "";
  if (step.estimated || progress.done === undefined || progress.unit === "percent" || progress.phases?.length) {
    return message;
  }
  return `${message ? `${message} ` : ""}${figures(progress.done, progress.total, progress.unit)}`;
}

export function failureWords(error) {
  if (!error.last_line || error.last_line === error.message) return error.message;
  return `${error.message}: ${error.last_line}`;
}

/** The glyph that stands before a job or step of this state. */
export function glyph(state) {
  switch (state) {
    case "queued": case "held": return "○";
    case "succeeded": return "✓";
    case "failed": case "timed_out": return "✗";
    case "skipped": case "cancelled": case "interrupted": return "–";
    default: return "●";
  }
}

/** What its colour is to be: `waits`, `runs`, `rests`, `done`, `failed`, `ended`. */
export function tone(state) {
  switch (state) {
    case "queued": case "held": return "waits";
    case "pausing": case "paused": case "cancelling": return "rests";
    case "succeeded": return "done";
    case "failed": case "timed_out": return "failed";
    case "skipped": case "cancelled": case "interrupted": return "ended";
    default: return "runs";
  }
}

/** A job that is a step of another is called after both. */
export function titleOf(job, jobs) {
  let title = job.title;
  let parent = job.parent;
  for (let depth = 0; depth < 8 && parent; ++depth) {
    const other = jobs.get(parent.job);
    if (!other) break;
    title = `${other.title} / ${title}`;
    parent = other.parent;
  }
  return title;
}
