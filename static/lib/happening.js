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
    diamonds: number(item.diamonds), people: number(item.people),
    text: cut(item.what === "summary" ? summary(item, ctx) : item.text, 120),
  };
}

/** @param {Item} item @param {Context} ctx @returns {string} a template for the line under the name */
export function deed(item, ctx) {
  const { words } = ctx;
  if (item.what === "gift" && item.gift?.name) return item.text ? words.did_gift_to : words.did_gift;
  if (item.what === "gift") return words.did_gift_plain;
  if (item.what === "summary") return "{text}";
  if (item.what === "goal" || item.what === "milestone") return item.text ? "{text}" : item.count ? "{count}" : "";
  return word(words, `did_${item.what}`);
}

/** @typedef {import("./types").Plural} Plural */

/** "38 gifts · 9 new followers", in the overlay's language. @param {Item} item @param {Context} ctx @returns {string} */
export function summary(item, { words, format }) {
  const phrase = (/** @type {string} */ key, /** @type {number} */ n) => {
    const forms = /** @type {Record<string, any>} */ (words)[key] ?? words.sum_any;
    return say(format.form(/** @type {Plural} */ (forms), n), { count: format.compact(n) });
  };
  const people = item.people ?? 0;
  const parts = item.parts ?? (item.text ? [] : [{ what: item.diamonds ? "gift" : "any", count: item.count ?? 0 }]);
  const said = parts.map(({ what, count }) => phrase(`sum_${what}`, count));
  // a server or a script that says it in its own words is taken at them
  if (said.length === 0) return item.text ?? "";
  if (people < 2) return said.join(" · ");
  const who = phrase("sum_people", people);
  return said.length > 1 ? [...said, who].join(" · ") : say(words.sum_from, { what: said[0] ?? "", who });
}

/** @param {Item} item @param {Context} ctx the headline where there is nobody to name */
export function headline(item, ctx) {
  return word(ctx.words, `alert_${item.what}`);
}
