/* One button, wherever it stands: OBS is asked to load every overlay of ours anew. */
import { ask } from "./ask.js";
import { busy } from "./forms.js";
import { toast } from "./toast.js";
import { t } from "./words.js";

export function bindRefresh() {
  for (const button of document.querySelectorAll("[data-obs-refresh]")) {
    if (!(button instanceof HTMLElement)) continue;
    button.addEventListener("click", async () => {
      busy(button, true);
      try {
        const told = await ask("POST", "/api/obs/refresh", {});
        toast(told.refreshed.length ? t("obs.refreshed", { count: told.refreshed.length }) : t("obs.refreshed.none"));
      } catch (error) {
        toast(error instanceof Error ? error.message : t("failed"));
      } finally {
        busy(button, false);
      }
    });
  }
}
