/* ranking: a regional or league board with the creator marked, and how far it is to the next rank. */
import { at, avatar, clone, keyed, mark, name, put, show } from "../lib/dom.js";
import { say, word } from "../lib/i18n.js";
import { count, enter, leave, moves, places, slide } from "../lib/motion.js";
import { cut } from "../lib/text.js";

/** @typedef {import("../lib/types").Ranking} View */
/** @typedef {import("../lib/types").Options} Options */
/** @typedef {import("../lib/types").Context} Context */

/** @param {Options} options */
export const size = (options) => ({ w: 420, h: 116 + 54 * Math.max(3, Math.min(20, Number(options["rows"]) || 5)) });

/** @param {View} view */
export const busy = (view) => view.entries.length > 0;

/** @param {View} view */
export const news = (view) => [view.board, view.me, view.entries.map((entry) => [entry.rank, entry.user.id])];

/** @param {HTMLElement} root @param {View} view @param {Options} _options @param {Context} ctx */
export function render(root, view, _options, ctx) {
  const list = at(root, "rows");
  put(at(root, "title"), word(ctx.words, `rank_${view.board.replace("_movers", "")}`, ctx.words.rank_region));
  put(at(root, "where"), [...[view.region, view.class].filter(Boolean).map((text) => cut(text, 8)), left(view, ctx)].filter(Boolean).join(" · "));
  mark(root, "data-stale", view.stale);
  const before = moves(ctx) && !ctx.quiet ? places(/** @type {any} */ (list.children)) : new Map();
  const { fresh, all } = keyed(view.entries, {
    list,
    key: (entry) => entry.user.id ?? `${entry.rank} ${entry.user.handle}`,
    make: () => clone(root, "entry"),
    fill: (row, entry) => {
      mark(row, "data-me", entry.me);
      put(at(row, "rank"), entry.rank === null ? "–" : ctx.format.number(entry.rank));
      const nobody = entry.hidden ? ctx.words.hidden : ctx.words.anonymous;
      mark(row, "data-hidden", entry.hidden === true);
      name(at(row, "name"), entry.user, nobody);
      avatar(at(row, "avatar"), entry.user, nobody);
      const won = entry.rank !== null && entry.rank === view.me?.rank && entry.me ? view.me.since_stream ?? view.me.since_midnight ?? 0 : 0;
      mark(at(row, "moved"), "data-way", won ? (won > 0 ? "up" : "down") : null);
      put(at(row, "live"), ctx.words.live);
      show(at(row, "live"), entry.live === true);
      show(at(row, "score"), entry.score !== null);
      count(at(row, "score"), entry.score ?? 0, (n) => ctx.format.compact(n), ctx);
    },
    leave: (row) => { if (ctx.quiet) row.remove(); else leave(row, ctx, { x: "-1rem" }); },
  });
  const gap = view.me?.to_next ?? 0;
  show(at(root, "next"), gap > 0);
  put(at(root, "next-text"), say(ctx.words.to_next, { n: ctx.format.number(gap) }));
  if (ctx.quiet) return;
  slide(before, all, ctx);
  for (const row of fresh) enter(row, ctx, { x: ctx.dir === "rtl" ? "-1.5rem" : "1.5rem" });
}

/** How long until the board begins anew: hours and minutes, in the last hour minutes and seconds. @param {View} view @param {Context} ctx */
function left(view, ctx) {
  const left_ms = view.reset_ms === null ? 0 : view.reset_ms - ctx.now();
  if (view.reset_ms === null || left_ms <= 0) return "";
  const step_ms = left_ms > 3_600_000 ? 60_000 : 1000;
  const steps = Math.ceil(left_ms / step_ms);
  ctx.wake(view.reset_ms - (steps - 1) * step_ms);
  const two = String(steps % 60).padStart(2, "0");
  return `${Math.floor(steps / 60)}:${two}${step_ms === 60_000 ? " h" : ""}`;
}
