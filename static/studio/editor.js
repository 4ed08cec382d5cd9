/* Longer than others, because a form, its preview and its history must agree. */
/* The editor: every change is sent by itself and shown beside the form. A change that is refused stays in its field with
   the reason; one that cannot be sent waits and is sent again. Another tab's changes appear here. */
import { ask, Refused } from "./ask.js";
import { bindAssets } from "./assets.js";
import { followColours } from "./colours.js";
import { check } from "./css-check.js";
import { History } from "./history.js";
import { addRow, mark, read, typedIn, write } from "./options.js";
import { showOverlays } from "./people.js";
import { fit, listen, Preview } from "./stage.js";
import { watch } from "./status.js";
import { bindTests } from "./tests.js";
import { showThemes } from "./themes.js";
import { confirmed, toast, toastThere } from "./toast.js";
import { t } from "./words.js";

/** @typedef {{ name?: string, theme?: string, options?: Record<string, any> }} Change */

const WAIT_MS = 160;
const RETRY_MS = 2000;

const editor = /** @type {HTMLElement} */ (document.querySelector("[data-editor]"));
const id = editor.dataset["widget"] ?? "";
const path = `/api/widgets/${id}`;
const stage = /** @type {HTMLElement} */ (editor.querySelector("[data-stage]"));
const preview = new Preview(stage);
const saved = /** @type {HTMLElement} */ (editor.querySelector("[data-saved]"));
const nameField = /** @type {HTMLInputElement} */ (editor.querySelector("[data-name]"));
/** @type {Map<string, HTMLElement>} */
const options = new Map();
for (const one of editor.querySelectorAll("[data-option]")) options.set(one.getAttribute("data-option") ?? "", /** @type {HTMLElement} */ (one));

/** What the server has, as far as we know. @type {{ name: string, theme: string, options: Record<string, any> }} */
const known = { name: nameField.value, theme: editor.dataset["theme"] ?? "default", options: {} };
for (const [name, option] of options) known.options[name] = read(option);

/** @type {Change} */
let pending = {};
let sending = false;
let timer = 0;
let mode = "1";
const tests = bindTests(editor, preview, { show: (data) => { show(data); }, mode: () => mode });
const history = new History((change) => { drop(change); put(change); void send(change, true); }, (known) => { drop(known); put(known); tell("saved"); });

// --- saving ---

/** @param {"saved" | "saving" | "unsaved" | "waiting"} state */
function tell(state) {
  saved.textContent = t(state);
  saved.dataset["state"] = state;
}

/** @param {Change} change */
function queue(change) {
  pending = { ...pending, ...change, ...(change.options ? { options: { ...pending.options, ...change.options } } : {}) };
  tell("saving");
  clearTimeout(timer);
  timer = window.setTimeout(() => { void flush(); }, WAIT_MS);
}

/** What is taken back is not sent any more: leaving a field on the way to Undo has said it once again. @param {Change} change */
function drop(change) {
  for (const name of Object.keys(change.options ?? {})) if (pending.options) delete pending.options[name];
  if (pending.options && Object.keys(pending.options).length === 0) delete pending.options;
  if (change.name !== undefined) delete pending.name;
  if (change.theme !== undefined) delete pending.theme;
}

async function flush() {
  if (sending || Object.keys(pending).length === 0) return;
  const change = pending;
  pending = {};
  await send(change, false);
  if (Object.keys(pending).length > 0) void flush();
}

/** @param {Change} change @param {boolean} replaying undo and redo write no history of their own */
async function send(change, replaying) {
  sending = true;
  const before = pick(change);
  try {
    const now = await ask("PATCH", path, change);
    if (!replaying) history.add(before, change);
    history.settle(Object.keys(change.options ?? {}));
    learn(now, change);
    for (const name of [...Object.keys(change.options ?? {})]) problem(name, "");
    if (change.theme !== undefined) problem("theme", "");
    tell(Object.keys(pending).length > 0 ? "saving" : "saved");
  } catch (error) {
    await failed(change, error);
  } finally {
    sending = false;
  }
}

/** @param {Change} change @param {unknown} error */
async function failed(change, error) {
  if (error instanceof Refused && (error.status === 0 || error.status >= 500)) {
    pending = { ...change, ...pending, options: { ...change.options, ...pending.options } };
    if (Object.keys(pending.options ?? {}).length === 0) delete pending.options;
    tell("waiting");
    clearTimeout(timer);
    timer = window.setTimeout(() => { void flush(); }, RETRY_MS);
    return;
  }
  const field = error instanceof Refused ? error.field ?? "" : "";
  const sentence = error instanceof Error ? error.message : t("failed");
  const name = field.startsWith("options.") ? field.split(".")[1] ?? "" : field;
  tell("unsaved");
  if (!problem(name, sentence)) toast(sentence);
  if (!Object.hasOwn(change.options ?? {}, name)) return;
  history.refuse({ options: { [name]: known.options[name] } });
  // what was refused must not take the good changes down with it
  const { [name]: _, ...rest } = change.options ?? {};
  const { options: __, ...others } = change;
  const good = { ...others, ...(Object.keys(rest).length > 0 ? { options: rest } : {}) };
  if (Object.keys(good).length > 0) {
    await send(good, false);
    tell("unsaved");
  }
}

/** @param {Change} change @returns {Change} what stood there before */
function pick(change) {
  /** @type {Change} */
  const before = {};
  if (change.name !== undefined) before.name = known.name;
  if (change.theme !== undefined) before.theme = known.theme;
  if (change.options) before.options = Object.fromEntries(Object.keys(change.options).map((name) => [name, known.options[name]]));
  return before;
}

/**
 * What the server has now. What another tab changed appears in the form, unless it is being typed in.
 * @param {{ name: string, theme: string, options: Record<string, any> }} now @param {Change} [sent] what we changed ourselves
 */
function learn(now, sent = {}) {
  const elsewhere = Object.entries(now.options).filter(([name, value]) =>
    JSON.stringify(value) !== JSON.stringify(known.options[name]) && !Object.hasOwn(sent.options ?? {}, name)
    && !Object.hasOwn(pending.options ?? {}, name) && !options.get(name)?.contains(document.activeElement));
  put({
    options: Object.fromEntries(elsewhere),
    ...(now.theme !== known.theme && sent.theme === undefined ? { theme: now.theme } : {}),
    ...(now.name !== known.name && sent.name === undefined && document.activeElement !== nameField ? { name: now.name } : {}),
  });
  known.name = now.name;
  known.theme = now.theme;
  known.options = now.options;
  document.title = `${now.name} · Overlay`;
  preview.say("options", { options: now.options, theme: now.theme });
  tests.redraw();
}

/** @param {string} name @param {string} sentence @returns {boolean} whether there was a place for it */
function problem(name, sentence) {
  const place = name === "theme" ? editor.querySelector('[data-at="theme-error"]') : options.get(name)?.querySelector('[data-at="error"]');
  if (!place) return false;
  place.textContent = sentence;
  options.get(name)?.toggleAttribute("data-wrong", sentence !== "");
  options.get(name)?.closest("details")?.toggleAttribute("open", sentence !== "" || options.get(name)?.closest("details")?.hasAttribute("open"));
  return true;
}

/** Puts values into the form. @param {Change} change */
function put(change) {
  if (change.name !== undefined) nameField.value = change.name;
  if (change.theme !== undefined) {
    for (const one of editor.querySelectorAll("[data-theme-choice]")) if (one instanceof HTMLInputElement) one.checked = one.value === change.theme;
  }
  for (const [name, value] of Object.entries(change.options ?? {})) {
    const option = options.get(name);
    if (option) write(option, value);
    problem(name, "");
  }
}

// --- what is typed ---

for (const [name, option] of options) {
  option.addEventListener("input", (event) => { typed(name, option, event); });
  option.addEventListener("change", (event) => { typed(name, option, event); });
  option.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target.closest("button") : null;
    if (!target) return;
    if (target.hasAttribute("data-add")) {
      addRow(option).querySelector("input, select")?.dispatchEvent(new Event("focus"));
      /** @type {HTMLElement | null} */ (option.querySelector("[data-item]:last-child [data-value]"))?.focus();
      offer(name, option);
    } else if (target.hasAttribute("data-remove")) {
      target.closest("[data-item]")?.remove();
      /** @type {HTMLElement | null} */ (option.querySelector("[data-add]"))?.focus();
      offer(name, option);
    } else if (target.hasAttribute("data-unset")) {
      const input = /** @type {HTMLInputElement} */ (target.parentElement?.querySelector("input"));
      mark(input, false);
      input.focus();
      offer(name, option);
    }
  });
  const moment = option.querySelector("[data-moment]");
  if (moment instanceof HTMLInputElement && moment.dataset["ms"]) write(option, Number(moment.dataset["ms"]));
}

/** @param {string} name @param {HTMLElement} option @param {Event} event */
function typed(name, option, event) {
  const target = event.target;
  if (target instanceof HTMLInputElement && target.type === "color") {
    target.dataset["whole"] = target.value;
    mark(target, true);
  }
  if (target instanceof HTMLInputElement && target.type === "range") {
    const shown = target.parentElement?.querySelector("output");
    if (shown) shown.textContent = target.value;
  }
  for (const [chooser, more, value] of /** @type {[string, string, string][]} */ ([["[data-metric]", "[data-gift]", "gift:"], ["[data-since]", "[data-moment]", "moment"]])) {
    const select = option.querySelector(chooser), extra = option.querySelector(more);
    if (select instanceof HTMLSelectElement && extra instanceof HTMLElement) extra.hidden = select.value !== value;
  }
  offer(name, option, event.type === "change");
  if (name === "css") inspect(option);
}

/** @param {string} name @param {HTMLElement} option @param {boolean} [over] whether typing has ended */
function offer(name, option, over = false) {
  const found = read(option);
  const value = found === undefined && over ? typedIn(option) : found;
  if (value === undefined || JSON.stringify(value) === JSON.stringify({ ...known.options, ...pending.options }[name])) return;
  queue({ options: { [name]: value } });
}

nameField.addEventListener("input", () => { if (nameField.value.trim()) queue({ name: nameField.value.trim() }); });
nameField.addEventListener("blur", () => { if (!nameField.value.trim()) nameField.value = known.name; });
editor.addEventListener("change", (event) => {
  if (event.target instanceof HTMLInputElement && event.target.hasAttribute("data-theme-choice")) queue({ theme: event.target.value });
});

// --- custom CSS ---

/** @param {HTMLElement} option */
function inspect(option) {
  const list = option.querySelector(".problems");
  const area = option.querySelector("textarea");
  if (!list || !area) return;
  list.replaceChildren(...check(area.value).map(({ line, text }) => {
    const item = document.createElement("li");
    item.textContent = t("css.line", { line, text });
    return item;
  }));
}
const css = options.get("css");
if (css) {
  inspect(css);
  for (const button of editor.querySelectorAll("[data-class]")) {
    button.addEventListener("click", () => {
      const area = /** @type {HTMLTextAreaElement} */ (css.querySelector("textarea"));
      const gap = area.value && !area.value.endsWith("\n") ? "\n" : "";
      area.setRangeText(`${gap}.${button.getAttribute("data-class")} {\n  \n}\n`, area.value.length, area.value.length, "end");
      area.focus();
      area.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }
}

// --- the preview ---

/** @type {(() => void) | null} */
let ending = null;

/** @param {string} data "1", "strained" or "live" */
function show(data) {
  ending?.();
  ending = null;
  for (const one of editor.querySelectorAll('input[name="data"]')) if (one instanceof HTMLInputElement) one.checked = one.value === data;
  mode = data;
  if (data === "live") ending = listen(new Map([[preview.w, preview]]));
  else tests.redraw();
}

const canvas = /** @type {HTMLElement} */ (editor.querySelector("[data-canvas]"));
for (const one of editor.querySelectorAll('input[name="data"]')) one.addEventListener("change", () => { show(/** @type {HTMLInputElement} */ (one).value); });
for (const one of editor.querySelectorAll('input[name="backdrop"]')) {
  one.addEventListener("change", () => { canvas.dataset["backdrop"] = /** @type {HTMLInputElement} */ (one).value; });
}

const size = /** @type {HTMLSelectElement} */ (editor.querySelector("[data-size]"));
const chosen = `${stage.dataset["width"]}x${stage.dataset["height"]}`;
if (![...size.options].some((one) => one.value === chosen)) {
  const own = document.createElement("option");
  own.value = chosen;
  own.textContent = chosen.replace("x", "×");
  size.append(own);
}
size.value = chosen;
size.addEventListener("change", () => {
  resize();
  const [width, height] = size.value.split("x").map(Number);
  ask("PATCH", "/studio/preferences", { sizes: { [id]: [width, height] } }).catch((/** @type {Error} */ error) => { toast(error.message); });
});

function resize() {
  const [width, height] = size.value.split("x");
  stage.dataset["width"] = width;
  stage.dataset["height"] = height;
  preview.frame.width = width ?? "";
  preview.frame.height = height ?? "";
  /** @type {HTMLElement} */ (editor.querySelector("[data-zones]")).hidden = size.value !== "1080x1920";
  for (const link of editor.querySelectorAll("a[data-drag]")) {
    for (const name of ["href", "data-href"]) {
      const told = link.getAttribute(name);
      if (!told) continue;
      const url = new URL(told, location.href);
      url.searchParams.set("layer-width", width ?? "");
      url.searchParams.set("layer-height", height ?? "");
      link.setAttribute(name, url.href);
    }
  }
  fit(stage);
}
resize();
editor.querySelector("[data-zoom]")?.addEventListener("change", (event) => {
  stage.dataset["zoom"] = /** @type {HTMLSelectElement} */ (event.target).value;
  fit(stage);
});

if (editor.dataset["kind"] === "alerts") void bindAssets(editor);
showThemes(editor);
followColours(preview.frame, options.get("colors"));

// --- the whole overlay ---

/** @param {string} selector @param {() => Promise<void>} action */
function bind(selector, action) {
  editor.querySelector(selector)?.addEventListener("click", () => {
    editor.querySelector("details.menu")?.removeAttribute("open");
    action().catch((/** @type {Error} */ error) => { toast(error.message); });
  });
}
history.bind(editor);
bind("[data-duplicate]", async () => {
  const made = await ask("POST", `/studio/widgets/${id}/duplicate`, {});
  toastThere(t("duplicated"));
  location.assign(`/widgets/${made.id}`);
});
bind("[data-defaults-button]", async () => {
  const before = { options: known.options };
  const now = await ask("POST", `/studio/widgets/${id}/defaults`, {});
  history.add(before, { options: now.options });
  put({ options: now.options });
  learn(now);
  toast(t("defaults.done"), { undo: () => { history.undo(); } });
});
bind("[data-delete]", async () => {
  await ask("DELETE", path);
  toastThere(t("deleted", { name: known.name }), `${path}/restore`);
  location.assign("/");
});
bind("[data-rotate]", async () => {
  const yes = await confirmed({ title: t("rotate.title"), text: t("rotate.text"), yes: t("rotate.yes"), danger: true });
  if (!yes) return;
  await ask("POST", `${path}/key`, {});
  toastThere(t("rotated"));
  location.reload();
});
bind("[data-history]", async () => {
  await history.open(id, (now) => {
    history.add({ name: known.name, theme: known.theme, options: known.options }, now);
    put(now);
    learn(now);
  });
});

// --- searching ---

const search = editor.querySelector("[data-search]");
search?.addEventListener("input", () => {
  const wanted = /** @type {HTMLInputElement} */ (search).value.trim().toLowerCase();
  let any = false;
  for (const group of editor.querySelectorAll("details.group")) {
    let some = false;
    for (const one of group.querySelectorAll("[data-words]")) {
      const said = `${one.getAttribute("data-words") ?? ""} ${one.querySelector('[id^="hint-"]')?.textContent?.toLowerCase() ?? ""}`;
      const fits = !wanted || said.includes(wanted);
      one.toggleAttribute("hidden", !fits);
      some ||= fits;
    }
    group.toggleAttribute("hidden", Boolean(wanted) && !some);
    if (wanted && some) group.setAttribute("open", "");
    any ||= some;
  }
  editor.querySelector("[data-none]")?.toggleAttribute("hidden", any);
});

// --- what happens elsewhere ---

watch((status) => {
  showOverlays(status);
  void follow();
  if (mode !== "live") void tests.look();
});

async function follow() {
  if (sending || Object.keys(pending).length > 0) return;
  const answer = await fetch(path, { cache: "no-store" });
  if (answer.status === 404) { tell("waiting"); saved.textContent = t("gone_elsewhere"); return; }
  if (!answer.ok || sending || Object.keys(pending).length > 0) return;
  const now = await answer.json();
  if (JSON.stringify([now.name, now.theme, now.options]) === JSON.stringify([known.name, known.theme, known.options])) return;
  learn(now);
}
// the form's own reading of an option may differ in form from the server's (1 and 1.0): the server's counts
void follow();

addEventListener("beforeunload", (event) => {
  if (Object.keys(pending).length === 0 && !sending) return;
  void flush();
  event.preventDefault();
});
