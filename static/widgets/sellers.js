/* sellers: who sells most by LIVE, by units or by revenue. Money is written as the view says, in its own currency. */
import { at, avatar, clone, keyed, mark, name, put, seated, seats, show } from "../lib/dom.js";
import { say, word } from "../lib/i18n.js";
import { cut } from "../lib/text.js";
import { enter, leave, moves, places, slide } from "../lib/motion.js";

/** @typedef {import("../lib/types").Sellers} View */
/** @typedef {import("../lib/types").Options} Options */
/** @typedef {import("../lib/types").Context} Context */

/** What the title and each row of a strip take. @type {[number, number]} */
const STRIP = [220, 196];

/** Standing rows, or, in a strip, all side by side. @param {Options} options */
export const size = (options) => {
  const rows = Math.max(3, Math.min(20, Number(options["rows"]) || 5));
  return innerWidth >= innerHeight * 4 ? { w: STRIP[0] + STRIP[1] * seats(rows, ...STRIP), h: 92, least: 0.3 } : { w: 440, h: 76 + 66 * rows, least: 0.3 };
};

/** @param {View} view */
export const busy = (view) => view.entries.length > 0;

/** @param {View} view */
export const news = (view) => [view.region, view.date_value, view.entries.map((entry) => entry.user.id)];

/** @param {HTMLElement} root @param {View} view @param {Options} options @param {Context} ctx */
export function render(root, view, options, ctx) {
  const { format, words } = ctx;
  const list = at(root, "rows");
  put(at(root, "title"), words.top_sellers);
  put(at(root, "when"), [view.region, view.date_value ?? word(words, `period_${view.date_type}`)].filter(Boolean).join(" · "));
  mark(root, "data-stale", view.stale);
  const before = moves(ctx) && !ctx.quiet ? places(/** @type {any} */ (list.children)) : new Map();
  const { fresh, all } = keyed(seated(view.entries, seats(20, ...STRIP)), {
    list,
    key: (entry) => entry.user.id ?? `${entry.user.handle} ${entry.user.name}`,
    make: () => clone(root, "entry"),
    fill: (row, entry) => {
      mark(row, "data-rank", entry.rank);
      mark(row, "data-me", entry.me === true);
      put(at(row, "rank"), format.number(entry.rank));
      name(at(row, "name"), entry.user, words.anonymous);
      avatar(at(row, "avatar"), entry.user, words.anonymous);
      const sold = entry.units === null ? "" : say(words.sold, { n: format.compact(entry.units) });
      const money = earned(entry, ctx);
      const [first, second] = options["order"] === "gmv" ? [money, sold] : [sold, money];
      put(at(row, "main"), first);
      put(at(row, "sub"), second);
      put(at(row, "lives"), entry.lives === null ? "" : say(format.form(words.lives, entry.lives), { n: format.number(entry.lives) }));
      put(at(row, "live"), cut(entry.title, 60));
      show(at(row, "dot"), entry.lives !== null && (entry.title ?? "") !== "");
    },
    leave: (row) => {
      if (ctx.quiet) { row.remove(); return; }
      leave(row, ctx, { x: "-1rem" });
    },
  });
  if (ctx.quiet) return;
  slide(before, all, ctx);
  for (const row of fresh) enter(row, ctx, { x: ctx.dir === "rtl" ? "-1.5rem" : "1.5rem" });
}

/** The revenue as it was, and in dollars where it was in something else. @param {View["entries"][number]} entry @param {Context} ctx */
function earned(entry, { format }) {
  const own = entry.gmv === null ? "" : format.money(entry.gmv, entry.currency ?? "USD");
  const usd = entry.usd == null || (entry.currency ?? "USD") === "USD" ? "" : format.money(entry.usd, "USD");
  return [own, usd].filter(Boolean).join(" · ");
}
