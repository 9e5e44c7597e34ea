// Frappe as a client in realtime sees it: its web server and its realtime server.
//   node frappe_peer.mjs OPTIONS
// Options (JSON): `generation` 13 (Socket.IO 2, one namespace, site in the rooms' names), 14 (the same with Socket.IO 4),
// 15 (a namespace a site) or 2026 (as 15, in the words of the Python server); `site`, the `default_site` of a bench;
// `port` of the realtime server; `closed`: nobody listens there until `{"open": true}`; `ping`, its interval in ms; `bug`: refuses a wrong namespace and lets in all the same. Prints `listening WEB
// REALTIME`, then a JSON line for each thing that happens. A line on stdin is `{"publish": {event, message, room?}}`, as
// it would come from Redis, `{"cut": true}`, `{"updates": [...]}` for the poll, or `{"sid": "..."}`, the only session.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const options = { generation: 15, site: "site1.local", port: 0, ...JSON.parse(process.argv[2] ?? "{}") };
const namespaced = options.generation >= 15;
const note = (what, value) => console.log(JSON.stringify({ what, value }));
const cookiesOf = (header) => Object.fromEntries((header ?? "").split(";").map((each) => each.trim().split("=")));
const hostname = (url) => url && (url.includes("://") ? url.split("/")[2] : url).split(":")[0];

// ---- the web server

let updates = [];
let session = "good";
const userOf = (request) => {
  if (request.headers.authorization) return request.headers.authorization === "token key:secret" ? "robot@example.org" : null;
  const sid = cookiesOf(request.headers.cookie).sid ?? new URL(request.url, "http://x").searchParams.get("sid");
  return sid === session ? "someone@example.org" : "Guest";
};
const web = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, "http://x");
  const answer = (status, body) => response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
  const user = userOf(request);
  const method = pathname.replace("/api/method/", "");
  if (method === "version") return answer(200, { message: `${options.generation}.4.1` });
  if (user === null) return answer(401, { exc_type: "AuthenticationError" });
  if (method === "frappe.realtime.get_user_info")
    return answer(200, { message: { user, user_type: user === "Guest" ? "Website User" : "System User", installed_apps: ["frappe"] } });
  if (method === "frappe.realtime.has_permission" || method === "frappe.realtime.can_subscribe_doc")
    return searchParams.get("docname") === "secret" ? answer(403, { exc_type: "PermissionError" }) : answer(200, { message: "ok" });
  if (user === "Guest") return answer(403, { exc_type: "PermissionError" });
  if (method === "frappe.auth.get_logged_user") return answer(200, { message: user });
  if (method === "ai_assistant.api.get_progress") {
    note("polled", { conversation: searchParams.get("conversation_id"), at: Date.now() });
    return answer(200, { message: { updates } });
  }
  answer(404, { exc_type: "DoesNotExistError" });
});

// ---- the realtime server

const require = createRequire(import.meta.url);
const http = createServer();
const old = options.generation < 14;
const exported = require(old ? "socket.io-2" : "socket.io");
const pings = options.ping ? { pingInterval: options.ping, pingTimeout: options.ping } : {};
const io = old ? exported(http, pings) : new exported.Server(http, { cors: { origin: true, credentials: true }, cleanupEmptyChildNamespaces: true });
const realtime = namespaced ? io.of(/^\/.*$/) : io;

const siteOf = ({ headers }) => {
  if (headers["x-frappe-site-name"]) return hostname(headers["x-frappe-site-name"]);
  if (options.default_site && ["localhost", "127.0.0.1"].includes(hostname(headers.host))) return options.default_site;
  return hostname(headers.origin ?? headers.host);
};
const ask = (socket, method, query = {}) => {
  const { headers } = socket.request;
  const given = headers.authorization ? { Authorization: headers.authorization } : { Cookie: `sid=${cookiesOf(headers.cookie).sid}` };
  return fetch(`${headers.origin}/api/method/${method}?${new URLSearchParams(query)}`, { headers: given });
};

realtime.use(async (socket, next) => {
  const { headers } = socket.request;
  note("asked", { origin: headers.origin ?? null, nsp: socket.nsp.name, cookie: headers.cookie ?? null });
  const refuse = (words) => next(new Error(words));
  if (namespaced && socket.nsp.name.slice(1) !== siteOf(socket.request)) {
    refuse("Invalid namespace");
    if (!options.bug) return;
  }
  if (hostname(headers.host) !== hostname(headers.origin)) return refuse("Invalid origin");
  if (!headers.cookie && !(namespaced && headers.authorization))
    return refuse(!namespaced ? "No cookie transmitted."
      : `Missing cookie and authorization header. Either one needed${options.generation === 2026 ? "." : " for authentication."}`);
  if (!cookiesOf(headers.cookie).sid && !headers.authorization)
    return refuse(namespaced ? "No authentication method used. Use cookie or authorization header." : "No sid transmitted.");
  try {
    const response = await ask(socket, "frappe.realtime.get_user_info");
    if (!response.ok) throw new Error(response.statusText);
    Object.assign(socket, (await response.json()).message);
    next();
  } catch (error) {
    refuse(options.generation === 2026 ? "Unauthorized" : `Unauthorized: ${error.cause ?? error}`);
  }
});

const room = (socket, name) => (namespaced ? name : `${siteOf(socket.request)}:${name}`);
realtime.on("connection", (socket) => {
  socket.join(room(socket, `user:${socket.user}`));
  socket.join(room(socket, "website"));
  if (socket.user_type === "System User") socket.join(room(socket, "all"));
  socket.on("doc_subscribe", async (doctype, docname) => {
    const { ok } = await ask(socket, "frappe.realtime.has_permission", { doctype, docname });
    if (ok) socket.join(room(socket, `doc:${doctype}/${docname}`));
    note("doc_subscribe", [doctype, docname, ok]);
  });
  for (const event of ["task_subscribe", "progress_subscribe"])
    socket.on(event, (task) => {
      socket.join(room(socket, `task_progress:${task}`));
      note(event, task);
      if (event === "progress_subscribe" && !namespaced)
        socket.emit("task_progress", { task_id: task, message: { lines: { 0: "said before" } } });
    });
  socket.conn.on("packet", ({ type }) => type === "ping" && note("ping", 1));
  note("connected", { user: socket.user, nsp: socket.nsp.name, transport: socket.conn.transport.name });
});

createInterface({ input: process.stdin }).on("line", (line) => {
  const { publish, cut, updates: told, sid, open } = JSON.parse(line);
  if (publish) {
    const { event, message } = publish;
    const where = namespaced ? io.of(`/${options.site}`) : io;
    const to = publish.room && (namespaced ? publish.room : `${options.site}:${publish.room}`);
    (to ? where.to(to) : where).emit(event, message);
  }
  if (cut) io.engine.clients && Object.values(io.engine.clients).forEach((each) => each.close());
  if (told) updates = told;
  if (sid) session = sid;
  if (open) http.listen(options.port, "127.0.0.1");
}).on("close", () => process.exit());

web.listen(0, "127.0.0.1", () => http.listen(options.port, "127.0.0.1",
  () => {
    options.port = http.address().port;
    console.log(`listening ${web.address().port} ${options.port}`);
    if (options.closed) http.close();
  }));
