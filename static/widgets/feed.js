/* feed: what happened lately, the newest at the bottom. Old lines fade, new ones lift the rest. */
import { at, avatar, clone, keyed, mark, name, picture, put, sentence, show } from "../lib/dom.js";
import { ICONS, deed, headline, slots } from "../lib/happening.js";
import { enter, leave, moves, places, slide } from "../lib/motion.js";

/** @typedef {import("../lib/types").Feed} View */
/** @typedef {import("../lib/types").Item} Item */
/** @typedef {import("../lib/types").Options} Options */
/** @typedef {import("../lib/types").Context} Context */

/** More new items than this at once are a flood: they stand there without an entrance. */
const CALM = 3;

/** Ten drawings a second: nobody reads faster. */
export const pace_ms = 100;

/** A strip is one line of them. */
export const size = () => ({ w: 420, h: innerWidth >= innerHeight * 5 ? 86 : 128, least: 0.6 });

/** @param {View} view */
export const busy = (view) => view.items.length > 0;

/** @param {View} view */
export const news = (view) => view.items.at(-1)?.id;

/** @param {HTMLElement} root @param {View} view @param {Options} options @param {Context} ctx */
export function render(root, view, options, ctx) {
  const list = at(root, "rows");
  const fade_ms = (Number(options["fade_s"]) || 0) * 1000;
  const now = ctx.now();
  let items = view.items.slice(-(Number(options["rows"]) || 10));
  if (fade_ms > 0) items = items.filter((item) => item.at_ms + fade_ms > now);
  const oldest = items[0];
  if (fade_ms > 0 && oldest) ctx.wake(oldest.at_ms + fade_ms);
  const known = new Set(Array.from(list.children, (row) => row.getAttribute("data-id")));
  const flood = items.filter((item) => !known.has(item.id)).length > CALM;
  const before = moves(ctx) && !ctx.quiet && !flood ? places(/** @type {any} */ (list.children)) : new Map();
  const { fresh, all } = keyed(items, {
    list,
    key: (item) => item.id,
    make: () => clone(root, "item"),
    reuse: flood,
    fill: (row, item) => { fill(row, item, ctx); },
    leave: (row) => { if (ctx.quiet || flood) row.remove(); else leave(row, ctx, { y: "-.6rem" }); },
  });
  if (ctx.quiet) return;
  slide(before, all, ctx, 420);
  if (!flood) for (const row of fresh) enter(row, ctx, { y: "1.2rem", scale: 0.97 });
}

/** @param {HTMLElement} row @param {Item} item @param {Context} ctx */
function fill(row, item, ctx) {
  mark(row, "data-id", item.id);
  mark(row, "data-what", item.what);
  mark(at(row, "icon"), "href", `#icon-${ICONS[item.what] ?? "summary"}`);
  avatar(at(row, "avatar"), item.user, ctx.words.anonymous);
  mark(row, "data-nobody", item.user === null);
  const named = item.user !== null;
  if (named) name(at(row, "name"), item.user, ctx.words.anonymous);
  else put(at(row, "name"), headline(item, ctx));
  sentence(at(row, "deed"), deed(item, ctx), slots(item, ctx));
  const gift = item.what === "gift";
  show(at(row, "worth"), gift);
  show(at(row, "count"), (item.count ?? 0) > 1);
  put(at(row, "count"), `×${ctx.format.compact(item.count ?? 0)}`);
  picture(at(row, "gift"), item.gift?.image);
}
