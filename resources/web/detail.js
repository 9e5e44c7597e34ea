// The right pane: the job that was chosen.

import { findStep, isFinal, isWaiting, jobFraction, oldestRunningStep, ownersNow, stepsDone } from "./fold.js";
import { Bar, make, setAttribute, setChildren, setHidden, setText } from "./dom.js";
import { Output, OutputView } from "./output.js";
import { durationText, etaText, failureWords, figures, glyph, percentText, placeText, progressWords, roughDuration,
  spokenState, titleOf, tone, wholePercent } from "./words.js";

const wide = matchMedia("(min-width: 60rem)");

function elapsed(thing, now) {
  return thing.started ? (thing.finished ? Date.parse(thing.finished) : now) - Date.parse(thing.started) : 0;
}

function isUnderWay(step) {
  return !isFinal(step.state) && !isWaiting(step.state);
}

/** `2/3  63 %  4 min 10 s  ~8 s left`, as the head line of a job in the terminal. */
function headWords(job, now) {
  const words = [`${stepsDone(job)}/${job.steps.length}`, percentText(job)];
  if (job.state !== "running" && job.state !== "queued") words.push(spokenState(job.state));
  if (job.queue_position) words.push(placeText(job.queue_position));
  if (job.lost_since) words.push(`last seen ${roughDuration(now - Date.parse(job.lost_since))} ago`);
  if (job.started && !isWaiting(job.state)) words.push(durationText(elapsed(job, ownersNow(job, now))));
  if (!job.lost_since) words.push(etaText(job));
  return words.filter(Boolean).join("  ");
}

/** The step whose output is worth most: one that failed, one that runs, the last that ran. */
function worthMost(job) {
  const failed = job.steps.find((step) => step.started && (step.state === "failed" || step.state === "timed_out"));
  if (failed && isFinal(job.state)) return failed;
  return oldestRunningStep(job)
    ?? job.steps.filter((step) => step.started).sort((a, b) => (a.started < b.started ? 1 : -1))[0];
}

/** What happened, for somebody who is to help. */
export function reportOf(job) {
  const lines = [`${job.title}: ${spokenState(job.state)} on ${job.host}, attempt ${job.attempt}`, `job ${job.job}`];
  if (job.pipeline) lines.push(`pipeline ${job.pipeline} ${JSON.stringify(job.params)}`);
  if (job.command) lines.push(`command ${JSON.stringify(job.command)}`);
  if (job.error) lines.push(`error: ${failureWords(job.error)}`);
  for (const step of job.steps) {
    const took = step.started && step.finished ? ` after ${durationText(elapsed(step, 0))}` : "";
    lines.push(`  ${glyph(step.state)} ${step.title}: ${spokenState(step.state)}${took}${step.error ? `: ${failureWords(step.error)}` : ""}`);
  }
  return `${lines.join("\n")}\n`;
}

class PhaseRow {
  #title = make("span", { class: "title" });
  #bar = new Bar("phase");
  #figures = make("span", { class: "words" });
  element = make("li", { class: "phase" }, this.#title, this.#bar.element, this.#figures);

  update(phase) {
    setText(this.#title, phase.title || phase.id);
    setAttribute(this.#bar.element, "aria-label", phase.title || phase.id);
    this.#bar.set(phase.total > 0 ? Math.min(1, Math.max(0, phase.done / phase.total)) : null);
    setText(this.#figures, figures(phase.done, phase.total, phase.unit));
  }
}

class StepRow {
  #glyph = make("span", { class: "glyph", "aria-hidden": "true" });
  #title = make("span", { class: "title" });
  #state = make("span", { class: "hidden-words" });
  #took = make("span", { class: "took" });
  #bar;
  #percent = make("span", { class: "figure" });
  #notes = make("span", { class: "notes" });
  #words = make("span", { class: "words" });
  #error = make("span", { class: "error-words" });
  #said = make("span", { class: "said" }, this.#notes, this.#words, this.#error);
  #phases = make("ul", { class: "phases", role: "list" });
  #phaseRows = new Map();
  #inner = make("a", { class: "inner" });
  #actions;

  constructor(pane, id) {
    this.#bar = new Bar("progress");
    const ask = (method, name) => () => pane.act(method, { job: pane.job, [name]: id });
    this.output = make("button", { type: "button", text: "Output", "data-action": "output", onclick: () => pane.showOutput(id) });
    this.retry = make("button", { type: "button", text: "Retry from here", "data-action": "retry-from", onclick: ask("job.retry", "from") });
    this.cancel = make("button", { type: "button", text: "Cancel step", "data-action": "cancel-step",
      onclick: () => pane.confirmCancel(id) });
    this.#actions = make("span", { class: "step-actions" }, this.output, this.retry, this.cancel);
    this.element = make("li", { class: "step", "data-step": id },
      this.#glyph, this.#title, this.#state, this.#took, this.#bar.element, this.#percent,
      this.#said, this.#inner, this.#phases, this.#actions);
  }

  update(job, step, { now, nested, may }) {
    const progress = step.progress ?? {};
    const runs = isUnderWay(step);
    setAttribute(this.element, "data-state", step.state);
    setAttribute(this.element, "data-tone", tone(step.state));
    setText(this.#glyph, glyph(step.state));
    setText(this.#title, step.title);
    setAttribute(this.#title, "title", step.title);
    setText(this.#state, spokenState(step.state));
    setText(this.#took, step.started && !isWaiting(step.state) ? durationText(elapsed(step, now)) : "");
    setHidden(this.#bar.element, !runs);
    setAttribute(this.#bar.element, "aria-label", step.title);
    if (runs) this.#bar.set(progress.fraction ?? (step.state === "paused" ? null : undefined));
    // What was guessed from earlier runs is marked as a guess.
    setText(this.#percent, runs && progress.fraction !== undefined
      ? `${step.estimated ? "~" : ""}${wholePercent(progress.fraction)} %` : "");
    setText(this.#notes, this.#notesOf(step, now).join("  "));
    const counts = runs || step.state === "succeeded";
    setText(this.#words, counts ? progressWords(step) : "");
    setHidden(this.#words, this.#words.textContent === "");
    setText(this.#error, this.#errorOf(step));
    setHidden(this.#error, this.#error.textContent === "");
    setHidden(this.#said, [this.#notes, this.#words, this.#error].every((part) => part.textContent === ""));
    setHidden(this.output, !step.started);
    setHidden(this.retry, !(may.retry && isFinal(step.state) && step.started)); // else what it needs is to be retried
    setHidden(this.cancel, !(may.cancel && (step.state === "running" || step.state === "paused") && job.steps.length > 1));
    setHidden(this.#inner, !nested);
    if (nested) {
      setAttribute(this.#inner, "href", `#job=${nested.job}`);
      setText(this.#inner, `${glyph(nested.state)} ${nested.title}  ${percentText(nested) || spokenState(nested.state)}`);
    }
    this.#showPhases(runs ? progress.phases ?? [] : []);
  }

  #notesOf(step, now) {
    const notes = [];
    if (step.retry_in_ms && isWaiting(step.state)) {
      const since = step.finished ? now - Date.parse(step.finished) : 0;
      notes.push(`again in ${roughDuration(step.retry_in_ms - since)}`);
    }
    if (step.attempt > 1 && step.started) notes.push(`attempt ${step.attempt}`);
    if (step.state === "paused" || step.state === "cancelling") notes.push(step.state);
    else if (step.stalled_ms) notes.push(`quiet for ${roughDuration(step.stalled_ms)}`);
    return notes;
  }

  #errorOf(step) {
    if (step.state === "skipped") return `skipped: ${step.error?.message ?? ""}`;
    if (step.state === "cancelled" || step.state === "interrupted") return spokenState(step.state);
    if (step.error && (isFinal(step.state) || isWaiting(step.state))) return failureWords(step.error);
    return isFinal(step.state) && step.state !== "succeeded" ? spokenState(step.state) : "";
  }

  #showPhases(phases) {
    setHidden(this.#phases, phases.length === 0);
    if (phases.length === 0 && this.#phaseRows.size === 0) return;
    const rows = phases.map((phase) => {
      if (!this.#phaseRows.has(phase.id)) this.#phaseRows.set(phase.id, new PhaseRow());
      const row = this.#phaseRows.get(phase.id);
      row.update(phase);
      return row.element;
    });
    setChildren(this.#phases, rows);
  }
}

class TimelineRow {
  #title = make("span", { class: "title" });
  #fill = make("span", { class: "span" });
  #took = make("span", { class: "took" });
  element = make("li", { class: "lane" }, this.#title, make("span", { class: "track" }, this.#fill), this.#took);

  update(step, from, length, now) {
    setAttribute(this.element, "data-tone", tone(step.state));
    setText(this.#title, step.title);
    setHidden(this.#fill, !step.started);
    const begins = step.started ? Math.max(0, Date.parse(step.started) - from) : 0;
    const took = elapsed(step, now);
    this.#fill.style.left = `${(100 * begins) / length}%`;
    this.#fill.style.width = `${(100 * Math.max(0, Math.min(took, length - begins))) / length}%`;
    setText(this.#took, step.started ? durationText(took) : spokenState(step.state));
  }
}

const BUTTONS = [
  // name, text, method, further parameters
  ["resume", "Resume", "job.resume", {}],
  ["release", "Release", "job.release", {}],
  ["pause", "Pause", "job.pause", { mode: "now" }],
  ["pause-after", "Pause after step", "job.pause", { mode: "after_step" }],
  ["hold", "Hold", "job.hold", {}],
  ["retry", "Retry", "job.retry", {}],
  ["cancel", "Cancel", "job.cancel", {}],
];

/** Which of the buttons make sense for the job. The hub decides. */
function buttonsOf(job) {
  const can = (capability) => job.capabilities.includes(capability);
  const of = { queued: ["hold", "cancel"], held: ["release", "cancel"], running: ["pause", "pause-after", "cancel"],
    pausing: ["resume", "cancel"], paused: ["resume", "cancel"], cancelling: [], succeeded: [] }[job.state] ?? ["retry"];
  return of.filter((name) => can(name === "cancel" || name === "retry" ? name : "pause"));
}

export class Detail {
  job = "";

  #hub; // { call, state, live(), scope(), say(sentence), confirm(question, yes) }
  #tab = "steps";
  #chosenStep = ""; // by a person; empty: the one that is worth most
  #chosenAttempt = 0;
  #rows = new Map();
  #lanes = new Map();
  #buttons = new Map();
  #title = make("h1", { tabindex: -1 });
  #host = make("span", { class: "host" });
  #head = make("p", { class: "head-words" });
  #bar = new Bar("progress of the job");
  #error = make("div", { class: "failure", role: "group", "aria-label": "error" });
  #errorText = make("p", { class: "failure-words" });
  #errorLine = make("pre", { class: "last-line" });
  #steps = make("ul", { class: "steps", role: "list" });
  #lanesList = make("ul", { class: "lanes", role: "list" });
  #facts = make("dl");
  #factsShown = "";
  #which = make("select", { "aria-label": "step", onchange: () => this.showOutput(this.#which.value) });
  #attempts = make("select", { "aria-label": "attempt", onchange: () => this.showOutput(this.#chosenStep || this.#which.value, Number(this.#attempts.value)) });
  #output;
  #view = new OutputView();
  #panels = {};
  #tabs = {};

  constructor(element, hub) {
    this.element = element;
    this.#hub = hub;
    this.#output = new Output(() => ({ epoch: hub.state.epoch, seq: hub.state.seq }), () => hub.redraw());
    wide.addEventListener("change", () => hub.redraw());
    this.#build();
  }

  #build() {
    const actions = make("div", { class: "actions", role: "toolbar", "aria-label": "job" });
    for (const [name, text, method, more] of BUTTONS) {
      const button = make("button", { type: "button", "data-action": name, text, onclick: () => (name === "cancel"
        ? this.confirmCancel() : this.act(method, { job: this.job, ...more })) });
      this.#buttons.set(name, button);
    }
    this.#buttons.get("cancel").classList.add("danger");
    this.actions = actions;
    this.#error.append(this.#errorText, this.#errorLine, make("div", { class: "failure-actions" },
      make("button", { type: "button", text: "Show output", "data-action": "show-output", onclick: () => this.showOutput(this.#failedStep) }),
      this.retryHere = make("button", { type: "button", text: "Retry from here", "data-action": "retry-here",
        onclick: () => this.act("job.retry", { job: this.job, from: this.#failedStep }) }),
      navigator.clipboard ? make("button", { type: "button", text: "Copy report", onclick: () => this.#copyReport() }) : null));
    const names = { steps: "Steps", timeline: "Timeline", output: "Output" };
    this.#panels.steps = make("div", { class: "panel" }, this.#steps,
      make("details", { class: "facts" }, make("summary", { text: "About this job" }), this.#facts));
    this.#panels.timeline = make("div", { class: "panel" }, this.#lanesList);
    this.#panels.output = make("div", { class: "panel output-panel" },
      make("div", { class: "output-head" }, this.#which, this.#attempts), this.#view.element);
    const bar = make("div", { class: "tabs", role: "tablist", "aria-label": "views of the job" });
    for (const [name, text] of Object.entries(names)) {
      const tab = make("button", { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": `panel-${name}`, text,
        onclick: () => this.#select(name) });
      this.#tabs[name] = tab;
      bar.append(tab);
      setAttribute(this.#panels[name], "id", `panel-${name}`);
      setAttribute(this.#panels[name], "role", "tabpanel");
      setAttribute(this.#panels[name], "aria-labelledby", `tab-${name}`);
    }
    bar.addEventListener("keydown", (event) => this.#turn(event));
    this.body = make("div", { class: "detail-body" },
      make("header", { class: "detail-head" },
        make("a", { class: "back", href: "#", text: "‹ Jobs" }),
        make("div", { class: "title-line" }, this.#title, this.#host),
        this.#head, this.#bar.element, actions),
      this.#error, bar, ...Object.values(this.#panels));
    this.missing = make("p", { class: "hint" });
    this.element.append(this.missing, this.body);
  }

  get #failedStep() {
    const job = this.#hub.state.jobs.get(this.job);
    return job?.error?.step || job?.steps.find((step) => step.state === "failed" || step.state === "timed_out")?.step
      || job?.steps[0]?.step;
  }

  choose(id) {
    if (id === this.job) return;
    this.job = id;
    this.#chosenStep = "";
    this.#chosenAttempt = 0;
    this.#tab = "steps";
    this.#rows.clear();
    this.#lanes.clear();
    this.#output.close();
  }

  focus() {
    this.#title.focus({ preventScroll: true });
  }

  showOutput(step, attempt = 0) {
    this.#chosenStep = step;
    this.#chosenAttempt = attempt;
    if (!wide.matches || this.#tab === "timeline") this.#select("output");
    this.#hub.redraw();
  }

  async act(method, params) {
    try {
      await this.#hub.call(method, params);
    } catch (error) {
      this.#hub.say(error.message);
    }
  }

  async confirmCancel(step) {
    const job = this.#hub.state.jobs.get(this.job);
    const what = step ? findStep(job, step).title : job.title;
    if (await this.#hub.confirm(`Cancel ${what}?`, "What it is doing now is ended.", step ? "Cancel step" : "Cancel job")) {
      this.act("job.cancel", { job: job.job, ...(step ? { step } : {}) });
    }
  }

  async #copyReport() {
    const job = this.#hub.state.jobs.get(this.job);
    try {
      await navigator.clipboard.writeText(reportOf(job));
      this.#hub.say("the report is copied", false);
    } catch {
      this.#hub.say("the report could not be copied");
    }
  }

  #select(name) {
    this.#tab = name;
    this.#hub.redraw();
  }

  #turn(event) {
    const names = Object.keys(this.#tabs).filter((name) => !this.#tabs[name].hidden);
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = names[(names.indexOf(this.#tab) + step + names.length) % names.length];
    this.#select(next);
    this.#tabs[next].focus();
  }

  update({ now }) {
    const { jobs } = this.#hub.state;
    const job = jobs.get(this.job);
    setHidden(this.body, !job);
    setHidden(this.missing, Boolean(job));
    if (!job) {
      setText(this.missing, this.job ? `There is no job ${this.job} here any more.` : "Choose a job to see its steps.");
      this.#output.close();
      return;
    }
    const live = !isFinal(job.state);
    const controls = this.#hub.scope() === "control";
    setAttribute(this.element, "data-state", job.state);
    setAttribute(this.element, "data-tone", tone(job.state));
    setText(this.#title, titleOf(job, jobs));
    setText(this.#host, job.host);
    setText(this.#head, headWords(job, now));
    now = ownersNow(job, now); // from here on only times of the job itself
    setHidden(this.#bar.element, !live || isWaiting(job.state));
    if (live) this.#bar.set(job.state === "paused" ? jobFraction(job) ?? null : jobFraction(job));
    const wanted = controls ? buttonsOf(job) : [];
    setChildren(this.actions, BUTTONS.filter(([name]) => wanted.includes(name)).map(([name]) => this.#buttons.get(name)));
    setHidden(this.actions, wanted.length === 0);
    this.#updateError(job, controls);

    const may = { retry: controls && !live && job.capabilities.includes("retry"),
      cancel: controls && live && job.capabilities.includes("cancel") };
    const nested = new Map();
    for (const other of jobs.values()) {
      if (other.parent?.job === job.job) nested.set(other.parent.step, other);
    }
    const rows = job.steps.map((step) => {
      if (!this.#rows.has(step.step)) this.#rows.set(step.step, new StepRow(this, step.step));
      const row = this.#rows.get(step.step);
      row.update(job, step, { now, nested: nested.get(step.step), may });
      if (!controls) [row.retry, row.cancel].forEach((button) => button.remove());
      return row.element;
    });
    setChildren(this.#steps, rows);
    for (const button of this.element.querySelectorAll("[data-action]:not([data-action*=output])")) {
      button.disabled = !this.#hub.live();
    }
    this.#updateFacts(job);
    this.#updateTabs();
    if (this.#tab === "timeline") this.#updateTimeline(job, now);
    if (!this.#panels.output.hidden) this.#updateOutput(job);
    else this.#output.close();
  }

  #updateTabs() {
    for (const [name, tab] of Object.entries(this.#tabs)) {
      setAttribute(tab, "aria-selected", String(name === this.#tab));
      setAttribute(tab, "tabindex", name === this.#tab ? 0 : -1);
      // Where there is room the output stands below the steps.
      const shown = name === this.#tab || (name === "output" && this.#tab === "steps" && wide.matches);
      setHidden(this.#panels[name], !shown);
    }
  }

  #updateError(job, controls) {
    const failed = job.error && ["failed", "timed_out", "interrupted"].includes(job.state);
    setHidden(this.#error, !failed);
    if (!failed) return;
    const step = job.error.step ? findStep(job, job.error.step) : undefined;
    const line = job.error.last_line ?? step?.error?.last_line ?? "";
    setText(this.#errorText, job.error.message);
    setText(this.#errorLine, line === job.error.message ? "" : line);
    setHidden(this.#errorLine, this.#errorLine.textContent === "");
    setHidden(this.retryHere, !(controls && job.error.step && job.capabilities.includes("retry")));
    if (!controls) this.retryHere.remove();
  }

  #updateFacts(job) {
    const facts = [["State", spokenState(job.state)], ["Host", job.host], ["Group", job.group], ["Source", job.source],
      ["Pipeline", job.pipeline], ["Command", job.command?.join(" ")],
      ...Object.entries(job.params ?? {}).map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]),
      ["Attempt", job.attempt > 1 ? String(job.attempt) : ""], ["Queued", localTime(job.created)],
      ["Started", localTime(job.started)], ["Ended", localTime(job.finished)], ["Id", job.job]].filter(([, value]) => value);
    const key = JSON.stringify(facts);
    if (key === this.#factsShown) return;
    this.#factsShown = key;
    this.#facts.replaceChildren(...facts.flatMap(([name, value]) => [make("dt", { text: name }), make("dd", { text: value })]));
  }

  #updateTimeline(job, now) {
    const starts = job.steps.filter((step) => step.started).map((step) => Date.parse(step.started));
    const from = Math.min(...starts, Date.parse(job.started ?? job.created));
    const to = isFinal(job.state) ? Date.parse(job.finished) : now;
    const length = Math.max(1, to - from);
    setChildren(this.#lanesList, job.steps.map((step) => {
      if (!this.#lanes.has(step.step)) this.#lanes.set(step.step, new TimelineRow());
      const lane = this.#lanes.get(step.step);
      lane.update(step, from, length, now);
      return lane.element;
    }));
  }

  #updateOutput(job) {
    const begun = job.steps.filter((step) => step.started);
    const step = begun.find((each) => each.step === this.#chosenStep) ?? worthMost(job);
    setHidden(this.#which, job.steps.length < 2 || !step);
    syncOptions(this.#which, begun.map((each) => [each.step, each.title]), step?.step);
    const attempt = step ? Math.min(this.#chosenAttempt || step.attempt, step.attempt) : 0;
    setHidden(this.#attempts, !step || step.attempt < 2);
    const numbers = Array.from({ length: step?.attempt ?? 0 }, (_, i) => [String(i + 1), `attempt ${i + 1}`]);
    syncOptions(this.#attempts, numbers, String(attempt));
    if (!step) {
      this.#output.close();
      this.#view.update(this.#output.terminal, "nothing has started yet");
      return;
    }
    this.#output.show(job.job, step.step, attempt);
    const { terminal, ready } = this.#output;
    const silent = terminal.lines.length === 1 && terminal.lines[0].chars.length === 0;
    this.#view.update(terminal, !silent ? "" : ready ? "no output" : "…");
  }
}

function localTime(time) {
  return time ? new Date(time).toLocaleString("en-GB") : "";
}

function syncOptions(select, options, value) {
  const key = JSON.stringify(options);
  if (select.dataset.options !== key) {
    select.dataset.options = key;
    select.replaceChildren(...options.map(([each, text]) => make("option", { value: each, text })));
  }
  if (value !== undefined && select.value !== value) select.value = value;
}
