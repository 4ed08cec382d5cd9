/* A past stream: diamonds and viewers a minute as a chart, and forgetting a person. The chart is drawn by uPlot. */
import { ask } from "./ask.js";
import { confirmed, toast, toastThere } from "./toast.js";
import { t } from "./words.js";

const place = document.querySelector("[data-chart]");
const dark = matchMedia("(prefers-color-scheme: dark)");
const HEIGHT = 280;
/** So much time is shown however little has passed. */
const LEAST_S = 600;
/** A scale that begins at nought and has at least ten steps: a change of two viewers is no cliff. */
const FROM_NOUGHT = { min: { pad: 0, soft: 0, mode: 1 }, max: { pad: 0.1, soft: 10, mode: 1 } };

/** @param {HTMLElement} at */
async function draw(at) {
  const told = await ask("GET", `/studio/streams/${at.dataset["chart"]}/minutes`);
  const Chart = /** @type {any} */ (window).uPlot;
  const { lang } = document.documentElement;
  const clock = new Intl.DateTimeFormat(lang, { timeStyle: "short" });
  const short = new Intl.NumberFormat(lang, { notation: "compact" });
  const times = (/** @type {any} */ _, /** @type {number[]} */ seconds) => seconds.map((s) => clock.format(s * 1000));
  const counts = (/** @type {any} */ _, /** @type {number[]} */ numbers) => numbers.map((n) => short.format(n));
  // of a single minute uPlot makes a whole day
  const room = (/** @type {any} */ _, /** @type {number} */ from, /** @type {number} */ to) => [from - 30, Math.max((told.at_ms.length > 1 ? to : from) + 30, from + LEAST_S)];
  /** @type {any} */
  let chart = null;
  const paint = () => {
    const style = getComputedStyle(document.documentElement);
    const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
    const axis = { stroke: colour("--dim"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), width: 1 } };
    chart?.destroy();
    chart = new Chart({
      width: Math.max(280, at.clientWidth),
      height: HEIGHT,
      tzDate: (/** @type {number} */ s) => new Date(s * 1000),
      scales: { x: { range: room }, diamonds: { range: FROM_NOUGHT }, viewers: { range: FROM_NOUGHT } },
      axes: [{ ...axis, values: times, space: 70 }, { ...axis, values: counts, scale: "diamonds", label: at.dataset["diamonds"], stroke: colour("--accent") }, { ...axis, values: counts, scale: "viewers", side: 1, label: at.dataset["viewers"], stroke: colour("--good"), grid: { show: false } }],
      series: [
        { label: t("chart.time"), value: (/** @type {any} */ _, /** @type {number | null} */ s) => s === null ? "–" : clock.format(s * 1000) },
        { label: at.dataset["diamonds"], scale: "diamonds", stroke: colour("--accent"), fill: colour("--accent-soft"), width: 2, paths: Chart.paths.bars({ size: [0.8, 40] }), points: { show: false } },
        { label: at.dataset["viewers"], scale: "viewers", stroke: colour("--good"), width: 2, spanGaps: true, points: { show: told.at_ms.length < 2 } },
      ],
    }, [told.at_ms.map((/** @type {number} */ ms) => ms / 1000), told.diamonds, told.viewers_max], at);
  };
  paint();
  dark.addEventListener("change", paint);
  new ResizeObserver(() => { chart.setSize({ width: Math.max(280, at.clientWidth), height: HEIGHT }); }).observe(at);
}
if (place instanceof HTMLElement) draw(place).catch((/** @type {Error} */ error) => { place.textContent = error.message; });

for (const button of document.querySelectorAll("[data-forget]")) {
  button.addEventListener("click", async () => {
    const { forget, creator, name } = /** @type {HTMLElement} */ (button).dataset;
    const yes = await confirmed({ title: t("forget.title", { name: name ?? "" }), text: t("forget.text"), yes: t("forget.yes"), danger: true });
    if (!yes) return;
    try {
      await ask("POST", `/api/creators/${creator}/forget`, { person: forget });
      toastThere(t("forget.done"));
      location.reload();
    } catch (error) {
      toast(error instanceof Error ? error.message : t("failed"));
    }
  });
}
