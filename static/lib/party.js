/* A short burst of paper: once, out of the middle of its frame, by transform and opacity alone. It stays under a second
   and a half of brightness, covers little of the picture and never repeats by itself, so it cannot flash. */
import { clone, mark } from "./dom.js";
import { EASE, play } from "./motion.js";

const LASTS_MS = 1800;

/** @param {HTMLElement} frame @param {ParentNode} root holds the template "spark" @param {import("./types").Context} ctx @param {{pieces?: number, wide?: number, high?: number}} [shape] */
export function burst(frame, root, ctx, { pieces = 22, wide = 2.2, high = 0.7 } = {}) {
  const sparks = Array.from({ length: pieces }, (_, i) => {
    const spark = clone(root, "spark");
    mark(spark, "data-tint", i % 4);
    const angle = (i / pieces) * Math.PI * 2;
    const far = 4 + ((i * 7) % 5);
    const x = Math.cos(angle) * far * wide;
    const y = Math.sin(angle) * far * high - 2;
    spark.style.left = `${30 + ((i * 37) % 40)}%`;
    play(spark, "fly", [
      { opacity: 0, transform: "translate(0, 0) rotate(0deg) scale(.4)" },
      { opacity: 1, transform: `translate(${x * 0.7}rem, ${y}rem) rotate(${120 + i * 20}deg) scale(1)`, offset: 0.35 },
      { opacity: 0, transform: `translate(${x}rem, ${y + 4}rem) rotate(${260 + i * 30}deg) scale(.9)` },
    ], { duration: Math.max(LASTS_MS * ctx.pace, 900), delay: (i % 6) * 40, fill: "both", easing: EASE });
    return spark;
  });
  frame.replaceChildren(...sparks);
  setTimeout(() => { if (frame.firstChild === sparks[0]) frame.replaceChildren(); }, Math.max(LASTS_MS * ctx.pace, 900) + 400);
}
