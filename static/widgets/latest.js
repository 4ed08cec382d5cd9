/* latest: the last follower, the last gifter, the biggest gift or the top gifter, with a picture. */
import { at, avatar, mark, name, picture, put, show } from "../lib/dom.js";
import { word } from "../lib/i18n.js";
import { count, enter } from "../lib/motion.js";

/** @typedef {import("../lib/types").Latest} View */

/** Somebody new sooner than this stands there without an entrance. */
const CALM_MS = 400;
let changed_ms = -Infinity;

/** A dozen drawings a second: between them the figures count on. */
export const pace_ms = 80;

export const size = () => ({ w: 460, h: 112 });

/** @param {View} view */
export const busy = (view) => view.user !== null;

/** @param {View} view */
export const news = (view) => [view.what, view.user?.id, view.at_ms, view.diamonds];

/** @param {HTMLElement} root @param {View} view @param {import("../lib/types").Options} options @param {import("../lib/types").Context} ctx */
export function render(root, view, options, ctx) {
  if (!view.user) return;
  const what = view.what || String(options["which"] ?? "follow");
  const body = at(root, "body");
  const who = `${what} ${view.user.id ?? view.user.name}`;
  const changed = body.dataset["who"] !== undefined && body.dataset["who"] !== who;
  mark(body, "data-who", who);
  mark(body, "data-what", what);
  put(at(root, "label"), word(ctx.words, `latest_${what}`));
  name(at(root, "name"), view.user, ctx.words.anonymous);
  avatar(at(root, "avatar"), view.user, ctx.words.anonymous);
  const gifted = what === "gift" || what === "biggest";
  const diamonds = what === "top" || what === "biggest" ? view.diamonds : null;
  show(at(root, "worth"), gifted || diamonds !== null);
  show(at(root, "gift"), gifted);
  picture(at(root, "gift"), view.gift?.image);
  show(at(root, "count"), gifted && (view.count ?? 0) > 1);
  put(at(root, "count"), `×${ctx.format.compact(view.count ?? 0)}`);
  show(at(root, "diamonds"), diamonds !== null);
  const hasty = performance.now() - changed_ms < CALM_MS;
  if (changed) changed_ms = performance.now();
  if (changed && !ctx.quiet && !hasty) {
    for (const part of ["avatar", "name", "worth"]) enter(at(root, part), ctx, { y: ".5rem" });
  }
  count(at(root, "amount"), diamonds ?? 0, (n) => ctx.format.compact(n), changed ? { ...ctx, quiet: true } : ctx);
}
