/* What an item of the feed or an alert says, in the overlay's words: the line under a name, the badge over it. */
import { say, word } from "./i18n.js";
import { called, cut } from "./text.js";

/** @typedef {import("./types").Item} Item */
/** @typedef {import("./types").Context} Context */

export const ICONS = /** @type {Record<string, string>} */ ({
  gift: "gift", follow: "follow", share: "share", subscribe: "subscribe", superfan: "superfan", envelope: "envelope",
  goal: "goal", milestone: "milestone", summary: "summary",
});

/** @param {Item} item @param {Context} ctx the values that a template may name @returns {Record<string, string>} */
export function slots(item, ctx) {
  const number = (/** @type {number | null} */ n) => (n === null ? "" : ctx.format.compact(n));
  return {
    name: called(item.user, ctx.words.anonymous), gift: cut(item.gift?.name, 32), count: number(item.count),
    diamonds: number(item.diamonds), people: number(item.people), text: cut(item.text, 120),
  };
}

/** @param {Item} item @param {Context} ctx @returns {string} a template for the line under the name */
export function deed(item, ctx) {
  const { words } = ctx;
  if (item.what === "gift") return item.gift?.name ? words.did_gift : words.did_gift_plain;
  if (item.what === "summary") return summary(item, ctx);
  if (item.what === "goal" || item.what === "milestone") return item.text ? "{text}" : "";
  return word(words, `did_${item.what}`);
}

/** @param {Item} item @param {Context} ctx @returns {string} */
export function summary(item, { words, format }) {
  if (item.text) return "{text}";
  const filled = { count: format.compact(item.count ?? 0), people: format.compact(item.people ?? 0) };
  if ((item.diamonds ?? 0) > 0 || item.gift) return say((item.people ?? 0) > 1 ? words.summary_gifts : words.summary_gifts_one, filled);
  return say((item.people ?? 0) > 1 ? words.summary_any : words.summary_gifts_one, filled);
}

/** @param {Item} item @param {Context} ctx the headline where there is nobody to name */
export function headline(item, ctx) {
  return word(ctx.words, `alert_${item.what}`);
}
