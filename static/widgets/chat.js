/* chat: what people write, newest last (or first), each line kept under its id. A deleted line goes at once. */
import { at, avatar, clone, keyed, mark, name, picture, put, sentence, show } from "../lib/dom.js";
import { deed, slots } from "../lib/happening.js";
import { enter, leave, moves, places, slide } from "../lib/motion.js";
import { cut, graphemes, hash, tidy } from "../lib/text.js";

/** @typedef {import("../lib/types").Chat} View */
/** @typedef {import("../lib/types").Line} Line */
/** @typedef {import("../lib/types").Options} Options */
/** @typedef {import("../lib/types").Context} Context */

const MOST_GRAPHEMES = 300;
/** More new lines than this at once are a flood: they stand there without an entrance. */
const CALM = 3;
const BADGES = /** @type {Record<string, string>} */ ({ moderator: "moderator", subscriber: "subscribe", fan: "likes", level: "diamonds" });

/** Ten drawings a second: nobody reads faster. */
export const pace_ms = 100;

/** A strip is one line of them. */
export const size = () => ({ w: 440, h: innerWidth >= innerHeight * 5 ? 114 : 128, least: 0.6 });

/** @param {View} view */
export const busy = (view) => view.messages.length > 0;

/** @param {View} view */
export const news = (view) => [view.messages.at(-1)?.id, view.messages[0]?.id];

/** @param {HTMLElement} root @param {View} view @param {Options} options @param {Context} ctx */
export function render(root, view, options, ctx) {
  const list = at(root, "rows");
  const down = options["direction"] === "down";
  mark(root, "data-direction", down ? "down" : "up");
  mark(root, "data-plain", options["avatars"] === false);
  const lines = current(view, options, ctx);
  const calm = moves(ctx) && !ctx.quiet;
  const known = new Set(Array.from(list.children, (row) => /** @type {HTMLElement} */ (row).dataset["id"]));
  const coming = lines.filter((line) => !known.has(line.id)).length;
  const before = calm && coming <= CALM ? places(/** @type {any} */ (list.children)) : new Map();
  const { fresh, all } = keyed(down ? [...lines].reverse() : lines, {
    list,
    key: (line) => line.id,
    make: () => clone(root, "line"),
    reuse: coming > CALM,
    fill: (row, line) => { fill(row, line, root, options, ctx); },
    leave: (row) => { if (ctx.quiet || coming > CALM) row.remove(); else leave(row, ctx, { ms: 220 }); },
  });
  if (ctx.quiet || fresh.length > CALM) return;
  slide(before, all, ctx, 320);
  for (const row of fresh) enter(row, ctx, { y: down ? "-1rem" : "1rem", ms: 320 });
}

/** The lines that have not faded yet. @param {View} view @param {Options} options @param {Context} ctx */
function current(view, options, ctx) {
  const fade_ms = (Number(options["fade_s"]) || 0) * 1000;
  const lines = view.messages.slice(-(Number(options["rows"]) || 12));
  if (fade_ms <= 0) return lines;
  const now = ctx.now();
  const left = lines.filter((line) => line.at_ms + fade_ms > now);
  if (left[0]) ctx.wake(left[0].at_ms + fade_ms);
  return left;
}

/** @param {HTMLElement} row @param {Line} line @param {HTMLElement} root @param {Options} options @param {Context} ctx */
function fill(row, line, root, options, ctx) {
  const signature = JSON.stringify([line, options["badges"], options["levels"], options["highlight"], options["avatars"], ctx.lang]);
  if (row.dataset["id"] !== undefined && /** @type {any} */ (row).signature === signature) return;
  /** @type {any} */ (row).signature = signature;
  row.dataset["id"] = line.id;
  mark(row, "data-highlight", highlighted(line, options));
  mark(row, "data-starred", Boolean(line.starred));
  avatar(at(row, "avatar"), line.user, ctx.words.anonymous);
  show(at(row, "avatar"), options["avatars"] !== false);
  name(at(row, "name"), line.user, ctx.words.anonymous);
  mark(at(row, "name"), "data-hue", hash(line.user?.id ?? line.user?.name ?? "") % 8);
  badges(at(row, "badges"), line, root, options, ctx);
  const reply = replied(line);
  show(at(row, "reply"), reply !== "");
  sentence(at(row, "reply"), "↳ {to}", { to: reply });
  say(at(row, "text"), line, root, ctx);
}

/** @param {Line} line */
function replied(line) {
  const to = line.reply_to;
  return to === null ? "" : cut(typeof to === "string" ? to : to.name || to.handle);
}

/** @param {Line} line @param {Options} options @returns {string | null} */
function highlighted(line, options) {
  const wanted = /** @type {string[]} */ (Array.isArray(options["highlight"]) ? options["highlight"] : []);
  const has = (/** @type {string} */ kind) => line.badges.some((badge) => badge.kind === kind);
  const is = /** @type {Record<string, boolean>} */ ({
    moderator: has("moderator"), subscriber: has("subscriber"), reply: line.reply_to !== null && line.reply_to !== undefined,
    question: line.what === "question" || line.parts.some((part) => /[?？؟]/u.test(part.text ?? "")),
  });
  return wanted.find((kind) => is[kind]) ?? null;
}

/** @param {HTMLElement} list @param {Line} line @param {HTMLElement} root @param {Options} options @param {Context} ctx */
function badges(list, line, root, options, ctx) {
  const shown = options["badges"] === false ? [] : line.badges.filter((badge) => badge.kind !== "level" || options["levels"] !== false);
  keyed(shown.slice(0, 4), {
    list,
    key: (badge) => badge.kind,
    make: () => clone(root, "badge"),
    fill: (node, badge) => {
      mark(node, "data-kind", badge.kind);
      mark(at(node, "icon"), "href", `#icon-${BADGES[badge.kind] ?? "subscribe"}`);
      picture(node, badge.image);
      put(at(node, "badge-text"), badge.kind === "level" && /^\d+$/.test(badge.text ?? "") ? ctx.format.number(Number(badge.text)) : cut(badge.text, 10));
    },
  });
}

/** The words and emotes of a line; text stays text. @param {HTMLElement} node @param {Line} line @param {HTMLElement} root @param {Context} ctx */
function say(node, line, root, ctx) {
  const what = line.what;
  const between = what === "join" || what === "follow" || what === "gift";
  mark(node, "data-between", between ? what : null);
  if (between) {
    const { gift = null, count = null, diamonds = null, user } = line;
    const item = /** @type {import("../lib/types").Item} */ ({ what, user, gift, count, diamonds, people: null, text: null });
    const times = what === "gift" && (count ?? 0) > 1 ? " ×{count}" : "";
    sentence(node, what === "join" ? ctx.words.did_join : deed(item, ctx) + times, slots(item, ctx));
    return;
  }
  /** @type {any} */ (node).said = undefined;
  let left = MOST_GRAPHEMES;
  const pieces = [];
  for (const part of line.parts) {
    if (part.text !== undefined && part.text !== null) {
      const all = graphemes(tidy(part.text));
      pieces.push(document.createTextNode(all.length > left ? `${all.slice(0, left).join("")}…` : all.join("")));
      left -= all.length;
    } else if (part.emote) {
      const emote = clone(root, "emote");
      if (picture(emote, part.image)) pieces.push(emote);
      else pieces.push(document.createTextNode(`[${cut(part.emote)}]`));
    }
    if (left <= 0) break;
  }
  node.replaceChildren(...pieces);
}
