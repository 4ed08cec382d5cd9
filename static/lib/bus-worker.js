/* The shared worker: one stream for every overlay page of this origin and browser profile.
   It passes events on as they came and keeps, for each overlay, the newest whole picture, so that a page which joins
   needs no stream of its own. It never draws, counts or decides anything about a view. */
import { REFUSED_MS, Stream, address } from "./stream.js";

/** @typedef {{event: string, data: any}} Said */
/** @typedef {{hello: any, at: number}} Known */

const JOIN_MS = 50;
const LEAVE_MS = 20000;
const BEAT_MS = 5000;
const SWITCH_MS = 3000;
const NAME = `overlay-worker-${Math.random().toString(36).slice(2)}`;

/** @type {Map<MessagePort, Set<string>>} */
const ports = new Map();
/** @type {Map<string, Known>} */
const known = new Map();
/** @type {Set<string>} */
const gone = new Set();
/** @type {Line | null} */
let current = null;
/** @type {Line | null} */
let coming = null;
let locked = false;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
let due = Infinity;

/** One stream and the keys it was asked for. */
class Line {
  /** @param {string[]} keys */
  constructor(keys) {
    this.keys = new Set(keys);
    this.waiting = new Set(keys);
    this.stream = new Stream(address(keys), {
      event: (event, data) => this.hear(event, data),
      open: () => { tell({ open: true }); },
      lost: (refused) => { this.lost(refused); },
    });
    this.opened = performance.now();
  }

  /** @param {string} event @param {string} text */
  hear(event, text) {
    let data;
    try { data = JSON.parse(text); } catch { return; }
    const w = data?.w;
    // once the newer stream has greeted for a page, what the older still holds for it is old
    if (this === current && coming && w !== undefined && !coming.waiting.has(w)) return;
    if (event === "hello" || event === "gone") this.waiting.delete(w);
    // a page that heard all the while takes the greeting of the newer stream as one more view
    const said = event === "hello" && this === coming && current?.stream.open && known.has(w) ? "again" : event;
    keep(event, w, data);
    pass({ event: said, data });
    if (this === coming && this.waiting.size === 0) settle();
  }

  /** @param {boolean} refused */
  lost(refused) {
    if (refused) for (const w of this.keys) if (!known.has(w)) gone.add(w);
    tell({ open: false, refused });
    if (this === coming && refused) settle();
  }
}

/** @param {string} event @param {string} w @param {any} data */
function keep(event, w, data) {
  if (event === "hello") {
    gone.delete(w);
    known.set(w, { hello: data, at: performance.now() });
  } else if (event === "gone") {
    known.delete(w);
    gone.add(w);
    plan(REFUSED_MS);
  } else {
    const had = known.get(w);
    if (!had) return;
    if (event === "view") had.hello = { ...had.hello, view: data.view };
    else if (event === "options") had.hello = { ...had.hello, options: data.options, theme: data.theme, view: data.view };
    else if (event === "live") had.hello = { ...had.hello, live: { state: data.state, reason: data.reason } };
  }
}

/** @param {Said} said */
function pass(said) {
  const w = said.data?.w;
  for (const [port, keys] of ports) if (w === undefined || keys.has(w)) port.postMessage({ said });
}

/** @param {object} note */
function tell(note) {
  for (const port of ports.keys()) port.postMessage(note);
}

/** The new stream speaks for all its pages: the old one may end. */
function settle() {
  if (!coming) return;
  current?.stream.close();
  current = coming;
  coming = null;
}

function wanted() {
  const keys = new Set();
  for (const set of ports.values()) for (const w of set) keys.add(w);
  return [...keys].sort();
}

/** @param {number} ms  look again whether the stream has the right keys */
function plan(ms) {
  const at = performance.now() + ms;
  if (at >= due) return;
  due = at;
  clearTimeout(timer);
  timer = setTimeout(match, ms);
}

function match() {
  due = Infinity;
  const keys = wanted();
  for (const w of [...known.keys()]) if (!keys.includes(w)) known.delete(w);
  for (const w of [...gone]) if (!keys.includes(w)) gone.delete(w);
  if (keys.length === 0) {
    coming?.stream.close();
    current?.stream.close();
    coming = current = null;
    return;
  }
  const line = coming ?? current;
  const same = line && keys.length === line.keys.size && keys.every((w) => line.keys.has(w));
  if (same && gone.size === 0) return;
  coming?.stream.close();
  coming = new Line(keys);
  if (!current || !current.stream.open) settle();
  else setTimeout(overdue, SWITCH_MS, coming);
  if (gone.size) plan(REFUSED_MS);
}

/** @param {Line} line  a stream that opened and greeted only in part still replaces the old one */
function overdue(line) {
  if (line === coming && line.stream.open) settle();
}

/** @param {MessagePort} port @param {string[]} keys */
function join(port, keys) {
  ports.set(port, new Set(keys));
  for (const w of keys) {
    const had = known.get(w);
    if (!had) continue;
    const now_ms = had.hello.now_ms + (performance.now() - had.at);
    port.postMessage({ said: { event: "hello", data: { ...had.hello, now_ms } } });
  }
  const line = coming ?? current;
  if (!line || keys.some((w) => !line.keys.has(w) || gone.has(w))) plan(JOIN_MS);
}

/** @param {MessagePort} port */
function leave(port) {
  if (ports.delete(port)) plan(ports.size ? LEAVE_MS : BEAT_MS);
  port.close();
}

/** @param {MessagePort} port */
function greet(port) {
  port.postMessage({ worker: NAME, lock: locked ? NAME : null });
}

/** @param {MessagePort} port */
function welcome(port) {
  port.onmessage = ({ data }) => {
    if (data.bye) leave(port);
    if (data.join) {
      join(port, data.join);
      greet(port);
      // the page holds a lock of its own: when it is granted to us, the page is gone, however it went
      if (data.lock && navigator.locks) void navigator.locks.request(data.lock, () => { leave(port); });
    }
  };
  port.start();
}

if (navigator.locks) {
  void navigator.locks.request(NAME, () => {
    locked = true;
    for (const port of ports.keys()) greet(port);
    return new Promise(() => {});
  });
}
setInterval(() => { tell({ beat: true }); }, BEAT_MS);
/** @type {any} */ (self).onconnect = (/** @type {MessageEvent} */ event) => {
  const port = event.ports[0];
  if (port) welcome(port);
};
