// A server of Socket.IO that costs next to nothing, so that clients are what is measured: over a WebSocket, with frames
// that were made beforehand. `go N` brings N events and then `done`; `count N` is answered when N further events came; `ask`
// is acknowledged. Prints its port.
import { WebSocketServer } from "ws";

const EVENT = { job: "7b9cd8f2", step: "encode", fraction: 0.42, message: "frame 1012 of 2400, 48.1 fps", at: 1760000000123,
                queue: { waiting: 3, running: 2 }, tags: ["video", "nightly"] };
const frame = (text) => {
  const payload = Buffer.from(text);
  const head = payload.length < 126 ? Buffer.from([0x81, payload.length]) : Buffer.from([0x81, 126, payload.length >> 8, payload.length & 255]);
  return Buffer.concat([head, payload]);
};
const BLOCK = 500;
const block = Buffer.concat(Array(BLOCK).fill(frame(`42${JSON.stringify(["progress", EVENT])}`)));

const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false }, () => console.log(server.address().port));
server.on("connection", (ws) => {
  let left = 0, awaited = 0, counted;
  const raw = ws._socket;
  const flood = () => {
    while (left > 0) {
      left -= BLOCK;
      if (!raw.write(block)) return raw.once("drain", flood);
    }
    raw.write(frame('42["done"]'));
  };
  ws.send('0{"sid":"flood","upgrades":[],"pingInterval":600000,"pingTimeout":600000,"maxPayload":1000000}');
  ws.on("message", (data) => {
    if (awaited > 0) { if (--awaited === 0) ws.send(counted); return; } // nothing is parsed while they are counted
    const text = data.toString();
    if (text === "40") return ws.send('40{"sid":"flood"}');
    const [, id, body] = /^42(\d*)(\[.*)$/.exec(text) ?? [];
    if (!body) return;
    const [event, count] = JSON.parse(body);
    if (event === "go") { left = count; flood(); }
    if (event === "count") { awaited = count; counted = `43${id}[]`; }
    if (event === "ask") ws.send(`43${id}[]`);
  });
});
