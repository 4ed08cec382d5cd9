/* How everything is right now, asked every two seconds while somebody looks, and put into words. */
import { has, t } from "./words.js";

const EVERY_MS = 2000;
const BASELINE = 103;

/** @typedef {{ user_agent: string, current: boolean, age_ms: number, build: string }} Open */
/** @typedef {{ id: string, kind: string, name: string, streams: Open[], trouble: string | null, remark?: string | null }} Overlay */
/** @typedef {{ id: string, handle: string, state: string, reason: string | null, reason_key: string, rate: number | null, viewers: number | null, events: number,
 *   next_try_ms: number | null, captions: { state: string, reason: string, used: number | null, remaining: number | null } }} Person */
/** @typedef {{ now_ms: number, creators: Person[], widgets: Overlay[], safe: boolean, problems: string[] }} Status */

/** @param {(status: Status) => void} show @returns {void} */
export function watch(show) {
  let timer = 0, looks = 0;
  const look = async () => {
    clearTimeout(timer);
    if (document.hidden) return;
    try {
      const answer = await fetch("/studio/status", { cache: "no-store" });
      if (answer.status === 401) location.reload();
      if (answer.ok) show(await answer.json());
      document.documentElement.toggleAttribute("data-unreachable", !answer.ok);
    } catch {
      document.documentElement.setAttribute("data-unreachable", "");
    }
    // the second look comes soon: only two of them tell how much happens in a minute
    looks += 1;
    timer = window.setTimeout(() => { void look(); }, looks === 1 ? EVERY_MS - 400 : EVERY_MS);
  };
  document.addEventListener("visibilitychange", () => { void look(); });
  void look();
}

/** @param {Element | null | undefined} node @param {string} text */
export function put(node, text) {
  if (node && node.textContent !== text) node.textContent = text;
}

/** @param {Element | null | undefined} node @param {string} text  hidden while there is nothing to say */
export function note(node, text) {
  if (!(node instanceof HTMLElement)) return;
  put(node, text);
  if (node.hidden !== (text === "")) node.hidden = text === "";
}

/** @param {Element | null | undefined} light @param {string} state @param {string} text */
export function shine(light, state, text) {
  if (!light) return;
  if (light.getAttribute("data-state") !== state) light.setAttribute("data-state", state);
  put(light.querySelector('[data-at="state"]'), text);
}

/** @param {number} ms @returns {string} a length of time in words */
export function lasting(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  const [count, unit] = s < 60 ? [s, "second"] : s < 3600 ? [Math.round(s / 60), "minute"] : s < 172800 ? [Math.round(s / 3600), "hour"] : [Math.round(s / 86400), "day"];
  return new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit, unitDisplay: "long" }).format(count);
}

/** What to do about a creator who is not green. @param {Person} person @param {number} now_ms @param {string} source */
export function advice(person, now_ms, source) {
  if (person.state === "live") return "";
  const own_key = { no_key: "advice.no_key", off: "advice.paused", handle: "advice.handle", silent_tiktool: "advice.silent" }[person.reason_key];
  const reason = person.reason ?? "", key = own_key ?? `advice.${person.state}`;
  const next = person.next_try_ms && person.next_try_ms > now_ms ? t("next_try", { time: lasting(person.next_try_ms - now_ms) }) : "";
  const own = key === "advice.no_key" || key === "advice.paused" ? "" : reason;
  return [own, has(key) && source !== "simulator" ? t(key) : "", next].filter(Boolean).join(" ");
}

/** What is open of an overlay. @param {Overlay} overlay @returns {{ state: string, text: string, trouble: string }} */
export function opened(overlay) {
  const streams = overlay.streams;
  if (streams.length === 0) return { state: "closed", text: t("overlay.closed"), trouble: overlay.trouble ?? overlay.remark ?? "" };
  const best = streams.find((one) => one.user_agent.includes("OBS/")) ?? /** @type {Open} */ (streams[0]);
  const chromium = Number(/Chrome\/(\d+)/.exec(best.user_agent)?.[1] ?? 0);
  const obs = /OBS\/([\d.]+)/.exec(best.user_agent)?.[1];
  const where = obs ? `OBS ${obs}` : t("overlay.browser");
  const old = chromium > 0 && chromium < BASELINE;
  const text = t("overlay.open", { where, time: lasting(best.age_ms), chromium: chromium ? `Chromium ${chromium}` : t("overlay.other_browser") });
  const more = streams.length > 1 ? ` ${t("overlay.times", { count: streams.length })}` : "";
  const trouble = overlay.trouble ?? overlay.remark ?? (old ? t("overlay.old") : streams.some((one) => !one.current) ? t("overlay.outdated") : "");
  return { state: old || overlay.trouble ? "bad" : obs ? "live" : "browser", text: text + more, trouble };
}

/** Events a minute, from what was counted in the last minute. */
export class Rates {
  constructor() {
    /** @type {Map<string, { at: number, events: number }[]>} */
    this.seen = new Map();
  }

  /** @param {Person} person @param {number} now_ms @returns {number | null} */
  of(person, now_ms) {
    const seen = this.seen.get(person.id) ?? [];
    seen.push({ at: now_ms, events: person.events });
    while (seen.length > 2 && now_ms - /** @type {{at: number}} */ (seen[0]).at > 60000) seen.shift();
    this.seen.set(person.id, seen);
    const first = /** @type {{at: number, events: number}} */ (seen[0]);
    const span = now_ms - first.at;
    return span < 1500 ? person.rate : Math.max(0, Math.round((person.events - first.events) / span * 60000));
  }
}
