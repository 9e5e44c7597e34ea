// The output of a step as a terminal would show it: lines of cells with colours, carriage returns and the few sequences
// by which programs draw over what they have drawn. Knows no page; the newest lines are kept.

const MOST_LINES = 3000;
const MOST_COLUMNS = 2000; // of a line; what is longer is continued on the next
const PLAIN = "";

// Text | control sequence (CSI) | string to the terminal (OSC, DCS, …) | other escape | control character
const TOKEN = /([^\x00-\x1f\x7f-\x9f]+)|\x1b\[([0-?]*)([ -/]*)([@-~])|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[ -/]*[0-Z\\^-~]|([\x00-\x1f\x7f-\x9f])/gy;
// What may still become a sequence when more comes.
const UNFINISHED = /\x1b(?:\[[0-?]*[ -/]*|[\]PX^_][^\x07\x1b]*\x1b?|[ -/]*)?$/;
const LONGEST_UNFINISHED = 4096;

/** A line: characters, and the style of each as a key such as `1;f2;b#102030`. */
class Line {
  chars = [];
  styles = [];
  changed = true;
}

class Pen {
  flags = new Set(); // of 1 bold, 2 dim, 3 italic, 4 underlined, 7 inverse, 9 struck
  fore = "";
  back = "";
  key = PLAIN;

  apply(parameters) {
    const codes = parameters === "" ? [0] : parameters.split(/[;:]/).map(Number);
    for (let i = 0; i < codes.length; ++i) {
      const code = codes[i];
      if (code === 0) this.clear();
      else if ([1, 2, 3, 4, 7, 9].includes(code)) this.flags.add(code);
      else if (code === 22) [1, 2].forEach((flag) => this.flags.delete(flag));
      else if ([23, 24, 27, 29].includes(code)) this.flags.delete(code - 20);
      else if (code >= 30 && code <= 37) this.fore = `f${code - 30}`;
      else if (code >= 90 && code <= 97) this.fore = `f${code - 82}`;
      else if (code === 39) this.fore = "";
      else if (code >= 40 && code <= 47) this.back = `b${code - 40}`;
      else if (code >= 100 && code <= 107) this.back = `b${code - 92}`;
      else if (code === 49) this.back = "";
      else if (code === 38 || code === 48) {
        const letter = code === 38 ? "f" : "b";
        let colour = "";
        if (codes[i + 1] === 5) {
          colour = letter + indexed(codes[i + 2]);
          i += 2;
        } else if (codes[i + 1] === 2) {
          colour = letter + hex(codes.slice(i + 2, i + 5));
          i += 4;
        }
        if (code === 38) this.fore = colour;
        else this.back = colour;
      }
    }
    this.key = [...this.flags].sort().concat(this.fore || [], this.back || []).join(";");
  }

  clear() {
    this.flags.clear();
    this.fore = "";
    this.back = "";
    this.key = PLAIN;
  }
}

function hex(channels) {
  return "#" + [0, 1, 2].map((i) => Math.min(255, Math.max(0, channels[i] | 0)).toString(16).padStart(2, "0")).join("");
}

/** One of the 256 colours: the first 16 are the page's own. */
function indexed(n) {
  n = Math.min(255, Math.max(0, n | 0));
  if (n < 16) return String(n);
  if (n >= 232) return hex([8, 8, 8].map((base) => base + 10 * (n - 232)));
  const level = (i) => (i === 0 ? 0 : 55 + 40 * i);
  const cube = n - 16;
  return hex([level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6)]);
}

export class Terminal {
  lines = [new Line()];
  dropped = 0; // lines that were before these
  #row = 0;
  #column = 0;
  #pen = new Pen();
  #pending = "";

  write(text) {
    text = this.#pending + text;
    const unfinished = UNFINISHED.exec(text);
    this.#pending = unfinished && unfinished[0].length < LONGEST_UNFINISHED ? unfinished[0] : "";
    const end = text.length - this.#pending.length;
    TOKEN.lastIndex = 0;
    let last = 0;
    while (last < end) {
      TOKEN.lastIndex = last;
      const token = TOKEN.exec(text);
      if (!token || token[0] === "") { // an escape that is none
        ++last;
        continue;
      }
      last = TOKEN.lastIndex;
      if (token[1] !== undefined) this.#print(token[1]);
      else if (token[4] !== undefined) this.#control(token[2], token[4]);
      else if (token[5] !== undefined) this.#character(token[5]);
    }
  }

  /** A line of our own between what the program wrote. */
  remark(text) {
    if (this.#line().chars.length) this.#newLine();
    const before = this.#pen.key;
    this.#pen.key = "2;3";
    this.#print(text);
    this.#pen.key = before;
    this.#newLine();
  }

  #line() {
    return this.lines[this.#row];
  }

  #print(text) {
    for (const char of text) {
      if (this.#column >= MOST_COLUMNS) this.#newLine();
      const line = this.#line();
      while (line.chars.length < this.#column) {
        line.chars.push(" ");
        line.styles.push(PLAIN);
      }
      line.chars[this.#column] = char;
      line.styles[this.#column] = this.#pen.key;
      line.changed = true;
      ++this.#column;
    }
  }

  #newLine() {
    this.#column = 0;
    if (++this.#row < this.lines.length) return;
    this.lines.push(new Line());
    if (this.lines.length > MOST_LINES) {
      // Some at once: to move all lines for each one would be slow.
      const surplus = this.lines.length - MOST_LINES + 200;
      this.lines.splice(0, surplus);
      this.dropped += surplus;
      this.#row -= surplus;
    }
  }

  #character(c) {
    if (c === "\n") this.#newLine();
    else if (c === "\r") this.#column = 0;
    else if (c === "\b") this.#column = Math.max(0, this.#column - 1);
    else if (c === "\t") this.#column = Math.min(MOST_COLUMNS - 1, (Math.floor(this.#column / 8) + 1) * 8);
  }

  #control(parameters, final) {
    if (final === "m") {
      if (!/[<-?]/.test(parameters)) this.#pen.apply(parameters);
      return;
    }
    const number = Number.parseInt(parameters, 10);
    const n = Math.max(1, number || 1);
    if (final === "A" || final === "F") this.#row = Math.max(0, this.#row - Math.min(n, 200));
    else if (final === "B" || final === "E") this.#row = Math.min(this.lines.length - 1, this.#row + n);
    else if (final === "C") this.#column = Math.min(MOST_COLUMNS - 1, this.#column + n);
    else if (final === "D") this.#column = Math.max(0, this.#column - n);
    else if (final === "G") this.#column = Math.min(MOST_COLUMNS - 1, n - 1);
    else if (final === "K") this.#erase(this.#line(), number || 0);
    else if (final === "J" && !(number > 0)) {
      this.#erase(this.#line(), 0);
      for (const line of this.lines.slice(this.#row + 1)) this.#erase(line, 2);
    }
    if (final === "E" || final === "F") this.#column = 0;
  }

  #erase(line, how) {
    if (how !== 1) {
      line.chars.length = how === 0 ? Math.min(line.chars.length, this.#column) : 0;
      line.styles.length = line.chars.length;
    } else {
      const to = Math.min(line.chars.length, this.#column + 1);
      line.chars.fill(" ", 0, to);
      line.styles.fill(PLAIN, 0, to);
    }
    line.changed = true;
  }
}

/** Runs of a line that look the same: `{ text, style }`. */
export function runsOf(line) {
  const runs = [];
  for (let i = 0; i < line.chars.length; ++i) {
    const style = line.styles[i];
    if (runs.length && runs.at(-1).style === style) runs.at(-1).text += line.chars[i];
    else runs.push({ text: line.chars[i], style });
  }
  return runs;
}
