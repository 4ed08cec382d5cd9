/* alerts: one card on the stage. It enters, rests, grows with its combo, and leaves; the server decides which card, and
   for how long. A page that opens late draws the card as it stands. It queues nothing. */
import { at, avatar, clone, keyed, mark, name, picture, put, sentence, show } from "../lib/dom.js";
import { ICONS, deed, headline, slots } from "../lib/happening.js";
import { count, enter, lasting, leave, moves, play } from "../lib/motion.js";
import { burst } from "../lib/party.js";
import { sounding } from "../lib/chime.js";

/** @typedef {import("../lib/types").Alerts} View */
/** @typedef {import("../lib/types").Item} Item */
/** @typedef {import("../lib/types").Options} Options */
/** @typedef {import("../lib/types").Context} Context */
/** @typedef {{gift?: string, min_diamonds?: number, text?: string, picture?: string, sound?: string}} Tier */

const BIG_DIAMONDS = 1000;
/** Numbers swell no oftener than this. */
const GATE_MS = 350;
/** Bright entrances keep this distance, whatever the queue does: a card that comes sooner stands there at once, in the
    place of the last one, so that a flood changes words and not brightness. */
const PULSE_MS = 1000;
/** Steps of a combo are drawn no oftener than this. */
export const pace_ms = 80;
const LATE_MS = 1500;

export const size = () => (innerWidth > innerHeight * 2.6 ? { w: 640, h: 150 } : { w: 470, h: 370 });

/** @param {View} view @param {number} now_ms */
export const holds = (view, now_ms) => view.stage !== null && now_ms < view.stage.until_ms + LATE_MS;

/** @param {View} view */
export const news = (view) => (view.stage ? [view.stage.item.id, view.stage.item.count] : null);

let entered_ms = -Infinity;

/** @param {HTMLElement} root @param {View} view @param {Options} options @param {Context} ctx */
export function render(root, view, options, ctx) {
  const stage = staged(view, ctx);
  const item = stage?.item ?? null;
  const hasty = item !== null && performance.now() - entered_ms < PULSE_MS;
  const { fresh } = keyed(item ? [item] : [], {
    list: at(root, "stage"),
    key: (it) => it.id,
    make: () => clone(root, "card"),
    fill: (card, it) => { fill(card, it, options, ctx); },
    leave: (card) => {
      if (ctx.quiet || hasty) card.remove();
      else if (item) cover(card, ctx);
      else leave(card, ctx, { y: "-1.2rem", scale: 0.97, ms: 280 });
    },
  });
  if (!stage || !item) return;
  const late = ctx.now() - stage.from_ms > LATE_MS;
  const card = fresh[0];
  if (card && !ctx.quiet && !late && !hasty) arrive(card, root, item, ctx);
  sounding(stage, tier(item, options), options, view.muted, ctx);
}

/** The card to show; one whose end has long passed is not left standing by a server that went away. @param {View} view @param {Context} ctx */
function staged(view, ctx) {
  const stage = view.stage;
  if (!stage || ctx.preview) return stage;
  const end_ms = stage.until_ms + LATE_MS + (stage.item.running ? 5000 : 0);
  if (ctx.now() >= end_ms) return null;
  ctx.wake(end_ms);
  return stage;
}

/** A card that another follows at once stays until it is covered: the brightness does not dip between them. @param {HTMLElement} card @param {Context} ctx */
function cover(card, ctx) {
  mark(card, "data-leaving", true);
  setTimeout(() => { card.remove(); }, lasting(ctx, 340));
}

/** @param {HTMLElement} card @param {HTMLElement} root @param {Item} item @param {Context} ctx */
function arrive(card, root, item, ctx) {
  entered_ms = performance.now();
  enter(card, ctx, { y: "1.6rem", scale: 0.94, ms: 520 });
  enter(at(card, "art"), ctx, { y: ".8rem", scale: 0.7, ms: 700, delay: 80 * ctx.pace });
  if (moves(ctx) && big(item)) burst(at(card, "party"), root, ctx, { pieces: 24, wide: 2.4, high: 1.1 });
}

/** @param {Item} item */
const big = (item) => (item.diamonds ?? 0) >= BIG_DIAMONDS || item.what === "goal" || item.what === "milestone";

/** @param {Item} item @param {Options} options @returns {Tier | null} the first that fits */
export function tier(item, options) {
  if (item.what !== "gift" || !Array.isArray(options["tiers"])) return null;
  const names = [item.gift?.id, item.gift?.name].map((text) => String(text ?? "").toLowerCase());
  return options["tiers"].find((/** @type {Tier} */ one) => (one.gift !== undefined && one.gift !== null
    ? names.includes(String(one.gift).toLowerCase()) : (item.diamonds ?? 0) >= (one.min_diamonds ?? 0))) ?? null;
}

/** @param {HTMLElement} card @param {Item} item @param {Options} options @param {Context} ctx */
function fill(card, item, options, ctx) {
  const special = tier(item, options);
  const named = item.user !== null;
  const gift = item.what === "gift";
  mark(card, "data-what", item.what);
  mark(card, "data-big", big(item));
  mark(card, "data-running", item.running);
  const pictured = picture(at(card, "gift"), special?.picture || item.gift?.image);
  const art = pictured ? "gift" : named && !gift ? "portrait" : "badge";
  mark(card, "data-art", art);
  mark(at(card, "icon"), "href", `#icon-${ICONS[item.what] ?? "summary"}`);
  avatar(at(card, "avatar"), item.user, ctx.words.anonymous);
  avatar(at(card, "face"), item.user, ctx.words.anonymous);
  const given = special?.text || options["texts"]?.[item.what];
  // the server has filled this template already; only {text} itself cannot be had a second time
  const own = given && given.includes("{text}") && item.text && !item.parts ? "{text}" : given;
  put(at(card, "headline"), gift || !named ? "" : headline(item, ctx));
  show(at(card, "heading"), !own);
  show(at(card, "face"), named && art !== "portrait");
  if (named) name(at(card, "name"), item.user, ctx.words.anonymous);
  else put(at(card, "name"), headline(item, ctx));
  mark(at(card, "line"), "data-own", Boolean(own));
  // the headline over a follower's name says it already
  sentence(at(card, "line"), own || (named && !gift ? "" : deed(item, ctx)), slots(item, ctx));
  const times = item.count ?? 0;
  show(at(card, "count"), gift && times > 1);
  show(at(card, "worth"), gift && (item.diamonds ?? 0) > 0);
  count(at(card, "amount"), item.diamonds ?? 0, (n) => ctx.format.compact(n), ctx, 400);
  grow(card, times, ctx);
}

/** A step of the combo: the number changes, and swells a little, at most so often that it cannot flicker. @param {HTMLElement} card @param {number} times @param {Context} ctx */
function grow(card, times, ctx) {
  const last = Number(card.dataset["times"] ?? times);
  mark(card, "data-times", times);
  count(at(card, "times"), times, (n) => ctx.format.compact(n), ctx, 350);
  const now = performance.now();
  if (times === last || ctx.quiet || !moves(ctx) || now - Number(card.dataset["grew"] ?? 0) < GATE_MS) return;
  card.dataset["grew"] = String(now);
  play(at(card, "count"), "grow", [{ transform: "scale(1)" }, { transform: "scale(1.14)", offset: 0.35 }, { transform: "scale(1)" }],
    { duration: Math.max(420 * ctx.pace, 300), easing: "ease-out" });
}
