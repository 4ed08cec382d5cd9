/* Notices that a line has died though nobody said so: the network was cut, the machine slept, an answer never came.
   The server says something every 15 s. When it has been silent for longer, or when an attempt gets no answer, a small
   question is asked beside the line again and again; as soon as it is answered the line is made anew. So a page is right
   within two seconds of the network's return, and a server that is only slow is not asked for a new line each time.
   It never closes or opens anything itself. */

/** Longer than the server is ever silent. */
export const SILENCE_MS = 17000;
const TICK_MS = 1000;
const QUESTION_MS = 1200;
/** The browser asks by connections that it has kept, and after a cut those are dead: so many it may have, so all are tried. */
const KEPT = 6;
/** An attempt without an answer for so long is doubted; each one in vain gives the next twice as long. */
const OPENING_MS = 1500;
const PATIENCE_MS = 24000;
/** The wall clock has gone on without ours by so much: the machine slept, or was set. */
const JUMP_MS = 3000;

export class Watch {
  /** @param {() => void} renew  give the line up and ask for a new one now */
  constructor(renew) {
    this.renew = renew;
    this.open = false;
    this.stopped = false;
    this.asking = false;
    this.doubt = false;
    this.patience = OPENING_MS;
    this.at = performance.now();
    this.skew = Date.now() - this.at;
    this.online = () => { this.doubt = true; this.look(); };
    this.shown = () => { this.look(); };
    addEventListener("online", this.online);
    if (typeof document !== "undefined") document.addEventListener("visibilitychange", this.shown);
    this.timer = setInterval(this.shown, TICK_MS);
  }

  /** An attempt begins. */
  began() {
    this.open = false;
    this.at = performance.now();
  }

  /** Something came. */
  heard() {
    this.open = true;
    this.patience = OPENING_MS;
    this.at = performance.now();
  }

  /** The attempt is over and nothing is expected. */
  rests() {
    this.at = Infinity;
  }

  look() {
    const now = performance.now();
    const skew = Date.now() - now;
    if (Math.abs(skew - this.skew) > JUMP_MS) this.doubt = true;
    this.skew = skew;
    if (this.at === Infinity) this.doubt = false;
    else if (this.doubt || now - this.at > (this.open ? SILENCE_MS : this.patience)) void this.ask();
  }

  async ask() {
    if (this.asking || this.stopped) return;
    this.asking = true;
    const { at } = this;
    const answered = await answers();
    this.asking = false;
    if (!answered || this.stopped || (this.at !== at && !this.doubt)) return;
    if (!this.open) this.patience = Math.min(this.patience * 2, PATIENCE_MS);
    this.doubt = false;
    this.renew();
  }

  stop() {
    this.stopped = true;
    clearInterval(this.timer);
    removeEventListener("online", this.online);
    if (typeof document !== "undefined") document.removeEventListener("visibilitychange", this.shown);
  }
}

/** @param {number} [count] by how many connections @returns {Promise<boolean>} whether the server can be reached: it is asked for the smallest that it has */
export async function answers(count = KEPT) {
  const abort = new AbortController();
  const timer = setTimeout(() => { abort.abort(); }, QUESTION_MS);
  const ask = () => fetch("/favicon.ico", { cache: "no-store", signal: abort.signal });
  try {
    return (await Promise.any(Array.from({ length: count }, ask))).ok;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
    abort.abort();
  }
}
