/* Choosing a kind makes the overlay and opens it: everything about it can be changed there. */
import { ask, Refused } from "./ask.js";
import { t } from "./words.js";

const whose = document.querySelector("[data-for]");
for (const button of document.querySelectorAll("[data-make]")) {
  button.addEventListener("click", async () => {
    button.setAttribute("aria-busy", "true");
    try {
      const creator = whose instanceof HTMLSelectElement ? whose.value : "";
      const made = await ask("POST", "/studio/widgets", { creator, kind: button.getAttribute("data-make") });
      location.assign(`/widgets/${made.id}`);
    } catch (error) {
      const at = document.querySelector('[data-at="form-error"]');
      if (at) at.textContent = error instanceof Refused ? error.message : t("failed");
      button.removeAttribute("aria-busy");
    }
  });
}
