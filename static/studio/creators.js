/* The creators' pages: lights, pausing, resets, removing; each of these can be taken back. */
import { ask } from "./ask.js";
import { showOverlays, showPeople } from "./people.js";
import { reload } from "./forms.js";
import { tellReset } from "./reset.js";
import { put, watch } from "./status.js";
import { confirmed, toast, toastThere } from "./toast.js";
import { t } from "./words.js";

watch((status) => {
  showPeople(status);
  showOverlays(status);
  const at = document.querySelector('[data-at="captions"]');
  const person = status.creators.find((one) => one.id === at?.closest("[data-person]")?.getAttribute("data-person"));
  if (!at || !person) return;
  const { used, remaining, state } = person.captions;
  put(at, used === null && remaining === null ? t(`captions.${state}`) : t("captions.minutes", { used: Math.round(used ?? 0), left: remaining === null ? "?" : Math.round(remaining) }));
});

/** @param {string} selector @param {(button: HTMLElement) => Promise<void>} action */
function each(selector, action) {
  for (const button of document.querySelectorAll(selector)) {
    button.addEventListener("click", () => { action(/** @type {HTMLElement} */ (button)).catch((/** @type {Error} */ error) => { toast(error.message); }); });
  }
}

each("[data-pause]", async (button) => {
  const on = button.dataset["on"] === "true";
  await ask("PATCH", `/api/creators/${button.dataset["pause"]}`, { enabled: !on });
  toastThere(t(on ? "paused" : "resumed"));
  reload();
});
each("[data-restore]", async (button) => {
  await ask("POST", button.dataset["restore"] ?? "", {});
  toastThere(t("restored"));
  reload();
});
each("[data-drop]", async (button) => {
  await ask("DELETE", `/api/creators/${button.dataset["drop"]}`);
  toastThere(t("deleted", { name: `@${button.dataset["handle"]}` }), `/api/creators/${button.dataset["drop"]}/restore`);
  location.assign("/creators");
});
each("[data-reset]", async (button) => {
  const path = `/api/creators/${button.dataset["creator"]}/reset`;
  const what = button.dataset["reset"];
  if (what === "all" && !await confirmed({ title: t("reset.title"), text: t("reset.text"), yes: t("reset.yes"), danger: true })) return;
  await ask("POST", path, { what });
  tellReset({ text: t("reset.done"), undone: t("reset.undone"), path: `${path}/undo` });
});

/** A handle is asked about at TikTok's; what comes of it stands beside the button. @param {HTMLElement} button */
async function checkHandle(button) {
  const place = document.querySelector("[data-handle-answer]");
  button.setAttribute("aria-busy", "true");
  if (place) place.textContent = t("checking");
  try {
    const told = await ask("POST", `/studio/creators/${button.dataset["checkHandle"]}/check`, {});
    if (place) place.textContent = told.answers[0]?.text ?? "";
    place?.classList.toggle("bad", !told.checked);
  } catch (error) {
    if (place) place.textContent = error instanceof Error ? error.message : t("failed");
    place?.classList.add("bad");
  } finally {
    button.removeAttribute("aria-busy");
  }
}
each("[data-check-handle]", checkHandle);
const unchecked = document.querySelector("[data-check-handle]");
// somebody who has just been added is asked about at once
if (unchecked instanceof HTMLElement && new URLSearchParams(location.search).has("check")) {
  history.replaceState(null, "", location.pathname);
  void checkHandle(unchecked);
}

const zones = document.getElementById("zones");
if (zones) {
  const all = /** @type {any} */ (Intl).supportedValuesOf?.("timeZone") ?? [];
  zones.replaceChildren(...["UTC", ...all].map((/** @type {string} */ name) => {
    const option = document.createElement("option");
    option.value = name;
    return option;
  }));
}
for (const select of document.querySelectorAll("[data-submits]")) {
  select.addEventListener("change", () => { /** @type {HTMLSelectElement} */ (select).form?.requestSubmit(); });
}
