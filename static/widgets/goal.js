/* goal: a value on its way to a target, as a bar, a ring or a line of text. It celebrates once for each mark that was
   reached while it was watched, and computes nothing that counts: value, target and ratio are the view's. */
import { at, clone, keyed, mark, put, show, style } from "../lib/dom.js";
import { say, word } from "../lib/i18n.js";
import { count, moves, play, still } from "../lib/motion.js";
import { burst } from "../lib/party.js";
import { cut } from "../lib/text.js";

/** @typedef {import("../lib/types").Goal} View */
/** @typedef {import("../lib/types").Options} Options */
/** @typedef {import("../lib/types").Context} Context */

const TURN_MS = 800;

/** A dozen drawings a second: between them the figures count on. */
export const pace_ms = 80;

/** @param {Options} options */
export const size = (options) => {
  if (options["shape"] === "ring") return { w: 320, h: 340 };
  // in a box the same words stand larger
  const box = innerWidth < innerHeight * 2;
  if (options["shape"] === "text") return box ? { w: 320, h: 112 } : { w: 640, h: 84 };
  return { w: box ? 480 : 640, h: 140 };
};

/** @param {View} view */
export const news = (view) => [view.value, view.target, view.label];

/** @param {HTMLElement} root @param {View} view @param {Options} options @param {Context} ctx */
export function render(root, view, options, ctx) {
  const shape = ["bar", "ring", "text"].includes(options["shape"]) ? options["shape"] : "bar";
  /** @type {string[]} */
  const shown = Array.isArray(options["show"]) ? options["show"] : ["number"];
  mark(at(root, "card"), "data-shape", shape);
  mark(at(root, "card"), "data-reached", view.reached);
  const metric = view.metric.startsWith("gift:") ? "gifts" : view.metric;
  const kind = { gifts: "gift", subscribes: "subscribe", superfans: "superfan", follows: "follow", shares: "share" }[metric] ?? metric;
  mark(at(root, "icon"), "href", `#icon-${kind}`);
  put(at(root, "label"), cut(view.label, 80) || word(ctx.words, `goal_${metric}`, ctx.words.alert_goal));
  figures(root, view, shape, shown, ctx);
  const ratio = Math.min(1, Math.max(0, view.ratio));
  show(at(root, "bar"), shape === "bar");
  show(at(root, "ring"), shape === "ring");
  style(at(root, "fill"), "--ratio", ratio.toFixed(3));
  if (shape === "ring") turn(root, ratio, ctx);
  ticks(root, view);
  celebrate(root, view, ctx);
}

/** @param {HTMLElement} root @param {View} view @param {string} shape @param {string[]} shown @param {Context} ctx */
function figures(root, view, shape, shown, ctx) {
  const { format, words } = ctx;
  const whole = (/** @type {number} */ n) => (Math.max(view.value, view.target) > 9999999 ? format.compact(n) : format.number(n));
  const left = Math.max(0, view.target - view.value);
  const remaining = left > 0 ? say(words.to_go, { n: whole(left) }) : words.reached;
  const percent = format.percent(Math.max(0, view.ratio));
  const ring = shape === "ring";
  show(at(root, "number"), shown.includes("number") && !ring);
  show(at(root, "percent"), shown.includes("percent") && !ring);
  show(at(root, "remaining"), shown.includes("remaining"));
  count(at(root, "value"), view.value, whole, ctx);
  put(at(root, "target"), whole(view.target));
  put(at(root, "percent"), percent);
  put(at(root, "remaining"), remaining);
  if (!ring) return;
  const number = shown.includes("number");
  if (shown.includes("percent") || !number) put(at(root, "middle"), percent);
  else count(at(root, "middle"), view.value, whole, ctx);
  put(at(root, "under"), number ? (shown.includes("percent") ? `${whole(view.value)} / ${whole(view.target)}` : `/ ${whole(view.target)}`) : "");
}

/** Fills the ring from what is seen of it now. @param {HTMLElement} root @param {number} ratio @param {Context} ctx */
function turn(root, ratio, ctx) {
  const ring = at(root, "ring");
  const to = ratio * 360;
  show(at(root, "start"), ratio > 0.004);
  show(at(root, "head"), ratio > 0.004);
  mark(ring, "data-past", ratio > 0.5);
  if (Number(ring.dataset["to"]) === to) return;
  const began = Number(ring.dataset["began"] ?? -Infinity);
  const last = Number(ring.dataset["to"] ?? to);
  const before = Number(ring.dataset["from"] ?? to);
  const part = Math.min(1, Math.max(0, (performance.now() - began) / (TURN_MS * ctx.pace)));
  const from = before + (last - before) * (1 - (1 - part) ** 3);
  const jump = ctx.quiet || !moves(ctx) || ring.dataset["to"] === undefined;
  Object.assign(ring.dataset, { to: String(to), from: String(jump ? to : from), began: String(performance.now()) });
  const rotate = (/** @type {string} */ name, /** @type {(angle: number) => number} */ angle) => {
    const node = at(root, name);
    node.style.transform = `rotate(${angle(to)}deg)`;
    if (jump) { still(node, "turn"); return; }
    const frames = Array.from({ length: 13 }, (_, i) => ({ transform: `rotate(${angle(from + (to - from) * (1 - (1 - i / 12) ** 3))}deg)` }));
    play(node, "turn", frames, { duration: TURN_MS * ctx.pace, easing: "linear" });
  };
  const first = (/** @type {number} */ a) => Math.min(180, a);
  const second = (/** @type {number} */ a) => Math.max(0, a - 180);
  rotate("sweep-1", first);
  rotate("hold-1", (a) => -first(a));
  rotate("sweep-2", second);
  rotate("hold-2", (a) => -second(a));
  rotate("head", (a) => a);
}

/** The marks on the way, where there are several and they stand on this bar. @param {HTMLElement} root @param {View} view */
function ticks(root, view) {
  const inside = view.steps.filter((step) => step > 0 && step < view.target * 0.985);
  keyed(inside.slice(-12), {
    list: at(root, "ticks"),
    key: (step) => String(step),
    make: () => clone(root, "tick"),
    fill: (tick, step) => {
      style(tick, "--at", (step / view.target).toFixed(4));
      mark(tick, "data-done", view.value >= step);
    },
  });
}

/** @param {HTMLElement} root @param {View} view @param {Context} ctx */
function celebrate(root, view, ctx) {
  const party = at(root, "party");
  const reached = String(view.reached_at_ms ?? "");
  const known = party.dataset["reached"];
  mark(party, "data-reached", reached);
  const late = view.reached_at_ms === null || ctx.now() - view.reached_at_ms > 10000;
  if (known === undefined || known === reached || !reached || ctx.quiet || late || !moves(ctx)) return;
  play(at(root, "body"), "party", [{ transform: "scale(1)" }, { transform: "scale(1.03)", offset: 0.3 }, { transform: "scale(1)" }],
    { duration: 900 * ctx.pace, easing: "ease-in-out" });
  burst(party, root, ctx);
}
