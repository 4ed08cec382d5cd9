/* Creators' rows and overlays' cards kept up to date from the status. Only what differs is written: nothing flickers. */
import { advice, note, opened, put, Rates, shine } from "./status.js";
import { t } from "./words.js";

const rates = new Rates();
const figure = new Intl.NumberFormat(document.documentElement.lang);

/** @param {import("./status.js").Status} status */
export function showPeople(status) {
  const byId = new Map(status.creators.map((one) => [one.id, one]));
  for (const row of document.querySelectorAll("[data-person]")) {
    const person = byId.get(row.getAttribute("data-person") ?? "");
    if (!person) continue;
    const rate = rates.of(person, status.now_ms);
    shine(row.querySelector(".light"), person.state, t(`state.${person.state}`));
    put(row.querySelector('[data-at="viewers"]'), person.viewers === null ? "–" : figure.format(person.viewers));
    put(row.querySelector('[data-at="rate"]'), rate === null ? "…" : figure.format(rate));
    note(row.querySelector('[data-at="advice"]'), advice(person, status.now_ms, row.getAttribute("data-source") ?? ""));
  }
}

/** @param {import("./status.js").Status} status */
export function showOverlays(status) {
  const byId = new Map(status.widgets.map((one) => [one.id, one]));
  for (const card of document.querySelectorAll("[data-widget]")) {
    const overlay = byId.get(card.getAttribute("data-widget") ?? "");
    if (!overlay) continue;
    const { state, text, trouble } = opened(overlay);
    shine(card.querySelector(".lightline .light"), state, text);
    note(card.querySelector('[data-at="trouble"]'), trouble);
  }
}
