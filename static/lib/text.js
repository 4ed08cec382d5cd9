/* Text from strangers, made fit to stand in a line. It cuts and measures; it never creates markup. */

export const NAME_GRAPHEMES = 24;

/** @type {Map<string, Intl.Segmenter>} */
const segmenters = new Map();

/** @param {string} lang @param {"grapheme" | "word"} granularity */
function segmenter(lang, granularity) {
  const key = `${granularity} ${lang}`;
  let found = segmenters.get(key);
  if (!found) {
    try { found = new Intl.Segmenter(lang || undefined, { granularity }); } catch { found = new Intl.Segmenter(undefined, { granularity }); }
    segmenters.set(key, found);
  }
  return found;
}

/** @param {string} text @returns {string[]} */
export function graphemes(text) {
  return Array.from(segmenter("", "grapheme").segment(text), (piece) => piece.segment);
}

/** @param {string} text @param {string} lang @returns {string[]} */
export function words(text, lang) {
  return Array.from(segmenter(lang, "word").segment(text), (piece) => piece.segment);
}

// what reorders a line or draws nothing; tags stay, they make the flags of England, Scotland and Wales
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/gu;
const STACKED = /(\p{M}{3})\p{M}+/gu;

/** @param {string | null | undefined} text  the server has done this already; a custom server may not have */
export function tidy(text) {
  return (text ?? "").normalize("NFC").replace(UNSEEN, "").replace(STACKED, "$1");
}

/** @param {string | null | undefined} text @param {number} [most] */
export function cut(text, most = NAME_GRAPHEMES) {
  const tidied = tidy(text);
  if (tidied.length <= most) return tidied;
  const parts = graphemes(tidied);
  return parts.length <= most ? tidied : `${parts.slice(0, most).join("").trimEnd()}…`;
}

/** @param {import("./types").User | null | undefined} user @param {string} anonymous the word for somebody unknown */
export function called(user, anonymous) {
  const name = tidy(user?.name).trim();
  if (/[^\s\u115f\u1160\u3164\uffa0\u2800\u200c\u200d\ufe0f]/u.test(name)) return cut(name);
  const handle = tidy(user?.handle).trim();
  return handle ? cut(`@${handle}`) : anonymous;
}

/** @param {string} name @returns {string} one or two letters to stand where a picture is missing */
export function initials(name) {
  const letters = name.replace(/^@/, "").split(/\s+/u).map((word) => {
    const first = graphemes(word).find((piece) => /[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(piece));
    return first && /^\p{L}/u.test(first) ? first.normalize("NFC").replace(/\p{M}/gu, "") : first ?? "";
  }).filter(Boolean);
  const first = letters[0];
  if (!first) return "•";
  // two letters only where they are small: Latin, Greek, Cyrillic
  const last = letters.at(-1);
  return letters.length > 1 && last && /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}]/u.test(first + last)
    ? first.toLocaleUpperCase() + last.toLocaleUpperCase() : first.toLocaleUpperCase();
}

/** @param {string} text @returns {number} a number that stays the same for the same text: picks a colour */
export function hash(text) {
  let sum = 2166136261;
  for (let i = 0; i < text.length; i++) sum = Math.imul(sum ^ text.charCodeAt(i), 16777619);
  return sum >>> 0;
}
