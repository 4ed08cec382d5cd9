/* Small news at the edge of the page, with a way back where there is one; and the one dialog that asks. */
import { t } from "./words.js";

const STAYS_MS = 6000;
const UNDO_MS = 15000;

/** @param {string} text @param {{ label?: string, undo?: () => unknown, stays_ms?: number }} [how] */
export function toast(text, how = {}) {
  const list = document.getElementById("toasts");
  if (!list) return;
  const note = document.createElement("p");
  note.className = "toast";
  const said = document.createElement("span");
  said.textContent = text;
  note.append(said);
  if (how.undo) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = how.label ?? t("undo");
    button.addEventListener("click", () => { note.remove(); how.undo?.(); });
    note.append(button);
  }
  while (list.children.length > 2) list.firstElementChild?.remove();
  list.append(note);
  setTimeout(() => { note.remove(); }, how.stays_ms ?? (how.undo ? UNDO_MS : STAYS_MS));
}

/** @typedef {{ method: string, path: string, body: unknown }} Back how something is taken back */

/** Keeps a piece of news over the loading of another page. @param {string} text @param {string | Back} [restore] path that takes it back, or the whole call */
export function toastThere(text, restore) {
  sessionStorage.setItem("toast", JSON.stringify({ text, restore }));
}

/**
 * @param {{ title: string, text: string, yes?: string, danger?: boolean, secret?: (typed: string) => Promise<string | null> }} asked
 * @returns {Promise<boolean>}
 */
export function confirmed({ title, text, yes, danger, secret }) {
  const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("confirm"));
  const form = /** @type {HTMLFormElement} */ (dialog.querySelector("form"));
  const field = /** @type {HTMLElement} */ (dialog.querySelector('[data-at="secret"]'));
  const input = /** @type {HTMLInputElement} */ (field.querySelector("input"));
  const wrong = /** @type {HTMLElement} */ (field.querySelector("em"));
  const button = /** @type {HTMLButtonElement} */ (dialog.querySelector('[data-at="yes"]'));
  /** @type {HTMLElement} */ (dialog.querySelector("h2")).textContent = title;
  /** @type {HTMLElement} */ (dialog.querySelector('[data-at="text"]')).textContent = text;
  button.textContent = yes ?? t("ok");
  button.className = danger ? "danger" : "primary";
  field.hidden = !secret;
  input.value = wrong.textContent = "";
  return new Promise((done) => {
    const trying = new AbortController();
    form.addEventListener("submit", async (event) => {
      if (event.submitter !== button && !secret) return;
      if (event.submitter !== button && event.submitter?.getAttribute("value") === "no") return;
      if (!secret) return;
      event.preventDefault();
      wrong.textContent = await secret(input.value) ?? "";
      if (wrong.textContent === "") dialog.close("yes");
      else input.select();
    }, { signal: trying.signal });
    dialog.addEventListener("close", () => {
      trying.abort();
      done(dialog.returnValue === "yes");
    }, { once: true });
    dialog.returnValue = "";
    dialog.showModal();
    (secret ? input : button).focus();
  });
}
