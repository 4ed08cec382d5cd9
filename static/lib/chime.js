/* When an alert makes a sound, and which: at its start, and when its combo passes ×10, ×50, ×100, ×500. A page that opens
   late stays silent about a card that began more than a second ago. */

/** @typedef {import("./types").Item} Item */
/** @typedef {import("./types").Context} Context */

const FRESH_MS = 1000;
const STEPS = [500, 100, 50, 10];
const FILES = /** @type {Record<string, string>} */ ({
  gift: "gift", big: "big", follow: "follow", share: "follow", subscribe: "subscribe", superfan: "subscribe",
  envelope: "subscribe", goal: "goal", milestone: "goal", summary: "gift",
});

/** @type {Map<string, number>} each card's last step that was heard */
const heard = new Map();

/**
 * @param {{item: Item, from_ms: number}} stage @param {{sound?: string} | null} tier @param {import("./types").Options} options
 * @param {boolean} muted @param {Context} ctx
 */
export function sounding({ item, from_ms }, tier, options, muted, ctx) {
  const step = STEPS.find((times) => (item.count ?? 0) >= times) ?? 0;
  const before = heard.get(item.id);
  const starts = before === undefined;
  if (heard.size > 40) heard.clear();
  heard.set(item.id, Math.max(step, before ?? 0));
  if (muted || options["sound"] === false) return;
  if (starts ? ctx.now() - from_ms >= FRESH_MS : step <= before) return;
  const large = (item.diamonds ?? 0) >= 1000 && item.what === "gift";
  const file = starts ? FILES[large ? "big" : item.what] ?? "gift" : "combo";
  const path = tier?.sound || `/static/sounds/${file}.wav`;
  ctx.sound.play(path, Number(options["volume"] ?? 0.8));
}
