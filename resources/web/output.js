// The output of one step, live: what there was from the hub's log, then every piece as it comes. `offset` of a piece tells
// whether one is missing; those are read from the log.

import { Link } from "./link.js";
import { make, setHidden, setText } from "./dom.js";
import { Terminal, runsOf } from "./terminal.js";

const TAIL = 256 * 1024; // bytes of what there was
const PIECE = 64 * 1024;
const LONGEST_GAP = 1024 * 1024; // a longer one is said, not filled

function bytesText(bytes) {
  if (bytes < 1024) return `${bytes} bytes`;
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} KiB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
}

export class Output {
  terminal = new Terminal();
  ready = false; // what there was has been read

  #changed;
  #position;
  #job = "";
  #step = "";
  #attempt = 0;
  #link = null;
  #next = -1; // where the piece that follows begins; -1: unknown
  #waiting = null; // pieces that came while the log is read; null: none is
  #number = 0; // of what is shown: what is read for an earlier one is too late

  /** `position()` gives {epoch, seq} of the newest event known, so that nothing older is sent again. */
  constructor(position, changed) {
    this.#position = position;
    this.#changed = changed;
  }

  show(job, step, attempt) {
    if (job === this.#job && step === this.#step && attempt === this.#attempt) return;
    if (job !== this.#job) this.#link?.stop();
    const sameLink = job === this.#job && this.#link;
    [this.#job, this.#step, this.#attempt] = [job, step, attempt];
    this.terminal = new Terminal();
    this.ready = false;
    this.#next = -1;
    ++this.#number;
    this.#waiting = null;
    if (sameLink) {
      if (this.#link.state === "live") this.#fill();
    } else {
      this.#link = new Link(() => ({ ...this.#position(), jobs: [job], types: ["step.output"] }), {
        state: (state) => state === "live" && this.#fill(),
        event: (event) => this.#take(event),
      });
      this.#link.start();
    }
    this.#changed();
  }

  close() {
    this.#link?.stop();
    this.#link = null;
    this.#job = this.#step = "";
    ++this.#number;
  }

  async #fill() {
    const number = ++this.#number;
    const stillWanted = () => number === this.#number;
    this.#waiting = [];
    try {
      await this.#read(stillWanted);
    } catch {
      // Lost: it begins again when the link is back. Refused: the job is gone, and its output with it.
    }
    if (!stillWanted()) return;
    const pieces = this.#waiting;
    this.#waiting = null;
    this.ready = true;
    for (const piece of pieces) this.#take(piece);
    this.#changed();
  }

  async #read(stillWanted) {
    const ask = (offset, limit) => this.#link.call("job.log",
      { job: this.#job, step: this.#step, attempt: this.#attempt, offset, limit, encoding: "base64" });
    let end = (await ask(Number.MAX_SAFE_INTEGER, 1)).end;
    if (!stillWanted()) return;
    let skipLine = false;
    if (this.#next < 0 || end - this.#next > LONGEST_GAP) {
      const from = Math.max(0, this.#next, end - TAIL);
      const leftOut = from - Math.max(0, this.#next);
      if (leftOut > 0) this.terminal.remark(`${bytesText(leftOut)} before this are not shown`);
      skipLine = leftOut > 0;
      this.#next = from;
    }
    const decoder = new TextDecoder();
    while (this.#next < end) {
      const slice = await ask(this.#next, PIECE);
      if (!stillWanted()) return;
      if (slice.omitted) this.terminal.remark(`${bytesText(slice.omitted)} were left out of the log`);
      let text = decoder.decode(bytesOf(slice.base64), { stream: true });
      if (skipLine) text = text.slice(text.indexOf("\n") + 1);
      skipLine = false;
      this.terminal.write(text);
      this.#next = slice.offset + slice.bytes;
      end = slice.end;
      this.#changed();
      if (slice.bytes === 0) break;
    }
    this.terminal.write(decoder.decode());
  }

  #take(event) {
    const { data } = event;
    if (event.step !== this.#step || data.attempt !== this.#attempt) return;
    if (this.#waiting) {
      this.#waiting.push(event);
      if (this.#waiting.length > 1000) this.#waiting.shift(); // the gap is found below
      return;
    }
    if (data.offset + data.bytes <= this.#next) return;
    if (this.#next < 0 || data.offset > this.#next) {
      this.#fill(); // the log has all that is missing, and this piece
      return;
    }
    let { text } = data;
    if (data.offset < this.#next) {
      text = new TextDecoder().decode(new TextEncoder().encode(text).subarray(this.#next - data.offset));
    }
    this.terminal.write(text);
    this.#next = data.offset + data.bytes;
    this.#changed();
  }
}

/** Shows a Terminal, a line an element; follows the end unless somebody has scrolled up. */
export class OutputView {
  #lines = make("div", { class: "lines" });
  #note = make("p", { class: "note" });
  #follow = make("button", { class: "follow", type: "button", text: "↓ newest", onclick: () => this.#toEnd() });
  #terminal = null;
  #shown = []; // elements by line
  #dropped = 0;
  #follows = true;

  constructor() {
    this.scroller = make("div", { class: "terminal", role: "log", "aria-live": "off", "aria-label": "output", tabindex: 0 },
      this.#lines, this.#note);
    this.element = make("div", { class: "output" }, this.scroller, this.#follow);
    this.scroller.addEventListener("scroll", () => {
      const { scrollTop, clientHeight, scrollHeight } = this.scroller;
      this.#follows = scrollHeight - scrollTop - clientHeight < 24;
      setHidden(this.#follow, this.#follows);
    }, { passive: true });
    setHidden(this.#follow, true);
  }

  update(terminal, note) {
    setText(this.#note, note);
    setHidden(this.#note, !note);
    if (terminal !== this.#terminal) {
      this.#terminal = terminal;
      this.#lines.replaceChildren();
      this.#shown = [];
      this.#dropped = 0;
      this.#follows = true;
      for (const line of terminal.lines) line.changed = true;
    }
    const gone = Math.min(this.#shown.length, terminal.dropped - this.#dropped);
    for (const element of this.#shown.splice(0, gone)) element.remove();
    this.#dropped = terminal.dropped;
    let any = gone > 0;
    const added = document.createDocumentFragment();
    terminal.lines.forEach((line, i) => {
      if (!line.changed && this.#shown[i]) return;
      line.changed = false;
      any = true;
      if (!this.#shown[i]) this.#shown.push(added.appendChild(make("div", { class: "line" })));
      this.#shown[i].replaceChildren(...runsOf(line).map(element));
    });
    this.#lines.append(added);
    if (any && this.#follows) this.#toEnd();
  }

  #toEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }
}

function element({ text, style }) {
  if (!style) return document.createTextNode(text);
  const span = make("span", { text });
  const keys = style.split(";");
  for (const key of keys) {
    if (key.includes("#")) span.style[key[0] === "f" ? "color" : "backgroundColor"] = key.slice(1);
    else span.classList.add(`t${key}`);
  }
  return span;
}
