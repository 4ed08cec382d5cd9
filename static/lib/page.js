/* What runs in every overlay page: it hears the server, keeps the newest view and lets the widget
   draw it, at most once a frame. It knows no widget by name and never writes anything on air but what a widget draws. */
import { Bus } from "./bus.js";
import { Clock } from "./clock.js";
import { Format } from "./format.js";
import { learn } from "./i18n.js";
import { Look } from "./look.js";
import { Reloader } from "./reload.js";
import { Sound } from "./sound.js";
import { follow } from "./theme-watch.js";

/** @typedef {import("./types").Hello} Hello */

const FONT_WAIT_MS = 1200;
const html = document.documentElement;
const root = /** @type {HTMLElement} */ (document.getElementById("overlay"));

/** @param {string} name */
const told = (name) => html.getAttribute(`data-${name}`) ?? "";

class Page {
  constructor() {
    this.w = told("w");
    this.kind = told("kind");
    this.preview = told("preview") !== "";
    this.query = new URLSearchParams(location.search);
    this.clock = new Clock();
    this.look = new Look(html, root, told("theme"), this.query.has("safe"), () => { this.plan(true); });
    this.sound = new Sound(this.preview);
    this.reloader = new Reloader(told("build"), () => this.holds());
    /** @type {import("./types").Widget<any> | null} */
    this.widget = null;
    /** @type {any} */
    this.view = null;
    /** @type {import("./types").Options} */
    this.options = {};
    this.quiet = true;
    this.frame = 0;
    this.drawn_ms = -Infinity;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.pause = undefined;
    this.ready = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.due = Infinity;
    this.newest = "";
    this.news_ms = 0;
    /** @type {string | undefined} */
    this.lang = undefined;
    /** @type {import("./i18n.js").Words | undefined} */
    this.words = undefined;
    /** @type {Format | undefined} */
    this.format = undefined;
  }

  async start() {
    const ignored = told("ignored");
    if (ignored) console.warn(`ignored in the address: ${ignored}`);
    document.addEventListener("visibilitychange", () => { this.plan(true); });
    // hearing and loading go side by side: the first view is often here before the widget's own script
    if (this.preview) this.rehearse();
    else new Bus(this.w, told("build"), this.query.get("transport"), (event, data) => { this.hear(event, data); });
    this.widget = await import(`/static/widgets/${this.kind}.js?v=${encodeURIComponent(told("build"))}`);
    await this.look.fonts(FONT_WAIT_MS);
    this.ready = true;
    this.plan(true);
  }

  /** A preview never opens the stream: one sample, and whatever the settings page around it sends. */
  rehearse() {
    follow(this.look);
    addEventListener("message", (event) => {
      if (event.origin !== location.origin || event.source !== parent || !event.data?.overlay) return;
      this.hear(String(event.data.overlay), event.data.data);
    });
    const query = new URLSearchParams(this.query);
    query.set("preview", query.get("preview") || "1");
    fetch(`${location.pathname}/view?${query}`, { cache: "no-store" })
      .then(async (answer) => { if (answer.ok) this.hear("hello", await answer.json()); })
      .catch(() => {})
      .finally(() => { if (parent !== window) parent.postMessage({ overlay: "ready" }, location.origin); });
  }

  /** @param {string} event @param {any} data */
  hear(event, data) {
    if (!data || (data.w !== undefined && data.w !== this.w && !this.preview)) return;
    if (event === "hello" || event === "again") {
      this.clock.hear(this.preview ? data.view?.as_of_ms ?? data.now_ms : data.now_ms, true);
      if (!this.preview) this.reloader.hear(data.build);
      void this.dress(data, event === "hello");
      this.change(data.view, event === "hello");
    } else if (event === "view") {
      this.clock.hear(data.view?.as_of_ms, false);
      this.change(data.view, false);
    } else if (event === "options") {
      this.clock.hear(data.view?.as_of_ms, false);
      void this.dress(data, true);
      if (data.view) this.change(data.view, true);
    } else if (event === "live") {
      html.setAttribute("data-live", String(data.state ?? ""));
    } else if (event === "beat") {
      this.clock.hear(data.now_ms, false);
    } else if (event === "reload") {
      this.reloader.hear(data.build);
    } else if (event === "gone") {
      this.change(null, true);
    }
  }

  /** @param {{ options?: import("./types").Options, theme?: string, theme_build?: string }} said @param {boolean} quiet */
  async dress(said, quiet) {
    this.options = said.options ?? this.options;
    const lang = String(this.options["language"] || told("lang") || navigator.language || "en");
    this.look.wear(this.options, said.theme, this.widget?.size?.(this.options, this.view), said.theme_build);
    if (lang !== this.lang) {
      this.lang = lang;
      const words = await learn(lang);
      if (this.lang !== lang) return;
      this.words = words;
      this.format = new Format(lang);
      html.lang = lang;
      html.dir = words.direction;
    }
    this.plan(quiet);
  }

  /** @param {any} view @param {boolean} quiet */
  change(view, quiet) {
    this.view = view;
    this.plan(quiet);
  }

  /** Draws soon; a hidden page has no frames and draws at once. @param {boolean} quiet */
  plan(quiet) {
    this.quiet = this.quiet || quiet || document.hidden;
    if (document.hidden) {
      cancelAnimationFrame(this.frame);
      clearTimeout(this.pause);
      this.frame = 0;
      this.pause = undefined;
      this.draw();
      return;
    }
    if (this.frame || this.pause !== undefined) return;
    // news after a rest is drawn in the next frame; in a flood a widget is drawn no oftener than anybody could follow
    const early_ms = this.quiet ? 0 : this.drawn_ms + (this.widget?.pace_ms ?? 0) - performance.now();
    if (early_ms > 0) this.pause = setTimeout(() => { this.pause = undefined; this.ask(); }, early_ms);
    else this.ask();
  }

  ask() {
    if (!this.frame) this.frame = requestAnimationFrame(() => { this.frame = 0; this.draw(); });
  }

  draw() {
    if (!this.ready || !this.widget || !this.words || !this.format) return;
    this.drawn_ms = performance.now();
    const now = this.clock.now();
    clearTimeout(this.timer);  // each drawing says what comes next; what an older one waited for may never be
    this.due = Infinity;
    this.look.fit(this.widget.size?.(this.options, this.view));
    const alive = this.view !== null && (this.widget.busy?.(this.view, now, this.options) ?? true);
    const hide_s = Number(this.options["hide_after_s"]) || 0;
    if (hide_s > 0) this.remember(now);
    this.look.appear(alive, hide_s > 0 && now >= this.news_ms + hide_s * 1000);
    if (hide_s > 0) this.wake(this.news_ms + hide_s * 1000, now);
    // what has nothing more to say goes as it stood: its last words are not wiped before they have faded
    if (this.view !== null && (alive || !this.widget.busy)) {
      try {
        this.widget.render(root, this.view, this.options, this.context(now));
      } catch (error) {
        console.warn("drawing failed:", error instanceof Error ? error.message : "");
      }
    }
    this.quiet = !alive;
    this.reloader.look();
  }

  /** @param {number} now */
  remember(now) {
    const said = this.view === null ? null : this.widget?.news?.(this.view) ?? { ...this.view, as_of_ms: 0 };
    const newest = JSON.stringify(said);
    if (newest === this.newest) return;
    this.newest = newest;
    this.news_ms = now;
  }

  /** @param {number} now @returns {import("./types").Context} */
  context(now) {
    return {
      now: () => this.clock.now(),
      lang: this.lang ?? "en",
      dir: /** @type {any} */ (this).words.direction,
      motion: this.look.motion,
      pace: this.look.pace,
      preview: this.preview,
      theme: this.look.theme,
      quiet: this.quiet,
      words: /** @type {any} */ (this).words,
      format: /** @type {any} */ (this).format,
      sound: this.sound,
      wake: (at_ms) => { this.wake(at_ms, now); },
    };
  }

  /** One timer for whatever comes next; an idle page has none. @param {number} at_ms @param {number} now */
  wake(at_ms, now) {
    if (!(at_ms > now) || (this.due > now && this.due <= at_ms)) return;
    clearTimeout(this.timer);
    this.due = at_ms;
    this.timer = setTimeout(() => { this.due = Infinity; this.plan(false); }, Math.min(at_ms - now + 5, 2 ** 31 - 1));
  }

  /** @returns {boolean} whether something on screen must not be cut off by a reload */
  holds() {
    return this.view !== null && (this.widget?.holds?.(this.view, this.clock.now()) ?? false);
  }
}

/** @returns {Promise<void>} when the page has all it needs */
export const start = () => new Page().start();
