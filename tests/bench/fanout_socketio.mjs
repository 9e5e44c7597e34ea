// The fan-out with npm `socket.io`: a line from the publisher's Unix socket, which is JSON, goes to every client as one
// event. PUBLISHERS_PATH [--recovery]
import { createServer as createHttp } from "node:http";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { Server } from "socket.io";

const http = createHttp();
const io = new Server(http, process.argv[3] === "--recovery" ? { connectionStateRecovery: {} } : {});
createServer((publisher) => {
  publisher.on("error", () => publisher.destroy());
  createInterface({ input: publisher }).on("line", (line) => io.emit("event", JSON.parse(line)));
}).listen(process.argv[2], () => {
  http.listen(0, "127.0.0.1", () => console.log(`${http.address().port}\nready`));
});
