// How the page shows the output of a step:  node page_terminal.mjs TERMINAL.JS
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const source = readFileSync(process.argv[2], "utf8");
const { Terminal, runsOf } = await import(`data:text/javascript,${encodeURIComponent(source)}`);

const written = (...pieces) => {
  const terminal = new Terminal();
  for (const piece of pieces) terminal.write(piece);
  return terminal;
};
const texts = (terminal) => terminal.lines.map((line) => line.chars.join(""));
const rows = [
  ["lines", ["a\nb\r\nc"], ["a", "b", "c"]],
  ["a carriage return goes back", ["10 %\r20 %\r30 %\n"], ["30 %", ""]],
  ["what is shorter leaves the rest", ["abcdef\rXY"], ["XYcdef"]],
  ["unless it is erased", ["abcdef\rXY\x1b[K"], ["XY"]],
  ["bars of many lines", ["a 1\nb 1\n\x1b[2Aa 2\nb 2\n"], ["a 2", "b 2", ""]],
  ["what is below can be erased", ["a\nb\nc\x1b[2A\r\x1b[J"], ["", "", ""]],
  ["columns", ["abc\x1b[2Dx\x1b[5Gy\b\bz"], ["axczy"]],
  ["tabs", ["a\tb"], ["a       b"]],
  ["titles and progress of terminals are not shown", ["a\x1b]0;title\x07b\x1b]9;4;1;50\x1b\\c"], ["abc"]],
  ["sequences in two pieces", ["a\x1b", "[3", "1mb\x1b[", "0mc"], ["abc"]],
  ["a title in two pieces", ["a\x1b]0;ti", "tle\x1b", "\\b"], ["ab"]],
  ["nothing is lost to a sequence that is none", ["a\x1b\x01b\x1b[\x01c"], ["ab[c"]],
  ["other control characters", ["a\x00\x07\x0e\x7f\x9bb"], ["ab"]],
  ["characters of two units", ["😀é"], ["😀é"]],
  ["other modes", ["\x1b[?25la\x1b[?2004h\x1b(Bb\x1b=c"], ["abc"]],
  ["markup is text", ["<img src=x onerror=alert(1)>&amp;"], ["<img src=x onerror=alert(1)>&amp;"]],
];
for (const [name, pieces, expected] of rows) {
  test(name, () => assert.deepEqual(texts(written(...pieces)), expected));
  // However it is cut.
  test(`${name}, a character at a time`, () => assert.deepEqual(texts(written(...pieces.join(""))), expected));
}

const styles = [
  ["\x1b[31mred\x1b[0m plain", [["red", "f1"], [" plain", ""]]],
  ["\x1b[1;92;44mx\x1b[22;39;49my", [["x", "1;f10;b4"], ["y", ""]]],
  ["\x1b[38;5;196mx\x1b[48;2;1;2;3my", [["x", "f#ff0000"], ["y", "f#ff0000;b#010203"]]],
  ["\x1b[38;5;9mx\x1b[38;5;255my", [["x", "f9"], ["y", "f#eeeeee"]]],
  ["\x1b[3;4;7;9mx\x1b[23;24;27;29my", [["x", "3;4;7;9"], ["y", ""]]],
  ["\x1b[38;2;999;1mx", [["x", "f#ff0100"]]],
];
for (const [text, expected] of styles) {
  test(`colours ${JSON.stringify(text)}`, () => {
    assert.deepEqual(runsOf(written(text).lines[0]).map(({ text: t, style }) => [t, style]), expected);
  });
}

test("it stays small", () => {
  const terminal = written("line\n".repeat(100_000), "x".repeat(1_000_000), `\x1b]${"y".repeat(100_000)}`);
  assert.ok(terminal.lines.length <= 3000, terminal.lines.length);
  assert.ok(terminal.lines.every((line) => line.chars.length <= 2000));
  assert.ok(terminal.dropped > 90_000);
});

test("any noise is taken", () => {
  let seed = 1;
  const random = (n) => { seed = (seed * 48271) % 2147483647; return seed % n; };
  for (let i = 0; i < 2000; ++i) {
    const pieces = Array.from({ length: 1 + random(8) }, () => ["\x1b", "[", "]", "1", ";", "m", "A", "K", "J", "\r", "\n", "\b",
      "\t", "x", "99999", "\x07", "?", "38;5;", "\x9b", "é", "\x1b[5A", "\x1b[2K"][random(22)]);
    const terminal = written(...pieces);
    assert.ok(terminal.lines.every((line) => line.chars.length === line.styles.length && line.chars.every((c) => c !== undefined)));
  }
});
