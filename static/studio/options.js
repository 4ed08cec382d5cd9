/* Reading a widget's options out of their controls, and putting values back into them. It asks nobody. */

/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Control */

const HEX = /^#[0-9a-f]{6}$/i;

/** @param {ParentNode} place @returns {Control[]} */
const controls = (place) => /** @type {Control[]} */ ([...place.querySelectorAll("[data-value]")].filter((one) => !one.closest("template")));

/** @param {ParentNode} place @returns {Control} */
const first = (place) => /** @type {Control} */ (controls(place)[0]);

/** Thousands as people write them: 10.000, 10,000, 10’000. */
const GROUPED = /^\d{1,3}(?:[.,'’]\d{3})+$/u;

/** @param {string} text @param {boolean} optional @returns {number | null | undefined} undefined: nothing that could be sent yet */
function number(text, optional) {
  if (text.trim() === "") return optional ? null : undefined;
  const value = Number(text.replace(",", "."));
  return Number.isFinite(value) ? value : undefined;
}

/** @param {string} text */
function whole(text) {
  return GROUPED.test(text) ? Number(text.replace(/\D/gu, "")) : /^0\d/u.test(text) ? Number.NaN : Number(text);
}

/** The value of an option; undefined while it is half typed. @param {HTMLElement} option @returns {any} */
export function read(option) {
  const how = option.dataset["read"] ?? "text";
  const optional = option.hasAttribute("data-optional");
  switch (how) {
    case "truth": return /** @type {HTMLInputElement} */ (first(option)).checked;
    case "whole": return GROUPED.test(first(option).value.trim()) ? whole(first(option).value.trim()) : number(first(option).value, optional);
    case "number": return number(first(option).value, optional);
    case "checks": return controls(option).filter((one) => /** @type {HTMLInputElement} */ (one).checked).map((one) => one.value);
    case "lines": return first(option).value.split("\n").map((line) => line.trim()).filter(Boolean);
    case "numbers": return readNumbers(first(option).value);
    case "texts": return Object.fromEntries(controls(option).filter((one) => one.value.trim()).map((one) => [one.dataset["key"], one.value]));
    case "colours": return Object.fromEntries(controls(option).filter((one) => one.hasAttribute("data-set")).map((one) => [one.dataset["key"], colour(/** @type {HTMLInputElement} */ (one))]));
    case "metric": return readMetric(option);
    case "since": return readSince(option);
    case "rows": return [...option.querySelectorAll("[data-items] > [data-item]")].map((row) => readRow(/** @type {HTMLElement} */ (row)));
    case "json": try { return JSON.parse(first(option).value); } catch { return undefined; }
    default: return readText(option, optional);
  }
}

/** @param {HTMLElement} option @param {boolean} optional */
function readText(option, optional) {
  const all = controls(option);
  const radios = all.filter((one) => one instanceof HTMLInputElement && one.type === "radio");
  if (radios.length > 0) return radios.find((one) => /** @type {HTMLInputElement} */ (one).checked)?.value;
  const text = all[0]?.value ?? "";
  return optional && text.trim() === "" ? null : text;
}

/** A colour keeps what the picker cannot show: its transparency. @param {HTMLInputElement} input */
function colour(input) {
  const whole = input.dataset["whole"] ?? "";
  return whole.slice(0, 7).toLowerCase() === input.value.toLowerCase() ? whole : input.value;
}

/** @param {string} text */
function readNumbers(text) {
  const words = text.split(/[\s;]+/u).map((word) => word.replace(/,+$/u, "")).filter(Boolean);
  // a comma without a blank is a thousand's where it can be nothing else
  const isOne = (/** @type {string} */ word) => GROUPED.test(word) && (!word.includes(",") || words.length > 1 || word.includes(",0"));
  const parts = words.flatMap((word) => isOne(word) ? word : word.split(",")).filter(Boolean).map(whole);
  return parts.every((part) => Number.isInteger(part)) ? parts : undefined;
}

/** What stands in a control that cannot be read, once it is left: the server says what is wrong. @param {HTMLElement} option */
export function typedIn(option) {
  const how = option.dataset["read"] ?? "";
  if (how !== "numbers") return ["whole", "number"].includes(how) ? first(option).value : undefined;
  // what is no number among several stays as it was typed, and so is found
  return first(option).value.split(/[\s;,]+/u).filter(Boolean).map((word) => Number.isInteger(whole(word)) ? whole(word) : word);
}

/** @param {HTMLElement} option */
function readMetric(option) {
  const chosen = first(option).value;
  if (chosen !== "gift:") return chosen;
  const gift = /** @type {HTMLInputElement} */ (option.querySelector("[data-gift]")).value.trim();
  return gift ? `gift:${gift}` : undefined;
}

/** @param {HTMLElement} option */
function readSince(option) {
  const chosen = first(option).value;
  if (chosen !== "moment") return chosen;
  const at = new Date(/** @type {HTMLInputElement} */ (option.querySelector("[data-moment]")).value).getTime();
  return Number.isNaN(at) ? undefined : at;
}

/** @param {HTMLElement} row */
function readRow(row) {
  /** @type {Record<string, any>} */
  const whole = {};
  for (const part of row.querySelectorAll("[data-part]")) {
    const name = /** @type {HTMLElement} */ (part).dataset["part"] ?? "";
    const value = read(/** @type {HTMLElement} */ (part));
    if (value !== null && value !== undefined) whole[name] = value;
  }
  return whole;
}

/** Puts a value into an option's controls. @param {HTMLElement} option @param {any} value */
export function write(option, value) {
  const how = option.dataset["read"] ?? "text";
  const all = controls(option);
  switch (how) {
    case "truth": /** @type {HTMLInputElement} */ (first(option)).checked = Boolean(value); break;
    case "checks": for (const one of all) /** @type {HTMLInputElement} */ (one).checked = value.includes(one.value); break;
    case "lines": first(option).value = value.join("\n"); break;
    case "numbers": first(option).value = value.join(", "); break;
    case "texts": for (const one of all) one.value = value[one.dataset["key"] ?? ""] ?? ""; break;
    case "colours": for (const one of all) writeColour(/** @type {HTMLInputElement} */ (one), value[one.dataset["key"] ?? ""] ?? ""); break;
    case "metric": writeMetric(option, String(value)); break;
    case "since": writeSince(option, value); break;
    case "rows": writeRows(option, value); break;
    case "json": first(option).value = JSON.stringify(value); break;
    default: writeText(all, value);
  }
}

/** @param {Control[]} all @param {any} value */
function writeText(all, value) {
  for (const one of all) {
    if (one instanceof HTMLInputElement && one.type === "radio") one.checked = one.value === String(value);
    else one.value = value === null || value === undefined ? "" : String(value);
    const shown = one.parentElement?.querySelector("output");
    if (shown) shown.textContent = one.value;
  }
}

/** @param {HTMLInputElement} input @param {string} value */
function writeColour(input, value) {
  input.dataset["whole"] = value;
  if (HEX.test(value.slice(0, 7))) input.value = value.slice(0, 7);
  mark(input, value !== "");
}

/** @param {HTMLInputElement} input @param {boolean} set */
export function mark(input, set) {
  input.toggleAttribute("data-set", set);
  const back = input.parentElement?.querySelector("[data-unset]");
  if (back instanceof HTMLElement) back.hidden = !set;
}

/** @param {HTMLElement} option @param {string} value */
function writeMetric(option, value) {
  const gift = /** @type {HTMLInputElement} */ (option.querySelector("[data-gift]"));
  const is = value.startsWith("gift:");
  first(option).value = is ? "gift:" : value;
  gift.hidden = !is;
  if (is) gift.value = value.slice(5);
}

/** @param {HTMLElement} option @param {any} value */
function writeSince(option, value) {
  const moment = /** @type {HTMLInputElement} */ (option.querySelector("[data-moment]"));
  const is = /^\d+$/.test(String(value));
  first(option).value = is ? "moment" : String(value);
  moment.hidden = !is;
  if (is) moment.value = local(Number(value));
}

/** @param {number} ms @returns {string} as an input of date and time wants it */
export function local(ms) {
  const at = new Date(ms);
  return new Date(ms - at.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}

/** @param {HTMLElement} option @param {Record<string, any>[]} rows */
function writeRows(option, rows) {
  const list = /** @type {HTMLElement} */ (option.querySelector("[data-items]"));
  list.replaceChildren();
  for (const row of rows) addRow(option, row);
}

/** @param {HTMLElement} option @param {Record<string, any>} [values] @returns {HTMLElement} */
export function addRow(option, values = {}) {
  const list = /** @type {HTMLElement} */ (option.querySelector("[data-items]"));
  const template = /** @type {HTMLTemplateElement} */ (option.querySelector("template"));
  const row = /** @type {HTMLElement} */ (document.importNode(/** @type {Element} */ (template.content.firstElementChild), true));
  for (const part of row.querySelectorAll("[data-part]")) {
    const name = /** @type {HTMLElement} */ (part).dataset["part"] ?? "";
    if (Object.hasOwn(values, name)) write(/** @type {HTMLElement} */ (part), values[name]);
  }
  list.append(row);
  return row;
}
