/* What every studio page has: copying, dragging into OBS, forms that keep what was typed, streamer mode. */
import { ask, Refused } from "./ask.js";
import { reload, bindForms } from "./forms.js";
import { tellResetAgain } from "./reset.js";
import { fitStages } from "./stage.js";
import { toast } from "./toast.js";
import { t } from "./words.js";

const html = document.documentElement;

/** @param {string} text @returns {Promise<boolean>} */
async function toClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // without https a browser may keep its clipboard closed to scripts; a selection can still be copied
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "sr";
    (document.querySelector("dialog[open]") ?? document.body).append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

/** The address as this browser reaches the server: a proxy may have made https of it. @param {string} address */
function here(address) {
  const url = new URL(address, location.href);
  return `${location.origin}${url.pathname}${url.search}`;
}

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  const copy = target?.closest("[data-copy]");
  if (copy instanceof HTMLElement) {
    void toClipboard(here(copy.dataset["copy"] ?? "")).then((done) => { toast(t(done ? "copied" : "copy_failed")); });
  }
  const drag = target?.closest("[data-drag]");
  if (drag) {
    // a click would leave the studio for the bare overlay; what is wanted is to drag it
    event.preventDefault();
    toast(t("drag.hint"));
  }
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(target)) menu.removeAttribute("open");
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.removeAttribute("open");
    menu.querySelector("summary")?.focus();
  }
});

for (const link of document.querySelectorAll("a[data-drag]")) {
  const href = link.getAttribute("href");
  if (href) link.setAttribute("href", here(href));
}
// in streamer mode the address is only there while it is dragged: no status line ever shows it
document.addEventListener("pointerdown", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a[data-drag][data-href]") : null;
  if (link) link.setAttribute("href", here(link.getAttribute("data-href") ?? ""));
}, true);
for (const end of ["dragend", "pointerup"]) {
  document.addEventListener(end, (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[data-drag][data-href]") : null;
    link?.removeAttribute("href");
  });
}
document.addEventListener("dragstart", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a[data-drag]") : null;
  const href = link?.getAttribute("href");
  if (!link || !href || !event.dataTransfer) return;
  const whole = here(href);
  event.dataTransfer.effectAllowed = "copyLink";
  event.dataTransfer.setData("text/uri-list", whole);
  event.dataTransfer.setData("text/plain", whole);
  link.setAttribute("data-dragging", "");
});
document.addEventListener("dragend", (event) => {
  if (event.target instanceof Element) event.target.removeAttribute("data-dragging");
});

const hush = document.querySelector("[data-hush-switch]");
hush?.addEventListener("click", async () => {
  const on = hush.getAttribute("aria-pressed") !== "true";
  try {
    await ask("PATCH", "/studio/preferences", { streamer_mode: on });
    reload();
  } catch (error) {
    toast(error instanceof Refused ? error.message : t("failed"));
  }
});
if (html.hasAttribute("data-hush")) for (const secret of document.querySelectorAll("input[type=password]")) secret.setAttribute("autocomplete", "off");

for (const form of document.querySelectorAll("form[data-auto]")) {
  form.querySelector("button")?.setAttribute("hidden", "");
  form.addEventListener("change", () => { if (form instanceof HTMLFormElement) form.submit(); });
}
for (const at of document.querySelectorAll("time[data-ms]")) {
  const ms = Number(at.getAttribute("data-ms"));
  const how = /** @type {Intl.DateTimeFormatOptions} */ (at.hasAttribute("data-short") ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" });
  if (ms > 0) at.textContent = new Intl.DateTimeFormat(html.lang, how).format(ms);
}
for (const number of document.querySelectorAll("[data-number]")) {
  number.textContent = new Intl.NumberFormat(html.lang).format(Number(number.getAttribute("data-number")));
}

bindForms();
tellResetAgain();
fitStages();
