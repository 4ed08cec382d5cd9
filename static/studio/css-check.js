/* Reads custom CSS the way a browser will, and says on which line it will not do what was meant. It changes nothing. */
import { t } from "./words.js";

/** @typedef {{ line: number, text: string }} Trouble */

const MOST = 8;

/** @param {string} css @returns {Trouble[]} */
export function check(css) {
  /** @type {Trouble[]} */
  const troubles = [];
  const bare = blank(css, troubles);
  /** @param {number} at */
  const line = (at) => css.slice(0, at).split("\n").length;
  /** @type {{ at: number, rules: boolean }[]} */
  const open = [];
  let from = 0;
  for (let at = 0; at < bare.length && troubles.length < MOST; at += 1) {
    const sign = bare[at];
    if (sign === "{") {
      const head = bare.slice(from, at).trim();
      const rules = head.startsWith("@") && !/^@(font-face|page|property)/.test(head);
      if (!head.startsWith("@") && !inKeyframes(open, bare) && !selects(css.slice(from, at).trim())) troubles.push({ line: line(at), text: t("css.selector", { name: head.slice(0, 40) }) });
      open.push({ at, rules });
      from = at + 1;
    } else if (sign === ";" || sign === "}") {
      declare(css.slice(from, at), bare.slice(from, at), line(from + bare.slice(from, at).length - bare.slice(from, at).trimStart().length), open.length > 0, troubles);
      if (sign === "}" && !open.pop()) troubles.push({ line: line(at), text: t("css.brace_more") });
      from = at + 1;
    }
  }
  const left = open.at(-1);
  if (left) troubles.push({ line: line(left.at), text: t("css.brace_open") });
  return troubles.slice(0, MOST);
}

/** @param {{ at: number }[]} open @param {string} bare */
function inKeyframes(open, bare) {
  const outer = open.at(-1);
  return outer !== undefined && /@(-\w+-)?keyframes[^{}]*$/.test(bare.slice(0, outer.at));
}

/** Comments and texts as blanks, so that braces in them do not count. @param {string} css @param {Trouble[]} troubles */
function blank(css, troubles) {
  return css.replace(/\/\*[\s\S]*?(\*\/|$)|"(?:\\.|[^"\\\n])*("|\n|$)|'(?:\\.|[^'\\\n])*('|\n|$)/g, (found, ...rest) => {
    const at = Number(rest[3]);
    const unended = found.startsWith("/*") ? !found.endsWith("*/") || found.length < 4 : found.length < 2 || found.at(-1) !== found[0];
    if (unended) troubles.push({ line: css.slice(0, at).split("\n").length, text: t("css.unended") });
    return found.replace(/[^\n]/g, " ");
  });
}

/** @param {string} selector */
function selects(selector) {
  if (selector === "") return false;
  try {
    document.createDocumentFragment().querySelector(selector.replace(/\/\*[\s\S]*?\*\//g, "").replace(/::[\w-]+(\([^)]*\))?/g, "") || "*");
    return true;
  } catch {
    return false;
  }
}

/** @param {string} text @param {string} bare @param {number} line @param {boolean} inside @param {Trouble[]} troubles */
function declare(text, bare, line, inside, troubles) {
  const said = text.replace(/\/\*[\s\S]*?\*\//g, "").trim();
  if (said === "" || bare.trim() === "") return;
  if (/^@import/i.test(said)) { troubles.push({ line, text: t("css.import") }); return; }
  if (said.startsWith("@")) return;
  const colon = said.indexOf(":");
  if (colon < 1) { troubles.push({ line, text: t("css.colon", { name: said.slice(0, 40) }) }); return; }
  if (!inside) { troubles.push({ line, text: t("css.outside", { name: said.slice(0, 40) }) }); return; }
  const name = said.slice(0, colon).trim(), value = said.slice(colon + 1).replace(/!\s*important\s*$/i, "").trim();
  for (const [, address] of value.matchAll(/url\(\s*["']?([^"')]*)/gi)) {
    if (!/^(\/assets\/|#|data:image\/(png|jpe?g|webp|gif|avif)[;,])/i.test(address ?? "")) troubles.push({ line, text: t("css.url") });
  }
  if (name.startsWith("--") || /\bvar\(/.test(value) || /^(src|font-family|unicode-range|font-display|syntax|inherits|initial-value)$/.test(name)) return;
  if (!CSS.supports(name, "initial")) troubles.push({ line, text: t("css.property", { name }) });
  else if (!CSS.supports(name, value)) troubles.push({ line, text: t("css.value", { name, value: value.slice(0, 40) }) });
}
