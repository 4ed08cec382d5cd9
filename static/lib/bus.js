/* How a page hears the server: through the shared worker, else by a socket of its own, or as it was told.
   All three bring the same events; the page cannot tell which it has. It never reads a view. */
import { REFUSED_MS, Stream, address, jitter } from "./stream.js";
import { Watch, answers } from "./watch.js";

/** @typedef {(event: string, data: any) => void} Heard */
/** @typedef {"worker" | "ws" | "sse"} Transport */
/** @typedef {{ stop(): void }} Road */

/** Nothing heard from the worker, which beats every 5 s (every second where there are no Web Locks): it is dead. */
const SILENCE_MS = navigator.locks ? 15000 : 4000;
const CHECK_MS = navigator.locks ? 5000 : 1000;
const TRIES = 3;
const AWAY_MS = 1000;
/** A worker greets at once; one that dies before it has is noticed by nobody else. Each try is given twice as long. */
const GREETING_MS = 1200;
/** So many words are read before the worker is told so. */
const READ = 8;

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
    this.greeted_turn = 0;
    this.asked_turn = 0;
    this.tries = 0;
    this.last = performance.now();
    this.checked = this.last;
    this.read = 0;
    this.stopped = false;
    /** @type {MessagePort | null} */
    this.port = null;
    this.lock = `overlay-page-${Math.random().toString(36).slice(2)}`;
    this.bye = () => { this.port?.postMessage({ bye: true }); };
    this.back = (/** @type {PageTransitionEvent} */ event) => { if (event.persisted) this.dead(this.turn); };
    addEventListener("pagehide", this.bye);
    addEventListener("pageshow", this.back);
    this.timer = setInterval(() => { this.check(); }, CHECK_MS);
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
    this.read = 0;
    const patience_ms = GREETING_MS * 2 ** this.tries;
    setTimeout(() => { if (turn !== this.greeted_turn) void this.failed(turn); }, patience_ms);
    let worker;
    try {
      worker = new SharedWorker(/** @type {any} */ (script(this.build)),
        { name: `overlay-bus-${this.build}`, type: "module" });
    } catch {
      this.dead(turn);
      return;
    }
    worker.onerror = () => { void this.failed(turn); };
    const port = (this.port = worker.port);
    port.onmessage = ({ data }) => {
      if (turn !== this.turn) return;
      this.last = performance.now();
      if (data.worker) this.greeted(data.lock, turn);
      if (!data.said) return;
      if (++this.read === READ) {
        port.postMessage({ heard: READ });
        this.read = 0;
      }
      this.heard(data.said.event, data.said.data);
    };
    port.postMessage({ join: [this.w], lock: navigator.locks ? this.lock : null });
  }

  /** @param {string | null} lock @param {number} turn */
  greeted(lock, turn) {
    this.tries = 0;
    this.greeted_turn = turn;
    if (!lock || !navigator.locks) return;
    // the worker holds this lock while it lives, so being granted it means that the worker is gone
    navigator.locks.request(lock, { mode: "shared" }, () => { this.dead(turn); }).catch(() => {});
  }

  check() {
    const now = performance.now();
    // a page that stood still for a while has words waiting: those are read first
    if (now - this.checked > 2 * CHECK_MS) this.last = Math.max(this.last, now - CHECK_MS);
    this.checked = now;
    if (now - this.last > SILENCE_MS) this.dead(this.turn);
  }

  /** The worker's script did not load, or it never greeted. That says nothing against workers while the server is away,
      and twenty-five pages that ask for it must not keep the streamer's machine busy: one small question a second.
      @param {number} turn */
  async failed(turn) {
    if (this.stopped || turn !== this.turn || turn === this.asked_turn) return;
    this.asked_turn = turn;
    const answered = await answers(1);
    if (this.stopped || turn !== this.turn) return;
    if (answered) {
      this.dead(turn);
      return;
    }
    this.tries = 0;
    this.last = performance.now();
    setTimeout(() => { this.asked_turn = 0; void this.failed(turn); }, jitter(AWAY_MS));
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
    removeEventListener("pageshow", this.back);
    this.bye();
    this.port?.close();
    this.release?.(null);
  }
}

/** A WebSocket of the page's own. */
class BySocket {
  /** @param {string} w @param {string} build @param {Heard} heard */
  constructor(w, build, heard) {
    this.w = w;
    this.url = location.origin.replace(/^http/, "ws") + address([w], build);
    this.heard = heard;
    this.stopped = false;
    /** @type {WebSocket | null} */
    this.socket = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.failures = 0;
    this.watch = new Watch(() => { this.again(jitter(200)); });
    this.open();
  }

  open() {
    const socket = (this.socket = new WebSocket(this.url));
    let opened = false;
    this.watch.began();
    socket.onopen = () => {
      opened = true;
      this.failures = 0;
      this.watch.heard();
    };
    socket.onmessage = ({ data }) => {
      if (socket !== this.socket) return;
      this.watch.heard();
      let said;
      try { said = JSON.parse(data); } catch { return; }
      this.heard(said.event, said.data);
      if (said.event === "gone") this.timer = setTimeout(() => { this.again(0); }, REFUSED_MS);
    };
    socket.onclose = () => { if (socket === this.socket) void this.closed(opened); };
  }

  /** @param {boolean} opened  a socket that never opened may have been refused: only a plain request can say so */
  async closed(opened) {
    this.socket = null;
    this.watch.rests();
    let wait = jitter(Math.min(500 * 2 ** this.failures++, 1500));
    if (!opened) {
      try {
        const [key] = this.w.split("?");
        const answer = await fetch(`/w/${encodeURIComponent(key ?? "")}/view`, { cache: "no-store" });
        if (answer.status >= 400 && answer.status < 500) wait = REFUSED_MS;
      } catch { /* the server is away: soon again */ }
    }
    this.again(wait);
  }

  /** Whatever there is is given up; a dead line is not waited for. @param {number} wait_ms */
  again(wait_ms) {
    const { socket } = this;
    this.socket = null;
    socket?.close();
    this.watch.rests();
    clearTimeout(this.timer);
    if (!this.stopped) this.timer = setTimeout(() => { this.open(); }, wait_ms);
  }

  stop() {
    this.stopped = true;
    this.watch.stop();
    this.again(0);
  }
}

/** A stream of the page's own: for finding faults, and for a browser with a single page. */
class ByStream {
  /** @param {string} w @param {string} build @param {Heard} heard */
  constructor(w, build, heard) {
    this.url = address([w], build);
    this.heard = heard;
    this.open();
  }

  open() {
    this.stream = new Stream(this.url, {
      event: (event, text) => {
        let data;
        try { data = JSON.parse(text); } catch { return; }
        this.heard(event, data);
        if (event === "gone") this.timer = setTimeout(() => { this.stream?.close(); this.open(); }, REFUSED_MS);
      },
      beat: (now_ms) => { this.heard("beat", { now_ms }); },
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
    if (transport === "ws") this.road = new BySocket(this.w, this.build, hear);
    else if (transport === "sse") this.road = new ByStream(this.w, this.build, hear);
    else this.road = new ByWorker(this.w, this.build, hear, () => { this.use("ws"); });
  }
}
