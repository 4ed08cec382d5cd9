/* captions: what is being said, in rows that stay where they are. Words that are fixed are never drawn again before the
   final; the tail is dimmer. Rows are laid out here, by measured width; which segments are on screen is the view's. */
import { at, clone, keyed, mark, put, show, style } from "../lib/dom.js";
import { say } from "../lib/i18n.js";
import { moves, play } from "../lib/motion.js";
import { broken, direction, manner } from "../lib/rows.js";
import { cut } from "../lib/text.js";

/** @typedef {import("../lib/types").Captions} View */
/** @typedef {import("../lib/types").Segment} Segment */
/** @typedef {import("../lib/types").Options} Options */
/** @typedef {import("../lib/types").Context} Context */
/** @typedef {{key: string, text: string, fixed: number, label: string, voice: number, lang: string, dir: string, translated: boolean, last: boolean}} Row */

const VOICES = 4;

/** @type {Map<string, number>} each speaker's place in order of appearance: the colour */
const voices = new Map();
/** @type {Map<string, string>} the label each segment began with, so that it never appears or vanishes later */
const labels = new Map();
/** @type {Map<string, number>} */
const widths = new Map();
const pen = /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));
let font = "";

/** @param {Options} options */
export const size = (options) => ({ w: 1080, h: 110 * Math.max(1, Number(options["rows"]) || 2), least: 0.3 });

/** @param {View} view */
export const news = (view) => view.segments.map((segment) => [segment.id, segment.fixed, segment.tail, segment.translation]);

/** @param {HTMLElement} root @param {View} view @param {Options} options @param {Context} ctx */
export function render(root, view, options, ctx) {
  const box = at(root, "box");
  const list = at(root, "rows");
  const most = Math.max(1, Number(options["rows"]) || 2);
  mark(box, "data-look", options["look"] === "outline" ? "outline" : "box");
  style(box, "--cells", String(Number(options["cells"]) || 32));
  style(box, "--rows", String(most));
  show(box, view.segments.length > 0);
  if (view.segments.length === 0) labels.clear();
  const rows = kept(view, options, ctx, width(box, list), most);
  const first = list.firstElementChild;
  const before = moves(ctx) && !ctx.quiet && first ? list.childElementCount : 0;
  const { fresh } = keyed(rows, { list, key: (row) => row.key, make: () => clone(root, "row"), fill });
  // rows scroll up by whole rows, calmly; the words themselves do not move within them
  if (before >= most && fresh.length > 0 && first && !first.isConnected) {
    play(list, "roll", [{ transform: "translateY(1.3em)" }, { transform: "none" }], { duration: Math.max(220 * ctx.pace, 200) });
  }
}

/** @param {HTMLElement} box @param {HTMLElement} list @returns {number} the width of a row, and the font it is measured in */
function width(box, list) {
  const style = getComputedStyle(list);
  const now = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  if (now !== font || pen.font === "10px sans-serif") {
    font = now;
    pen.font = now;
    widths.clear();
  }
  return box.hidden ? 0 : list.clientWidth;
}

/** @param {string} text */
function measure(text) {
  let found = widths.get(text);
  if (found === undefined) {
    found = pen.measureText(text).width;
    if (widths.size > 4000) widths.clear();
    widths.set(text, found);
  }
  return found;
}

/** The newest rows: while there are too many, the topmost goes that is not the last of an open segment. @param {View} view @param {Options} options @param {Context} ctx @param {number} wide @param {number} most */
function kept(view, options, ctx, wide, most) {
  if (wide <= 0) return [];
  const several = new Set(view.segments.map((segment) => segment.speaker)).size > 1;
  let spoke = /** @type {string | null} */ (null);
  const rows = view.segments.flatMap((segment) => {
    const label = named(segment, spoke, several, options, ctx);
    spoke = segment.speaker;
    return laid(segment, label, wide);
  });
  while (rows.length > most) {
    const i = rows.findIndex((row) => !row.last);
    rows.splice(i < 0 ? 0 : i, 1);
  }
  return rows;
}

/** @param {Segment} segment @param {string | null} spoke @param {boolean} several @param {Options} options @param {Context} ctx */
function named(segment, spoke, several, options, ctx) {
  if (options["speakers"] === false || segment.speaker === null) return "";
  if (!voices.has(segment.speaker)) voices.set(segment.speaker, voices.size % VOICES);
  let label = labels.get(segment.id);
  if (label === undefined) {
    const plain = /^\d+$/.test(segment.speaker) ? say(ctx.words.speaker, { n: Number(segment.speaker) + (segment.speaker === "0" ? 1 : 0) }) : cut(segment.speaker, 16);
    label = segment.speaker !== spoke && (several || voices.size > 1) ? `${plain}: ` : "";
    if (labels.size > 200) labels.clear();
    labels.set(segment.id, label);
  }
  return label;
}

/** @param {Segment} segment @param {string} label @param {number} wide @returns {Row[]} */
function laid(segment, label, wide) {
  const lang = segment.language ?? "";
  const voice = segment.speaker === null ? 0 : voices.get(segment.speaker) ?? 0;
  const gap = segment.fixed && segment.tail && !/\s$/u.test(segment.fixed) && !/^\s/u.test(segment.tail)
    && manner(lang, segment.fixed + segment.tail) === "spaces" ? " " : "";
  const text = segment.fixed + gap + segment.tail;
  /** @type {Row[]} */
  const out = [];
  const add = (/** @type {string} */ whole, /** @type {boolean} */ translated, /** @type {number} */ fixed, /** @type {string} */ tongue, /** @type {string} */ mine) => {
    const lines = broken(whole, tongue, wide, mine ? measure(mine) : 0, measure);
    lines.forEach((line, i) => out.push({
      key: `${segment.id} ${translated ? "t" : "s"} ${i}`, text: line.text, fixed: Math.max(0, Math.min(line.text.length, fixed - line.start)),
      label: i === 0 ? mine : "", voice, lang: tongue, dir: direction(whole), translated, last: !segment.final && i === lines.length - 1,
    }));
  };
  if (text) add(text, false, segment.fixed.length, lang, label);
  if (segment.translation) add(segment.translation, true, segment.translation.length, "", text ? "" : label);
  return out;
}

/** Adds to what stands, where what stands is its beginning: nothing that was read is drawn again. @param {HTMLElement} node @param {string} text */
function extend(node, text) {
  const had = node.firstChild;
  if (had instanceof Text && had.data !== "" && text.startsWith(had.data)) {
    if (text.length > had.data.length) had.appendData(text.slice(had.data.length));
  } else put(node, text);
}

/** @param {HTMLElement} node @param {Row} row */
function fill(node, row) {
  mark(node, "dir", row.dir);
  mark(node, "lang", row.lang || null);
  mark(node, "data-voice", row.voice + 1);
  mark(node, "data-translation", row.translated);
  put(at(node, "speaker"), row.label);
  extend(at(node, "fixed"), row.text.slice(0, row.fixed).replace(row.label ? /$^/ : /^\s+/u, ""));
  put(at(node, "tail"), row.fixed > 0 ? row.text.slice(row.fixed) : row.text.replace(/^\s+/u, ""));
}
