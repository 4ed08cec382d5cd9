/* counter: one number with its name. It counts up to what the view says and never says that a figure is old: a stale one
   stands still, for themes to dim. */
import { at, mark, put, show } from "../lib/dom.js";
import { word } from "../lib/i18n.js";
import { count } from "../lib/motion.js";
import { cut } from "../lib/text.js";

/** @typedef {import("../lib/types").Counter} View */

const ICONS = /** @type {Record<string, string>} */ ({
  gifts: "gift", subscribes: "subscribe", superfans: "superfan", follows: "follow", shares: "share",
});

export const size = () => ({ w: 300, h: 108 });

/** @param {View} view */
export const busy = (view) => view.value !== null;

/** @param {View} view */
export const news = (view) => view.value;

/** @param {HTMLElement} root @param {View} view @param {import("../lib/types").Options} options @param {import("../lib/types").Context} ctx */
export function render(root, view, options, ctx) {
  const metric = view.metric.startsWith("gift:") ? "gifts" : view.metric;
  mark(root, "data-stale", view.stale);
  mark(root, "data-metric", metric);
  show(at(root, "badge"), options["icon"] !== false);
  mark(at(root, "icon"), "href", `#icon-${ICONS[metric] ?? metric}`);
  put(at(root, "label"), cut(String(options["label"] ?? ""), 40) || word(ctx.words, `metric_${metric}`));
  count(at(root, "value"), view.value ?? 0, (n) => ctx.format.amount(n, options["compact"] !== false), ctx);
}
