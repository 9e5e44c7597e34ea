// Follows the hub with clients of other people and prints what it gets, one JSON object a line:
//   node web_clients.mjs CLIENT URL EPOCH:SEQ JOB…
// CLIENT is ws, eventsource, socketio-websocket or socketio-polling. STEPWIRE_TOKEN is the token. Starts behind the position, comes back by it whenever the
// connection breaks, and ends when all the jobs have. Lines: the events, {"note":"open"|"lost"|"snapshot"}.
import { EventSource } from "eventsource";
import { io } from "socket.io-client";
import WebSocket from "ws";

const [client, url, position, ...jobs] = process.argv.slice(2);
const token = process.env.STEPWIRE_TOKEN;
const headers = { Authorization: `Bearer ${token}` };
const left = new Set(jobs);
const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");

/** Prints the event; true when the jobs have ended. */
function take(event) {
  say(event);
  if (event.type === "job.finished") left.delete(event.job);
  return left.size === 0;
}

// Comes back by itself with what it was last told, and says where it is for the case that its session is forgotten.
function socketio(transport) {
  let since = position;
  const socket = io(url, {
    transports: [transport],
    auth: (give) => give({ token, since }),
    reconnectionDelay: 20,
    reconnectionDelayMax: 50,
  });
  socket.on("connect", () => say({ note: "open", recovered: socket.recovered }));
  socket.on("disconnect", (reason) => say({ note: "lost", reason }));
  socket.on("snapshot", () => say({ note: "snapshot" }));
  socket.on("event", (event, offset) => {
    since = offset;
    if (take(event)) socket.disconnect();
  });
}

const clients = {
  "socketio-websocket": () => socketio("websocket"),
  "socketio-polling": () => socketio("polling"),

  // Whoever uses ws connects again themselves, and says where they were.
  ws() {
    let [epoch, seq] = [position.slice(0, position.lastIndexOf(":")), Number(position.slice(position.lastIndexOf(":") + 1))];
    const connect = () => {
      const socket = new WebSocket(url.replace(/^http/, "ws") + "/ws", "stepwire.v1", { headers });
      socket.on("message", (data) => {
        const { id, method, params, result } = JSON.parse(data.toString());
        if (method === "hello") {
          say({ note: "open" });
          socket.send(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "subscribe", params: { epoch, seq } }));
        } else if (id === 1 && !result.recovered) {
          say({ note: "not recovered" });
        } else if (method === "snapshot") {
          say({ note: "snapshot" });
          ({ epoch, seq } = params);
        } else if (method === "event") {
          ({ epoch, seq } = params);
          if (take(params)) socket.close(1000);
        }
      });
      socket.on("error", () => {});
      socket.on("close", (code) => {
        if (!left.size) return say({ note: "closed", code });
        say({ note: "lost" });
        setTimeout(connect, 5);
      });
    };
    connect();
  },

  // An EventSource comes back by itself, with Last-Event-ID; the first position is given to it in the address.
  eventsource() {
    const from = new URL(url + "/events");
    from.searchParams.set("lastEventId", position);
    const source = new EventSource(from, {
      fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, ...headers } }),
    });
    source.addEventListener("open", () => say({ note: "open" }));
    source.addEventListener("error", (error) => say({ note: "lost", code: error.code }));
    source.addEventListener("snapshot", () => say({ note: "snapshot" }));
    source.addEventListener("event", (message) => {
      if (take(JSON.parse(message.data))) source.close();
    });
  },
};

clients[client]();
