// The client of the MutAnt guide over `ws`, doing what it is told: commands come as JSON lines, what happens is printed so.
//   node dialect_mutant.mjs URL
import fs from "node:fs";
import readline from "node:readline";
import WebSocket from "ws";

const url = process.argv[2];
const say = (note, value) => process.stdout.write(JSON.stringify({ note, ...value }) + "\n");

// mutant-client
class MutantClient {
  static connect(name, url, options) {
    const client = new MutantClient();
    client.listeners = new Set();
    client.socket = new WebSocket(url, options);
    client.socket.on("open", () => say("open", { client: name }));
    client.socket.on("error", (error) => say("refused", { client: name, reason: error.message }));
    client.socket.on("close", (code, reason) => say("closed", { client: name, code, reason: String(reason) }));
    client.socket.on("message", (data, binary) => {
      if (binary) throw new Error("a binary message");
      const value = JSON.parse(data);
      say("message", { client: name, value });
      for (const listener of [...client.listeners]) listener(value);
    });
    return client;
  }

  send(value) {
    this.socket.send(typeof value === "string" ? value : JSON.stringify(value));
  }

  // put_blocking: the events are listened for before the request is made; they end with Complete.
  putBlocking(userKey, sourcePath) {
    const events = [];
    let wake = () => {};
    let taskId;
    const complete = new Promise((resolve) => {
      const listener = (response) => {
        if (response.type === "TaskCreated") taskId ??= response.task_id;
        if (response.task_id !== taskId && response.type !== "Error") return;
        if (response.type === "TaskUpdate" && response.progress?.Put) {
          events.push(response.progress.Put);
        } else if (response.type === "TaskResult") {
          this.listeners.delete(listener);
          const failure = response.result.Error ?? (response.status === "Failed" ? "Unknown error" : null);
          events.push(null);
          resolve(failure === null ? { ok: response.result.Result } : { error: failure });
        } else if (response.type === "Error") {
          this.listeners.delete(listener);
          events.push(null);
          resolve({ error: response.error });
        }
        wake();
      };
      this.listeners.add(listener);
    });
    this.send({ type: "Put", user_key: userKey, source_path: sourcePath, mode: "Medium", public: false, no_verify: false });
    const next = async () => {
      while (events.length === 0) await new Promise((resolve) => { wake = resolve; });
      return events.shift();
    };
    return { next, complete };
  }
}

// What StyledProgressBar does, as a person would see it.
class Bar {
  constructor(name, length, position) {
    Object.assign(this, { name, length, position });
    this.show();
  }
  show() {
    say("bar", { name: this.name, position: this.position, length: this.length });
  }
  inc(n) {
    this.position += n;
    this.show();
  }
  finishAndClear() {
    say("cleared", { name: this.name });
  }
}

// mutant-cli: handle_put
async function handlePut(client, key, file) {
  fs.readFileSync(file);
  const bars = {};
  const { next, complete } = client.putBlocking(key, file);
  for (let event; (event = await next()) !== null;) {
    say("event", { event });
    if (event === "PadReserved") bars.res?.inc(1);
    else if (event === "PadsWritten") bars.upload?.inc(1);
    else if (event === "PadsConfirmed") bars.confirm?.inc(1);
    else if (event === "Complete") for (const bar of Object.values(bars)) bar.finishAndClear();
    else if (event.Starting) {
      const { total_chunks, initial_written_count, initial_confirmed_count, chunks_to_reserve } = event.Starting;
      if (chunks_to_reserve > 0) bars.res = new Bar("res", chunks_to_reserve, 0);
      bars.upload = new Bar("upload", total_chunks, initial_written_count);
      bars.confirm = new Bar("confirm", total_chunks, initial_confirmed_count);
    } else throw new Error("unknown event " + JSON.stringify(event));
  }
  say("put", { result: await complete });
}

const clients = {};
readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const command = JSON.parse(line);
  const client = clients[command.client];
  if (command.open) clients[command.client] = MutantClient.connect(command.client, url + (command.query ?? ""), command.open);
  if (command.send !== undefined) client.send(command.send);
  if (command.binary) client.socket.send(Buffer.from("x"));
  if (command.put) handlePut(client, ...command.put);
  if (command.close) client.socket.close();
}).on("close", () => process.exit(0));
