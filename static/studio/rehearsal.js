/* Rehearsals: what plays, where it stands, pause and speed. */
import { ask, Refused } from "./ask.js";
import { clearErrors, showError } from "./forms.js";
import { confirmed, toast, toastThere } from "./toast.js";
import { t } from "./words.js";

const form = document.querySelector("form[data-play]");
const player = document.querySelector("[data-player]");
const EVERY_MS = 500;

/** @param {string} name @returns {HTMLElement} */
const at = (name) => /** @type {HTMLElement} */ (player?.querySelector(`[data-at="${name}"]`));

if (form instanceof HTMLFormElement && player) {
  const field = (/** @type {string} */ name) => /** @type {HTMLSelectElement} */ (form.elements.namedItem(name));
  const path = () => `/api/creators/${field("creator").value}/replay`;
  let timer = 0;

  const look = async () => {
    clearTimeout(timer);
    /** @type {{ at_ms: number, of_ms: number, speed: number, paused: boolean, done: boolean } | null} */
    let now = null;
    try {
      const answer = await fetch(`/studio/creators/${field("creator").value}/replay`, { cache: "no-store" });
      if (answer.ok) now = (await answer.json()).playing;
    } catch { /* the next look will tell */ }
    show(now);
    if (!document.hidden) timer = window.setTimeout(() => { void look(); }, EVERY_MS);
  };
  document.addEventListener("visibilitychange", () => { if (!document.hidden) void look(); });
  field("creator").addEventListener("change", () => { void look(); });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearErrors(form);
    const [kind, name] = field("what").value.split(/:(.*)/s);
    const speed = Number(field("speed").value);
    const asked = kind === "scenario" ? ask("POST", `/studio/creators/${field("creator").value}/scenario`, { scenario: name, speed }) : ask("POST", `${path()}?speed=${speed}`, { recording: name });
    asked.then(() => look(), (error) => { showError(form, error); });
  });
  for (const button of player.querySelectorAll("[data-do]")) {
    button.addEventListener("click", () => {
      const what = button.getAttribute("data-do");
      const asked = what === "stop" ? ask("DELETE", path()) : ask("PATCH", path(), { paused: what === "pause" });
      asked.then(() => look(), (error) => { toast(error.message); });
    });
  }
  field("speed").addEventListener("change", () => {
    if (!at("playing").hidden) ask("PATCH", path(), { speed: Number(field("speed").value) }).then(() => look(), (error) => { toast(error.message); });
  });
  void look();
}

/** @param {{ at_ms: number, of_ms: number, speed: number, paused: boolean, done: boolean } | null} now */
function show(now) {
  const playing = now !== null && !now.done;
  at("idle").hidden = playing;
  at("playing").hidden = at("tag").hidden = !playing;
  if (!playing || !now) return;
  at("time").textContent = `${clock(now.at_ms)} / ${clock(now.of_ms)}`;
  at("speed").textContent = now.paused ? t("paused") : `${now.speed}×`;
  /** @type {HTMLProgressElement} */ (at("progress")).value = now.of_ms ? now.at_ms / now.of_ms : 0;
  /** @type {HTMLElement} */ (player?.querySelector('[data-do="pause"]')).hidden = now.paused;
  /** @type {HTMLElement} */ (player?.querySelector('[data-do="resume"]')).hidden = !now.paused;
}

/** @param {number} ms */
function clock(ms) {
  const s = Math.floor(ms / 1000);
  const two = (/** @type {number} */ part) => String(part).padStart(2, "0");
  return s >= 3600 ? `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}` : `${Math.floor(s / 60)}:${two(s % 60)}`;
}

for (const option of document.querySelectorAll("option[data-began]")) {
  const when = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" }).format(Number(option.getAttribute("data-began")));
  option.textContent = (option.textContent ?? "").replace(/\d{10,}$/, when);
}
for (const button of document.querySelectorAll("[data-drop-recording]")) {
  button.addEventListener("click", async () => {
    if (!await confirmed({ title: t("recording.drop"), text: t("recording.drop.text"), yes: t("delete"), danger: true })) return;
    ask("DELETE", `/api/recordings/${button.getAttribute("data-drop-recording")}`).then(() => { toastThere(t("recording.dropped")); location.reload(); }, (error) => { toast(error.message); });
  });
}
const upload = document.querySelector("form[data-upload-recording]");
upload?.querySelector("input")?.addEventListener("change", async (event) => {
  const file = /** @type {HTMLInputElement} */ (event.target).files?.[0];
  if (!file || !(form instanceof HTMLFormElement) || !(upload instanceof HTMLElement)) return;
  clearErrors(upload);
  try {
    const speed = /** @type {HTMLSelectElement} */ (form.elements.namedItem("speed")).value;
    const creator = /** @type {HTMLSelectElement} */ (form.elements.namedItem("creator")).value;
    await ask("POST", `/api/creators/${creator}/replay?speed=${speed}`, new Blob([file], { type: "application/octet-stream" }));
    toast(t("rehearsal.playing"));
  } catch (error) {
    showError(upload, error instanceof Refused ? new Refused(error.status, error.code, error.message, null) : error);
  }
});
