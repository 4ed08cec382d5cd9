/* The first page: lights, cards that move where a stream is live, and the three steps of the beginning. */
import { ask, Refused } from "./ask.js";
import { submit } from "./forms.js";
import { bindRefresh } from "./refresh.js";
import { showOverlays, showPeople } from "./people.js";
import { listen, Preview } from "./stage.js";
import { watch } from "./status.js";
import { toast, toastThere } from "./toast.js";
import { t } from "./words.js";

const LIVE = new Set(["live", "quiet"]);
/** Pages of the paid kind are never opened just to be looked at here. */
const SAMPLED = new Set(["captions"]);
const MOST_LIVE = 12;

/** @type {{ stage: HTMLElement, creator: string, preview: Preview, live: boolean }[]} */
const cards = [];
for (const stage of document.querySelectorAll("[data-stage]")) {
  if (!(stage instanceof HTMLElement)) continue;
  const card = stage.closest("[data-creator]");
  const creator = card?.getAttribute("data-creator") ?? document.querySelector(`.overlay-card [data-w="${stage.dataset["w"]}"]`)?.closest("[data-creator]")?.getAttribute("data-creator") ?? "";
  cards.push({ stage, creator, preview: new Preview(stage), live: false });
}

/** @type {(() => void) | null} */
let ending = null;
let heard = "";

/** Cards of creators who are live show what is happening; the others a sample. @param {import("./status.js").Status} status */
function enliven(status) {
  const live = new Set(status.creators.filter((one) => LIVE.has(one.state)).map((one) => one.id));
  const wanted = cards.filter((card) => live.has(card.creator) && !SAMPLED.has(card.stage.dataset["kind"] ?? "")).slice(0, MOST_LIVE);
  const keys = wanted.map((card) => card.preview.w).sort().join(" ");
  if (keys === heard) return;
  heard = keys;
  ending?.();
  for (const card of cards) if (card.live && !wanted.includes(card)) void card.preview.sample("1");
  for (const card of cards) card.live = wanted.includes(card);
  /** @type {Map<string, Preview>} */
  const previews = new Map();
  for (const card of wanted) {
    const known = previews.get(card.preview.w);
    if (known) previews.set(card.preview.w, /** @type {Preview} */ (/** @type {unknown} */ ({ say: (/** @type {string} */ e, /** @type {any} */ d) => { known.say(e, d); card.preview.say(e, d); } })));
    else previews.set(card.preview.w, card.preview);
  }
  ending = listen(previews);
}

watch((status) => {
  showPeople(status);
  showOverlays(status);
  enliven(status);
  const dragged = document.querySelector('[data-step="dragged"]');
  if (dragged && status.widgets.some((one) => one.streams.some((stream) => stream.user_agent.includes("OBS/")))) dragged.classList.add("done");
});

const start = document.querySelector("form[data-start]");
const answers = document.querySelector("[data-answers]");

/** @param {{ good: boolean, text: string }[]} told */
function answered(told) {
  answers?.replaceChildren(...told.map(({ good, text }) => {
    const line = document.createElement("li");
    line.className = good ? "good" : "bad";
    line.textContent = text;
    return line;
  }));
}
if (start instanceof HTMLFormElement) {
  start.addEventListener("submit", (event) => {
    event.preventDefault();
    answers?.replaceChildren();
    void submit(start, (/** @type {{ answers: { good: boolean, text: string }[], checked: boolean, creator: string | null }} */ told) => {
      answered(told.answers);
      // what is settled is said and done; what is not stays on the page, with a way to ask again
      if (told.checked) toastThere(told.answers.map((one) => one.text).join(" "));
      else toastThere(t("start.kept"));
      location.assign(told.creator ? `/?creator=${encodeURIComponent(told.creator)}` : "/");
    });
  });
}
const recheck = document.querySelector("[data-recheck]");
recheck?.addEventListener("click", async () => {
  recheck.setAttribute("aria-busy", "true");
  try {
    const told = await ask("POST", "/studio/start/check", {});
    answered(told.answers);
    if (told.checked) {
      toastThere(told.answers.map((/** @type {{ text: string }} */ one) => one.text).join(" "));
      location.reload();
    }
  } catch (error) {
    answered([{ good: false, text: error instanceof Error ? error.message : t("failed") }]);
  } finally {
    recheck.removeAttribute("aria-busy");
  }
});
bindRefresh();

document.querySelector("[data-notices-read]")?.addEventListener("click", async () => {
  try {
    await ask("POST", "/studio/notices/read", {});
    location.reload();
  } catch (error) {
    toast(error instanceof Refused ? error.message : t("failed"));
  }
});

document.querySelector("[data-guide-done]")?.addEventListener("click", async () => {
  try {
    await ask("PATCH", "/studio/preferences", { guide: "done" });
    const guide = document.querySelector("[data-guide]");
    guide?.setAttribute("hidden", "");
    toast(t("guide.hidden"), { undo: () => { void ask("PATCH", "/studio/preferences", { guide: "open" }).then(() => { guide?.removeAttribute("hidden"); }); } });
  } catch (error) {
    toast(error instanceof Refused ? error.message : t("failed"));
  }
});
