/* The page about OBS: which overlays are open in it, and whether its WebSocket server answers. */
import { ask } from "./ask.js";
import { reload, busy } from "./forms.js";
import { showOverlays } from "./people.js";
import { bindRefresh } from "./refresh.js";
import { watch } from "./status.js";
import { toast, toastThere } from "./toast.js";
import { t } from "./words.js";

watch(showOverlays);
bindRefresh();

const place = document.querySelector("[data-obs-answer]");
const test = document.querySelector("[data-obs-test]");
if (test instanceof HTMLElement && place instanceof HTMLElement) {
  test.addEventListener("click", async () => {
    busy(test, true);
    try {
      const told = await ask("POST", "/studio/obs/test", {});
      place.className = "banner good";
      place.textContent = told.loaded.length ? t("obs.loaded", { count: told.loaded.length }) : t("obs.answers");
    } catch (error) {
      place.className = "banner";
      place.textContent = error instanceof Error ? error.message : t("failed");
    } finally {
      place.hidden = false;
      busy(test, false);
    }
  });
}
document.querySelector("[data-obs-forget]")?.addEventListener("click", () => {
  ask("DELETE", "/api/obs").then(() => { toastThere(t("obs.forgotten")); reload(); }, (/** @type {Error} */ error) => { toast(error.message); });
});
