/* Forms that send JSON: `<form data-send="PATCH /api/…" data-then="…">`. An error stands beside its field, and nothing
   that was typed is lost: a form that failed stays as it is. */
import { ask, Refused } from "./ask.js";
import { toast, toastThere } from "./toast.js";
import { t } from "./words.js";

/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Control */

/** @param {HTMLFormElement} form @returns {Record<string, any>} the fields as an object; a dot in a name is an object in it */
export function read(form) {
  /** @type {Record<string, any>} */
  const whole = {};
  for (const control of form.elements) {
    if (!(control instanceof HTMLInputElement || control instanceof HTMLSelectElement || control instanceof HTMLTextAreaElement)) continue;
    if (!control.name || control.disabled || (control.type === "radio" && !(/** @type {HTMLInputElement} */ (control)).checked)) continue;
    const path = control.name.split(".");
    const last = /** @type {string} */ (path.pop());
    let into = whole;
    for (const part of path) into = into[part] ??= {};
    const value = valueOf(control);
    if (value !== undefined) into[last] = value;
  }
  return whole;
}

/** @param {Control} control @returns {unknown} */
function valueOf(control) {
  if (control instanceof HTMLInputElement && control.type === "checkbox") return control.checked;
  const text = control.value;
  switch (control.dataset["as"]) {
    case "number": return text.trim() === "" ? null : Number(text);
    case "absent": return text === "" ? undefined : text;
    case "optional": return text.trim() === "" ? null : text.trim();
    default: return text;
  }
}

/** @param {ParentNode} form */
export function clearErrors(form) {
  for (const error of form.querySelectorAll(".error, .form-error")) error.textContent = "";
  for (const control of form.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
}

/** Puts a refusal beside its field, or at the form's end. @param {HTMLElement} form @param {unknown} error */
export function showError(form, error) {
  const sentence = error instanceof Error ? error.message : t("failed");
  const field = error instanceof Refused ? error.field : null;
  const place = field === null ? null : form.querySelector(`[data-field="${CSS.escape(field)}"]`);
  const at = place?.querySelector(".error") ?? form.querySelector('[data-at="form-error"]');
  if (at) at.textContent = sentence;
  else toast(sentence);
  const control = place?.querySelector("input, select, textarea");
  if (control instanceof HTMLElement) {
    control.setAttribute("aria-invalid", "true");
    control.focus();
  }
}

/** @param {HTMLFormElement} form @param {(answer: any) => void} [done] */
export async function submit(form, done) {
  const [method, path] = (form.dataset["send"] ?? "").split(" ");
  const buttons = [...form.querySelectorAll("button")];
  clearErrors(form);
  for (const button of buttons) busy(button, true);
  try {
    const answer = await ask(method ?? "POST", path ?? "", read(form));
    form.removeAttribute("data-touched");
    if (done) done(answer);
    else then(form, answer);
  } catch (error) {
    showError(form, error);
  } finally {
    for (const button of buttons) busy(button, false);
  }
}

/** A button that has been pressed says what is being done, where it knows that. @param {HTMLElement} button @param {boolean} on */
export function busy(button, on) {
  const said = button.dataset["busy"], place = button.querySelector("span") ?? button;
  if (on) {
    button.setAttribute("aria-busy", "true");
    if (said && button.dataset["label"] === undefined) {
      button.dataset["label"] = place.textContent ?? "";
      place.textContent = said;
    }
    return;
  }
  button.removeAttribute("aria-busy");
  if (button.dataset["label"] !== undefined) place.textContent = button.dataset["label"];
  delete button.dataset["label"];
}

/** How a saved form is taken back: by what it held before. @param {HTMLFormElement} form @returns {import("./toast.js").Back | undefined} */
function back(form) {
  const before = form.dataset["before"], [method, path] = (form.dataset["send"] ?? "").split(" ");
  return before && method && path ? { method, path, body: JSON.parse(before) } : undefined;
}

/** @param {string | import("./toast.js").Back} restore */
function takeBack(restore) {
  const asked = typeof restore === "string" ? ask("POST", restore, {}) : ask(restore.method, restore.path, restore.body);
  asked.then(reload, (/** @type {Error} */ error) => { toast(error.message); });
}

/** @param {HTMLFormElement} form @param {any} answer */
function then(form, answer) {
  const [what, where] = (form.dataset["then"] ?? "toast").split(" ");
  if (what === "go") {
    toastThere(form.dataset["done"] ?? t("saved"));
    location.assign((where ?? "/").replace(/\{(\w+)\}/gu, (_, name) => encodeURIComponent(String(answer?.[name] ?? ""))));
  } else if (what === "reload") {
    toastThere(form.dataset["done"] ?? t("saved"), back(form));
    reload();
  } else toast(form.dataset["done"] ?? t("saved"));
}

/** What stands in the other forms of the page outlives its loading anew; a password is never put aside, so it asks first. */
function keepTyped() {
  /** @type {Record<string, Record<string, string | boolean>>} */
  const typed = {};
  for (const form of document.querySelectorAll("form[data-send][data-touched]")) {
    if (!(form instanceof HTMLFormElement)) continue;
    /** @type {Record<string, string | boolean>} */
    const values = {};
    let secret = false;
    for (const control of form.elements) {
      if (!(control instanceof HTMLInputElement || control instanceof HTMLSelectElement || control instanceof HTMLTextAreaElement) || !control.name) continue;
      if (control.type === "password") secret ||= control.value !== "";
      else values[control.name] = control instanceof HTMLInputElement && control.type === "checkbox" ? control.checked : control.value;
    }
    typed[form.dataset["send"] ?? ""] = values;
    if (!secret) form.removeAttribute("data-touched");
  }
  if (Object.keys(typed).length > 0) sessionStorage.setItem("typed", JSON.stringify({ path: location.pathname, typed }));
}

/** The page loaded anew, without losing what stands in its forms. */
export function reload() {
  keepTyped();
  location.reload();
}

/** Puts back what was typed before the page was loaded anew. */
function putTyped() {
  const kept = sessionStorage.getItem("typed");
  if (!kept) return;
  sessionStorage.removeItem("typed");
  /** @type {{ path: string, typed: Record<string, Record<string, string | boolean>> }} */
  const { path, typed } = JSON.parse(kept);
  if (path !== location.pathname) return;
  for (const form of document.querySelectorAll("form[data-send]")) {
    const values = form instanceof HTMLFormElement ? typed[form.dataset["send"] ?? ""] : undefined;
    if (!values || !(form instanceof HTMLFormElement)) continue;
    for (const [name, value] of Object.entries(values)) {
      const control = form.elements.namedItem(name);
      if (control instanceof HTMLInputElement && typeof value === "boolean") control.checked = value;
      else if ((control instanceof HTMLInputElement || control instanceof HTMLSelectElement || control instanceof HTMLTextAreaElement) && typeof value === "string") control.value = value;
    }
    form.setAttribute("data-touched", "");
  }
}

export function bindForms() {
  const kept = sessionStorage.getItem("toast");
  if (kept) {
    sessionStorage.removeItem("toast");
    const { text, restore } = JSON.parse(kept);
    toast(text, restore ? { undo: () => { takeBack(restore); } } : {});
  }
  for (const form of document.querySelectorAll("form[data-send]")) {
    if (!(form instanceof HTMLFormElement) || form.hasAttribute("data-start")) continue;
    form.noValidate = true;
    if (form.hasAttribute("data-undo")) form.dataset["before"] = JSON.stringify(read(form));
    form.addEventListener("input", () => { form.setAttribute("data-touched", ""); });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void submit(form);
    });
  }
  putTyped();
  addEventListener("beforeunload", (event) => {
    if (document.querySelector("form[data-send][data-touched]")) event.preventDefault();
  });
}
