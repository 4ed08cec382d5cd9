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
  if (item.what === "goal" || item.what === "milestone") return item.text ? "{text}" : item.count ? "{count}" : "";
  return word(words, `did_${item.what}`);
}

/** The server says a summary in English, "38 gifts, 9 follows from 12 people": said again in the overlay's language. */
const TALLY = /^([\d,]+) (gift|follow|share|subscription|super fan|treasure boxe?|goal|milestone)s?$/;
const PEOPLE = / from ([\d,]+) (?:person|people)$/;
const NOUNS = /** @type {Record<string, string>} */ ({
  gift: "summary_gifts_one", follow: "summary_follows", share: "summary_shares", subscription: "summary_subscribes",
  "super fan": "summary_superfans", "treasure box": "summary_envelopes", "treasure boxe": "summary_envelopes",
});

/** @param {string} text @param {Context} ctx @returns {string | null} null for what is not such a sentence */
function retold(text, { words, format }) {
  const number = (/** @type {string} */ digits) => Number(digits.replace(/,/g, ""));
  const people = number(PEOPLE.exec(text)?.[1] ?? "0");
  const parts = text.replace(PEOPLE, "").split(/, (?=\d)/).map((part) => TALLY.exec(part));
  const said = parts.map((part) => {
    if (!part) return null;
    const noun = part[2] === "gift" && people > 1 && parts.length === 1 ? "summary_gifts" : NOUNS[part[2] ?? ""] ?? "";
    const template = word(words, noun);
    return template && say(template, { count: format.compact(number(part[1] ?? "")), people: format.compact(people) });
  });
  return said.every(Boolean) ? said.join(" · ") : null;
}

/** @param {Item} item @param {Context} ctx @returns {string} */
export function summary(item, ctx) {
  const { words, format } = ctx;
  if (item.text) return retold(item.text, ctx) ?? "{text}";
  const filled = { count: format.compact(item.count ?? 0), people: format.compact(item.people ?? 0) };
  if ((item.diamonds ?? 0) > 0 || item.gift) return say((item.people ?? 0) > 1 ? words.summary_gifts : words.summary_gifts_one, filled);
  return say((item.people ?? 0) > 1 ? words.summary_any : words.summary_gifts_one, filled);
}

/** @param {Item} item @param {Context} ctx the headline where there is nobody to name */
export function headline(item, ctx) {
  return word(ctx.words, `alert_${item.what}`);
}
