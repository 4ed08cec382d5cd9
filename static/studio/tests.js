/* Test events on the real road, and orders to the stage of alerts. They are marked as tests and counted nowhere, so an
   overlay that counts shows none on air: its preview shows what such an event would do, over the sample. */
import { ask } from "./ask.js";
import { clearErrors, showError } from "./forms.js";
import { toast } from "./toast.js";
import { t } from "./words.js";

/** @typedef {{ event: string, data: Record<string, unknown> }} Test */

const MOST_TRIES = 30;
const LISTENS_MS = 400;

/**
 * @param {HTMLElement} editor @param {import("./stage.js").Preview} preview
 * @param {{ show: (data: string) => void, mode: () => string }} how
 * @returns {{ redraw: () => void, look: () => Promise<void> }} draws the sample anew, with what was tried out on it; and
 *   looks how the stage of alerts is
 */
export function bindTests(editor, preview, { show, mode }) {
  const path = `/studio/widgets/${editor.dataset["widget"]}`, counts = editor.dataset["counts"] === "true";
  const form = /** @type {HTMLFormElement} */ (editor.querySelector("[data-tests]"));
  const told = /** @type {HTMLElement} */ (form.querySelector("[data-test-told]"));
  const event = /** @type {HTMLSelectElement} */ (form.elements.namedItem("event"));
  /** @type {Test[]} */
  const tries = [];
  let sent = 0;

  const turn = () => {
    const parts = (event.selectedOptions[0]?.getAttribute("data-parts") ?? "").split(" ");
    for (const field of form.querySelectorAll("[data-test]")) field.toggleAttribute("hidden", !parts.includes(field.getAttribute("data-test") ?? ""));
  };
  event.addEventListener("change", turn);
  turn();

  /** @param {string} text */
  const tell = (text) => {
    told.hidden = text === "";
    told.textContent = text;
    if (text) told.scrollIntoView({ block: "nearest" });
  };
  const redraw = () => {
    if (mode() === "live") return;
    if (tries.length === 0) { void preview.sample(mode()); return; }
    const asked = ++preview.asked;
    ask("POST", `${path}/try`, { events: tries, strained: mode() === "strained" })
      .then((view) => { if (asked === preview.asked) preview.say("view", view); }, () => {});
  };
  const orders = editor.querySelector("[data-orders]");
  preview.heard = (view) => {
    if (view.stage?.test) tell(t("tests.on_stage"));
    if (orders) showStage(orders, view);
  };
  const look = async () => {
    if (!orders || document.hidden) return;
    const answer = await fetch(`/w/${preview.w}/view`, { cache: "no-store" }).catch(() => null);
    if (!answer?.ok) return;
    const told = await answer.json();
    showStage(orders, told.view ?? told);
  };
  void look();

  form.addEventListener("submit", async (submitted) => {
    submitted.preventDefault();
    clearErrors(form);
    sent += 1;
    const test = frame(form, event.value, sent);
    if (counts) {
      if (mode() === "live") show("1");
      tries.push(test);
      if (tries.length > MOST_TRIES) tries.shift();
      redraw();
    } else if (mode() !== "live") {
      show("live");
      await new Promise((done) => { setTimeout(done, LISTENS_MS); }); // the preview must be listening before the event is heard
    }
    try {
      tell((await ask("POST", `${path}/test`, test)).text);
    } catch (error) {
      tell("");
      showError(form, error);
      const at = form.querySelector('[data-at="error"]');
      if (at && error instanceof Error) at.textContent = error.message;
    }
  });
  for (const button of editor.querySelectorAll("[data-order]")) {
    button.addEventListener("click", () => {
      const order = button.getAttribute("data-order") ?? "", pressed = button.getAttribute("aria-pressed") === "true";
      ask("POST", `/api/widgets/${editor.dataset["widget"]}/stage`, { do: pressed ? BACK[order] : order })
        .then(() => { toast(t("stage.done")); tell(""); show("live"); void look(); }, (/** @type {Error} */ error) => { toast(error.message); });
    });
  }
  return { redraw, look };
}

/** What takes a pressed button back. @type {Record<string, string>} */
const BACK = { pause: "resume", mute: "unmute" };

/**
 * Which of the stage's switches are on, on the buttons and in words.
 * @param {Element} orders @param {{ paused?: boolean, muted?: boolean, waiting?: number }} view
 */
function showStage(orders, view) {
  for (const [order, back, on] of /** @type {[string, string, boolean][]} */ ([["pause", "resume", view.paused === true], ["mute", "unmute", view.muted === true]])) {
    orders.querySelector(`[data-order="${order}"]`)?.setAttribute("aria-pressed", String(on));
    orders.querySelector(`[data-order="${back}"]`)?.toggleAttribute("hidden", !on);
  }
  const state = /** @type {HTMLElement} */ (orders.querySelector("[data-stage-state]"));
  const parts = [view.paused ? t("stage.paused") : "", view.muted ? t("stage.muted") : "", view.waiting ? t("stage.waiting", { count: view.waiting }) : ""].filter(Boolean);
  const text = parts.join(" ") || t("stage.on");
  state.hidden = false;
  state.classList.toggle("warn", view.paused === true || view.muted === true);
  if (state.textContent !== text) state.textContent = text;
}

/** A test event in TikTool's words. @param {HTMLFormElement} form @param {string} event @param {number} number */
function frame(form, event, number) {
  const typed = (/** @type {string} */ name) => /** @type {HTMLInputElement} */ (form.elements.namedItem(name)).value.trim();
  const name = typed("name") || "Mira Kay";
  const handle = name.toLowerCase().replace(/[^a-z0-9._]+/gu, ".").replace(/^\.+|\.+$/g, "") || "somebody";
  // another name is another person, each time the same one
  const user_id = `68${String([...name].reduce((sum, sign) => (sum * 31 + (sign.codePointAt(0) ?? 0)) % 10 ** 11, 7)).padStart(17, "0")}`;
  const user = { id: user_id, uniqueId: handle, nickname: name, level: 21 };
  const marks = { msgId: `test-${Date.now()}-${number}`, user };
  const count = Math.max(1, Number(typed("count")) || 1);
  switch (event) {
    case "gift": return { event, data: { ...marks, transactionId: marks.msgId, giftName: typed("gift") || "Rose", giftId: typed("gift") && typed("gift") !== "Rose" ? 900000 + typed("gift").length : 5655, diamondCount: Number(typed("diamonds")) || 0, repeatCount: count, repeatEnd: true, giftType: 1 } };
    case "follow": case "share": return { event: "social", data: { ...marks, action: event } };
    case "like": return { event, data: { ...marks, likeCount: count } };
    case "chat": return { event, data: { ...marks, comment: typed("comment") || t("hello") } };
    case "envelope": return { event, data: { ...marks, diamondCount: Number(typed("diamonds")) || 0 } };
    default: return { event, data: marks };
  }
}
