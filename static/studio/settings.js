/* The settings page: keys are checked at once and answered plainly; files are sent as they are; a token is shown once. */
import { ask, Refused } from "./ask.js";
import { reload, busy, clearErrors, read, showError } from "./forms.js";
import { bindRefresh } from "./refresh.js";
import { confirmed, toast, toastThere } from "./toast.js";
import { t } from "./words.js";

/** @param {unknown} error */
const say = (error) => { toast(error instanceof Error ? error.message : t("failed")); };

// --- TikTool's key ---

const keyForm = document.querySelector("form[data-key-form]");
const answer = document.querySelector("[data-key-answer]");

/** @param {{ good: boolean, text: string }} told */
function answered(told) {
  if (!(answer instanceof HTMLElement)) return;
  answer.hidden = false;
  answer.className = told.good ? "banner good" : "banner";
  answer.textContent = told.text;
}
if (keyForm instanceof HTMLFormElement) {
  const anyway = /** @type {HTMLElement} */ (keyForm.querySelector("[data-key-anyway]"));
  const send = async (/** @type {boolean} */ sure) => {
    clearErrors(keyForm);
    const button = /** @type {HTMLElement} */ (keyForm.querySelector(".primary"));
    busy(button, true);
    try {
      const told = await ask("POST", "/studio/key", { key: String(read(keyForm)["key"]), anyway: sure });
      if (told.kept) {
        toastThere(told.text);
        reload();
        return;
      }
      anyway.hidden = false;
      showError(keyForm, new Refused(400, told.code, told.text, "key"));
    } catch (error) {
      showError(keyForm, error);
    } finally {
      busy(button, false);
    }
  };
  keyForm.addEventListener("submit", (event) => { event.preventDefault(); void send(false); });
  anyway.addEventListener("click", () => { void send(true); });
}
const again = document.querySelector("[data-check-key]");
if (again instanceof HTMLElement) {
  again.addEventListener("click", () => {
    busy(again, true);
    ask("POST", "/studio/key/check", {}).then(answered, (error) => { answered({ good: false, text: error.message }); }).finally(() => { busy(again, false); });
  });
}
document.querySelector("[data-forget-key]")?.addEventListener("click", async () => {
  if (!await confirmed({ title: t("key.forget"), text: t("key.forget.text"), yes: t("remove"), danger: true })) return;
  ask("DELETE", "/studio/key").then(() => { reload(); }, say);
});

// --- access ---

document.querySelector("[data-everywhere]")?.addEventListener("click", () => {
  ask("POST", "/studio/sign-out-everywhere", {}).then(() => { location.assign("/sign-in"); }, say);
});
const tokenForm = document.querySelector("form[data-token-form]");
const once = document.querySelector("[data-token-once]");
if (tokenForm instanceof HTMLFormElement && once instanceof HTMLElement) {
  const shown = /** @type {HTMLElement} */ (once.querySelector('[data-at="token"]'));
  let made = "";
  tokenForm.addEventListener("submit", async (event) => {
    event.preventDefault();
    clearErrors(tokenForm);
    try {
      const { token } = await ask("POST", "/studio/tokens", read(tokenForm));
      made = token;
      // in streamer mode it can be copied, and is never on the screen
      shown.textContent = document.documentElement.hasAttribute("data-hush") ? "••••••" : token;
      once.hidden = false;
      tokenForm.reset();
      /** @type {HTMLElement | null} */ (once.querySelector("button"))?.focus();
    } catch (error) {
      showError(tokenForm, error);
    }
  });
  once.querySelector("[data-token-copy]")?.addEventListener("click", () => {
    navigator.clipboard.writeText(made).then(() => { toast(t("copied")); }, () => { toast(t("copy_failed")); });
  });
}
for (const button of document.querySelectorAll("[data-drop-token]")) {
  button.addEventListener("click", async () => {
    if (!await confirmed({ title: t("token.drop"), text: t("token.drop.text"), yes: t("remove"), danger: true })) return;
    ask("DELETE", `/studio/tokens/${button.getAttribute("data-drop-token")}`).then(() => { reload(); }, say);
  });
}

// --- files ---

for (const link of document.querySelectorAll("a[data-fresh]")) {
  link.addEventListener("click", (event) => { // what holds secrets wants the password again: asked here, not in the download
    event.preventDefault();
    ask("GET", "/studio/fresh").then(() => { location.assign(/** @type {HTMLAnchorElement} */ (link).href); }, say);
  });
}
for (const form of document.querySelectorAll("form[data-file]")) {
  if (!(form instanceof HTMLFormElement)) continue;
  const input = /** @type {HTMLInputElement} */ (form.querySelector("input"));
  input.addEventListener("change", async () => {
    const file = input.files?.[0];
    const [method, path] = (form.dataset["file"] ?? "").split(" ");
    if (!file || !method || !path) return;
    clearErrors(form);
    if (form.dataset["sure"] && !await confirmed({ title: t("restore.title"), text: form.dataset["sure"], yes: t("restore.yes"), danger: true })) { input.value = ""; return; }
    input.setAttribute("aria-busy", "true");
    try {
      await ask(method, path, file.slice(0, file.size, form.dataset["type"]));
      toastThere(t("file.done"));
      reload();
    } catch (error) {
      showError(form, error instanceof Refused && error.field !== "file" ? new Refused(error.status, error.code, error.field ? `${error.message} (${error.field})` : error.message, "file") : error);
      input.value = "";
    } finally {
      input.removeAttribute("aria-busy");
    }
  });
  form.addEventListener("submit", (event) => { event.preventDefault(); });
}
for (const button of document.querySelectorAll("[data-drop-theme]")) {
  const name = button.getAttribute("data-drop-theme") ?? "";
  button.addEventListener("click", () => {
    ask("DELETE", `/studio/themes/${name}`).then(() => { toastThere(t("deleted", { name }), `/studio/themes/${name}/restore`); reload(); }, say);
  });
}

// --- the rest ---

document.querySelector("[data-guide-again]")?.addEventListener("click", () => {
  ask("PATCH", "/studio/preferences", { guide: "open" }).then(() => { location.assign("/"); }, say);
});
document.querySelector("[data-hook-test]")?.addEventListener("click", () => {
  ask("POST", "/studio/hook/test", {}).then((told) => { toast(t(told.delivered ? "hook.delivered" : "hook.failed", { status: told.status ?? "?" })); }, say);
});
bindRefresh();
