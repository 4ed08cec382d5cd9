/* Filling the markup of a template: text, numbers, pictures, keyed rows. It creates no element but by cloning a
   <template> or adding a <bdi>, and no text ever becomes markup. */
import { called, hash, initials } from "./text.js";

/** @param {ParentNode} root @param {string} name @returns {HTMLElement} the element marked data-at="name" */
export function at(root, name) {
  const found = root.querySelector(`[data-at="${name}"]`);
  if (!found) throw new Error(`no ${name} in the template`);
  return /** @type {HTMLElement} */ (found);
}

/** @param {Node} node @param {string} text  writes only what differs, so an unchanged view paints nothing */
export function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** @param {Element} element @param {string} name @param {string | boolean | number | null | undefined} value */
export function mark(element, name, value) {
  const text = value === true ? "" : value === false || value === null || value === undefined ? null : String(value);
  if (text === null) { if (element.hasAttribute(name)) element.removeAttribute(name); }
  else if (element.getAttribute(name) !== text) element.setAttribute(name, text);
}

/** @param {HTMLElement} element @param {boolean} shown */
export function show(element, shown) {
  if (element.hidden === shown) element.hidden = !shown;
}

/** @param {ElementCSSInlineStyle & Element} element @param {string} name @param {string} value */
export function style(element, name, value) {
  if (element.style.getPropertyValue(name) !== value) element.style.setProperty(name, value);
}

/** @param {ParentNode} root @param {string} name @returns {HTMLElement} */
export function clone(root, name) {
  const template = root.querySelector(`template[data-row="${name}"]`);
  const first = template instanceof HTMLTemplateElement ? template.content.firstElementChild : null;
  if (!first) throw new Error(`no template ${name}`);
  return /** @type {HTMLElement} */ (document.importNode(first, true));
}

/** @param {string} path @returns {boolean} whether a picture is of our own server */
export function ours(path) {
  return /^\/(?![/\\])/.test(path);
}

/** @type {Set<string>} pictures that did not load: not asked for again with every view */
const missing = new Set();

/** @param {HTMLElement} frame holds an <img> @param {string | null | undefined} path @returns {boolean} */
export function picture(frame, path) {
  const img = /** @type {HTMLImageElement} */ (frame.querySelector("img"));
  const wanted = path && ours(path) && !missing.has(path) ? path : "";
  if ((img.getAttribute("src") ?? "") !== wanted) {
    if (wanted) {
      img.onerror = () => { missing.add(wanted); img.removeAttribute("src"); mark(frame, "data-picture", false); };
      img.src = wanted;
    } else img.removeAttribute("src");
  }
  mark(frame, "data-picture", Boolean(wanted));
  return Boolean(wanted);
}

/** @param {HTMLElement} frame class avatar: an <img> over letters @param {import("./types").User | null | undefined} user @param {string} anonymous */
export function avatar(frame, user, anonymous) {
  const name = called(user, anonymous);
  picture(frame, user?.avatar);
  put(/** @type {HTMLElement} */ (frame.querySelector("b")), user?.anonymous ? "?" : initials(name));
  mark(frame, "data-tint", hash(user?.id ?? name) % 8);
}

/** @param {HTMLElement} bdi @param {import("./types").User | null | undefined} user @param {string} anonymous */
export function name(bdi, user, anonymous) {
  put(bdi, called(user, anonymous));
}

/**
 * A sentence with slots: "{name} sent {gift}". What is put in a slot stands in a <bdi> of its own.
 * @param {HTMLElement} node @param {string} template @param {Record<string, string>} slots
 */
export function sentence(node, template, slots) {
  const signature = JSON.stringify([template, slots]);
  if (/** @type {any} */ (node).said === signature) return;
  /** @type {any} */ (node).said = signature;
  const parts = template.split(/\{(\w+)\}/u).map((part, i) => {
    if (i % 2 === 0) return part;
    const bdi = document.createElement("bdi");
    bdi.className = `slot slot-${part}`;
    bdi.dir = "auto";
    bdi.textContent = Object.hasOwn(slots, part) ? slots[part] ?? "" : "";
    return bdi;
  });
  node.replaceChildren(...parts.filter((part) => part !== ""));
}

/**
 * @template T
 * @typedef {object} Rows
 * @property {HTMLElement} list
 * @property {(item: T, index: number) => string} key
 * @property {(item: T) => HTMLElement} make
 * @property {(row: HTMLElement, item: T, index: number) => void} fill
 * @property {(row: HTMLElement) => void} [leave]  takes a row away in its own time; it must remove it
 * @property {boolean} [reuse]  in a flood the rows that go become the rows that come; `fill` must set all of a row
 */

/** @type {WeakMap<HTMLElement, Map<string, HTMLElement>>} */
const kept = new WeakMap();

/** @param {Map<string, HTMLElement>} before @param {Set<string>} wanted @returns {HTMLElement[]} the rows that nobody wants any more, taken out */
function spared(before, wanted) {
  const free = [...before].filter(([id]) => !wanted.has(id));
  for (const [id] of free) before.delete(id);
  return free.map(([, row]) => row);
}

/**
 * Makes the list's children the rows of these items, keeping each row with its key.
 * @template T
 * @param {T[]} items @param {Rows<T>} rows @returns {{fresh: HTMLElement[], all: HTMLElement[]}}
 */
export function keyed(items, { list, key, make, fill, leave, reuse }) {
  const before = kept.get(list) ?? new Map();
  const spare = reuse ? spared(before, new Set(items.map(key))) : [];
  /** @type {Map<string, HTMLElement>} */
  const now = new Map();
  /** @type {HTMLElement[]} */
  const fresh = [];
  items.forEach((item, index) => {
    let id = key(item, index);
    while (now.has(id)) id += "'";
    let row = before.get(id) ?? spare.shift();
    if (!row) {
      row = make(item);
      fresh.push(row);
    }
    before.delete(id);
    now.set(id, row);
    fill(row, item, index);
  });
  depart([...before.values()], leave);
  const gone = (/** @type {Element | null} */ node) => node?.hasAttribute("data-leaving");
  let next = list.firstElementChild;
  for (const row of now.values()) {
    while (gone(next)) next = next?.nextElementSibling ?? null;
    if (row === next) next = next.nextElementSibling;
    else list.insertBefore(row, next);
  }
  kept.set(list, now);
  return { fresh, all: [...now.values()] };
}

/** Rows that leave together fade each on its own place: all places are asked for before the first row goes, since the
    others then move up. @param {HTMLElement[]} rows @param {((row: HTMLElement) => void) | undefined} leave */
function depart(rows, leave) {
  const seats = leave && rows.length > 1 ? rows.map((row) => [row.offsetTop, row.offsetLeft, row.offsetWidth]) : [];
  for (const row of rows) if (leave) leave(row); else row.remove();
  seats.forEach(([top, left, width], at) => {
    const row = rows[at];
    if (row?.hasAttribute("data-leaving")) Object.assign(row.style, { top: `${top}px`, left: `${left}px`, width: `${width}px` });
  });
}

/** Letters of a strip's rows that are smaller than this (of 16) nobody reads: it rather shows fewer rows. */
const READABLE = 8;

/** How many rows of a board there is room for: a strip has them side by side. @param {number} rows @param {number} head @param {number} each */
export const seats = (rows, head, each) => (innerWidth < innerHeight * 4 ? rows
  : Math.max(3, Math.min(rows, Math.floor((innerWidth * 16 / READABLE - head) / each))));

/** The rows that are shown when there is room for so many: from the top, or around one. @template E @param {E[]} rows @param {number} seats @param {number} [around] @returns {E[]} */
export function seated(rows, seats, around = 0) {
  const first = Math.max(0, Math.min(around - Math.floor(seats / 2), rows.length - seats));
  return rows.slice(first, first + seats);
}
