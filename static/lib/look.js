/* The shared options made visible: theme, font, colours, size, motion, background, custom CSS, and being there or not.
   All of it is set on <html>, so a theme or a creator's own CSS can read and override it. It draws nothing. */

/** @typedef {import("./types").Options} Options */

const COLOUR = /^#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/i;
const TOKEN = /^[a-z][a-z0-9_-]{0,30}$/;
const THEME = /^[a-z0-9][a-z0-9_-]{0,63}$/i;
const GENERIC = new Set(["serif", "sans-serif", "monospace", "cursive", "fantasy", "system-ui"]);

export class Look {
  /** @param {HTMLElement} html @param {HTMLElement} root @param {string} theme @param {boolean} safe without custom CSS @param {() => void} changed */
  constructor(html, root, theme, safe, changed) {
    this.html = html;
    this.root = root;
    this.theme = theme;
    /** @type {string} of a creator's own theme, which may change while it is worn; empty for a built-in one */
    this.build = html.getAttribute("data-theme-build") ?? "";
    this.safe = safe;
    this.changed = changed;
    /** @type {import("./types").Motion} */
    this.motion = "full";
    this.pace = 1;
    this.asked = "auto";
    /** @type {string[]} */
    this.set = [];
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.still.addEventListener("change", () => { this.move(this.asked, this.pace); changed(); });
    /** @type {HTMLStyleElement | null} */
    this.own = null;
  }

  /**
   * @param {Options} options @param {string | undefined} theme @param {{w: number, h: number, least?: number} | undefined} size
   * @param {string} [build] of the creator's own theme
   */
  wear(options, theme, size, build) {
    for (const name of this.set) this.html.style.removeProperty(name);
    this.set = [];
    const scale = Number(options["scale"]);
    if (scale > 0) this.token("--scale", String(scale));
    if (typeof options["radius"] === "number") this.token("--radius", `calc(${options["radius"]} * var(--px))`);
    if (options["font"]) this.font(String(options["font"]));
    this.colours(options["colors"]);
    this.html.setAttribute("data-background", options["background"] === "box" ? "box" : "none");
    const speed = Number(options["speed"] ?? 1);
    this.move(speed > 0 ? String(options["motion"] ?? "auto") : "none", speed > 0 ? 1 / speed : 1);
    this.css(this.safe ? "" : String(options["css"] ?? ""));
    if (theme && THEME.test(theme) && (theme !== this.theme || (build && build !== this.build))) this.change(theme, build);
    this.fit(size);
  }

  /** @param {string} name @param {string} value */
  token(name, value) {
    this.html.style.setProperty(name, value);
    this.set.push(name);
  }

  /** @param {string} font */
  font(font) {
    const name = font.replace(/["\\;{}<>\n]/g, "").trim();
    const face = GENERIC.has(name) ? name : `"${name}"`;
    for (const token of ["--font", "--font-display", "--font-number"]) this.token(token, `${face}, var(--font-stack)`);
  }

  /** @param {unknown} colours */
  colours(colours) {
    if (typeof colours !== "object" || colours === null) return;
    const given = new Map(Object.entries(colours).map(([name, value]) => [name.replace(/_/g, "-"), String(value)]));
    const accent = given.get("accent");
    if (accent && !given.has("accent-2")) given.set("accent-2", accent);
    for (const [name, value] of given) if (TOKEN.test(name) && COLOUR.test(value)) this.token(`--${name}`, value);
  }

  /** @param {string} asked @param {number} pace */
  move(asked, pace) {
    this.asked = asked;
    this.pace = pace;
    const given = asked === "full" || asked === "reduced" || asked === "none" ? asked : null;
    this.motion = given ?? (this.still.matches ? "reduced" : "full");
    this.html.setAttribute("data-motion", this.motion);
    this.html.style.setProperty("--pace", String(pace));
  }

  /** @param {string} text what the creator wrote: in no layer, so it wins over every theme */
  css(text) {
    if (!text && !this.own) return;
    if (!this.own) {
      this.own = document.createElement("style");
      this.own.id = "custom-css";
      document.head.append(this.own);
    }
    if (this.own.textContent !== text) this.own.textContent = text;
  }

  /** The old one stays until the new one is there: no undressed moment on air. @param {string} theme @param {string} [build] */
  change(theme, build = "") {
    this.theme = theme;
    this.build = build;
    const old = document.getElementById("theme");
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = `/themes/${theme}/theme.css?v=${encodeURIComponent(build || (this.html.getAttribute("data-build") ?? ""))}`;
    link.onload = () => {
      if (this.theme !== theme || this.build !== build) { link.remove(); return; }
      old?.remove();
      link.id = "theme";
      this.html.setAttribute("data-theme", theme);
      this.changed();
    };
    link.onerror = () => { link.remove(); };
    if (old) old.after(link); else document.head.append(link);
  }

  /** @param {{w: number, h: number, least?: number} | undefined} size */
  fit(size) {
    if (!size) return;
    for (const [name, value] of [["--design-w", size.w], ["--design-h", size.h], ["--least", size.least ?? 0.5]]) {
      if (this.html.style.getPropertyValue(String(name)) !== String(value)) this.html.style.setProperty(String(name), String(value));
    }
  }

  /** @param {boolean} alive @param {boolean} away */
  appear(alive, away) {
    const state = !alive ? "empty" : away ? "away" : "here";
    if (this.root.getAttribute("data-state") !== state) this.root.setAttribute("data-state", state);
  }

  /** @param {number} most_ms  no card enters in one face and changes to another */
  async fonts(most_ms) {
    const style = getComputedStyle(this.root);
    const loading = ["500", "700"].map((weight) => document.fonts.load(`${weight} 1em ${style.fontFamily}`).catch(() => []));
    await Promise.race([Promise.all(loading), new Promise((done) => setTimeout(done, most_ms))]);
  }
}
