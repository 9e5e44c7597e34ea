// A client of the hub's Socket.IO that does what it is told: commands come as JSON lines, what happens is printed so.
//   node socketio_hub.mjs URL OPTIONS
import readline from "node:readline";
import { io } from "socket.io-client";

const [url, options] = process.argv.slice(2);
const socket = io(url, { reconnectionDelay: 20, reconnectionDelayMax: 50, ...JSON.parse(options) });
const say = (note, value) => process.stdout.write(JSON.stringify({ note, ...value }) + "\n");

socket.on("connect", () => say("connect", { recovered: socket.recovered }));
socket.on("connect_error", (error) => say("connect_error", { message: error.message, data: error.data }));
socket.on("disconnect", (reason) => say("disconnect", { reason }));
for (const name of ["hello", "snapshot", "event"]) socket.on(name, (value, offset) => say(name, { value, offset }));

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const command = JSON.parse(line);
  if (command.emit) socket.emit(...command.emit, (answer) => say("ack", { id: command.id, answer }));
  if (command.auth) socket.auth = command.auth;
  if (command.cut) socket.io.engine.close();
  if (command.end) socket.disconnect();
}).on("close", () => socket.disconnect());
