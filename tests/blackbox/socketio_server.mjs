// A server of npm socket.io that Stepwire's client is run against:
//   node socketio_server.mjs PACKAGE PORT [OPTIONS [CERTIFICATE KEY]]
// PACKAGE is `socket.io`, or an older one as package.json names it; OPTIONS is JSON for the server. Prints `listening
// PORT`. What clients ask for is answered by the events below.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createSecure } from "node:https";
import { createRequire } from "node:module";

const [name, port, options = "{}", certificate, key] = process.argv.slice(2);
const exported = createRequire(import.meta.url)(name);
const Server = exported.Server ?? exported; // 2.x
const http = certificate ? createSecure({ cert: readFileSync(certificate), key: readFileSync(key) }) : createServer();
const opts = JSON.parse(options);
// `{"allowRequest": "words"}` refuses everybody with these words.
if (typeof opts.allowRequest === "string") { const words = opts.allowRequest; opts.allowRequest = (_, done) => done(words, false); }
const io = new Server(http, opts);
// `{"hideWebSocket": true}` is a proxy that knows nothing of it.
if (opts.hideWebSocket) http.removeAllListeners("upgrade").on("upgrade", (_, raw) => raw.on("error", () => raw.destroy()).end("HTTP/1.1 502 Bad Gateway\r\n\r\n"));
const goodbyes = [];

const serve = (socket) => {
  const numbers = [];
  socket.on("echo", (...args) => {
    const ack = typeof args.at(-1) === "function" ? args.pop() : undefined;
    if (ack) ack(...args); else socket.emit("echoed", ...args);
  });
  socket.on("never", () => {});
  socket.on("handshake", (ack) => ack({
    auth: socket.handshake.auth, headers: socket.handshake.headers, query: socket.handshake.query,
    transport: socket.conn.transport.name, recovered: socket.recovered ?? false, sid: socket.id,
  }));
  socket.on("transport", (ack) => ack(socket.conn.transport.name));
  // The server asks; what the client answers comes back as an event.
  socket.on("ask me", (...args) => socket.emit("question", ...args, (...answer) => socket.emit("your answer", ...answer)));
  socket.on("number", (n, ack) => { numbers.push(n); if (typeof ack === "function") ack(numbers.length); });
  socket.on("numbers", (ack) => ack(numbers));
  socket.on("flood", (count, payload) => { for (let i = 0; i < count; ++i) socket.emit("number", i, payload); });
  socket.on("kick", () => socket.disconnect());
  socket.on("throw out", () => socket.disconnect(true));
  socket.on("break", (after) => {
    socket.conn.close();
    if (after) setTimeout(() => socket.nsp.emit("missed", after), 50);
  });
  socket.on("tell all", (...args) => io.of(socket.nsp.name).emit("told", ...args));
  // Events that come in one piece with the end are read but not told to handlers: they are counted below them.
  let read = 0;
  socket.conn.on("message", (text) => { if (`${text}`.startsWith("2")) ++read; });
  socket.on("disconnect", (reason) => goodbyes.push([reason, read]));
  socket.on("goodbyes", (ack) => ack(goodbyes));
  socket.on("not json", () => socket.conn.send("2[broken"));
};

io.on("connection", serve);
io.of("/jobs").on("connection", serve);
const guarded = io.of("/guarded");
guarded.use((socket, next) => {
  if (socket.handshake.auth?.token === "right") return next();
  next(Object.assign(new Error("wrong token"), { data: { code: 4711 } }));
});
guarded.on("connection", serve);

http.listen(Number(port), "127.0.0.1", () => console.log(`listening ${http.address().port}`));
process.stdin.on("end", () => process.exit()).resume(); // whoever started it has gone
