// What the specifications of Engine.IO 4 and Socket.IO 5 promise, seen from a bare client:
//   node socketio_conformance.mjs PORT
// The server is tests/support/socketio_echo with --ping-interval 300 --ping-timeout 200 --connect-timeout 1000. SLOW
// multiplies the time that something may take.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { WebSocket } from "ws";

const HOST = `127.0.0.1:${process.argv[2]}`;
const PING_INTERVAL = 300, PING_TIMEOUT = 200;
const LIMIT = 10_000 * Number(process.env.SLOW ?? 1);

const within = (promise, what) => {
  let timer;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`not in time: ${what}`)), LIMIT); });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const http = (path, query, options) => within(fetch(`http://${HOST}${path}${query}`, options), query);

/** A WebSocket whose messages are awaited one by one. */
class Socket {
  constructor(path, query) {
    this.ws = new WebSocket(`ws://${HOST}${path}${query}`);
    this.messages = [];
    this.waiting = [];
    this.ws.on("message", (data, binary) => {
      const message = binary ? data : data.toString();
      const next = this.waiting.shift();
      if (next) next(message); else this.messages.push(message);
    });
    this.ws.on("error", () => {});
    this.opened = within(new Promise((done, fail) => { this.ws.on("open", done); this.ws.on("close", fail); }), "open");
    this.opened.catch(() => {});
    this.closed = new Promise((done) => this.ws.on("close", done));
  }
  next(what = "a message") {
    if (this.messages.length) return this.messages.shift();
    return within(new Promise((done) => this.waiting.push(done)), what);
  }
  /** Without the server's pings, which come when they come. */
  async nextPacket() {
    for (;;) {
      const message = await this.next();
      if (message !== "2") return message;
    }
  }
  send(...messages) { for (const message of messages) this.ws.send(message); }
  end() { return within(this.closed, "the end of the WebSocket"); }
  close() { this.ws.terminate(); }
}

const using = async (socket, body) => {
  try {
    return await body(socket);
  } finally {
    socket.close();
  }
};

for (const path of ["/engine.io/", "/socket.io/"]) {
  const polling = (sid) => `?EIO=4&transport=polling${sid ? `&sid=${sid}` : ""}`;
  const open = async () => JSON.parse((await (await http(path, polling())).text()).substring(1)).sid;
  const openSocket = async () => {
    const socket = new Socket(path, "?EIO=4&transport=websocket");
    assert.equal((await socket.next())[0], "0");
    return socket;
  };
  const checkHandshake = (content, upgrades) => {
    assert.equal(content[0], "0");
    const value = JSON.parse(content.substring(1));
    assert.deepEqual(Object.keys(value).sort(), ["maxPayload", "pingInterval", "pingTimeout", "sid", "upgrades"]);
    assert.equal(typeof value.sid, "string");
    assert.deepEqual(value.upgrades, upgrades);
    assert.equal(value.pingInterval, PING_INTERVAL);
    assert.equal(value.pingTimeout, PING_TIMEOUT);
    assert.equal(value.maxPayload, 1_000_000);
  };
  const refused = async (query, code, message, options) => {
    const response = await http(path, query, options);
    assert.equal(response.status, 400);
    assert.deepEqual(await response.json(), { code, message });
  };

  describe(`Engine.IO at ${path}`, () => {
    describe("handshake", () => {
      it("opens a session by polling", async () => {
        const response = await http(path, polling());
        assert.equal(response.status, 200);
        checkHandshake(await response.text(), ["websocket"]);
      });
      it("refuses an invalid EIO", async () => {
        await refused("?transport=polling", 5, "Unsupported protocol version");
        await refused("?EIO=abc&transport=polling", 5, "Unsupported protocol version");
        await refused("?EIO=3&transport=polling", 5, "Unsupported protocol version");
      });
      it("refuses an invalid transport", async () => {
        await refused("?EIO=4", 0, "Transport unknown");
        await refused("?EIO=4&transport=abc", 0, "Transport unknown");
      });
      it("refuses an invalid method", async () => {
        await refused(polling(), 2, "Bad handshake method", { method: "POST" });
        await refused(polling(), 2, "Bad handshake method", { method: "PUT" });
      });
      it("refuses an unknown session, JSONP, and a WebSocket without an upgrade", async () => {
        await refused(polling("abc"), 1, "Session ID unknown");
        await refused(`${polling()}&j=0`, 3, "Bad request");
        await refused("?EIO=4&transport=websocket", 3, "Bad request");
      });
      it("opens a session by WebSocket", () => using(new Socket(path, "?EIO=4&transport=websocket"), async (socket) => {
        checkHandshake(await socket.next(), []);
      }));
      it("refuses a WebSocket with an invalid EIO or transport", async () => {
        for (const query of ["?transport=websocket", "?EIO=abc&transport=websocket", "?EIO=3&transport=websocket",
          "?EIO=4", "?EIO=4&transport=abc", "?EIO=4&transport=websocket&sid=abc"]) {
          const socket = new Socket(path, query);
          await assert.rejects(socket.opened);
          await socket.end();
        }
      });
    });

    describe("heartbeat", () => {
      // A third one could come after the second that Socket.IO gives a client to join a namespace.
      const pings = path === "/engine.io/" ? 3 : 2;
      it("pings a client that polls", async () => {
        const sid = await open();
        for (let i = 0; i < pings; i++) {
          assert.equal(await (await http(path, polling(sid))).text(), "2");
          const answer = await http(path, polling(sid), { method: "POST", body: "3" });
          assert.equal(answer.status, 200);
          assert.equal(await answer.text(), "ok");
        }
      });
      it("closes a session whose client does not poll", async () => {
        const sid = await open();
        // nothing that could be awaited would leave the session alone
        await sleep(PING_INTERVAL + PING_TIMEOUT + 300);
        assert.equal((await http(path, polling(sid))).status, 400);
      });
      it("pings by WebSocket", async () => using(await openSocket(), async (socket) => {
        for (let i = 0; i < pings; i++) {
          assert.equal(await socket.next("a ping"), "2");
          socket.send("3");
        }
      }));
      it("closes a WebSocket without a pong", async () => using(await openSocket(), (socket) => socket.end()));
    });

    describe("close", () => {
      it("ends a session that polls", async () => {
        const sid = await open();
        const held = http(path, polling(sid));
        await sleep(20); // so that the poll is there first
        const [answer, posted] = await Promise.all([held, http(path, polling(sid), { method: "POST", body: "1" })]);
        assert.equal(posted.status, 200);
        assert.equal(answer.status, 200);
        assert.equal(await answer.text(), "6");
        assert.equal((await http(path, polling(sid))).status, 400);
      });
      it("ends a WebSocket", async () => using(await openSocket(), async (socket) => {
        socket.send("1");
        await socket.end();
      }));
    });

    describe("upgrade", () => {
      const upgraded = async () => {
        const sid = await open();
        const socket = new Socket(path, `?EIO=4&transport=websocket&sid=${sid}`);
        await socket.opened;
        socket.send("2probe");
        assert.equal(await socket.next(), "3probe");
        socket.send("5");
        return { sid, socket };
      };
      const speak = async (socket) => {
        if (path === "/engine.io/") {
          socket.send("4hello");
          assert.equal(await socket.nextPacket(), "4hello");
        } else {
          socket.send("40");
          assert.match(await socket.nextPacket(), /^40\{"sid":/);
        }
      };
      it("goes from polling to WebSocket", async () => {
        const { socket } = await upgraded();
        await using(socket, speak);
      });
      it("answers a held poll so that the upgrade can go on", async () => {
        const sid = await open();
        const held = http(path, polling(sid));
        await using(new Socket(path, `?EIO=4&transport=websocket&sid=${sid}`), async (socket) => {
          await socket.opened;
          socket.send("2probe");
          assert.equal(await socket.next(), "3probe");
          assert.match(await (await held).text(), /^[26]$/);
        });
      });
      it("goes on polling when the probe is given up", async () => {
        const sid = await open();
        const socket = new Socket(path, `?EIO=4&transport=websocket&sid=${sid}`);
        await socket.opened;
        socket.send("2probe");
        assert.equal(await socket.next(), "3probe");
        socket.close();
        for (;;) {
          const text = await (await http(path, polling(sid))).text();
          if (text === "2") break;
          assert.equal(text, "6");
        }
      });
      it("closes a probe that says something else", async () => {
        const sid = await open();
        await using(new Socket(path, `?EIO=4&transport=websocket&sid=${sid}`), async (socket) => {
          await socket.opened;
          socket.send("5");
          await socket.end();
        });
        assert.equal(await (await http(path, polling(sid))).text(), "2");
      });
      it("refuses HTTP of an upgraded session", async () => {
        const { sid, socket } = await upgraded();
        await using(socket, async () => {
          assert.equal((await http(path, polling(sid))).status, 400);
          assert.equal((await http(path, polling(sid), { method: "POST", body: "4x" })).status, 400);
          await speak(socket);
        });
      });
      it("refuses another WebSocket of an upgraded session", async () => {
        const { sid, socket } = await upgraded();
        await using(socket, async () => {
          await new Socket(path, `?EIO=4&transport=websocket&sid=${sid}`).end();
          await speak(socket);
        });
      });
    });

    describe("malformed", () => {
      it("closes the session on two polls at once", async () => {
        const sid = await open();
        const first = http(path, polling(sid));
        await sleep(20);
        const second = http(path, polling(sid));
        const answer = await first;
        assert.equal(answer.status, 200);
        assert.equal(await answer.text(), "1");
        assert.equal((await second).status, 400);
        assert.equal((await http(path, polling(sid))).status, 400);
      });
      it("closes the session when a poll is given up", async () => {
        const sid = await open();
        const control = new AbortController();
        const poll = fetch(`http://${HOST}${path}${polling(sid)}`, { signal: control.signal }).catch(() => {});
        await sleep(20);
        control.abort();
        await poll;
        const end = Date.now() + LIMIT;
        let status = 0;
        // the server learns of it a little later; until then another poll would be a second one, which ends it too
        while (status !== 400 && Date.now() < end) status = (await http(path, polling(sid))).status;
        assert.equal(status, 400);
      });
      it("closes the session on an unknown packet", async () => {
        for (const body of ["abc", "", "4a\x1e", "\x1e4a", "bA", "7", "2"]) {
          const sid = await open();
          const posted = await http(path, polling(sid), { method: "POST", body });
          assert.equal(posted.status, body === "2" ? 200 : 400, JSON.stringify(body));
          assert.equal((await http(path, polling(sid))).status, 400, JSON.stringify(body));
        }
      });
      it("closes the session on what is no UTF-8, and on binary bodies", async () => {
        for (const [body, type] of [[Buffer.from([0x34, 0xff]), "text/plain"], ["4a", "application/octet-stream"]]) {
          const sid = await open();
          const posted = await http(path, polling(sid), { method: "POST", body, headers: { "content-type": type } });
          assert.equal(posted.status, 400);
          assert.equal((await http(path, polling(sid))).status, 400);
        }
      });
      it("refuses a body beyond maxPayload", async () => {
        const sid = await open();
        const posted = await http(path, polling(sid), { method: "POST", body: "4".repeat(1_000_001) });
        assert.equal(posted.status, 413);
      });
      it("closes a WebSocket on an unknown packet", async () => {
        for (const message of ["abc", "", "7", "2"]) {
          await using(await openSocket(), async (socket) => {
            socket.send(message);
            await socket.end();
          });
        }
      });
      it("closes a WebSocket on a message beyond maxPayload", async () => using(await openSocket(), async (socket) => {
        socket.send("4".repeat(1_000_001));
        await socket.end();
      }));
    });
  });
}

describe("Engine.IO messages", () => {
  const path = "/engine.io/";
  const polling = (sid) => `?EIO=4&transport=polling&sid=${sid}`;
  const open = async () => {
    const response = await http(path, "?EIO=4&transport=polling");
    return JSON.parse((await response.text()).substring(1)).sid;
  };
  const echoed = async (payload) => {
    const sid = await open();
    const posted = await http(path, polling(sid), { method: "POST", body: payload });
    assert.equal(posted.status, 200);
    assert.equal(await posted.text(), "ok");
    const polled = await http(path, polling(sid));
    assert.equal(polled.status, 200);
    assert.equal(polled.headers.get("content-type"), "text/plain; charset=UTF-8");
    assert.equal(await polled.text(), payload);
  };
  it("polling: one text", () => echoed("4hello"));
  it("polling: several texts", () => echoed("4test1\x1e4test2\x1e4test3"));
  it("polling: text and binary", () => echoed("4hello\x1ebAQIDBA=="));
  it("polling: beyond ASCII", () => echoed("4ünïcödé €😀"));
  it("WebSocket: text", () => using(new Socket(path, "?EIO=4&transport=websocket"), async (socket) => {
    await socket.next();
    socket.send("4hello €😀");
    assert.equal(await socket.nextPacket(), "4hello €😀");
  }));
  it("WebSocket: binary", () => using(new Socket(path, "?EIO=4&transport=websocket"), async (socket) => {
    await socket.next();
    socket.send(Buffer.from([1, 2, 3, 4]));
    assert.deepEqual(await socket.nextPacket(), Buffer.from([1, 2, 3, 4]));
  }));
  it("loses and reorders nothing over an upgrade", async () => {
    const sid = await open();
    const got = [];
    const take = (text) => got.push(...text.split("\x1e").filter((packet) => packet[0] === "4"));
    const post = (body) => http(path, polling(sid), { method: "POST", body });
    await post("40\x1e41");
    const held = http(path, polling(sid));
    await using(new Socket(path, `?EIO=4&transport=websocket&sid=${sid}`), async (socket) => {
      await socket.opened;
      take(await (await held).text());
      await post("42");
      socket.send("2probe");
      assert.equal(await socket.next(), "3probe");
      await post("43\x1e44"); // its answer waits while nobody polls
      socket.send("5", "45", "46");
      while (got.length < 7) take(await socket.nextPacket());
    });
    assert.deepEqual(got, ["40", "41", "42", "43", "44", "45", "46"]);
  });
});

describe("Socket.IO", () => {
  const path = "/socket.io/";
  const bare = async () => {
    const socket = new Socket(path, "?EIO=4&transport=websocket");
    await socket.next();
    return socket;
  };
  const connected = async () => {
    const socket = await bare();
    socket.send("40");
    assert.match(await socket.nextPacket(), /^40\{"sid":"/);
    assert.equal(await socket.nextPacket(), '42["auth",{}]');
    return socket;
  };

  describe("connect", () => {
    const connects = (request, pattern, auth) => it(`allows ${request}`, async () => using(await bare(), async (socket) => {
      socket.send(request);
      const answer = await socket.nextPacket();
      assert.match(answer, pattern);
      const value = JSON.parse(answer.substring(answer.indexOf("{")));
      assert.deepEqual(Object.keys(value), ["sid"]);
      assert.equal(typeof value.sid, "string");
      assert.equal(await socket.nextPacket(), auth);
    }));
    connects("40", /^40\{/, '42["auth",{}]');
    connects('40{"token":"123"}', /^40\{/, '42["auth",{"token":"123"}]');
    connects("40/custom,", /^40\/custom,\{/, '42/custom,["auth",{}]');
    connects("40/custom", /^40\/custom,\{/, '42/custom,["auth",{}]');
    connects('40/custom,{"token":"abc"}', /^40\/custom,\{/, '42/custom,["auth",{"token":"abc"}]');
    it("refuses an unknown namespace", async () => using(await bare(), async (socket) => {
      socket.send("40/random");
      assert.equal(await socket.nextPacket(), '44/random,{"message":"Invalid namespace"}');
    }));
    it("closes on an invalid handshake", async () => using(await bare(), async (socket) => {
      socket.send("4abc");
      await socket.end();
    }));
    it("closes a client that joins nothing", async () => using(await bare(), async (socket) => {
      const pong = setInterval(() => socket.ws.readyState === 1 && socket.send("3"), 100);
      await socket.end();
      clearInterval(pong);
    }));
  });

  describe("disconnect", () => {
    it("leaves the main namespace", async () => using(await connected(), async (socket) => {
      socket.send("41");
      assert.equal(await socket.next(), "2");
    }));
    it("leaves another namespace and keeps the main one", async () => using(await connected(), async (socket) => {
      socket.send("40/custom");
      assert.match(await socket.nextPacket(), /^40\/custom,\{"sid":"/);
      assert.equal(await socket.nextPacket(), '42/custom,["auth",{}]');
      socket.send("41/custom", '42["message","message to main namespace"]');
      assert.equal(await socket.nextPacket(), '42["message-back","message to main namespace"]');
    }));
  });

  describe("message", () => {
    const one = Buffer.from([1, 2, 3]), two = Buffer.from([4, 5, 6]);
    const ph = (num) => `{"_placeholder":true,"num":${num}}`;
    it("text", async () => using(await connected(), async (socket) => {
      socket.send('42["message",1,"2",{"3":[true]}]');
      assert.equal(await socket.nextPacket(), '42["message-back",1,"2",{"3":[true]}]');
    }));
    it("binary", async () => using(await connected(), async (socket) => {
      socket.send(`452-["message",${ph(0)},${ph(1)}]`, one, two);
      assert.equal(await socket.nextPacket(), `452-["message-back",${ph(0)},${ph(1)}]`);
      assert.deepEqual(await socket.nextPacket(), one);
      assert.deepEqual(await socket.nextPacket(), two);
    }));
    it("text with an acknowledgement", async () => using(await connected(), async (socket) => {
      socket.send('42456["message-with-ack",1,"2",{"3":[false]}]');
      assert.equal(await socket.nextPacket(), '43456[1,"2",{"3":[false]}]');
    }));
    it("binary with an acknowledgement", async () => using(await connected(), async (socket) => {
      socket.send(`452-789["message-with-ack",${ph(0)},${ph(1)}]`, one, two);
      assert.equal(await socket.nextPacket(), `462-789[${ph(0)},${ph(1)}]`);
      assert.deepEqual(await socket.nextPacket(), one);
      assert.deepEqual(await socket.nextPacket(), two);
    }));
    const closes = (what, ...messages) => it(`closes on ${what}`, async () => using(await connected(), async (socket) => {
      socket.send(...messages);
      await socket.end();
    }));
    closes("an unknown packet type", "4abc");
    closes("an invalid payload", "42{}");
    closes("an invalid acknowledgement id", '42abc["message-with-ack",1,"2",{"3":[false]}]');
    closes("JSON that ends early", '442["some","data"');
    closes("a reserved event", '42["disconnect"]');
    closes("an event that is no name", "42[{}]");
    closes("an event without a payload", "42");
    it("takes no notice of a second connect", async () => using(await connected(), async (socket) => {
      socket.send("40", '42["message","still here"]');
      assert.equal(await socket.nextPacket(), '42["message-back","still here"]');
    }));
    closes("an event for a namespace it has not joined", '42/custom,["message"]');
    closes("a client's connect_error", '44{"message":"x"}');
    closes("no count of attachments", '45["message"]');
    closes("a fraction of attachments", '451.5-["message"]');
    closes("too many attachments", '45999999-["message"]');
    closes("text where an attachment is due", `451-["message",${ph(0)}]`, '42["message"]');
    closes("an attachment nobody announced", one);
    closes("a placeholder for no attachment", `451-["message",${ph(7)}]`, one);
    closes("a placeholder that is no number", '451-["message",{"_placeholder":true,"num":"splice"}]', one);
    closes("an attachment used twice", `451-["message",${ph(0)},${ph(0)}]`, one);
    closes("a payload of disconnect", "41{}");
    closes("JSON nested too deep", `42["message",${"[".repeat(5000)}${"]".repeat(5000)}]`);
  });
});
