/* battle: a match of two to four sides, its clock, points, bar, best givers, boosters and result. The clock runs here from
   `ends_ms`; who leads, who won and when it is over is the view's to say. Points are points, never diamonds. */
import { at, avatar, clone, keyed, mark, name, put, show, style } from "../lib/dom.js";
import { say, word } from "../lib/i18n.js";
import { count, enter, leave, moves, play } from "../lib/motion.js";
import { called } from "../lib/text.js";

/** @typedef {import("../lib/types").Battle} View */
/** @typedef {import("../lib/types").Team} Team */
/** @typedef {import("../lib/types").Booster} Booster */
/** @typedef {import("../lib/types").Options} Options */
/** @typedef {import("../lib/types").Context} Context */
/** @typedef {{team: Team, index: number}} Side */

const LEAST_SHARE = 0.08;
const LEAD_MS = 2000;
/** TikTok's names for the effects vary; what they are does not. @param {string} effect */
const booster = (effect) => (/mist|fog/i.test(effect) ? "mist" : /glove|punch/i.test(effect) ? "glove"
  : /time/i.test(effect) ? "time" : /hammer|stun/i.test(effect) ? "hammer" : "boost");

/** What the clock showed last: it never goes up again unless the end moved. */
let shown = { ends_ms: 0, seconds: Infinity };
let led = { team: /** @type {number | null} */ (null), at_ms: -Infinity };

/** Ten drawings a second: between them the points count on. */
export const pace_ms = 100;

/** Two sides face each other; more stand side by side under the clock. A strip leaves the givers out. @param {Options} options @param {View | null} view */
export const size = (options, view) => {
  const many = Math.min(view?.teams.length ?? 0, Number(options["sides"]) || 4) > 2;
  const strip = innerWidth >= innerHeight * 5.5;
  const rows = strip ? 0 : Math.max(1, Number(options["mvp_rows"] ?? 3));
  return { w: many || innerWidth > innerHeight * 1.9 ? 1000 : 760, h: (many ? 246 : strip ? 190 : 176) + 42 * rows, least: 0.28 };
};

/** @param {View} view @param {number} _now @param {Options} options */
export const busy = (view, _now, options) => (options["hide_idle"] === false ? view.teams.length > 0 || view.phase !== "idle" : view.phase !== "idle");

/** @param {View} view */
export const news = (view) => [view.phase, view.match_id, view.round, view.teams.map((team) => team.total)];

/** @param {HTMLElement} root @param {View} view @param {Options} options @param {Context} ctx */
export function render(root, view, options, ctx) {
  const card = at(root, "card");
  const most = Math.max(2, Math.min(4, Number(options["sides"]) || 4));
  /** @type {Side[]} */
  const sides = view.teams.slice(0, most).map((team, index) => ({ team, index }));
  mark(card, "data-phase", view.phase);
  mark(card, "data-sides", sides.length);
  mark(card, "data-settling", view.settling);
  clock(root, view, options, ctx);
  const leader = steady(view, ctx);
  stand(root, view, sides, leader, ctx);
  bar(root, sides, ctx);
  lower(root, view, sides, options, ctx);
}

/** @param {HTMLElement} root @param {View} view @param {Options} options @param {Context} ctx */
function clock(root, view, options, ctx) {
  const { words, format } = ctx;
  const running = view.phase === "active" || view.phase === "punish";
  const known = running && view.ends_ms !== null && !view.settling;
  const seconds = known ? remaining(/** @type {number} */ (view.ends_ms), ctx) : 0;
  const over = view.phase === "active" && (view.settling || (known && seconds === 0));
  const states = /** @type {Record<string, string>} */ ({
    preparing: words.preparing, starting: words.starting, active: over ? words.settling : "",
    finished: view.tie ? words.tie : words.finished, punish: words.punish,
  });
  put(at(root, "round"), (view.round ?? 0) > 1 ? say(words.round_n, { n: view.round ?? 0 }) : "");
  put(at(root, "state"), states[view.phase] ?? "");
  const time = at(root, "time");
  const text = known && !over && seconds > 0 ? format.clock(seconds) : view.phase === "finished" || view.phase === "punish" || over ? "" : words.versus;
  const changed = time.textContent !== text;
  put(time, text);
  const urgent = view.phase === "active" && known && seconds > 0 && seconds <= (Number(options["urgent_s"] ?? 10));
  mark(at(root, "card"), "data-urgent", urgent);
  if (urgent && changed && moves(ctx)) {
    play(time, "pulse", [{ transform: "scale(1)" }, { transform: "scale(1.06)", offset: 0.3 }, { transform: "scale(1)" }], { duration: 600, easing: "ease-out" });
  }
}

/** Whole seconds, rounded up, and when the next one falls due. @param {number} ends_ms @param {Context} ctx */
function remaining(ends_ms, ctx) {
  const left_ms = ends_ms - ctx.now();
  let seconds = Math.max(0, Math.ceil(left_ms / 1000));
  if (shown.ends_ms === ends_ms) seconds = Math.min(seconds, shown.seconds);
  shown = { ends_ms, seconds };
  if (left_ms > 0) ctx.wake(ends_ms - (Math.ceil(left_ms / 1000) - 1) * 1000);
  return seconds;
}

/** The side marked as leading changes at most once in two seconds. @param {View} view @param {Context} ctx */
function steady(view, ctx) {
  if (view.phase !== "active") { led = { team: null, at_ms: -Infinity }; return null; }
  const now = ctx.now();
  if (view.leader === led.team) return led.team;
  if (now - led.at_ms < LEAD_MS && now >= led.at_ms) ctx.wake(led.at_ms + LEAD_MS);
  else led = { team: view.leader, at_ms: now };
  return led.team;
}

/** @param {HTMLElement} root @param {View} view @param {Side[]} sides @param {number | null} leader @param {Context} ctx */
function stand(root, view, sides, leader, ctx) {
  const decided = view.phase === "finished" || view.phase === "punish";
  keyed(sides, {
    list: at(root, "sides"),
    key: (side) => `${view.match_id} ${side.index}`,
    make: () => clone(root, "side"),
    fill: (node, { team, index }) => {
      mark(node, "data-team", index + 1);
      mark(node, "data-leads", leader === index);
      const won = decided && view.winner === index;
      mark(node, "data-won", won);
      mark(node, "data-lost", decided && !view.tie && view.winner !== null && !won);
      const first = team.hosts[0] ?? null;
      name(at(node, "name"), first, ctx.words.anonymous);
      count(at(node, "score"), team.total ?? 0, (n) => (n > 9999999 ? ctx.format.compact(n) : ctx.format.number(n)), ctx, 500);
      put(at(node, "unit"), ctx.words.points);
      show(at(node, "flag"), won);
      put(at(node, "verdict"), ctx.words.winner);
      keyed(team.hosts.slice(0, 3), {
        list: at(node, "hosts"), key: (host, i) => host.id ?? String(i), make: () => clone(root, "host"),
        fill: (face, host) => { avatar(face, host, ctx.words.anonymous); },
      });
    },
  });
}

/** Shares as they are drawn: nobody vanishes. @param {number[]} shares */
export function widths(shares) {
  const sum = shares.reduce((a, b) => a + b, 0);
  const exact = sum > 0 ? shares.map((share) => share / sum) : shares.map(() => 1 / shares.length);
  const small = exact.filter((share) => share < LEAST_SHARE).length;
  const rest = exact.filter((share) => share >= LEAST_SHARE).reduce((a, b) => a + b, 0);
  return exact.map((share) => (share < LEAST_SHARE ? LEAST_SHARE : (share / rest) * (1 - small * LEAST_SHARE)));
}

/** @param {HTMLElement} root @param {Side[]} sides @param {Context} ctx */
function bar(root, sides, ctx) {
  const drawn = widths(sides.map(({ team }) => Math.max(0, team.share ?? 0)));
  let start = 0;
  show(at(root, "bar"), sides.length > 1);
  keyed(sides.map(({ index }, i) => ({ index, share: drawn[i] ?? 0 })), {
    list: at(root, "bar"),
    key: (segment) => String(segment.index),
    make: () => clone(root, "segment"),
    fill: (segment, { index, share }) => {
      mark(segment, "data-team", index + 1);
      const from = ctx.dir === "rtl" ? 1 - start - share : start;
      style(segment, "transform", `translateX(${(from * 100).toFixed(1)}%) scaleX(${share.toFixed(3)})`);
      start += share;
    },
  });
}

/** @param {HTMLElement} root @param {View} view @param {Side[]} sides @param {Options} options @param {Context} ctx */
function lower(root, view, sides, options, ctx) {
  const rows = Math.max(0, Number(options["mvp_rows"] ?? 3));
  keyed(sides, {
    list: at(root, "lower"),
    key: (side) => String(side.index),
    make: () => clone(root, "column"),
    fill: (column, { team, index }, place) => {
      mark(column, "data-team", index + 1);
      boosts(at(column, "boosts"), view.boosters.filter((card) => card.team === index || (card.team === null && place === 0)), root, ctx);
      keyed(team.top.slice(0, rows), {
        list: at(column, "tops"), key: (top) => top.user.id ?? called(top.user, ""), make: () => clone(root, "top"),
        fill: (row, top, i) => {
          avatar(at(row, "avatar"), top.user, ctx.words.anonymous);
          name(at(row, "name"), top.user, ctx.words.anonymous);
          mark(at(row, "crown"), "hidden", i !== 0);
          count(at(row, "score"), top.score, (n) => ctx.format.compact(n), ctx, 400);
        },
      });
    },
  });
}

/** @param {HTMLElement} list @param {Booster[]} boosters @param {HTMLElement} root @param {Context} ctx */
function boosts(list, boosters, root, ctx) {
  const now = ctx.now();
  const live = boosters.filter((card) => card.ends_ms > now).slice(0, 3);
  const { fresh } = keyed(live, {
    list,
    key: (card) => `${card.effect} ${typeof card.by === "string" ? card.by : card.by?.id} ${card.ends_ms}`,
    make: () => clone(root, "boost"),
    fill: (row, card) => {
      const effect = booster(card.effect);
      mark(at(row, "icon"), "href", `#icon-${effect}`);
      const times = card.multiplier && card.multiplier > 1 ? `×${ctx.format.number(card.multiplier)}` : "";
      put(at(row, "effect"), times || word(ctx.words, `booster_${effect}`));
      mark(row, "data-named", !times);
      const seconds = Math.ceil((card.ends_ms - now) / 1000);
      put(at(row, "left"), ctx.format.clock(seconds));
      ctx.wake(card.ends_ms - (seconds - 1) * 1000);
    },
    leave: (row) => { if (ctx.quiet) row.remove(); else leave(row, ctx); },
  });
  if (!ctx.quiet) for (const row of fresh) enter(row, ctx, { y: ".5rem" });
}
