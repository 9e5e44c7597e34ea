// The left pane: all jobs by what they do, a row each.

import { isFinal, isWaiting, jobFraction, oldestRunningStep, ownersNow } from "./fold.js";
import { Bar, make, setAttribute, setChildren, setHidden, setText } from "./dom.js";
import { durationText, etaText, glyph, percentText, placeText, roughDuration, spokenState, titleOf, tone } from "./words.js";

const dayTitle = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long" });
const clockTime = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });

function dayKey(ms) {
  const date = new Date(ms);
  return `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, "0")}-${String(date.getDate()).padStart(2, "0")}`;
}

function groupOf(job, now) {
  if (job.state === "queued") return { order: "1", title: "Queued" };
  if (job.state === "held" || job.state === "paused") return { order: "2", title: "Held / paused" };
  if (!isFinal(job.state)) return { order: "0", title: "Running" };
  const ended = Date.parse(job.finished ?? job.created);
  const day = dayKey(ended);
  const title = day === dayKey(now) ? "Today" : day === dayKey(now - 86400000) ? "Yesterday" : dayTitle.format(ended);
  return { order: `3 ${day}`, title };
}

function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The jobs as groups `{ key, title, jobs }` in the order in which they are shown. */
export function groupsOf(jobs, now) {
  const groups = new Map();
  for (const job of jobs) {
    const { order, title } = groupOf(job, now);
    if (!groups.has(order)) groups.set(order, { key: order, title, jobs: [] });
    groups.get(order).jobs.push(job);
  }
  for (const { key, jobs: members } of groups.values()) {
    if (key === "1") {
      members.sort((a, b) => compare(a.group, b.group)
        || (a.queue_position ?? Infinity) - (b.queue_position ?? Infinity) || compare(a.created, b.created));
    } else if (key.startsWith("3")) {
      members.sort((a, b) => compare(b.finished ?? "", a.finished ?? "") || compare(b.job, a.job));
    } else {
      members.sort((a, b) => compare(a.started ?? a.created, b.started ?? b.created) || compare(a.job, b.job));
    }
  }
  const live = [...groups.values()].filter((group) => group.key < "3").sort((a, b) => compare(a.key, b.key));
  const ended = [...groups.values()].filter((group) => group.key >= "3").sort((a, b) => compare(b.key, a.key));
  return live.concat(ended);
}

/** What a job is doing or why it is not, as `stepwire status` says it. */
export function detailsOf(job, now) {
  const details = [];
  const step = isFinal(job.state) ? undefined : oldestRunningStep(job);
  if (step) {
    if (step.title !== job.title) details.push(step.title); // the one step of a command is called like the job
    if (step.progress?.message) details.push(step.progress.message);
    if (step.stalled_ms) details.push(`quiet for ${roughDuration(step.stalled_ms)}`);
  } else if (job.error) {
    details.push(job.error.message);
  } else {
    for (const each of job.steps) {
      if (each.retry_in_ms && each.state === "queued") {
        const since = each.finished ? now - Date.parse(each.finished) : 0;
        details.push(`${each.title} again in ${roughDuration(each.retry_in_ms - since)}`);
      }
    }
  }
  return details;
}

class Row {
  #glyph = make("span", { class: "glyph", "aria-hidden": "true" });
  #title = make("span", { class: "title" });
  #host = make("span", { class: "host" });
  #figure = make("span", { class: "figure" });
  #words = make("span", { class: "words" });
  #left = make("span", { class: "eta" });
  #bar = new Bar("progress");

  constructor(id) {
    this.link = make("a", { class: "row", href: `#job=${id}`, "data-job": id },
      this.#glyph, make("span", { class: "name" }, this.#title, this.#host), this.#figure, this.#bar.element, this.#words, this.#left);
    this.element = make("li", {}, this.link);
  }

  update(job, jobs, now, chosen) {
    const live = !isFinal(job.state);
    const waits = isWaiting(job.state);
    setAttribute(this.link, "data-state", job.state);
    setAttribute(this.link, "data-tone", tone(job.state));
    setAttribute(this.link, "aria-current", chosen ? "true" : null);
    setText(this.#glyph, glyph(job.state));
    setText(this.#title, titleOf(job, jobs));
    setText(this.#host, job.via ?? job.host);
    setAttribute(this.link, "data-lost", job.lost_since ? "true" : null);
    setHidden(this.#bar.element, !live || waits);
    if (live && !waits) this.#bar.set(job.state === "paused" ? jobFraction(job) ?? null : jobFraction(job));
    let figure = percentText(job);
    let left = job.lost_since ? `seen ${roughDuration(now - Date.parse(job.lost_since))} ago` : etaText(job);
    const words = detailsOf(job, ownersNow(job, now));
    if (waits) {
      if (job.queue_position) words.unshift(placeText(job.queue_position));
      if (job.state === "held") words.unshift("held");
      else if (job.waiting_for?.length) words.unshift(`waits for ${job.waiting_for.join(", ")}`);
      else if (!job.queue_position) words.unshift(spokenState(job.state));
    } else if (live) {
      if (job.state !== "running") words.unshift(spokenState(job.state));
    } else {
      figure = job.started ? durationText(Date.parse(job.finished) - Date.parse(job.started)) : "";
      words.unshift(spokenState(job.state));
      left = job.finished ? clockTime.format(Date.parse(job.finished)) : "";
    }
    setText(this.#figure, figure);
    setText(this.#words, live ? words.join("  ") : words.join(": "));
    setText(this.#left, left);
  }
}

class Group {
  #title = make("span");
  #count = make("span", { class: "count" });
  #list = make("ul", { role: "list" });

  constructor(key) {
    const id = `group-${key.replaceAll(" ", "-")}`;
    const heading = make("h2", { id }, this.#title, this.#count);
    this.element = make("section", { "aria-labelledby": id, "data-group": key }, heading, this.#list);
  }

  update(title, rows) {
    setText(this.#title, title);
    setText(this.#count, ` (${rows.length})`);
    setChildren(this.#list, rows.map((row) => row.element));
  }
}

export class JobList {
  #element;
  #empty;
  #rows = new Map();
  #groups = new Map();
  #filter = "";

  constructor(element, empty) {
    this.#element = element;
    this.#empty = empty;
    element.addEventListener("keydown", (event) => this.#move(event));
  }

  set filter(text) {
    this.#filter = text.trim().toLowerCase();
  }

  /** `dirty` are ids whose rows are to be looked at, null for all; with `structure` rows may come, go and move. */
  update({ jobs, now, chosen, dirty, structure, known }) {
    setHidden(this.#empty, !known || jobs.size > 0);
    if (structure) this.#arrange(jobs, now);
    for (const [id, row] of this.#rows) {
      const job = jobs.get(id);
      if (job && (!dirty || dirty.has(id) || !isFinal(job.state))) row.update(job, jobs, now, id === chosen);
    }
  }

  #arrange(jobs, now) {
    const shown = [...jobs.values()].filter((job) => !this.#filter || this.#fits(job, jobs));
    const groups = groupsOf(shown, now);
    for (const id of this.#rows.keys()) {
      if (!jobs.has(id)) this.#rows.delete(id);
    }
    const sections = groups.map(({ key, title, jobs: members }) => {
      if (!this.#groups.has(key)) this.#groups.set(key, new Group(key));
      const group = this.#groups.get(key);
      group.update(title, members.map((job) => {
        if (!this.#rows.has(job.job)) this.#rows.set(job.job, new Row(job.job));
        return this.#rows.get(job.job);
      }));
      return group.element;
    });
    setChildren(this.#element, sections);
  }

  #fits(job, jobs) {
    return [titleOf(job, jobs), job.host, job.pipeline, job.group, spokenState(job.state)]
      .some((text) => text?.toLowerCase().includes(this.#filter));
  }

  #move(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const links = [...this.#element.querySelectorAll("a.row")];
    const at = links.indexOf(document.activeElement);
    if (!step || at < 0) return;
    event.preventDefault();
    links[Math.min(links.length - 1, Math.max(0, at + step))].focus();
  }
}
