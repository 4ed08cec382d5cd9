/* The words that scripts say, in the page's language: they came with the page. */
/** @type {Record<string, string>} */
const words = JSON.parse(document.querySelector('meta[name="words"]')?.getAttribute("content") ?? "{}");

/** @param {string} key @param {Record<string, string | number>} [slots] @returns {string} */
export function t(key, slots = {}) {
  const text = Object.hasOwn(words, key) ? /** @type {string} */ (words[key]) : key;
  return text.replace(/\{(\w+)\}/gu, (whole, name) => Object.hasOwn(slots, name) ? String(slots[name]) : whole);
}

/** @param {string} key */
export const has = (key) => Object.hasOwn(words, key);
