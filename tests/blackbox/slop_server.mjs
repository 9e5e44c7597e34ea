// What Slop Studios 3 does on the wire, its mistakes included. What work does is said by its prompt or code; lines on
// stdin say what happens when: `release` lets go on what waits, `cut` breaks the connections, `kick` ends them,
// `forget` loses all state, `media` and `notification` send what the real one only declares.

import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { Server } from "socket.io";

const http = createServer();
const io = new Server(http, {
  path: "/socket.io/", transports: ["websocket", "polling"], pingInterval: 25000, pingTimeout: 20000,
  connectTimeout: 10000, allowEIO3: true,
});
const say = (...words) => console.log(words.join(" "));
const now = () => new Date().toISOString();
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
let waiting = [];
const released = () => new Promise((resolve) => waiting.push(resolve));
const work = async (prompt) => { if (prompt.includes("wait")) await released(); else await pause(20); };

let count = 0;
const states = new Map(); // by id: what status answers
const runs = new Map(); // of workflows: {cancelled, paused}
const connects = [];
const mostConnects = Number(process.argv[2] ?? 1000); // 10 within 60 s in the real one
const windowMs = Number(process.argv[3] ?? 60000);

function allowed(socket, next) {
  const { token, sessionId } = socket.handshake.auth;
  if (token !== "good" && sessionId !== "good-session") return next(new Error("Unauthorized"));
  connects.push(Date.now());
  if (connects.filter((at) => at > Date.now() - windowMs).length > mostConnects)
    return next(new Error("Too many connections"));
  next();
}

function claude(socket) {
  const refuse = (code, message, callback) => {
    socket.emit("claude:error", { code, message, timestamp: now() });
    callback({ success: false, error: message });
  };
  socket.on("claude:execute", async (data, callback) => {
    if (typeof data?.prompt !== "string")
      return refuse("INVALID_PAYLOAD", "Invalid payload: prompt is required and must be a string", callback);
    if (data.prompt === "much") return refuse("RATE_LIMIT_EXCEEDED", "Rate limit exceeded. Please wait before making more requests.", callback);
    if (data.prompt === "silence") return;
    const processId = `claude_${Date.now()}_${++count}`;
    const room = `claude:${processId}`;
    const state = { status: "running" };
    states.set(processId, state);
    callback({ success: true, processId });
    socket.join(room);
    const chunk = (text) => socket.emit("claude:progress", { processId, status: "running", data: text, timestamp: now() });
    if (data.prompt.startsWith("queue")) {
      Object.assign(state, { status: "queued", queuePosition: 2 });
      socket.emit("claude:queued", { processId, queuePosition: 2, message: "Request queued due to high load.", timestamp: now() });
      await work(data.prompt);
      Object.assign(state, { status: "running", queuePosition: undefined });
      socket.emit("claude:progress", { processId, status: "running", message: "Process started executing", timestamp: now() });
      chunk("at last\n");
      state.status = "completed"; // and no claude:complete: the exit ends its loop before that
      return;
    }
    socket.emit("claude:progress", { processId, status: "running", message: "Process started", timestamp: now() });
    chunk("one ");
    await work(data.prompt);
    if (state.status === "cancelled") return;
    chunk("two\n");
    const fails = data.prompt.includes("fail");
    state.status = fails ? "failed" : "completed";
    const result = {
      id: processId, userId: "u1", status: state.status, stdout: "one two\n", stderr: fails ? "no credit\n" : "",
      exitCode: fails ? 1 : 0, durationMs: 20,
    };
    socket.emit("claude:complete", { processId, result, timestamp: now() });
    socket.to(room).emit("claude:complete", { processId, result, timestamp: now() });
    socket.leave(room);
  });
  socket.on("claude:cancel", (processId, callback) => {
    const state = states.get(processId);
    if (!state) return callback({ success: false, error: "Process not found" });
    if (state.status !== "running") return callback({ success: false, error: "Could not cancel process (may already be completed)" });
    state.status = "cancelled";
    callback({ success: true, message: "Process cancelled successfully" });
    socket.emit("claude:error", { processId, code: "CANCELLED", message: "Process was cancelled by user", timestamp: now() });
  });
  socket.on("claude:status", (processId, callback) => {
    const state = states.get(processId);
    if (!state) return callback({ success: false, error: "Process not found" });
    callback({ success: true, ...state });
  });
}

function strudel(socket) {
  socket.on("strudel:execute", async (data, callback) => {
    if (data.code === "bad") {
      const message = "Invalid payload: code cannot be empty";
      socket.emit("strudel:error", { code: "VALIDATION_ERROR", message });
      return callback({ success: false, error: { code: "VALIDATION_ERROR", message } });
    }
    const processId = `strudel_${Date.now()}_${++count}`;
    const state = { status: "pending", progress: 0 };
    states.set(processId, state);
    const step = (status, progress) => {
      Object.assign(state, { status, progress });
      socket.emit("strudel:progress", { processId, status, progress });
    };
    if (data.code.startsWith("queue")) {
      Object.assign(state, { status: "queued", queuePosition: 1 });
      for (let i = 0; i < 2; ++i) socket.emit("strudel:queued", { processId, position: 1, queueLength: 1 });
      await work(data.code);
      step("rendering", 10);
      step("complete", 100); // no complete and no acknowledgement: that is how it ends when it was queued
      return;
    }
    step("validating", 0);
    step("rendering", 10);
    await work(data.code);
    if (state.status === "cancelled") return;
    step("rendering", 50);
    step("complete", 100);
    const audio = { format: "wav", duration: 2, sampleRate: 44100, channels: 2, fileSize: 352844 };
    socket.emit("strudel:complete", { processId, success: true, audioData: "UklGRg==", ...audio, renderTimeMs: 5, totalTimeMs: 6 });
    callback({ success: true, processId, status: "complete", audioMetadata: audio, timing: {} });
  });
  socket.on("strudel:cancel", (data, callback) => {
    const processId = typeof data === "string" ? data : data?.processId;
    const state = states.get(processId);
    if (!state || state.status === "complete") return callback({ success: true, cancelled: false });
    state.status = "cancelled";
    callback({ success: true, cancelled: true });
    socket.emit("strudel:error", { processId, code: "CANCELLED", message: "Process was cancelled by user" });
  });
  socket.on("strudel:status", (data, callback) => {
    const state = states.get(typeof data === "string" ? data : data?.processId);
    callback({ success: true, status: state ?? null });
  });
}

async function runWorkflow(state, steps, tell) {
  const executionId = state.id;
  const run = { cancelled: false, paused: false };
  runs.set(executionId, run);
  const emit = (type, data) => tell.listener?.(type, { executionId, ...data, timestamp: now() });
  emit("started", { workflowId: state.workflowId, totalSteps: steps.length });
  for (const step of steps) {
    if (run.cancelled || run.paused) break;
    const its = state.steps[step.id];
    its.status = "running";
    emit("step:started", { stepId: step.id, stepName: step.name, agentType: step.agentType });
    await work(step.prompt);
    const fails = step.prompt.includes("fail");
    Object.assign(its, fails ? { status: "failed", error: "agent gave up" } : { status: "completed", result: `${step.prompt} done` });
    state.status = "running"; // a pause is overwritten
    state.progress = Math.floor(100 * Object.values(state.steps).filter((s) => s.status === "completed").length / steps.length);
    if (fails) emit("step:failed", { stepId: step.id, error: its.error, willContinue: false });
    else emit("step:completed", { stepId: step.id, result: its.result, durationMs: 20 });
    if (fails) {
      state.status = "failed";
      emit("failed", { error: its.error, failedStepId: step.id, completedSteps: 0, totalSteps: steps.length });
      return runs.delete(executionId);
    }
  }
  runs.delete(executionId);
  if (run.cancelled) {
    state.status = "cancelled";
    emit("cancelled", { completedSteps: 0 });
  } else if (!run.paused) {
    Object.assign(state, { status: "completed", progress: 100 });
    emit("completed", { results: {}, durationMs: 40, stepResults: state.steps });
  }
}

function workflow(socket) {
  socket.on("agent:workflow:execute", async (data, callback) => {
    if (!data?.workflow) {
      const message = "Invalid payload: workflow definition is required";
      socket.emit("agent:error", { code: "INVALID_PAYLOAD", message, timestamp: now() });
      return callback({ success: false, error: message });
    }
    const executionId = `wf_${Date.now()}_${++count}`;
    const steps = data.workflow.steps;
    for (const step of steps) void step.dependencies.length; // as it does, without asking
    const state = {
      id: executionId, workflowId: data.workflow.id, status: "running", progress: 0, currentSteps: [],
      steps: Object.fromEntries(steps.map((s) => [s.id, { stepId: s.id, status: "pending", retryCount: 0 }])),
    };
    states.set(executionId, state);
    const tell = { listener: null };
    void runWorkflow(state, steps, tell);
    await pause(5); // meanwhile it has begun, and told nobody
    tell.listener = (type, event) => socket.emit(`agent:workflow:${type}`, event);
    callback({ success: true, executionId, status: "running" });
  });
  const known = (data, callback) => {
    const state = states.get(data?.executionId);
    if (!data?.executionId) callback({ success: false, error: "Execution ID is required" });
    else if (!state) callback({ success: false, error: "Workflow not found" });
    return state;
  };
  socket.on("agent:workflow:status", (data, callback) => {
    const status = known(data, callback);
    if (status) callback({ success: true, status });
  });
  socket.on("agent:workflow:cancel", (data, callback) => {
    if (!known(data, callback)) return;
    const run = runs.get(data.executionId);
    if (run) run.cancelled = true;
    callback({ success: !!run, cancelled: !!run });
  });
  socket.on("agent:workflow:pause", (data, callback) => {
    const state = known(data, callback);
    if (!state) return;
    const run = runs.get(data.executionId);
    const can = !!run && !run.paused;
    if (can) Object.assign(run, { paused: true }), (state.status = "paused");
    callback({ success: can });
  });
  socket.on("agent:workflow:resume", (data, callback) => {
    const state = known(data, callback);
    if (!state) return;
    const run = runs.get(data.executionId);
    const can = !!run?.paused;
    if (can) (run.paused = false), (state.status = "running");
    callback({ success: can });
  });
}

function talk(socket) {
  socket.on("agent:critique:execute", async (data, callback) => {
    const executionId = data.task?.id || `critique_${++count}`;
    if (data.task.prompt === "offline") {
      const error = "No agent available for type: claude";
      socket.emit("agent:critique:error", { executionId, error, timestamp: now() });
      socket.emit("agent:error", { code: "SELF_CRITIQUE_FAILED", message: error, timestamp: now() });
      return callback({ success: false, executionId, error });
    }
    await work(data.task.prompt);
    for (let iteration = 1; iteration <= 2; ++iteration)
      socket.emit("agent:critique:iteration", {
        executionId, iteration, scores: { overall: iteration * 0.4, criteria: {} }, feedback: `feedback ${iteration}`,
        meetsThreshold: iteration === 2, timestamp: now(),
      });
    socket.emit("agent:critique:converged", { executionId, iterations: 2, finalScore: 0.8, timestamp: now() });
    socket.emit("agent:critique:completed", { executionId, result: { finalOutput: "polished" }, timestamp: now() });
    callback({ success: true, executionId });
  });
  socket.on("agent:discussion:execute", async (data, callback) => {
    const executionId = data.id || `discussion_${++count}`;
    const emit = (type, more) => socket.emit(`agent:discussion:${type}`, { executionId, ...more, timestamp: now() });
    emit("round-started", { round: 1, participantCount: 1 });
    await work(data.topic);
    emit("contribution", { round: 1, participantId: "a", role: "dev", content: "Yes." });
    emit("round-completed", { round: 1, synthesis: "All say yes.", consensusScore: 1 });
    emit("completed", { result: { finalConsensus: "Yes it is." } });
    callback({ success: true, executionId });
  });
}

for (const nsp of ["/", "/media", "/notifications"]) {
  io.of(nsp).use(allowed);
  io.of(nsp).on("connection", (socket) => {
    say("connected", nsp);
    socket.emit("welcome", { message: "Connected to Slop Studios 3", socketId: socket.id, serverTime: now() });
    socket.emit("authenticated", { userId: "u1", authenticatedAt: now() });
    socket.join("user:u1");
    socket.on("joinRoom", (room, callback) => {
      socket.join(room);
      socket.emit("roomJoined", { room, success: true });
      if (typeof callback === "function") callback({ success: true, room });
      say("joined", room);
    });
    socket.on("getConnectionInfo", (callback) => callback({ socketId: socket.id, connected: true, rooms: [], authenticated: true, connectedAt: now() }));
    claude(socket);
    strudel(socket);
    workflow(socket);
    talk(socket);
  });
}

const orders = {
  release() { for (const resolve of waiting.splice(0)) resolve(); },
  cut() { io.engine.clientsCount && [...io.sockets.sockets.values()].forEach((socket) => socket.conn.close()); },
  kick() { io.disconnectSockets(true); },
  forget() { states.clear(); runs.clear(); },
  media() {
    io.of("/media").emit("mediaProgress", { mediaId: "m1", progress: 40, stage: "encode" });
    io.of("/media").emit("mediaComplete", { mediaId: "m1", url: "http://studio/m1.mp3" });
  },
  notification() {
    io.of("/notifications").emit("notification", { id: "n1", type: "warning", title: "Quota", message: "almost used", timestamp: now() });
  },
};
createInterface({ input: process.stdin }).on("line", (line) => { orders[line](); say("done", line); }).on("close", () => process.exit(0));
http.listen(0, "127.0.0.1", () => say("listening", http.address().port));
