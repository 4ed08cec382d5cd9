/* Undo and redo of this visit, and the last twenty things an overlay was before. */
import { ask } from "./ask.js";
import { toast } from "./toast.js";
import { t } from "./words.js";

/** @typedef {{ name?: string, theme?: string, options?: Record<string, any> }} Change */

const MOST = 100;
const TOGETHER_MS = 900;

export class History {
  /** @param {(change: Change) => void} apply @param {(known: Change) => void} discard puts into the form what the server has */
  constructor(apply, discard) {
    this.apply = apply;
    this.discard = discard;
    /** @type {{ before: Change, after: Change, at: number }[]} */
    this.done = [];
    /** @type {{ before: Change, after: Change, at: number }[]} */
    this.undone = [];
    /** @type {HTMLElement | null} */
    this.place = null;
    /** What was refused and still stands in the form: taking it out is the first step back. @type {Change | null} */
    this.refused = null;
  }

  /** Nobody took this value; the form shows it still. @param {Change} known what the server has in its place */
  refuse(known) {
    this.refused = { options: { ...this.refused?.options, ...known.options } };
    this.show();
  }

  /** A field that was refused has a good value now. @param {string[]} names */
  settle(names) {
    if (!this.refused) return;
    for (const name of names) delete this.refused.options?.[name];
    if (Object.keys(this.refused.options ?? {}).length === 0) this.refused = null;
    this.show();
  }

  /** Changes of one field in quick succession are one. @param {Change} before @param {Change} after */
  add(before, after) {
    const last = this.done.at(-1), at = performance.now();
    if (last && at - last.at < TOGETHER_MS && fields(last.after) === fields(after)) {
      last.after = after;
      last.at = at;
    } else this.done.push({ before, after, at });
    if (this.done.length > MOST) this.done.shift();
    this.undone = [];
    this.show();
  }

  undo() {
    if (this.refused) {
      const known = this.refused;
      this.refused = null;
      this.discard(known);
      this.show();
      return;
    }
    const step = this.done.pop();
    if (!step) return;
    this.undone.push(step);
    this.apply(step.before);
    this.show();
  }

  redo() {
    const step = this.undone.pop();
    if (!step) return;
    this.done.push({ ...step, at: 0 });
    this.apply(step.after);
    this.show();
  }

  /** @param {HTMLElement} place */
  bind(place) {
    this.place = place;
    place.querySelector("[data-undo]")?.addEventListener("click", () => { this.undo(); });
    place.querySelector("[data-redo]")?.addEventListener("click", () => { this.redo(); });
    document.addEventListener("keydown", (event) => {
      const typing = event.target instanceof HTMLTextAreaElement || (event.target instanceof HTMLInputElement && /^(text|search|number)$/.test(event.target.type));
      if (typing || !(event.ctrlKey || event.metaKey) || event.altKey) return;
      const key = event.key.toLowerCase();
      if (key === "z" && !event.shiftKey) { event.preventDefault(); this.undo(); }
      else if (key === "y" || (key === "z" && event.shiftKey)) { event.preventDefault(); this.redo(); }
    });
  }

  show() {
    this.place?.querySelector("[data-undo]")?.toggleAttribute("disabled", this.done.length === 0 && this.refused === null);
    this.place?.querySelector("[data-redo]")?.toggleAttribute("disabled", this.undone.length === 0);
  }

  /** @param {string} id @param {(now: any) => void} brought */
  async open(id, brought) {
    const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("history"));
    const list = /** @type {HTMLElement} */ (dialog.querySelector("[data-versions]"));
    /** @type {{ version: number, at_ms: number, name: string, theme: string, options: Record<string, any> }[]} */
    const versions = await ask("GET", `/studio/widgets/${id}/versions`);
    const time = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "medium" });
    list.replaceChildren(...versions.map((version, place) => {
      const item = document.createElement("li"), when = document.createElement("span"), what = document.createElement("small"), button = document.createElement("button");
      when.textContent = time.format(version.at_ms);
      what.textContent = place === 0 ? t("history.last") : differing(version, /** @type {any} */ (versions[place - 1]));
      button.type = "button";
      button.className = "quiet small";
      button.textContent = t("history.back");
      button.addEventListener("click", () => {
        ask("POST", `/studio/widgets/${id}/versions/${version.version}`, {}).then((now) => {
          dialog.close();
          brought(now);
          toast(t("history.done"), { undo: () => { this.undo(); } });
        }, (/** @type {Error} */ error) => { toast(error.message); });
      });
      item.append(when, what, button);
      return item;
    }));
    if (versions.length === 0) {
      const none = document.createElement("li");
      none.textContent = t("history.none");
      list.append(none);
    }
    dialog.showModal();
  }
}

/** @param {Change} change */
const fields = (change) => JSON.stringify([change.name !== undefined, change.theme !== undefined, Object.keys(change.options ?? {}).sort()]);

/** @param {any} one @param {any} other @returns {string} which fields were changed after it */
function differing(one, other) {
  const names = Object.keys(other.options).filter((name) => JSON.stringify(one.options[name]) !== JSON.stringify(other.options[name]));
  if (one.theme !== other.theme) names.push("theme");
  if (one.name !== other.name) names.push("name");
  return names.map((name) => document.querySelector(`[data-option="${name}"] legend, [data-option="${name}"] label`)?.textContent?.trim() || t(name)).join(", ");
}
