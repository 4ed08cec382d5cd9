/* goal: a value on its way to a target, as a bar, a ring or a line of text. It celebrates once for each mark that was
   reached while it was watched, and computes nothing that counts: value, target and ratio are the view's. */
import { at, clone, keyed, mark, put, show, style } from "../lib/dom.js";
import { say, word } from "../lib/i18n.js";
import { count, moves, play } from "../lib/motion.js";
import { burst } from "../lib/party.js";
import { cut } from "../lib/text.js";

/** @typedef {import("../lib/types").Goal} View */
/** @typedef {import("../lib/types").Options} Options */
/** @typedef {import("../lib/types").Context} Context */

/** @param {Options} options */
export const size = (options) => (options["shape"] === "ring" ? { w: 320, h: 340 } : { w: 640, h: 140 });

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
  style(at(root, "fill"), "--ratio", ratio.toFixed(4));
  style(at(root, "arc"), "stroke-dashoffset", (100 - ratio * 100).toFixed(2));
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
  party.dataset["reached"] = reached;
  const late = view.reached_at_ms === null || ctx.now() - view.reached_at_ms > 10000;
  if (known === undefined || known === reached || !reached || ctx.quiet || late || !moves(ctx)) return;
  play(at(root, "body"), "party", [{ transform: "scale(1)" }, { transform: "scale(1.03)", offset: 0.3 }, { transform: "scale(1)" }],
    { duration: 900 * ctx.pace, easing: "ease-in-out" });
  burst(party, root, ctx);
}
