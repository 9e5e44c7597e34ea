// Puts the page together: one state, one link that keeps it true, and a view that is drawn at most once a frame.

import { HubClock } from "./clock.js";
import { Detail } from "./detail.js";
import { Login, RunDialog, confirm } from "./dialogs.js";
import { make, setAttribute, setHidden, setText } from "./dom.js";
import { State, isFinal } from "./fold.js";
import { Link, logout, signedIn } from "./link.js";
import { JobList } from "./list.js";
import { roughDuration, spokenState, titleOf } from "./words.js";

const TICK_MS = 250;
const ANNOUNCED_AT_ONCE = 4;

export const state = new State();

const byId = (id) => document.getElementById(id);
const clock = new HubClock();
const clockTime = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

let link = null;
let known = false; // there has been a snapshot
let hello = {};
let lostAt = 0; // when the hub was last heard, by our clock; 0: it is being heard
let degraded = "";

// ---- drawing

const dirty = new Set();
let structure = true; // jobs came, went or changed their group
let everything = true;
let frame = 0;

function redraw() {
  frame ||= requestAnimationFrame(draw);
}

function draw() {
  frame = 0;
  const now = clock.now();
  list.update({ jobs: state.jobs, now, known, chosen: detail.job, dirty: everything ? null : dirty,
    structure: structure || everything });
  detail.update({ now });
  drawConnection();
  dirty.clear();
  structure = everything = false;
  const running = [...state.jobs.values()].filter((job) => !isFinal(job.state) && !job.parent).length;
  const title = `${running ? `(${running}) ` : ""}Stepwire${hello.host ? ` · ${hello.host}` : ""}`;
  if (document.title !== title) document.title = title;
}

function drawAll() {
  everything = true;
  redraw();
}

function drawConnection() {
  const name = !link ? "none" : link.state === "live" ? "live" : known ? "lost" : "first";
  setAttribute(document.body, "data-link", name);
  setAttribute(document.body, "data-scope", hello.scope ?? null);
  const host = hello.host ?? location.hostname;
  let words = "";
  if (name === "live") words = "live";
  else if (name === "first") words = "connecting";
  else if (name === "lost") {
    words = `reconnecting since ${clockTime.format(lostAt)}, what is shown is ${roughDuration(Date.now() - lostAt)} old`;
  }
  setText(byId("link-glyph"), name === "live" ? "●" : "◌");
  setText(byId("link-host"), host);
  setText(byId("link-words"), words && `· ${words}`);
  setHidden(byId("run"), hello.scope !== "control");
  byId("run").disabled = name !== "live";
  setText(byId("degraded"), degraded ? `The journal cannot be written to: ${degraded}` : "");
  setHidden(byId("degraded"), !degraded);
}

// ---- what is said

const announcements = [];
let announcing = 0;

/** For screen readers: a state that changed, or of many how many. */
function announce(sentence) {
  announcements.push(sentence);
  announcing ||= setTimeout(() => {
    announcing = 0;
    const said = announcements.splice(0);
    setText(byId("announcer"), said.length > ANNOUNCED_AT_ONCE ? `${said.length} changes` : said.join(". "));
  }, 1000);
}

function say(sentence, isRefusal = true) {
  const note = make("p", { class: isRefusal ? "toast refusal" : "toast", text: sentence });
  const away = make("button", { type: "button", "aria-label": "close", text: "×", onclick: () => note.remove() });
  note.append(away);
  byId("toasts").append(note);
  while (byId("toasts").children.length > 4) byId("toasts").firstElementChild.remove();
  setTimeout(() => note.remove(), 12000);
}

// ---- the link

function take(event, isReplay) {
  const before = state.jobs.get(event.job)?.state;
  state.apply(event);
  if (!isReplay && !event.owner) clock.measure(event.time);
  const job = state.jobs.get(event.job);
  if (event.job) dirty.add(event.job);
  if (event.type.startsWith("job.") || event.type === "hub.pruned") structure = true;
  if (event.type === "host.lost" || event.type === "host.connected") {
    structure = true;
    for (const [id, each] of state.jobs) if (each.via === event.data.name) dirty.add(id);
  }
  if (job && before !== job.state && !isReplay && !job.parent) announce(`${titleOf(job, state.jobs)}: ${spokenState(job.state)}`);
  if (event.type === "hub.degraded") degraded = event.data.reason;
  else if (event.type === "hub.restored") degraded = "";
  else if (event.type === "hub.warning" && !isReplay) say(event.data.message);
  redraw();
}

function follow() {
  link?.stop();
  link = new Link(() => (known ? { epoch: state.epoch, seq: state.seq, output: false } : { output: false }), {
    hello(params) {
      hello = params;
      degraded = params.degraded ?? "";
    },
    snapshot(params) {
      state.reset(params);
      known = true;
      drawAll();
    },
    event: take,
    state(name) {
      if (name === "live") {
        lostAt = 0;
        clock.go();
      } else if (name === "lost") {
        lostAt ||= link.lastHeard || Date.now();
        clock.stop();
      } else if (name === "refused") {
        signOut("the hub asks for a token again");
      }
      drawAll();
    },
  });
  setHidden(byId("main"), false);
  setHidden(byId("sign-out"), false);
  link.start();
  drawAll();
}

function signOut(sentence = "") {
  link?.stop();
  link = null;
  known = false;
  hello = {};
  state.reset({ epoch: "", seq: 0, jobs: [] }); // nothing of it stays for who comes next
  detail.choose("");
  setHidden(byId("main"), true);
  setHidden(byId("sign-out"), true);
  loginForm.show(sentence);
  drawAll();
}

// ---- what was chosen, as the address has it

const hub = {
  state,
  call: (method, params) => (link ? link.call(method, params) : Promise.reject(new Error("the hub cannot be reached"))),
  live: () => link?.state === "live",
  scope: () => hello.scope,
  host: () => hello.host ?? "",
  say,
  confirm,
  redraw,
};
const list = new JobList(byId("jobs"), byId("empty"));
const detail = new Detail(byId("detail"), hub);
const runDialog = new RunDialog(hub);
const loginForm = new Login(follow);

function takeToken() {
  const token = /^#(?:.*&)?token=([^&]*)/.exec(location.hash)?.[1];
  if (token === undefined) return "";
  history.replaceState(null, "", location.pathname + location.search); // it is to be seen nowhere
  return decodeURIComponent(token);
}

function chooseByAddress() {
  const token = takeToken();
  if (token) {
    loginForm.attempt(token);
    return;
  }
  const chosen = /^#job=([A-Za-z0-9_-]{1,64})$/.exec(location.hash)?.[1] ?? "";
  const before = detail.job;
  detail.choose(chosen);
  setAttribute(document.body, "data-chosen", chosen ? "yes" : null);
  drawAll();
  if (chosen && before !== chosen) requestAnimationFrame(() => detail.focus());
  else if (before) document.querySelector(`a[data-job="${before}"]`)?.focus();
}

addEventListener("hashchange", chooseByAddress);
byId("search").addEventListener("input", (event) => {
  list.filter = event.target.value;
  drawAll();
});
byId("run").addEventListener("click", () => runDialog.open());
byId("sign-out").addEventListener("click", async () => {
  try {
    await logout();
    signOut();
  } catch {
    say("the hub cannot be reached, so this browser is still signed in");
  }
});
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, dialog")) return;
  if (event.key === "/") {
    event.preventDefault();
    byId("search").focus();
  } else if (event.key === "Escape" && detail.job) {
    location.hash = "#";
  }
});
document.addEventListener("visibilitychange", drawAll);
// Durations and ages go on where nothing happens; a new day makes new groups.
let day = new Date(clock.now()).getDate();
setInterval(() => {
  const today = new Date(clock.now()).getDate();
  if (today !== day) everything = true;
  day = today;
  redraw();
}, TICK_MS);

async function begin() {
  const token = takeToken();
  chooseByAddress();
  if (token) {
    await loginForm.attempt(token);
    return;
  }
  const answer = await signedIn();
  if (answer === "no") loginForm.show();
  else if (answer === "wait") loginForm.show("there were too many wrong tokens, try again in a while");
  else follow();
}

begin();
