// The client code of Slop Studios' WebSocket guide, written again from its text, with the real socket.io-client.
//   node dialect_slop.mjs URL TOKEN SCENARIO [JSON]
// Prints a JSON line for each thing that the guide's code would print, and for each event as it came.
import { io } from "socket.io-client";

const [url, token, scenario, more = "{}"] = process.argv.slice(2);
const given = JSON.parse(more);
const say = (note, value) => process.stdout.write(JSON.stringify({ note, ...value }) + "\n");
const console = { // what the guide prints is what is looked at
  log: (...words) => say("log", { words }),
  error: (...words) => say("error", { words }),
  warn: (...words) => say("warn", { words }),
};
const stdout = { write: (chunk) => { if (typeof chunk !== "string") throw new TypeError("no text: " + chunk); say("chunk", { chunk }); } };

function open(namespace = "", options = {}) {
  const socket = io(url + namespace, { auth: { token }, forceNew: true, transports: ["websocket", "polling"], ...options });
  socket.onAny((event, ...data) => say("event", { namespace: namespace || "/", event, data: data[0], arguments: data.length }));
  socket.on("connect_error", (error) => say("connect_error", { message: error.message, data: error.data }));
  return socket;
}

const until = (socket, ...events) => new Promise((resolve) => {
  for (const event of events) socket.once(event, (data) => setTimeout(resolve, 50, data));
});
const ask = (socket, event, ...payload) => new Promise((resolve) => {
  socket.emit(event, ...payload, (response) => { say("ack", { event, response }); resolve(response); });
});

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function listenClaude(socket, prefix = "claude") {
  socket.on(`${prefix}:queued`, (data) => console.log("Queued at position:", data.queuePosition));
  socket.on(`${prefix}:progress`, (data) => stdout.write(data.output));
  socket.on(`${prefix}:complete`, (data) => {
    console.log("\n\nFull output:", data.output);
    console.log("Duration:", data.durationMs, "ms");
  });
  socket.on(`${prefix}:error`, (data) => console.error("Error:", data.code, data.message));
}

function started(response) {
  if (response.success) console.log("Started process:", response.processId);
  else console.error("Failed to start:", response.error);
}

function listenWorkflow(socket) {
  socket.on("agent:workflow:queued", (data) => console.log("Workflow queued:", data.workflowId, "position:", data.queuePosition));
  socket.on("agent:workflow:started", (data) => console.log("Workflow started:", data.workflowId));
  socket.on("agent:workflow:step:started", (data) => console.log(`Step ${data.stepId} started: ${data.stepName}`));
  socket.on("agent:workflow:step:progress", (data) => console.log(`Step ${data.stepId}: ${data.progress}%`));
  socket.on("agent:workflow:step:completed", (data) => console.log(`Step ${data.stepId} complete:`, data.output));
  socket.on("agent:workflow:step:failed", (data) => console.error(`Step ${data.stepId} failed:`, data.error));
  socket.on("agent:workflow:completed", (data) => console.log("Workflow complete:", data.results));
  socket.on("agent:workflow:failed", (data) => console.error("Workflow failed:", data.error));
  socket.on("agent:workflow:cancelled", (data) => console.log("Workflow cancelled:", data.workflowId));
  socket.on("agent:error", (data) => console.error("Agent error:", data.code, data.message));
}

const ended = ["agent:workflow:completed", "agent:workflow:failed", "agent:workflow:cancelled"];

const scenarios = {
  async connection() {
    const socket = open();
    socket.on("connect", () => console.log("Connected:", socket.id));
    await until(socket, "authenticated");
    await Promise.all([until(open("/media"), "authenticated"), until(open("/notifications"), "authenticated")]);
  },
  async refused() {
    for (const options of [{ auth: {} }, { auth: { token: "wrong" } }]) await until(open("", options), "connect_error");
    await until(open("/nope"), "connect_error");
    await until(open("", { auth: {}, transports: ["polling"], extraHeaders: { authorization: "Bearer " + token } }), "connect");
    say("by header", {});
  },
  async crowded() {
    for (let i = 0; i < 11; ++i) await until(open(), "authenticated", "connect_error");
  },
  async refresh() { // connect_error, a new token, connect again
    const socket = open("", { auth: { token: "expired" } });
    await until(socket, "connect_error");
    socket.auth.token = token;
    socket.connect();
    await until(socket, "authenticated");
  },
  async process() {
    const socket = open();
    const prefix = given.prefix ?? "claude";
    listenClaude(socket, prefix);
    const end = until(socket, `${prefix}:complete`);
    socket.emit(`${prefix}:execute`, { prompt: given.prompt, streaming: true }, started);
    await end;
  },
  async processFails() {
    const socket = open();
    listenClaude(socket);
    socket.on("error", (error) => console.error("operation", error.code, error.retryAfter));
    const end = given.wait && until(socket, given.wait);
    await ask(socket, "claude:execute", given.payload);
    await end;
    await pause(100);
  },
  async processCancel() {
    const socket = open();
    listenClaude(socket);
    const progress = until(socket, "claude:progress");
    const { processId } = await ask(socket, "claude:execute", { prompt: given.prompt });
    await progress;
    await ask(socket, "claude:status", processId);
    const error = until(socket, "claude:error");
    socket.emit("claude:cancel", processId, (response) => { if (response.success) console.log("Process cancelled"); });
    await error;
    await ask(socket, "claude:status", processId);
    await ask(socket, "claude:cancel", processId);
    await ask(socket, "claude:status", "proc_xxx");
    await ask(socket, "claude:cancel", "proc_xxx");
    await pause(100);
  },
  async queue() {
    const socket = open();
    listenClaude(socket);
    const ends = [];
    let seen = 0;
    const all = new Promise((resolve) => socket.on("claude:complete", () => { if (++seen === given.count) setTimeout(resolve, 50); }));
    for (let i = 0; i < given.count; ++i) ends.push(ask(socket, "claude:execute", { prompt: `${given.prompt} ${i}` }));
    const answers = await Promise.all(ends);
    await ask(socket, "claude:status", answers.at(-1).processId);
    await all;
  },
  async refusedQueue() {
    const socket = open();
    for (let i = 0; i < given.count; ++i) await ask(socket, "claude:execute", { prompt: given.prompt });
    await pause(50);
  },
  async many() { // more starts than a minute may have
    const socket = open();
    socket.on("error", (error) => console.error("operation", error.code, error.retryAfter));
    for (let i = 0; i < given.count; ++i) await ask(socket, "claude:execute", { prompt: "x" });
    await pause(100);
  },
  async strudelValidate() {
    const socket = open();
    for (const code of given.codes)
      await new Promise((resolve) => socket.emit("strudel:validate", { code }, (response) => {
        say("ack", { event: "strudel:validate", response });
        if (response.success) console.log("Code is valid");
        else console.error("Validation errors:", response.errors);
        resolve();
      }));
    await pause(100);
  },
  async strudel() {
    const socket = open();
    const end = until(socket, "strudel:complete", "strudel:error");
    socket.on("strudel:validated", (data) => console.log("Code validated for process:", data.processId));
    socket.on("strudel:queued", (data) => console.log("Queued at position:", data.queuePosition));
    socket.on("strudel:progress", (data) => console.log(`Rendering: ${data.progress}%`));
    socket.on("strudel:complete", (data) => {
      console.log("Audio URL:", data.audioUrl);
      console.log("Duration:", data.durationMs, "ms");
    });
    socket.on("strudel:error", (data) => console.error("Render error:", data.code, data.message));
    socket.emit("strudel:execute", { code: given.code, options: { duration: given.duration, sampleRate: 44100 } }, (response) => {
      say("ack", { event: "strudel:execute", response });
      started(response);
      if (given.cancel) {
        const { processId } = response;
        socket.emit("strudel:status", { processId }, (answer) => {
          say("ack", { event: "strudel:status", response: answer });
          if (answer.success) console.log("Status:", answer.status);
          socket.emit("strudel:cancel", { processId }, (gone) => {
            say("ack", { event: "strudel:cancel", response: gone });
            if (gone.success) console.log("Process cancelled");
          });
        });
      }
    });
    const data = await end;
    if (data.audioUrl) {
      const answer = await fetch(data.audioUrl);
      const bytes = new Uint8Array(await answer.arrayBuffer());
      say("file", { status: answer.status, type: answer.headers.get("content-type"), bytes: bytes.length,
        same: Buffer.from(bytes).toString("base64") === data.audioData, head: Buffer.from(bytes.slice(0, 4)).toString() });
    }
    await ask(socket, "strudel:status", { processId: "proc_xxx" });
    await ask(socket, "strudel:cancel", "proc_xxx");
  },
  async workflow() {
    const socket = open();
    listenWorkflow(socket);
    const end = until(socket, ...ended);
    socket.emit("agent:workflow:execute", { workflowId: given.workflow, input: given.input ?? {} }, (response) => {
      say("ack", { event: "agent:workflow:execute", response });
      if (response.success) console.log("Workflow started:", response.executionId);
      else console.error("Failed to start:", response.error);
    });
    await end;
    await ask(socket, "agent:workflow:status", { workflowId: given.workflow });
  },
  async definition() { // as the server itself wants a workflow
    const socket = open();
    listenWorkflow(socket);
    const end = until(socket, ...ended);
    await ask(socket, "agent:workflow:execute", { workflow: given.workflow, context: {} });
    if (!given.refused) await end;
    await pause(50);
  },
  async workflowQueue() {
    const socket = open();
    listenWorkflow(socket);
    let left = 2;
    const both = new Promise((resolve) => socket.on("agent:workflow:completed", () => { if (--left === 0) setTimeout(resolve, 50); }));
    await ask(socket, "agent:workflow:execute", { workflowId: given.workflow });
    await ask(socket, "agent:workflow:execute", { workflowId: given.workflow });
    await both;
  },
  async workflowControl() {
    const socket = open();
    listenWorkflow(socket);
    const end = until(socket, ...ended);
    const step = until(socket, "agent:workflow:step:started");
    const { executionId } = await ask(socket, "agent:workflow:execute", { workflowId: given.workflow, input: {} });
    await step;
    for (const id of [{ workflowId: given.workflow }, { executionId }]) {
      await ask(socket, "agent:workflow:status", id);
      await ask(socket, "agent:workflow:pause", id);
      await ask(socket, "agent:workflow:status", id);
      await ask(socket, "agent:workflow:resume", id);
    }
    await ask(socket, "agent:workflow:cancel", { workflowId: given.workflow });
    await end;
    await ask(socket, "agent:workflow:cancel", { executionId });
    await ask(socket, "agent:workflow:status", {});
    await ask(socket, "agent:workflow:status", { workflowId: "wf_xxx" });
    await ask(socket, "agent:workflow:execute", {});
    await ask(socket, "agent:workflow:execute", { workflowId: "wf_xxx" });
  },
  async agents() {
    const socket = open();
    listenWorkflow(socket);
    socket.on("agent:critique:iteration", (data) => console.log(`Iteration ${data.iteration}:`, data.feedback));
    socket.on("agent:critique:converged", (data) => console.log("Converged after", data.iterations, "iterations"));
    socket.on("agent:critique:completed", (data) => console.log("Final result:", data.result));
    socket.on("agent:critique:error", (data) => console.error("Critique error:", data.error));
    socket.on("agent:discussion:round-started", (data) => console.log(`Round ${data.round} started`));
    socket.on("agent:discussion:contribution", (data) => console.log(`${data.agentRole}: ${data.contribution}`));
    socket.on("agent:discussion:round-completed", (data) => console.log(`Round ${data.round} complete`));
    socket.on("agent:discussion:converged", () => console.log("Discussion converged"));
    socket.on("agent:discussion:completed", (data) => {
      console.log("Synthesis:", data.synthesis);
      console.log("Consensus reached:", data.consensusReached);
    });
    socket.on("agent:discussion:error", (data) => console.error("Discussion error:", data.error));
    const calls = {
      orchestrate: ["agent:orchestrate", { task: "Generate a marketing strategy", agents: ["researcher", "writer", "reviewer"] }],
      critique: ["agent:critique:execute", { content: "Draft content to critique", criteria: ["accuracy", "clarity", "completeness"] }],
      discussion: ["agent:discussion:execute", { topic: given.topic ?? "Best approach for feature X", participants: ["architect", "developer", "qa"] }],
    };
    const end = until(socket, ...ended, ...(given.refused ? ["agent:error"] : []));
    const response = await ask(socket, ...calls[given.which]);
    if (response.success) console.log("started:", response.executionId);
    await end;
  },
  async rooms() {
    const socket = open();
    const other = open("/media");
    await Promise.all([until(socket, "authenticated"), until(other, "authenticated")]);
    const joined = until(socket, "roomJoined");
    socket.emit("joinRoom", `workflow:${given.workflow}`, (response) => {
      if (response.success) console.log("Joined room:", response.room);
      else console.error("Failed to join room:", response.error);
    });
    await joined;
    const end = until(socket, ...ended);
    await ask(other, "agent:workflow:execute", { workflowId: given.workflow });
    await end;
    socket.emit("leaveRoom", `workflow:${given.workflow}`, (response) => { if (response.success) console.log("Left room:", response.room); });
    await until(socket, "roomLeft");
    say("left", {});
    const again = until(other, ...ended);
    await ask(other, "agent:workflow:execute", { workflowId: given.workflow });
    await again;
    await ask(socket, "joinRoom", "");
  },
  async heartbeat() {
    const socket = open();
    await until(socket, "authenticated");
    await new Promise((resolve) => socket.emit("ping", {}, (response) => {
      if (!response) console.warn("Server not responding");
      say("ack", { event: "ping", response });
      resolve();
    }));
    await ask(socket, "ping");
    await ask(socket, "heartbeat", { timestamp: Date.now() });
    await ask(socket, "getConnectionInfo");
    await ask(socket, "no:such:event", {});
    await ask(socket, "logout");
    await ask(socket, "claude:execute", { prompt: "after it" });
    await ask(socket, "authenticate", { token });
    await ask(socket, "claude:status", "proc_xxx");
    const gone = until(socket, "disconnect");
    await ask(socket, "authenticate", { token: "wrong" });
    await gone;
    say("gone", {});
    await pause(50);
  },
  async media() {
    const media = open("/media");
    media.on("mediaProgress", (data) => {
      console.log(`Media ${data.mediaId}: ${data.progress}% - ${data.stage}`);
      if (data.message) console.log("Message:", data.message);
    });
    media.on("mediaComplete", (data) => {
      console.log("Media ready:", data.url);
      if (data.thumbnailUrl) console.log("Thumbnail:", data.thumbnailUrl);
    });
    media.on("mediaError", (data) => console.error(`Media ${data.mediaId} error:`, data.error));
    for (const id of given.ids)
      await new Promise((resolve) => media.emit("subscribeMedia", id, (response) => {
        if (response.success) console.log("Subscribed to media:", response.mediaId);
        resolve();
      }));
    const ends = Promise.all([until(media, "mediaComplete"), until(media, "mediaError")]);
    say("subscribed", {});
    const [complete] = await ends;
    say("file", { status: (await fetch(complete.url)).status });
    await new Promise((resolve) => media.emit("unsubscribeMedia", given.ids[0], () => { console.log("Unsubscribed"); resolve(); }));
    const over = until(media, "mediaComplete");
    await ask(media, "subscribeMedia", given.ids[0]); // one that is over is told at once
    await over;
  },
  async notifications() {
    const socket = open("/notifications");
    await until(socket, "authenticated");
    let left = given.count;
    let through;
    const all = new Promise((resolve) => (through = resolve));
    socket.on("notification", (data) => {
      console.log(`[${data.type.toUpperCase()}] ${data.title}`);
      console.log(data.message);
      console.log("ID:", data.id);
      console.log("Time:", data.timestamp);
      if (data.data) console.log("Additional data:", data.data);
      if (--left === 0) through();
    });
    say("listening", {});
    await all;
  },
  async hostile() { // everything with all kinds of nonsense: each is answered, and nobody falls
    const socket = open();
    await until(socket, "authenticated");
    const deep = [];
    for (let at = deep, i = 0; i < 200; ++i) at.push((at = []));
    const nonsense = [undefined, null, 0, -1.5, "", "x".repeat(70000), [], [[]], {}, deep, { processId: {} }, { executionId: [] },
      { prompt: {}, code: [], options: 3 }, { workflowId: 5, workflow: "x" }, { workflow: { id: "a", steps: {} } },
      { workflow: { id: "a", steps: [null, 1] } }, { task: 1, id: {} }, { room: "\u0000" }, Buffer.from([0, 255, 1]), { prompt: "\u0000\ud800" }];
    let unanswered = 0;
    for (const event of ["joinRoom", "leaveRoom", "subscribeMedia", "unsubscribeMedia", "ping", "heartbeat", "getConnectionInfo",
      ...["claude", "strudel", "x y", "", ":"].flatMap((p) => ["execute", "status", "cancel", "validate", "other"].map((v) => `${p}:${v}`)),
      ...["execute", "status", "cancel", "pause", "resume", "x"].map((v) => `agent:workflow:${v}`),
      "agent:orchestrate", "agent:critique:execute", "agent:discussion:execute", "agent:", "", "nothing"])
      await Promise.all(nonsense.map((data) => new Promise((resolve) => {
        const timer = setTimeout(() => { ++unanswered; say("unanswered", { event, data: String(data).slice(0, 50) }); resolve(); }, 10000);
        socket.emit(event, data, () => { clearTimeout(timer); resolve(); });
      })));
    say("unanswered all", { unanswered, connected: socket.connected });
  },
  async stopped() { // the hub ends meanwhile
    const socket = open("", { reconnection: false });
    listenClaude(socket);
    const [gone, progress] = [until(socket, "disconnect"), until(socket, "claude:progress")];
    await ask(socket, "claude:execute", { prompt: given.prompt });
    await progress;
    say("running", {});
    console.log("Disconnected:", await gone);
  },
  async afterRestart() {
    const socket = open();
    for (const id of given.ids) {
      await ask(socket, "joinRoom", `claude:${id}`);
      await ask(socket, "claude:status", id);
    }
    const end = until(socket, "claude:complete");
    say("joined", {});
    await end;
  },
  async components() { // what the guide's React components keep, and its way to look at all events
    const socket = open();
    const done = Promise.all([until(socket, "agent:workflow:completed"), until(socket, "claude:complete")]);
    const originalOn = socket.on.bind(socket);
    socket.on = (event, handler) => originalOn(event, (...args) => { console.log("Event:", event, args); return handler(...args); });
    const workflowId = given.workflow;
    let [progress, status, output, isStreaming] = [0, "pending", "", true];
    const handleStepProgress = (data) => { if (data.workflowId === workflowId) progress = data.progress; };
    socket.on("agent:workflow:step:progress", handleStepProgress);
    socket.on("agent:workflow:completed", (data) => { if (data.workflowId === workflowId) { say("state", { progress }); status = "completed"; progress = 100; } });
    socket.on("agent:workflow:failed", (data) => { if (data.workflowId === workflowId) status = "failed"; });
    socket.on("claude:progress", (data) => { output = output + data.output; });
    socket.on("claude:complete", () => { isStreaming = false; });
    socket.on("claude:error", (data) => { console.error("Error:", data.message); isStreaming = false; });
    socket.emit("agent:workflow:execute", { workflowId, input: {} }, () => {});
    socket.emit("claude:execute", { prompt: "three little words", streaming: true }, (response) => {
      if (!response.success) { console.error("Failed to start:", response.error); isStreaming = false; }
    });
    await done;
    say("state", { progress, status, output, isStreaming });
    socket.off("agent:workflow:step:progress");
    socket.close();
  },
  async reconnect() { // a cut connection comes back, rooms are joined again
    const socket = open("", { reconnectionDelay: 20, reconnectionDelayMax: 50 });
    await until(socket, "authenticated");
    socket.io.on("reconnect", (attempts) => console.log("Reconnected after", attempts, "attempts"));
    const end = until(socket, "agent:workflow:completed");
    const step = until(socket, "agent:workflow:step:started");
    await ask(socket, "agent:workflow:execute", { workflowId: given.workflow });
    await step;
    const back = until(socket, "authenticated");
    socket.io.engine.close();
    await back;
    await ask(socket, "joinRoom", `workflow:${given.workflow}`);
    say("joined", {});
    await end;
    socket.disconnect();
    socket.connect();
    await until(socket, "authenticated");
  },
};

await scenarios[scenario]();
process.stdout.write(JSON.stringify({ note: "end" }) + "\n", () => process.exit(0)); // when all has been taken
