/* Movement by the Web Animations API, of transform and opacity only, so that it costs the page's thread nothing.
   Everything here can be interrupted: it starts from where the thing is seen now. A fade never takes less than 200 ms each
   way, whatever the speed option says; with motion "reduced" only fades are left, with "none" nothing moves. */

/** @typedef {import("./types").Context} Context */

export const EASE = "cubic-bezier(.2,.8,.2,1)";
export const LEAST_FADE_MS = 200;

/** @param {Context} ctx @param {number} ms */
export const lasting = (ctx, ms) => Math.max(ms * ctx.pace, LEAST_FADE_MS);

/** @param {Context} ctx */
export const moves = (ctx) => ctx.motion === "full" && !document.hidden;

/** @param {Context} ctx */
export const fades = (ctx) => ctx.motion !== "none" && !document.hidden;

/** @type {WeakMap<Element, Map<string, Animation>>} */
const running = new WeakMap();

/**
 * One animation of a name at a time on an element; the next one replaces it.
 * @param {Element} element @param {string} name @param {Keyframe[]} frames @param {KeyframeAnimationOptions} timing
 */
export function play(element, name, frames, timing) {
  const mine = running.get(element) ?? new Map();
  running.set(element, mine);
  mine.get(name)?.cancel();
  const animation = element.animate(frames, { easing: EASE, ...timing });
  mine.set(name, animation);
  animation.onfinish = () => { if (mine.get(name) === animation) mine.delete(name); };
  return animation;
}

/** @param {Element} element @param {string} name */
export function still(element, name) {
  running.get(element)?.get(name)?.cancel();
  running.get(element)?.delete(name);
}

/** @param {Element} element @param {Context} ctx @param {{y?: string, x?: string, scale?: number, ms?: number, delay?: number}} [from] */
export function enter(element, ctx, { x = "0", y = "0", scale = 1, ms = 420, delay = 0 } = {}) {
  if (!fades(ctx)) return;
  const duration = lasting(ctx, ms);
  const timing = { duration, delay, fill: /** @type {FillMode} */ ("backwards") };
  play(element, "fade", [{ opacity: 0 }, { opacity: 1 }], { ...timing, duration: Math.max(LEAST_FADE_MS, duration * 0.6), easing: "ease-out" });
  if (moves(ctx)) play(element, "move", [{ transform: `translate(${x}, ${y}) scale(${scale})` }, { transform: "none" }], timing);
}

/** @param {HTMLElement} element @param {Context} ctx @param {{y?: string, x?: string, scale?: number, ms?: number}} [to] */
export function leave(element, ctx, { x = "0", y = "0", scale = 1, ms = 260 } = {}) {
  if (element.hasAttribute("data-leaving")) return;
  if (!fades(ctx)) { element.remove(); return; }
  // out of the flow it stays where it was seen
  const { offsetTop, offsetLeft, offsetWidth } = element;
  Object.assign(element.style, { top: `${offsetTop}px`, left: `${offsetLeft}px`, width: `${offsetWidth}px` });
  element.setAttribute("data-leaving", "");
  const duration = lasting(ctx, ms);
  const frames = moves(ctx)
    ? [{ opacity: 1, transform: "none" }, { opacity: 0, transform: `translate(${x}, ${y}) scale(${scale})` }]
    : [{ opacity: 1 }, { opacity: 0 }];
  play(element, "leave", frames, { duration, easing: "ease-in", fill: "forwards" });
  // a hidden source runs no animations to their end: the clock takes the row away all the same
  setTimeout(() => { element.remove(); }, duration + 40);
}

/** @param {Iterable<HTMLElement>} rows @returns {Map<HTMLElement, DOMRect>} where each row is seen now */
export function places(rows) {
  const found = new Map();
  for (const row of rows) if (row.isConnected) found.set(row, row.getBoundingClientRect());
  return found;
}

/** @param {Map<HTMLElement, DOMRect>} before @param {Iterable<HTMLElement>} rows @param {Context} ctx @param {number} [ms] */
export function slide(before, rows, ctx, ms = 520) {
  if (!moves(ctx)) return;
  /** @type {[HTMLElement, DOMRect][]} */
  const moved = [];
  for (const row of rows) {
    const old = before.get(row);
    if (old === undefined) continue;
    still(row, "slide");
    moved.push([row, old]);
  }
  const steps = moved.map(([row, old]) => {
    const now = row.getBoundingClientRect();
    return /** @type {const} */ ([row, old.left - now.left, old.top - now.top]);
  });
  for (const [row, x, y] of steps) {
    if (Math.abs(x) < 1 && Math.abs(y) < 1) continue;
    play(row, "slide", [{ transform: `translate(${x}px, ${y}px)` }, { transform: "none" }], { duration: ms * ctx.pace });
  }
}

/** @typedef {{from: number, to: number, shown: number, start: number, ms: number, text: string, write: (text: string) => void, say: (n: number) => string}} Count */
/** @type {Map<Node, Count>} */
const counts = new Map();
/** Numbers change so often that they seem to run, and no oftener: each change costs a layout. */
const STEP_MS = 80;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let stepping;

/**
 * A number counts to its value; a newer value takes over from the number seen now, so it never queues up.
 * @param {HTMLElement} node @param {number} to @param {(n: number) => string} say @param {Context} ctx @param {number} [ms]
 */
export function count(node, to, say, ctx, ms = 700) {
  const had = counts.get(node);
  const mark = /** @type {any} */ (node);
  const from = had ? had.shown : mark.counted;
  mark.counted = to;
  const jump = ctx.quiet || !moves(ctx) || typeof from !== "number" || to < from || to - from > 1e12;
  const text = jump || from === to ? say(to) : say(from);
  if (jump || from === to) {
    if (had && from === to && had.to === to) return;
    counts.delete(node);
    if (node.textContent !== text) node.textContent = text;
    return;
  }
  if (had && had.to === to) { had.say = say; return; }
  counts.set(node, {
    from, to, shown: from, start: performance.now(), ms: Math.max(ms * ctx.pace, 1), text: "", say,
    write: (now) => { if (node.textContent !== now) node.textContent = now; },
  });
  stepping ??= setTimeout(step, STEP_MS);
}

function step() {
  stepping = undefined;
  const now = performance.now();
  for (const [node, it] of counts) {
    const part = Math.min(1, Math.max(0, (now - it.start) / it.ms));
    it.shown = part >= 1 ? it.to : Math.floor(it.from + (it.to - it.from) * (1 - (1 - part) ** 3));
    it.write(it.say(it.shown));
    if (part >= 1 || !node.isConnected) counts.delete(node);
  }
  if (counts.size) stepping = setTimeout(step, STEP_MS);
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) return;
  for (const it of counts.values()) it.write(it.say(it.to));
  counts.clear();
});
