// A server of somebody's that tells its jobs by Socket.IO:
//   node foreign_socketio_peer.mjs [PORT [OPTIONS]]
// Prints `listening PORT`, then a JSON line for each thing that happens. A line on stdin is `{"say": [EVENT, ...]}` to all
// in /jobs, `{"kick": true}` or `{"cut": true}`.
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { Server } from "socket.io";

const [port = "0", options = "{}"] = process.argv.slice(2);
const http = createServer();
const io = new Server(http, JSON.parse(options));
const note = (what, value) => console.log(JSON.stringify({ what, value }));

const jobs = io.of("/jobs");
jobs.use((socket, next) => {
  const { token } = socket.handshake.auth;
  note("asked", { token, origin: socket.handshake.headers.origin ?? null });
  next(token === "right" ? undefined : new Error("wrong token"));
});
jobs.on("connection", (socket) => {
  socket.on("join", (...args) => note("join", args));
  socket.on("stop", (id, ack) => {
    note("stop", id);
    ack();
    setTimeout(() => jobs.emit("job", { id, state: "aborted" }), 50);
  });
  note("connected", socket.conn.transport.name);
});

createInterface({ input: process.stdin }).on("line", (line) => {
  const { say, kick, cut } = JSON.parse(line);
  if (say) jobs.emit(...say);
  if (kick) jobs.disconnectSockets();
  if (cut) for (const socket of jobs.sockets.values()) socket.conn.close();
}).on("close", () => process.exit());

http.listen(Number(port), "127.0.0.1", () => console.log(`listening ${http.address().port}`));
