/* The words that widgets print themselves, in the overlay's language; English where a language lacks one.
   What viewers and creators write is never translated here. */
import { words as en } from "./words/en.js";

/** @typedef {typeof en} Words */

export const LANGUAGES = ["en", "de", "es", "pt", "fr", "it", "tr", "id", "vi", "ja", "ko", "ar"];

/** @param {string} lang any language tag @returns {Promise<Words>} */
export async function learn(lang) {
  const code = lang.toLowerCase().split(/[-_]/)[0] ?? "en";
  if (code === "en" || !LANGUAGES.includes(code)) return en;
  try {
    const { words } = await import(`./words/${code}.js`);
    return { ...en, ...words };
  } catch {
    return en;
  }
}

/** @param {Words} words @param {string} key @param {string} [otherwise] */
export function word(words, key, otherwise = "") {
  return Object.hasOwn(words, key) ? String(/** @type {any} */ (words)[key]) : otherwise;
}

/** @param {string} template @param {Record<string, string | number>} slots plain text, for places without names */
export function say(template, slots) {
  return template.replace(/\{(\w+)\}/g, (all, slot) => (Object.hasOwn(slots, slot) ? String(slots[slot]) : all));
}
