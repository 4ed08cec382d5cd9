/* Breaking running text into rows by measured width, so that what stands never breaks anew while more words come.
   Greedy from the left: a row depends only on the words before its end. It measures and cuts; it draws nothing. */
import { graphemes, words } from "./text.js";

/** What may not start a row: closing marks, small kana, long vowel marks. They hang at the end of the row before. */
const HANGS = /^[\p{Pe}\p{Pf}\u3001\u3002\uff0c\uff0e\u30fb\uff1a\uff1b\uff1f\uff01!?.,:;…‥ー〜～ゝゞ々ヽヾぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶㇰ-ㇿ]/u;
const SPACELESS = /^(?:ja|zh|yue|wuu|lzh)\b/i;
const BY_WORD = /^(?:th|lo|km|my)\b/i;
const CJK = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;
const SOUTH_EAST = /[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const RTL = /^[^\p{L}]*[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/** @param {string} lang @param {string} text @returns {"spaces" | "graphemes" | "words"} */
export function manner(lang, text) {
  if (SPACELESS.test(lang) || CJK.test(text)) return "graphemes";
  if (BY_WORD.test(lang) || SOUTH_EAST.test(text)) return "words";
  return "spaces";
}

/** @param {string} text @returns {"ltr" | "rtl"} by its first strong character */
export const direction = (text) => (RTL.test(text) ? "rtl" : "ltr");

/**
 * @param {string} text @param {string} lang
 * @returns {string[]} pieces that a row may be broken between; joined they are the text again
 */
export function tokens(text, lang) {
  const way = manner(lang, text);
  if (way === "spaces") return text.match(/\s*\S+/gu) ?? [];
  const pieces = way === "words" ? words(text, lang) : graphemes(text);
  /** @type {string[]} */
  const out = [];
  for (const piece of pieces) {
    const last = out.at(-1);
    // Latin words and numbers inside keep together, spaces lean on what follows, closing marks on what went before
    const glued = last !== undefined && (HANGS.test(piece) || /^\s+$/u.test(last)
      || (way === "graphemes" && /[\p{Script=Latin}\p{N}]$/u.test(last) && /^[\p{Script=Latin}\p{N}'’]/u.test(piece)));
    if (glued) out[out.length - 1] = last + piece;
    else out.push(piece);
  }
  return out;
}

/** @typedef {{text: string, start: number}} Row  a row and where it begins in the whole text */

/**
 * @param {string} text @param {string} lang @param {number} width @param {number} first  what the first row has already used
 * @param {(text: string) => number} measure @returns {Row[]}
 */
export function broken(text, lang, width, first, measure) {
  /** @type {Row[]} */
  const rows = [];
  let row = "";
  let start = 0;
  let at = 0;
  let room = width - first;
  const end = () => {
    if (row.trim() !== "" || rows.length === 0) rows.push({ text: row, start });
    start = at;
    row = "";
    room = width;
  };
  for (const token of tokens(text, lang)) {
    if (row !== "" && measure((row + token).trimEnd()) > room && !hangs(row, token, room, measure)) end();
    if (row === "" && rows.length === 0 && first > 0 && measure(token) > room && measure(token) <= width) end();
    if (row === "" && measure(token.trim()) > room) {
      // a word longer than the row is broken hard
      for (const piece of graphemes(token)) {
        if (row !== "" && measure(row + piece) > room) end();
        row += piece;
        at += piece.length;
      }
    } else {
      row += token;
      at += token.length;
    }
  }
  if (row !== "") end();
  return rows;
}

/** Only a closing mark sticks out: the row is full without it. @param {string} row @param {string} token @param {number} room @param {(text: string) => number} measure */
function hangs(row, token, room, measure) {
  const bare = token.replace(/[\p{Pe}\p{Pf}\u3001\u3002\uff0c\uff0e!?！？.,…]+$/u, "");
  return bare !== token && measure((row + bare).trimEnd()) <= room;
}
