/* How a page hears the server: through the shared worker, else by a socket of its own, or as it was told.
   All three bring the same events; the page cannot tell which it has. It never reads a view. */
import { REFUSED_MS, Stream, address, jitter } from "./stream.js";

/** @typedef {(event: string, data: any) => void} Heard */
/** @typedef {"worker" | "ws" | "sse"} Transport */
/** @typedef {{ stop(): void }} Road */

/** Nothing heard from the worker, which beats every 5 s: it is dead. */
const SILENCE_MS = 15000;
const TRIES = 3;

/** @param {string} build @returns {string | URL} the worker's address, blessed by the page's one Trusted Types policy */
function script(build) {
  const path = `/static/lib/bus-worker.js?v=${encodeURIComponent(build)}`;
  const types = /** @type {any} */ (window).trustedTypes;
  if (!types) return path;
  policy ??= types.createPolicy("ov", {
    createScriptURL: (/** @type {string} */ url) => {
      if (url !== path) throw new TypeError("not ours");
      return url;
    },
  });
  return policy.createScriptURL(path);
}
/** @type {any} */
let policy = null;

/** The shared worker, found again whenever it dies. */
class ByWorker {
  /** @param {string} w @param {string} build @param {Heard} heard @param {() => void} fail */
  constructor(w, build, heard, fail) {
    this.w = w;
    this.build = build;
    this.heard = heard;
    this.fail = fail;
    this.turn = 0;
    this.tries = 0;
    this.last = performance.now();
    this.stopped = false;
    /** @type {MessagePort | null} */
    this.port = null;
    this.lock = `overlay-page-${Math.random().toString(36).slice(2)}`;
    this.bye = () => { this.port?.postMessage({ bye: true }); };
    addEventListener("pagehide", this.bye);
    this.timer = setInterval(() => { this.check(); }, 5000);
    if (navigator.locks) {
      void navigator.locks.request(this.lock, () => {
        if (!this.stopped) this.connect();
        return new Promise((release) => { this.release = release; });
      });
    } else this.connect();
  }

  connect() {
    const turn = ++this.turn;
    this.last = performance.now();
    let worker;
    try {
      worker = new SharedWorker(/** @type {any} */ (script(this.build)),
        { name: `overlay-bus-${this.build}`, type: "module" });
    } catch {
      this.dead(turn);
      return;
    }
    worker.onerror = () => { this.dead(turn); };
    const port = (this.port = worker.port);
    port.onmessage = ({ data }) => {
      if (turn !== this.turn) return;
      this.last = performance.now();
      if (data.worker) this.greeted(data.lock, turn);
      if (data.said) this.heard(data.said.event, data.said.data);
    };
    port.postMessage({ join: [this.w], lock: navigator.locks ? this.lock : null });
  }

  /** @param {string | null} lock @param {number} turn */
  greeted(lock, turn) {
    this.tries = 0;
    if (!lock || !navigator.locks) return;
    // the worker holds this lock while it lives, so being granted it means that the worker is gone
    navigator.locks.request(lock, { mode: "shared" }, () => { this.dead(turn); }).catch(() => {});
  }

  check() {
    if (performance.now() - this.last > SILENCE_MS) this.dead(this.turn);
  }

  /** @param {number} turn */
  dead(turn) {
    if (this.stopped || turn !== this.turn) return;
    this.turn++;
    this.tries++;
    this.last = performance.now();
    this.bye();
    this.port?.close();
    if (this.tries >= TRIES) {
      this.stop();
      this.fail();
    } else setTimeout(() => { if (!this.stopped) this.connect(); }, 150 + Math.random() * 300);
  }

  stop() {
    this.stopped = true;
    clearInterval(this.timer);
    removeEventListener("pagehide", this.bye);
    this.bye();
    this.port?.close();
    this.release?.(null);
  }
}

/** A WebSocket of the page's own. */
class BySocket {
  /** @param {string} w @param {Heard} heard */
  constructor(w, heard) {
    this.w = w;
    this.heard = heard;
    this.stopped = false;
    /** @type {WebSocket | null} */
    this.socket = null;
    this.failures = 0;
    this.open();
  }

  open() {
    if (this.stopped) return;
    const socket = (this.socket = new WebSocket(location.origin.replace(/^http/, "ws") + address([this.w])));
    let opened = false;
    socket.onopen = () => { opened = true; this.failures = 0; };
    socket.onmessage = ({ data }) => {
      let said;
      try { said = JSON.parse(data); } catch { return; }
      this.heard(said.event, said.data);
      if (said.event === "gone") setTimeout(() => { socket.close(); }, REFUSED_MS);
    };
    socket.onclose = () => { void this.again(opened); };
  }

  /** @param {boolean} opened  a socket that never opened may have been refused: only a plain request can say so */
  async again(opened) {
    if (this.stopped) return;
    let wait = jitter(Math.min(500 * 2 ** this.failures++, 1500));
    if (!opened) {
      try {
        const [key] = this.w.split("?");
        const answer = await fetch(`/w/${encodeURIComponent(key ?? "")}/view`, { cache: "no-store" });
        if (answer.status >= 400 && answer.status < 500) wait = REFUSED_MS;
      } catch { /* the server is away: soon again */ }
    }
    setTimeout(() => { this.open(); }, wait);
  }

  stop() {
    this.stopped = true;
    this.socket?.close();
  }
}

/** A stream of the page's own: for finding faults, and for a browser with a single page. */
class ByStream {
  /** @param {string} w @param {Heard} heard */
  constructor(w, heard) {
    this.w = w;
    this.heard = heard;
    this.open();
  }

  open() {
    this.stream = new Stream(address([this.w]), {
      event: (event, text) => {
        let data;
        try { data = JSON.parse(text); } catch { return; }
        this.heard(event, data);
        if (event === "gone") this.timer = setTimeout(() => { this.stream?.close(); this.open(); }, REFUSED_MS);
      },
    });
  }

  stop() {
    clearTimeout(this.timer);
    this.stream?.close();
  }
}

/** The page's ear. `use` changes the road; nothing is missed, because each road begins with a whole `hello`. */
export class Bus {
  /** @param {string} w @param {string} build @param {string | null} forced @param {Heard} heard */
  constructor(w, build, forced, heard) {
    this.w = w;
    this.build = build;
    this.heard = heard;
    /** @type {Road | null} */
    this.road = null;
    /** @type {Transport | null} */
    this.transport = null;
    this.use(forced);
  }

  /** @param {string | null} asked */
  use(asked) {
    const fitting = "SharedWorker" in window ? "worker" : "ws";
    const transport = asked === "ws" || asked === "sse" || asked === "worker" ? asked : fitting;
    if (transport === this.transport) return;
    this.road?.stop();
    this.transport = transport;
    const hear = (/** @type {string} */ event, /** @type {any} */ data) => {
      if (this.transport !== transport) return;
      if (event === "use") this.use(data?.transport ?? null);
      else this.heard(event, data);
    };
    if (transport === "ws") this.road = new BySocket(this.w, hear);
    else if (transport === "sse") this.road = new ByStream(this.w, hear);
    else this.road = new ByWorker(this.w, this.build, hear, () => { this.use("ws"); });
  }
}
