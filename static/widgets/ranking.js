/* ranking: a regional or league board with the creator marked, how far it is to the next rank and from the one behind.
   Boards of a rotation dissolve into one another: nothing slides across the stream. */
import { at, avatar, clone, keyed, mark, name, put, seated, seats, show } from "../lib/dom.js";
import { say, word } from "../lib/i18n.js";
import { count, enter, leave, moves, places, slide } from "../lib/motion.js";
import { cut } from "../lib/text.js";

/** @typedef {import("../lib/types").Ranking} View */
/** @typedef {import("../lib/types").Options} Options */
/** @typedef {import("../lib/types").Context} Context */

/** So many classes of a league stand beside each other. */
const RUNGS = 7;
const TURN_MS = 600;
const HOUR_MS = 3_600_000;
/** From so many days on nobody counts minutes. */
const DAYS = 2;
/** Gaps are told to the point up to here. */
const LONG = 100_000;

/** What the title, the gaps and each row of a strip take. @type {[number, number]} */
const STRIP = [470, 186];

/** Standing rows, or, in a strip, all side by side. Only options decide: no answer changes the size on air. @param {Options} options */
export const size = (options) => {
  const rows = Math.max(3, Math.min(20, Number(options["rows"]) || 5));
  const boards = [options, ...(Array.isArray(options["rotate"]) ? options["rotate"] : [])];
  const more = (boards.some((one) => one.board === "league") ? 40 : 0) + (options["background"] === "box" ? 24 : 0);
  return innerWidth >= innerHeight * 4 ? { w: STRIP[0] + STRIP[1] * seats(rows, ...STRIP), h: 92, least: 0.3 } : { w: 420, h: 168 + more + 54 * rows, least: 0.3 };
};

/** @param {View} view */
export const busy = (view) => view.entries.length > 0;

/** @param {View} view */
export const news = (view) => [view.board, view.me, view.entries.map((entry) => [entry.rank, entry.user.id])];

/** @param {HTMLElement} root @param {View} view @param {Options} _options @param {Context} ctx */
export function render(root, view, _options, ctx) {
  const list = at(root, "rows");
  const board = [view.board, view.region, view.class, view.game].join(" ");
  const turned = list.dataset["board"] !== undefined && list.dataset["board"] !== board;
  mark(list, "data-board", board);
  head(root, view, ctx);
  ladder(root, view);
  const before = moves(ctx) && !ctx.quiet && !turned ? places(/** @type {any} */ (list.children)) : new Map();
  const { fresh, all } = keyed(seated(view.entries, seats(20, ...STRIP), view.entries.findIndex((entry) => entry.rank === view.me?.rank)), {
    list,
    key: (entry) => `${board} ${entry.user.id ?? `${entry.rank} ${entry.user.handle}`}`,
    make: () => clone(root, "entry"),
    fill: (row, entry) => { fill(row, entry, view, ctx); },
    leave: (row) => {
      if (ctx.quiet) { row.remove(); return; }
      leave(row, ctx, turned || row.hasAttribute("data-hidden") ? { ms: TURN_MS } : { x: "-1rem" });
    },
  });
  foot(root, view, ctx);
  if (ctx.quiet) return;
  slide(before, all, ctx);
  if (turned) for (const part of ["title", "where", "foot"]) enter(at(root, part), ctx, { ms: TURN_MS });
  for (const row of fresh) {
    // a hidden place is nobody who has come: it only fades in, as on a turn
    const still = turned || row.hasAttribute("data-hidden");
    enter(row, ctx, still ? { ms: TURN_MS } : { x: ctx.dir === "rtl" ? "-1.5rem" : "1.5rem" });
  }
}

/** @param {HTMLElement} root @param {View} view @param {Context} ctx */
function head(root, view, ctx) {
  put(at(root, "title"), word(ctx.words, `rank_${view.board.replace(/.*_movers/, "movers")}`, ctx.words.rank_region));
  const where = [cut(view.label ?? view.region, 20), cut(view.class, 8), cut(view.game, 24)];
  put(at(root, "where"), where.filter(Boolean).join(" · "));
  mark(root, "data-stale", view.stale);
  const live = view.live_count ?? 0;
  show(at(root, "count"), live > 0);
  put(at(root, "count-text"), ctx.format.compact(live));
  const reset = left(view, ctx);
  show(at(root, "reset"), reset !== "");
  put(at(root, "reset-text"), reset);
}

/** Some classes around ours, the highest first. @param {HTMLElement} root @param {View} view */
function ladder(root, view) {
  const rungs = view.ladder ?? [];
  const own = rungs.findIndex((rung) => rung.label === view.class);
  const first = Math.max(0, Math.min(own - (RUNGS >> 1), rungs.length - RUNGS));
  const some = rungs.length > 1 && own >= 0 ? rungs.slice(first, first + RUNGS) : [];
  const ends = [first > 0, first + RUNGS < rungs.length];
  show(at(root, "ladder"), some.length > 0);
  const rows = some.map((rung) => ({ text: cut(rung.label, 8), own: rung.label === view.class, more: false }));
  if (rows.length && ends[0]) rows.unshift({ text: "‹", own: false, more: true });
  if (rows.length && ends[1]) rows.push({ text: "›", own: false, more: true });
  keyed(rows, {
    list: at(root, "ladder"),
    key: (rung) => rung.text,
    make: () => clone(root, "rung"),
    fill: (row, rung) => { put(row, rung.text); mark(row, "data-own", rung.own); mark(row, "data-more", rung.more); },
  });
}

/** @param {HTMLElement} row @param {View["entries"][number]} entry @param {View} view @param {Context} ctx */
function fill(row, entry, view, ctx) {
  mark(row, "data-me", entry.me);
  mark(row, "data-hidden", entry.hidden === true);
  put(at(row, "rank"), entry.rank === null ? "–" : ctx.format.number(entry.rank));
  const nobody = entry.hidden ? ctx.words.hidden : ctx.words.anonymous;
  name(at(row, "name"), entry.user, nobody);
  avatar(at(row, "avatar"), entry.user, nobody);
  show(at(row, "live"), entry.live === true);
  const own = entry.me && entry.rank !== null && entry.rank === view.me?.rank;
  const won = own ? view.me?.since_stream ?? view.me?.since_midnight ?? 0 : 0;
  show(at(row, "won"), won !== 0);
  mark(at(row, "moved"), "data-way", won < 0 ? "down" : "up");
  put(at(row, "won-text"), ctx.format.number(Math.abs(won)));
  show(at(row, "score"), entry.score !== null);
  count(at(row, "score"), entry.score ?? 0, (n) => ctx.format.compact(n), ctx);
}

/** What the next place takes, how far the one behind is, and, in the head, what today brought if the row says something else. @param {HTMLElement} root @param {View} view @param {Context} ctx */
function foot(root, view, ctx) {
  const next = view.me?.to_next ?? 0;
  const behind = view.me?.to_behind ?? 0;
  const today = view.me?.since_stream == null || view.me.since_stream === view.me.since_midnight ? 0 : view.me.since_midnight ?? 0;
  show(at(root, "next"), next > 0);
  put(at(root, "next-text"), say(ctx.words.to_next, { n: ctx.format.amount(next, next >= LONG) }));
  show(at(root, "behind"), behind > 0);
  put(at(root, "behind-text"), say(ctx.words.ahead, { n: ctx.format.amount(behind, behind >= LONG) }));
  show(at(root, "since"), today !== 0);
  mark(at(root, "since-way"), "data-way", today < 0 ? "down" : "up");
  put(at(root, "since-text"), `${ctx.format.number(Math.abs(today))} · ${ctx.words.period_today}`);
  show(at(root, "foot"), next > 0 || behind > 0);
}

/** How long until the board begins anew: days and hours, then hours and minutes, in the last hour minutes and seconds. @param {View} view @param {Context} ctx */
function left(view, ctx) {
  const left_ms = view.reset_ms === null ? 0 : view.reset_ms - ctx.now();
  if (view.reset_ms === null || left_ms <= 0) return "";
  const step_ms = left_ms > DAYS * 24 * HOUR_MS ? HOUR_MS : left_ms > HOUR_MS ? 60_000 : 1000;
  const steps = Math.ceil(left_ms / step_ms);
  ctx.wake(view.reset_ms - (steps - 1) * step_ms);
  if (step_ms === HOUR_MS) return `${unit(Math.floor(steps / 24), "day", ctx)} ${unit(steps % 24, "hour", ctx)}`;
  const two = String(steps % 60).padStart(2, "0");
  return `${Math.floor(steps / 60)}:${two}${step_ms === 60_000 ? " h" : ""}`;
}

/** @param {number} n @param {string} what @param {Context} ctx */
const unit = (n, what, { format }) => new Intl.NumberFormat(format.locale, { style: "unit", unit: what, unitDisplay: "narrow" }).format(n);
