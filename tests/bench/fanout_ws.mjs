// The fan-out with npm `ws`: a line from the publisher's Unix socket goes to every client as one message. PUBLISHERS_PATH
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { WebSocketServer } from "ws";

const clients = new WebSocketServer({ host: "127.0.0.1", port: 0, clientTracking: true });
createServer((publisher) => {
  publisher.on("error", () => publisher.destroy());
  createInterface({ input: publisher }).on("line", (line) => {
    const message = Buffer.from(line); // encoded once for all
    for (const client of clients.clients) client.send(message, { binary: false });
  });
}).listen(process.argv[2], () => {
  const tell = () => console.log(`${clients.address().port}\nready`);
  if (clients.address()) tell();
  else clients.on("listening", tell);
});
clients.on("connection", (client) => client.on("error", () => client.terminate()));
