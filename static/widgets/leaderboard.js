/* leaderboard: who gave the most, first at the top. A changed rank slides, a score counts up, a newcomer slides in.
   It shows what the view says and sorts nothing itself. */
import { at, avatar, clone, keyed, mark, name, put, seated, seats, show, style } from "../lib/dom.js";
import { word } from "../lib/i18n.js";
import { count, enter, leave, moves, places, slide } from "../lib/motion.js";

/** @typedef {import("../lib/types").Leaderboard} View */
/** @typedef {import("../lib/types").Options} Options */
/** @typedef {import("../lib/types").Context} Context */

/** Eight drawings a second are more than anybody reads; between them the figures count on. */
export const pace_ms = 125;

/** What the title and each row of a strip take. @type {[number, number]} */
const STRIP = [170, 200];

/** Standing rows, or, in a strip, all side by side. @param {Options} options @param {View | null} view */
export const size = (options, view) => {
  const rows = Math.max(3, Math.min(20, Number(options["rows"]) || 5), view?.entries.length ?? 0);
  return innerWidth >= innerHeight * 4 ? { w: STRIP[0] + STRIP[1] * seats(rows, ...STRIP), h: 84, least: 0.3 } : { w: 420, h: 76 + 66 * rows, least: 0.3 };
};

/** @param {View} view */
export const busy = (view) => view.entries.length > 0;

/** @param {View} view */
export const news = (view) => [view.metric, view.period, view.entries.map((entry) => [entry.user.id, entry.score])];

/** @param {HTMLElement} root @param {View} view @param {Options} options @param {Context} ctx */
export function render(root, view, options, ctx) {
  const list = at(root, "rows");
  const board = `${view.metric} ${view.period}`;
  const turned = list.dataset["board"] !== undefined && list.dataset["board"] !== board;
  mark(list, "data-board", board);
  put(at(root, "title"), word(ctx.words, `top_${view.metric}`, ctx.words.top_diamonds));
  put(at(root, "period"), word(ctx.words, `period_${view.period}`));
  const entries = seated(view.entries, seats(20, ...STRIP));
  const order = entries.map((entry) => entry.user.id ?? entry.user.name).join(" ");
  const moved = list.getAttribute("data-order") !== order;
  mark(list, "data-order", order);
  const before = moved && moves(ctx) && !ctx.quiet && !turned ? places(/** @type {any} */ (list.children)) : new Map();
  const most = Math.max(1, ...view.entries.map((entry) => entry.score));
  const { fresh, all } = keyed(entries, {
    list,
    key: (entry) => entry.user.id ?? `${entry.user.handle} ${entry.user.name}`,
    make: () => clone(root, "entry"),
    fill: (row, entry) => { fill(row, entry, most, view, options, ctx); },
    leave: (row) => { if (ctx.quiet || turned) row.remove(); else leave(row, ctx, { x: "-1rem" }); },
  });
  if (ctx.quiet) return;
  if (turned) enter(at(root, "head"), ctx);
  if (moved) slide(before, all, ctx);
  fresh.forEach((row, i) => { enter(row, ctx, { x: ctx.dir === "rtl" ? "-1.5rem" : "1.5rem", delay: turned ? i * 40 * ctx.pace : 0 }); });
}

/**
 * @param {HTMLElement} row @param {View["entries"][number]} entry @param {number} most @param {View} view
 * @param {Options} options @param {Context} ctx
 */
function fill(row, entry, most, view, options, ctx) {
  mark(row, "data-rank", entry.rank);
  mark(row, "data-long", String(entry.rank).length > 1);
  put(at(row, "rank"), ctx.format.number(entry.rank));
  name(at(row, "name"), entry.user, ctx.words.anonymous);
  avatar(at(row, "avatar"), entry.user, ctx.words.anonymous);
  show(at(row, "face"), options["avatars"] !== false);
  mark(at(row, "crown"), "hidden", options["crowns"] === false || entry.rank > 3);
  mark(at(row, "unit"), "hidden", view.metric !== "diamonds");
  mark(at(row, "moved"), "data-way", entry.moved ? (entry.moved > 0 ? "up" : "down") : null);
  style(at(row, "share"), "transform", `translateX(${Math.round((100 * Math.max(0, entry.score)) / most) - 100}%)`);
  count(at(row, "score"), entry.score, (n) => ctx.format.amount(n, options["compact"] !== false), ctx);
}
