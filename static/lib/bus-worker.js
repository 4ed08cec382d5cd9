/* The shared worker: one stream for every overlay page of this origin and browser profile.
   It passes events on as they came and keeps, for each overlay, the newest whole picture, so that a page which joins
   needs no stream of its own, and one that cannot keep up (a frozen one hears nothing for hours) gets that picture
   instead of all that it missed. It never draws, counts or decides anything about a view. */
import { Clock } from "./clock.js";
import { REFUSED_MS, Stream, address } from "./stream.js";

/** @typedef {{event: string, data: any}} Said */
/** @typedef {{keys: Set<string>, ahead: number, behind: boolean}} Page  what a page asked for, and how far we are ahead of it */

const JOIN_MS = 50;
const LEAVE_MS = 20000;
/** Without Web Locks only our silence tells a page that we are dead, so it is to be short. */
const BEAT_MS = navigator.locks ? 5000 : 1000;
const SWITCH_MS = 3000;
/** So many words may wait unread in a page. */
const AHEAD = 32;
const BUILD = new URLSearchParams(location.search).get("v") ?? "";
const NAME = `overlay-worker-${Math.random().toString(36).slice(2)}`;

const clock = new Clock();
/** @type {Map<MessagePort, Page>} */
const ports = new Map();
/** The newest greeting of each overlay, with the newest view. @type {Map<string, any>} */
const known = new Map();
/** @type {Set<string>} */
const gone = new Set();
/** @type {Line | null} */
let current = null;
/** @type {Line | null} */
let coming = null;
let locked = false;
/** The road that the server wants pages to take, if it said so. @type {any} */
let road = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
let due = Infinity;

/** One stream and the keys it was asked for. */
class Line {
  /** @param {string[]} keys */
  constructor(keys) {
    this.keys = new Set(keys);
    this.waiting = new Set(keys);
    this.stream = new Stream(address(keys, BUILD), {
      event: (event, data) => this.hear(event, data),
      beat: (now_ms) => { this.beat(now_ms); },
      open: () => { tell({ open: true }); },
      lost: (refused) => { this.lost(refused); },
    });
  }

  /** @param {number} now_ms  the server's time, every 15 s: a page that hears nothing else keeps its clock by it */
  beat(now_ms) {
    if (this !== current) return;
    clock.hear(now_ms, false);
    pass({ event: "beat", data: { now_ms } });
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
    clock.hear(data.now_ms, true);
    gone.delete(w);
    known.set(w, data);
  } else if (event === "gone") {
    known.delete(w);
    gone.add(w);
    plan(REFUSED_MS);
  } else if (event === "use") road = data;
  else if (event === "reload") for (const [w, had] of known) known.set(w, { ...had, build: data.build });
  else {
    const had = known.get(w);
    if (!had) return;
    clock.hear(data.view?.as_of_ms, false);
    if (event === "view") known.set(w, { ...had, view: data.view });
    else if (event === "options") known.set(w, { ...had, options: data.options, theme: data.theme, theme_build: data.theme_build, view: data.view });
    else if (event === "live") known.set(w, { ...had, live: { state: data.state, reason: data.reason } });
  }
}

/** @param {Said} said */
function pass(said) {
  const w = said.data?.w;
  for (const [port, page] of ports) if (w === undefined || page.keys.has(w)) say(port, page, said);
}

/** @param {MessagePort} port @param {Page} page @param {Said} said */
function say(port, page, said) {
  if (page.behind) return;
  page.behind = page.ahead >= AHEAD;
  if (page.behind) return;
  page.ahead++;
  port.postMessage({ said });
}

/** A page that was behind has read what it had: it gets everything as it is now. @param {MessagePort} port @param {Page} page @param {number} count */
function heard(port, page, count) {
  page.ahead -= count;
  if (!page.behind || page.ahead > AHEAD / 2) return;
  page.behind = false;
  show(port, page);
  if (road) say(port, page, { event: "use", data: road });
}

/** @param {MessagePort} port @param {Page} page */
function show(port, page) {
  for (const w of page.keys) {
    const had = known.get(w);
    if (had) say(port, page, { event: "hello", data: { ...had, now_ms: clock.now() } });
    else if (gone.has(w)) say(port, page, { event: "gone", data: { w } });
  }
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
  for (const page of ports.values()) for (const w of page.keys) keys.add(w);
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
    coming = current = road = null;
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
  const page = { keys: new Set(keys), ahead: 0, behind: false };
  ports.set(port, page);
  show(port, page);
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
    const page = ports.get(port);
    if (data.bye) leave(port);
    if (data.heard && page) heard(port, page, data.heard);
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
