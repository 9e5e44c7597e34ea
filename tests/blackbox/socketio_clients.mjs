// The real clients against tests/support/socketio_lab: node socketio_clients.mjs LAB. SLOW multiplies the time that
// something may take.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, describe, it } from "node:test";
import { io } from "socket.io-client";
import { Socket as EngineSocket } from "engine.io-client";
import { WebSocket } from "ws";

const LAB = process.argv[2];
const LIMIT = 10_000 * Number(process.env.SLOW ?? 1);
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

const within = (promise, what) => {
  let timer;
  const late = new Promise((_, fail) => { timer = setTimeout(() => fail(new Error(`not in time: ${what}`)), LIMIT); });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};
const once = (emitter, event) => within(new Promise((done) => emitter.once(event, (...args) => done(args))), event);
const until = async (condition, what) => {
  const end = Date.now() + LIMIT;
  for (let value; Date.now() < end; await sleep(5)) if ((value = await condition())) return value;
  throw new Error(`not in time: ${what}`);
};

const servers = [];
after(() => servers.forEach((server) => server.kill()));

/** A server of its own: its URL, and what can be asked of it from outside. */
async function lab(...options) {
  const child = spawn(LAB, options, { stdio: ["ignore", "pipe", "inherit"] });
  servers.push(child);
  child.on("exit", (code, signal) => { if (!child.killed) throw new Error(`the server has ended: ${code} ${signal}`); });
  const [line] = await once(child.stdout, "data");
  const url = `http://127.0.0.1:${/listening on (\d+)/.exec(line)[1]}`;
  return {
    url,
    emit: async (query, json) =>
      assert.equal((await fetch(`${url}/emit?${new URLSearchParams(query)}`, { method: "POST", body: json ?? "" })).status, 200),
    state: async () => (await fetch(`${url}/state`)).json(),
    close: () => fetch(`${url}/close`),
    end: () => child.kill(),
  };
}

const clients = [];
after(() => clients.forEach((client) => client.close()));
function client(server, nsp = "/", options = {}) {
  const socket = io(server.url + nsp, { forceNew: true, reconnection: false, ...options });
  socket.seen = [];
  socket.onAny((...args) => socket.seen.push(args));
  clients.push(socket);
  return socket;
}
async function connect(...args) {
  const socket = client(...args);
  await once(socket, "connect");
  await until(() => socket.seen.some(([event]) => event === "session"), "session");
  return socket;
}

async function leave(socket) {
  const left = once(socket, "disconnect");
  socket.io.engine.close();
  await left;
}

const kinds = { polling: { transports: ["polling"] }, websocket: { transports: ["websocket"] }, upgrade: {} };
for (const [name, options] of Object.entries(kinds)) {
  describe(`socket.io-client by ${name}`, async () => {
    const server = await lab();

    it("connects, and ends up with that transport", async () => {
      const socket = await connect(server, "/", options);
      const wanted = name === "polling" ? "polling" : "websocket";
      await until(() => socket.io.engine.transport.name === wanted, wanted);
      assert.ok(!socket.recovered);
      socket.close();
    });
    it("acknowledges both ways", async () => {
      const socket = await connect(server, "/", options);
      assert.deepEqual(await socket.timeout(LIMIT).emitWithAck("echo", 1, "2", { 3: [true, null, 1.5, -7, 1e21] }),
        1);
      socket.on("question", (a, b, answer) => answer(b, a, { both: [a, b] }));
      socket.emit("ask", "x", 2);
      assert.deepEqual(await once(socket, "asked"), [[2, "x", { both: ["x", 2] }]]);
      assert.equal(await socket.timeout(LIMIT).emitWithAck("unknown"), "seen by onAny");
      socket.close();
    });
    it("gives up an acknowledgement that does not come", async () => {
      const socket = await connect(server, "/", options);
      socket.on("question", () => {});
      socket.emit("ask");
      assert.deepEqual(await once(socket, "asked"), [null]);
      socket.close();
    });
    it("carries binary both ways, in acknowledgements too", async () => {
      const socket = await connect(server, "/", options);
      const big = Buffer.alloc(200_000, 7);
      const sent = [{ a: [Buffer.from([1, 2, 3]), "x"], b: big }, Buffer.alloc(0), Buffer.from("xyz")];
      const echoed = once(socket, "echoed");
      assert.deepEqual(await within(new Promise((done) => socket.emit("echo", ...sent, (...args) => done(args))), "ack"), sent);
      assert.deepEqual(await echoed, sent);
      socket.on("question", (answer) => answer(Buffer.from([9]), { deep: [Buffer.from([8])] }));
      socket.emit("ask");
      assert.deepEqual(await once(socket, "asked"), [[Buffer.from([9]), { deep: [Buffer.from([8])] }]]);
      socket.close();
    });
    it("keeps what is said from the first moment in order", async () => {
      const socket = client(server, "/", options);
      const numbers = [];
      socket.on("echoed", (number) => numbers.push(number));
      for (let i = 0; i < 500; i++) {
        socket.emit("echo", i);
        if (i % 50 === 0) await sleep(2); // so that some of it comes while the transport changes
      }
      await until(() => numbers.length === 500, "500 answers");
      assert.deepEqual(numbers, Array.from({ length: 500 }, (_, i) => i));
      socket.close();
    });
    it("tells rooms, and leaves out who is left out", async () => {
      const [a, b, c] = await Promise.all([1, 2, 3].map(() => connect(server, "/", options)));
      assert.equal(await a.timeout(LIMIT).emitWithAck("join", "red"), true);
      assert.equal(await b.timeout(LIMIT).emitWithAck("join", "red"), true);
      a.emit("others", "red", "told", "red but a");
      await server.emit({ event: "told", room: "red" }, '"red"');
      await server.emit({ event: "told", room: c.id }, '"c alone"');
      await server.emit({ event: "told", except: "red" }, '"not red"');
      c.emit("others", "", "told", "all but c");
      await until(async () => b.seen.length >= 4 && a.seen.length >= 3 && c.seen.length >= 3, "what was told");
      await server.emit({ event: "end" });
      await Promise.all([a, b, c].map((socket) => until(() => socket.seen.some(([event]) => event === "end"), "the end")));
      const told = (socket) => socket.seen.filter(([event]) => event === "told").map(([, what]) => what).sort();
      assert.deepEqual(told(a), ["all but c", "red"]);
      assert.deepEqual(told(b), ["all but c", "red", "red but a"]);
      assert.deepEqual(told(c), ["c alone", "not red"]);
      await a.timeout(LIMIT).emitWithAck("leave", "red");
      await server.emit({ event: "again", room: "red" });
      await until(() => b.seen.some(([event]) => event === "again"), "again");
      assert.ok(!a.seen.some(([event]) => event === "again"));
      [a, b, c].forEach((socket) => socket.close());
    });
    it("is received by middlewares", async () => {
      const refused = client(server, "/guarded", options);
      const [error] = await once(refused, "connect_error");
      assert.equal(error.message, "no token");
      assert.deepEqual(error.data, { code: 7 });
      refused.close();
      const plain = client(server, "/guarded", { ...options, auth: { token: "plain" } });
      const [bare] = await once(plain, "connect_error");
      assert.equal(bare.message, "not you");
      assert.equal(bare.data, undefined);
      plain.close();
      const socket = await connect(server, "/guarded", { ...options, auth: { token: "good" } });
      assert.equal(socket.seen[0][1].note, "checked");
      socket.close();
    });
    it("makes namespaces, which go with the last of their clients", async () => {
      const before = (await server.state()).namespaces;
      const [a, b] = await Promise.all(["/dynamic-1", "/dynamic-22"].map((nsp) => connect(server, nsp, options)));
      const asked = await connect(server, "/asked", { ...options, auth: { please: true } });
      assert.equal((await server.state()).namespaces, before + 3);
      for (const nsp of ["/dynamic-x", "/dynamic-1x", "/asked"]) {
        const refused = client(server, nsp, options);
        assert.equal((await once(refused, "connect_error"))[0].message, "Invalid namespace");
        refused.close();
      }
      [a, b, asked].forEach((socket) => socket.close());
      await until(async () => (await server.state()).namespaces === before, "their end");
    });
    it("shares a connection between namespaces, and is thrown out of one or all", async () => {
      const main = await connect(server, "/", { ...options, forceNew: false, multiplex: true });
      const other = main.io.socket("/dynamic-7");
      await once(other, "session");
      other.emit("kick", false);
      assert.deepEqual((await once(other, "disconnect"))[0], "io server disconnect");
      assert.deepEqual(await main.timeout(LIMIT).emitWithAck("echo", "still here"), "still here");
      main.emit("kick", true);
      assert.deepEqual((await once(main, "disconnect"))[0], "io server disconnect");
      main.close();
    });
    it("may join so many namespaces and rooms, not more", async () => {
      const main = await connect(server, "/", options);
      const others = [1, 2, 3].map((n) => main.io.socket(`/dynamic-${n}`));
      await Promise.all(others.map((socket) => once(socket, "connect")));
      const last = main.io.socket("/dynamic-4");
      assert.equal((await once(last, "connect_error"))[0].message, "Too many namespaces");
      for (let i = 0; i < 8; i++) assert.equal(await main.timeout(LIMIT).emitWithAck("join", `room ${i}`), true);
      assert.equal(await main.timeout(LIMIT).emitWithAck("join", "room 8"), false);
      main.io.engine.close();
    });
    it("is told why a client has gone", async () => {
      const socket = await connect(server, "/", options);
      const { reasons } = await server.state();
      socket.disconnect();
      const gone = await until(async () => {
        const now = (await server.state()).reasons;
        return now.length > reasons.length && now;
      }, "a reason");
      assert.ok(["client namespace disconnect", "transport close"].includes(gone.at(-1)), gone.at(-1));
    });
  });

  describe(`recovery by ${name}`, async () => {
    const server = await lab("--recovery-ms", "60000", "--log-bytes", "20000");
    const comeBack = async (socket) => {
      socket.connect();
      await once(socket, "connect");
    };
    const told = (socket) => socket.seen.filter(([event]) => event === "told").map(([, what]) => what);
    const settled = async (socket) => {
      // an answer comes behind all that was sent before
      await socket.timeout(LIMIT).emitWithAck("note", "settled");
    };

    it("gives each missed event once, again and again", async () => {
      const socket = await connect(server, "/", options);
      await socket.timeout(LIMIT).emitWithAck("join", "mine");
      const { id } = socket;
      const wanted = [];
      for (let round = 0; round < 5; round++) {
        await server.emit({ event: "told", room: "mine" }, `"live ${round}"`);
        wanted.push(`live ${round}`);
        if (round % 2 === 0) await until(() => told(socket).length === wanted.length, "what was told");
        await socket.timeout(LIMIT).emitWithAck("note", `round ${round}`);
        await leave(socket);
        for (let i = 0; i < 3; i++) {
          await server.emit({ event: "told", room: ["mine", id, ""][i] }, `"missed ${round} ${i}"`);
          wanted.push(`missed ${round} ${i}`);
        }
        await server.emit({ event: "told", room: "other" }, '"not for me"');
        await server.emit({ event: "told", except: "mine" }, '"nor this"');
        await comeBack(socket);
        assert.equal(socket.recovered, true, `round ${round}`);
        assert.equal(socket.id, id);
        const session = await until(() => socket.seen.filter(([event]) => event === "session")[round + 1], "session");
        assert.deepEqual(session[1], { recovered: true, rooms: [id, "mine"], note: `round ${round}` });
        assert.deepEqual(told(socket), wanted);
      }
      socket.close();
    });
    it("recovers a quiet client although much was told to others", async () => {
      const quiet = await connect(server, "/", options);
      const { id } = quiet;
      for (let round = 0; round < 2; round++) {
        await server.emit({ event: "told", room: "elsewhere", times: 500 }, '"much that is not for it"');
        await leave(quiet);
        await server.emit({ event: "told", room: "elsewhere", times: 500 }, '"much that is not for it"');
        await server.emit({ event: "told", room: id }, `"for you ${round}"`);
        await comeBack(quiet);
        assert.equal(quiet.recovered, true);
        await settled(quiet);
      }
      assert.deepEqual(told(quiet), ["for you 0", "for you 1"]);
      quiet.close();
    });
    it("does not recover one that would miss something", async () => {
      const socket = await connect(server, "/", options);
      const { id } = socket;
      await leave(socket);
      await server.emit({ event: "told", times: 500 }, '"more than is remembered"');
      await comeBack(socket);
      assert.equal(socket.recovered, false);
      assert.notEqual(socket.id, id);
      await settled(socket);
      assert.deepEqual(told(socket), []);
      socket.close();
    });
    it("is not led astray by volatile events that end in a text, or have no arguments", async () => {
      const socket = await connect(server, "/", options);
      for (const json of ['"a text"', "", '1,"x"']) {
        const before = socket.seen.length;
        // by polling there may be no poll to answer just then
        await until(async () => {
          await server.emit({ event: "tick", volatile: 1 }, json);
          return socket.seen.length > before;
        }, "a volatile event");
        await leave(socket);
        await server.emit({ event: "told" }, `"after ${json.length}"`);
        await comeBack(socket);
        assert.equal(socket.recovered, true, json);
        await settled(socket);
      }
      assert.deepEqual(told(socket), ["after 8", "after 0", "after 5"]);
      socket.close();
    });
    it("does not give what was told to a room before it was joined", async () => {
      const socket = await connect(server, "/", options);
      await server.emit({ event: "told", room: "late" }, '"too early"');
      await socket.timeout(LIMIT).emitWithAck("join", "late");
      await leave(socket);
      await server.emit({ event: "told", room: "late" }, '"in time"');
      await comeBack(socket);
      assert.equal(socket.recovered, true);
      await settled(socket);
      assert.deepEqual(told(socket), ["in time"]);
      socket.close();
    });
    it("does not recover who left by itself, or was thrown out", async () => {
      const socket = await connect(server, "/", options);
      const { id } = socket;
      socket.emit("kick", false);
      await once(socket, "disconnect");
      await comeBack(socket);
      assert.equal(socket.recovered, false);
      assert.notEqual(socket.id, id);
      socket.close();
    });
  });
}

/** A client that says only what it is told to. */
class Raw {
  constructor(server, query = "EIO=4&transport=websocket") {
    this.ws = new WebSocket(`${server.url.replace("http", "ws")}/socket.io/?${query}`);
    this.got = [];
    this.ws.on("message", (data, binary) => this.got.push(binary ? data : data.toString()));
    this.ws.on("error", () => {});
    this.closed = new Promise((done) => this.ws.on("close", (code, reason) => done([code, reason.toString()])));
    clients.push({ close: () => this.ws.terminate() });
  }
  find(pattern) { return until(() => this.got.find((message) => pattern.test(message)), pattern); }
  async join(request = "40") {
    await this.find(/^0/);
    this.ws.send(request);
    return JSON.parse((await this.find(/^40\{/)).substring(2));
  }
}

describe("recovery, seen closely", () => {
  it("lets a client take its own place before its end was noticed", async () => {
    const server = await lab("--recovery-ms", "60000");
    const first = new Raw(server);
    const { sid, pid } = await first.join();
    const session = JSON.parse((await first.find(/^42\["session"/)).substring(2));
    const offset = session.at(-1);
    await server.emit({ event: "told" }, '"one"');
    await first.find(/one/);
    const second = new Raw(server);
    await second.find(/^0/);
    second.ws.send(`40${JSON.stringify({ pid, offset })}`);
    await second.find(/"recovered":true/);
    assert.match(second.got[1], /^42\["told","one","/); // before it is told that it is connected
    assert.deepEqual(JSON.parse(second.got[2].substring(2)), { sid, pid });
    await within(first.closed, "the end of the first");
    assert.equal((await server.state()).sockets, 1);
    server.end();
  });
  it("recovers one that never got an event", async () => {
    const server = await lab("--recovery-ms", "60000");
    const first = new Raw(server);
    const { sid, pid } = await first.join();
    first.ws.terminate();
    await until(async () => (await server.state()).sockets === 0, "its end");
    await server.emit({ event: "told" }, '"missed"');
    const second = new Raw(server);
    await second.find(/^0/);
    second.ws.send(`40${JSON.stringify({ pid })}`);
    await second.find(/^40\{/);
    assert.match(second.got[1], /"session"/);
    assert.match(second.got[2], /"missed"/);
    assert.deepEqual(JSON.parse(second.got[3].substring(2)), { sid, pid });
    server.end();
  });
  it("believes no made-up offset or pid", async () => {
    const server = await lab("--recovery-ms", "60000");
    for (const wrong of [{ offset: "zzz" }, { offset: "" }, { offset: 7 }, { pid: "A".repeat(27) }, { pid: 1 },
      { offset: "0.0" }]) {
      const first = new Raw(server);
      const { sid, pid } = await first.join();
      const offset = JSON.parse((await first.find(/^42\["session"/)).substring(2)).at(-1);
      first.ws.terminate();
      await until(async () => (await server.state()).sockets === 0, "its end");
      const second = new Raw(server);
      const now = await second.join(`40${JSON.stringify({ pid, offset, ...wrong })}`);
      assert.notEqual(now.sid, sid);
      assert.notEqual(now.pid, pid);
      second.ws.terminate();
      await until(async () => (await server.state()).sockets === 0, "its end");
    }
    server.end();
  });
  it("forgets clients after their time", async () => {
    const server = await lab("--recovery-ms", "100");
    const socket = await connect(server);
    const { id } = socket;
    await leave(socket);
    await sleep(300);
    socket.connect();
    await once(socket, "connect");
    assert.equal(socket.recovered, false);
    assert.notEqual(socket.id, id);
    server.end();
  });
  it("runs middlewares for one that comes back where it should", async () => {
    const server = await lab("--recovery-ms", "60000", "--run-middlewares");
    const socket = await connect(server, "/guarded", { auth: { token: "good" } });
    await leave(socket);
    await server.emit({ event: "told", nsp: "/guarded" }, '"missed"');
    socket.connect();
    await once(socket, "connect");
    assert.equal(socket.recovered, true);
    assert.ok(socket.seen.some(([event, what]) => event === "told" && what === "missed"));
    await leave(socket);
    socket.auth = { token: "plain" };
    socket.connect();
    assert.equal((await once(socket, "connect_error"))[0].message, "not you");
    server.end();
  });
});

describe("the ends of sessions", () => {
  it("notices a client that does not answer pings", async () => {
    const server = await lab("--ping-interval", "100", "--ping-timeout", "100");
    const raw = new Raw(server);
    await raw.join();
    await within(raw.closed, "its end");
    assert.deepEqual((await server.state()).reasons, ["ping timeout"]);
    server.end();
  });
  it("keeps one that answers", async () => {
    const server = await lab("--ping-interval", "50", "--ping-timeout", "200");
    for (const transports of [["polling"], ["websocket"]]) {
      const socket = await connect(server, "/", { transports });
      let pings = 0;
      socket.io.on("ping", () => pings++);
      await until(() => pings >= 5, "five pings");
      assert.ok(socket.connected);
      socket.close();
    }
    server.end();
  });
  it("closes one that does not take what it is sent", async () => {
    const server = await lab("--most-buffered", "1000000");
    const raw = new Raw(server);
    await raw.join();
    const healthy = await connect(server, "/", { transports: ["websocket"] });
    raw.ws._socket.pause();
    const text = JSON.stringify("x".repeat(100_000));
    for (let i = 0; !(await server.state()).reasons.includes("overflow"); i++) {
      assert.ok(i < 500, "50 MB are waiting");
      await server.emit({ event: "told" }, text);
    }
    const count = healthy.seen.length;
    await server.emit({ event: "end" });
    await until(() => healthy.seen.some(([event]) => event === "end"), "the end");
    assert.ok(healthy.seen.length > count);
    assert.equal((await server.state()).sockets, 1);
    server.end();
  });
  it("closes one that does not come to poll", async () => {
    const server = await lab("--most-buffered", "1000000");
    const socket = await connect(server, "/", { transports: ["polling"] });
    const [event] = [once(socket, "disconnect")];
    socket.io.engine.transport._poll = () => {};
    const text = JSON.stringify("x".repeat(100_000));
    for (let i = 0; !(await server.state()).reasons.includes("overflow"); i++) {
      assert.ok(i < 100);
      await server.emit({ event: "told" }, text);
    }
    socket.io.engine.close();
    await event;
    server.end();
  });
  it("gives a slow reader everything, in order, and drops volatile events for it alone", async () => {
    const server = await lab();
    const raw = new Raw(server), healthy = new Raw(server);
    await Promise.all([raw.join(), healthy.join()]);
    raw.ws._socket.pause();
    const text = JSON.stringify("x".repeat(100_000));
    for (let i = 0; i < 60; i++) {
      await server.emit({ event: "told" }, `${i},${text}`);
      await server.emit({ event: "tick", volatile: 1 }, `${i}`);
    }
    const numbers = (from, event) => from.got.map((message) => new RegExp(`^42\\["${event}",(\\d+)`).exec(message))
      .filter(Boolean).map((match) => Number(match[1]));
    await until(() => numbers(healthy, "tick").length === 60, "all for the healthy one");
    raw.ws._socket.resume();
    await until(() => numbers(raw, "told").length === 60, "all for the slow one");
    const all = Array.from({ length: 60 }, (_, i) => i);
    assert.deepEqual(numbers(raw, "told"), all);
    assert.deepEqual(numbers(healthy, "told"), all);
    assert.ok(numbers(raw, "tick").length < 60, "the slow one has got all of the volatile events");
    raw.got.length = 0;
    await server.emit({ event: "told" }, "61"); // back among the others
    await raw.find(/61/);
    server.end();
  });
  it("says that it shuts down", async () => {
    const server = await lab();
    const sockets = await Promise.all([["polling"], ["websocket"]].map((transports) => connect(server, "/", { transports })));
    const gone = sockets.map((socket) => once(socket, "disconnect"));
    await server.close();
    assert.deepEqual((await Promise.all(gone)).map(([reason]) => reason), ["transport close", "transport close"]);
    const state = await server.state();
    assert.deepEqual(state.reasons, ["server shutting down", "server shutting down"]);
    assert.equal((await fetch(`${server.url}/socket.io/?EIO=4&transport=polling`)).status, 503);
    server.end();
  });
  it("takes only so many", async () => {
    const server = await lab("--most-sessions", "3");
    const raws = [1, 2, 3].map(() => new Raw(server));
    await Promise.all(raws.map((raw) => raw.find(/^0/)));
    const response = await fetch(`${server.url}/socket.io/?EIO=4&transport=polling`);
    assert.equal(response.status, 503);
    raws[0].ws.terminate();
    await until(async () => (await server.state()).clients === 2, "one end");
    await new Raw(server).find(/^0/);
    server.end();
  });
});

describe("engine.io-client and HTTP", async () => {
  const server = await lab();
  for (const transports of [["polling"], ["websocket"], ["polling", "websocket"]]) {
    it(`speaks by ${transports}`, async () => {
      const engine = new EngineSocket(server.url, { transports, path: "/socket.io/" });
      const upgraded = transports.length === 2 ? once(engine, "upgrade") : undefined;
      await once(engine, "open");
      const answer = once(engine, "message");
      engine.send("0");
      assert.match((await answer)[0], /^0\{"sid"/);
      await upgraded;
      const closed = once(engine, "close");
      engine.close();
      await closed;
    });
  }
  it("answers other origins as it is told to", async () => {
    const headers = { origin: "http://elsewhere" };
    const url = `${server.url}/socket.io/?EIO=4&transport=polling`;
    assert.equal((await fetch(url, { headers })).headers.get("access-control-allow-origin"), "http://elsewhere");
    const preflight = await fetch(url, { method: "OPTIONS", headers });
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers.get("access-control-allow-origin"), "http://elsewhere");
    assert.equal((await fetch(url)).headers.get("cache-control"), "no-store");
  });
});
