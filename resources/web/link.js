// The link to the hub: JSON-RPC over a WebSocket that is made anew whenever it is lost, and goes on where it was.

const QUIET_MS = 15000; // after that the hub is asked for a sign of life
const ANSWER_MS = 8000; // and has so long for it
const LONGEST_PAUSE_MS = 15000;

/** What a request was refused with. `code` is the protocol's. */
export class Refusal extends Error {
  constructor(error) {
    super(error.message);
    this.code = error.code;
    this.data = error.data ?? {};
  }
}

function at(path, scheme = "") {
  const url = new URL(path, document.baseURI);
  if (scheme) url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url;
}

/** Gives the token to the hub, which keeps it in a cookie that no script can read. */
export async function login(token) {
  const answer = await fetch(at("login"), { method: "POST", body: token });
  if (answer.ok) return answer.json();
  const sentence = (await answer.text()).trim();
  throw Object.assign(new Error(sentence), { status: answer.status });
}

export async function logout() {
  await fetch(at("logout"), { method: "POST" });
}

/** Whether the cookie is (still) good: `yes`, `no`, `wait` (too many wrong ones), or `unknown` without an answer. */
export async function signedIn() {
  try {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "job.list", params: { limit: 1 } });
    const answer = await fetch(at("rpc"), { method: "POST", body, cache: "no-store" });
    if (answer.status === 401) return "no";
    if (answer.status === 429) return "wait";
    return answer.ok ? "yes" : "unknown";
  } catch {
    return "unknown";
  }
}

/**
 * One subscription. What happens is told through `on`:
 * - `state(name)`: `live`, `lost` (it is being tried again), `refused` (a token is needed), `ended`
 * - `hello(params)`, `snapshot(params)`, `event(params, isReplay)`, `subscribed(result)`
 * `wanted()` gives the parameters of `subscribe`, position included.
 */
export class Link {
  state = "";
  lastHeard = 0; // by our clock

  #on;
  #wanted;
  #socket = null;
  #calls = new Map();
  #nextId = 1;
  #failures = 0;
  #retry = 0;
  #pulse = 0;
  #asked = 0; // when a sign of life was asked for
  #replayTo = 0;

  constructor(wanted, on) {
    this.#wanted = wanted;
    this.#on = on;
  }

  start() {
    this.#connect();
    this.#pulse = setInterval(() => this.#feelPulse(), 2000);
    addEventListener("online", this.#hurry);
    addEventListener("offline", this.#doubt);
    document.addEventListener("visibilitychange", this.#hurry);
  }

  stop() {
    clearInterval(this.#pulse);
    clearTimeout(this.#retry);
    removeEventListener("online", this.#hurry);
    removeEventListener("offline", this.#doubt);
    document.removeEventListener("visibilitychange", this.#hurry);
    this.#enter("ended");
    this.#drop();
  }

  /** The result, or a Refusal; an Error when the hub is out of reach. */
  call(method, params = {}) {
    return new Promise((resolve, reject) => {
      if (this.#socket?.readyState !== WebSocket.OPEN) {
        reject(new Error("the hub cannot be reached"));
        return;
      }
      const id = this.#nextId++;
      this.#calls.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    });
  }

  #enter(state) {
    if (this.state === state) return;
    this.state = state;
    this.#on.state?.(state);
  }

  #connect() {
    clearTimeout(this.#retry);
    this.#retry = 0;
    const socket = new WebSocket(at("ws", "ws"), "stepwire.v1");
    let opened = false;
    this.#socket = socket;
    this.#asked = Date.now(); // the handshake itself is to be answered, too
    socket.onopen = () => {
      opened = true;
      this.#heard();
      this.#subscribe(socket);
    };
    socket.onmessage = (message) => {
      if (socket !== this.#socket) return;
      this.#heard();
      this.#receive(JSON.parse(message.data));
    };
    socket.onclose = (event) => {
      if (socket === this.#socket) this.#lost(!opened || event.code === 1008);
    };
  }

  async #subscribe(socket) {
    try {
      const result = await this.call("subscribe", this.#wanted());
      this.#failures = 0;
      this.#replayTo = result.seq;
      this.#on.subscribed?.(result);
      if (result.recovered) this.#enter("live"); // else with the snapshot that follows
    } catch (error) {
      if (error instanceof Refusal) socket.close();
    }
  }

  #receive(message) {
    if (message.method === "event") {
      this.#on.event?.(message.params, message.params.seq <= this.#replayTo);
    } else if (message.method === "snapshot") {
      this.#on.snapshot?.(message.params);
      this.#enter("live");
    } else if (message.method === "hello") {
      this.#on.hello?.(message.params);
    } else if (this.#calls.has(message.id)) {
      const call = this.#calls.get(message.id);
      this.#calls.delete(message.id);
      if (message.error) call.reject(new Refusal(message.error));
      else call.resolve(message.result);
    }
  }

  #heard() {
    this.lastHeard = Date.now();
    this.#asked = 0;
  }

  /** Forgets the socket, which may never notice itself that nobody is there. */
  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    for (const call of calls) call.reject(new Error("the connection to the hub was lost"));
  }

  async #lost(perhapsRefused) {
    if (this.state === "ended") return;
    this.#drop();
    this.#enter("lost");
    if (perhapsRefused) {
      // A browser does not tell why a WebSocket was refused.
      const answer = await signedIn();
      if (this.state === "ended" || this.#socket) return;
      if (answer === "no") {
        this.#enter("refused");
        return;
      }
    }
    const pause = Math.min(LONGEST_PAUSE_MS, 250 * 2 ** this.#failures++);
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#connect(), pause * (0.5 + Math.random() / 2));
  }

  #feelPulse() {
    if (!this.#socket) return;
    const now = Date.now();
    if (this.#asked) {
      if (now - this.#asked > ANSWER_MS || now < this.#asked) this.#lost(false);
    } else if (now - this.lastHeard > QUIET_MS || now < this.lastHeard) {
      this.#doubt();
    }
  }

  /** Asks for a sign of life. */
  #doubt = () => {
    if (this.#asked || this.#socket?.readyState !== WebSocket.OPEN) return;
    this.#asked = Date.now();
    this.call("job.list", { limit: 1 }).catch(() => {}); // any answer is one
  };

  /** Somebody looks again, or the network is back. */
  #hurry = () => {
    if (document.visibilityState === "hidden") return;
    if (this.#socket) {
      this.#feelPulse();
      this.#doubt();
    } else if (this.#retry) {
      this.#failures = 0;
      this.#connect();
    }
  };
}
