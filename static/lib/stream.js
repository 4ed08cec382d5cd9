/* One stream of server-sent events, read by hand.
   A browser's own EventSource hides what we need: the comment lines (the only sign of life of a quiet stream, and the
   server's time with it) and the status of a refusal (an unknown key is asked for again every 30 s, a busy server every
   second). It never knows a widget and never decides what an event means. */
import { Watch } from "./watch.js";

/** A refused stream asks again after this. */
export const REFUSED_MS = 30000;

/**
 * @typedef {object} Hooks
 * @property {(event: string, data: string) => void} event  one event, its data still JSON text
 * @property {(now_ms: number) => void} [beat]  a sign of life, with the server's time
 * @property {() => void} [open]  the server has answered
 * @property {(refused: boolean) => void} [lost]  the stream has ended and will be asked for again
 */

/** @param {number} ms */
export const jitter = (ms) => ms * (0.6 + Math.random() * 0.4);

/** Splits what arrives into events, as the standard says. */
export class Reader {
  /** @param {(event: string, data: string) => void} emit @param {(ms: number) => void} retry @param {(now_ms: number) => void} beat */
  constructor(emit, retry, beat) {
    this.emit = emit;
    this.retry = retry;
    this.beat = beat;
    this.rest = "";
    this.event = "";
    /** @type {string[]} */
    this.data = [];
  }

  /** @param {string} text */
  feed(text) {
    const lines = (this.rest + text).split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop() ?? "";
    for (const line of lines) this.line(line);
  }

  /** @param {string} line */
  line(line) {
    if (line === "") {
      if (this.data.length) this.emit(this.event || "message", this.data.join("\n"));
      this.event = "";
      this.data = [];
      return;
    }
    const colon = line.indexOf(":");
    if (colon === 0) {
      const beat = /^: ?beat (\d+)$/.exec(line);
      if (beat) this.beat(Number(beat[1]));
      return;
    }
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + (line[colon + 1] === " " ? 2 : 1));
    if (field === "event") this.event = value;
    else if (field === "data") this.data.push(value);
    else if (field === "retry" && /^\d+$/.test(value)) this.retry(Number(value));
  }
}

/** The one stream; it asks again by itself until it is closed. */
export class Stream {
  /** @param {string} url @param {Hooks} hooks */
  constructor(url, hooks) {
    this.url = url;
    this.hooks = hooks;
    this.open = false;
    this.closed = false;
    this.retry_ms = 1000;
    /** @type {AbortController | null} */
    this.abort = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.watch = new Watch(() => { this.renew(); });
    void this.read();
  }

  async read() {
    const abort = (this.abort = new AbortController());
    this.watch.began();
    let refused = false;
    try {
      const answer = await fetch(this.url, {
        cache: "no-store", credentials: "same-origin", headers: { Accept: "text/event-stream" }, signal: abort.signal,
      });
      const sse = (answer.headers.get("content-type") ?? "").startsWith("text/event-stream");
      refused = answer.status >= 400 && answer.status < 500;
      if (!answer.ok || !sse || !answer.body) throw new Error("no stream");
      this.watch.heard();
      this.open = true;
      this.hooks.open?.();
      await this.pump(answer.body.getReader());
    } catch {
      // whatever ended it, it is asked for again below; an error text would stand in the streamer's log
    }
    abort.abort();
    if (this.closed || this.abort !== abort) return;
    this.end(refused, refused ? REFUSED_MS : jitter(Math.min(this.retry_ms, 1500)));
  }

  /** @param {ReadableStreamDefaultReader<Uint8Array>} source */
  async pump(source) {
    const text = new TextDecoder();
    const reader = new Reader(this.hooks.event, (ms) => { this.retry_ms = ms; }, (ms) => this.hooks.beat?.(ms));
    for (;;) {
      const { done, value } = await source.read();
      if (done || this.closed) return;
      this.watch.heard();
      reader.feed(text.decode(value, { stream: true }));
    }
  }

  /** @param {boolean} refused @param {number} wait_ms */
  end(refused, wait_ms) {
    this.open = false;
    this.abort = null;
    this.watch.rests();
    this.timer = setTimeout(() => void this.read(), wait_ms);
    this.hooks.lost?.(refused);
  }

  /** The line is dead though it seems open: away with it, and ask again at once. */
  renew() {
    const { abort } = this;
    if (!abort) return;
    this.end(false, jitter(200));
    abort.abort();
  }

  close() {
    this.closed = true;
    this.open = false;
    this.watch.stop();
    clearTimeout(this.timer);
    this.abort?.abort();
  }
}

/** @param {Iterable<string>} keys the `w` of each page, key or key?overrides @param {string} build of who asks */
export function address(keys, build) {
  const query = [...keys].map((w) => `w=${encodeURIComponent(w)}`).join("&");
  return `/stream?${query}&build=${encodeURIComponent(build)}`;
}
