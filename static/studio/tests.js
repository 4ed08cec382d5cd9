/* Test events on the real road, and orders to the stage of alerts. They are marked as tests and counted nowhere. */
import { ask } from "./ask.js";
import { clearErrors, showError } from "./forms.js";
import { toast } from "./toast.js";
import { t } from "./words.js";

/** @param {HTMLElement} editor @param {() => void} live shows live data, so that the test can be seen */
export function bindTests(editor, live) {
  const creator = editor.dataset["creator"] ?? "";
  const form = /** @type {HTMLFormElement} */ (editor.querySelector("[data-tests]"));
  const event = /** @type {HTMLSelectElement} */ (form.elements.namedItem("event"));
  const turn = () => {
    const parts = (event.selectedOptions[0]?.getAttribute("data-parts") ?? "").split(" ");
    for (const field of form.querySelectorAll("[data-test]")) field.toggleAttribute("hidden", !parts.includes(field.getAttribute("data-test") ?? ""));
  };
  event.addEventListener("change", turn);
  turn();
  let sent = 0;
  form.addEventListener("submit", (submitted) => {
    submitted.preventDefault();
    clearErrors(form);
    const wait = /** @type {HTMLInputElement} */ (editor.querySelector('input[name="data"][value="live"]')).checked ? 0 : 400;
    if (wait) live();
    sent += 1;
    const body = frame(form, event.value, sent);
    // the preview must be listening before the event is heard
    setTimeout(() => { ask("POST", `/api/creators/${creator}/test`, body).catch((/** @type {Error} */ error) => { showError(form, error); const at = form.querySelector('[data-at="error"]'); if (at) at.textContent = error.message; }); }, wait);
  });
  for (const button of editor.querySelectorAll("[data-order]")) {
    button.addEventListener("click", () => {
      ask("POST", `/api/widgets/${editor.dataset["widget"]}/stage`, { do: button.getAttribute("data-order") })
        .then(() => { toast(t("stage.done")); live(); }, (/** @type {Error} */ error) => { toast(error.message); });
    });
  }
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
