// npm socket.io-client as remote_socketio_client.cpp is: URL receive|emit|ask COUNT. Prints seconds and processor seconds.
import { io } from "socket.io-client";

const [url, what, text] = process.argv.slice(2);
const count = Number(text);
const socket = io(url, { transports: ["websocket"], reconnection: false });
let begun, cpu;
const end = () => {
  const took = Number(process.hrtime.bigint() - begun) / 1e9;
  const used = process.cpuUsage(cpu);
  console.log(`${took} ${(used.user + used.system) / 1e6}`);
  process.exit();
};
socket.on("connect", () => {
  begun = process.hrtime.bigint();
  cpu = process.cpuUsage();
  if (what === "receive") {
    let came = 0;
    socket.on("progress", (event) => { if (event.fraction > 0) ++came; });
    socket.on("done", () => { if (came !== count) process.exit(1); end(); });
    socket.emit("go", count);
  } else if (what === "emit") {
    socket.emit("count", count, end);
    const event = { job: "7b9cd8f2", step: "encode", fraction: 0.42, message: "frame 1012 of 2400, 48.1 fps" };
    let sent = 0;
    const some = () => {
      for (let i = 0; i < 500 && sent < count; ++i, ++sent) socket.emit("progress", event);
      if (sent < count) setImmediate(some);
    };
    some();
  } else {
    let asked = 0;
    const next = () => { if (asked++ === count) end(); else socket.emit("ask", next); };
    next();
  }
});
