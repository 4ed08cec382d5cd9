/* The doctor's findings, fetched after the page is there: some checks ask TikTool and take a moment. */
import { ask } from "./ask.js";
import { t } from "./words.js";

const list = /** @type {HTMLElement} */ (document.querySelector("[data-findings]"));
const summary = /** @type {HTMLElement} */ (document.querySelector("[data-summary]"));
const template = /** @type {HTMLTemplateElement} */ (document.querySelector("[data-finding]"));
const again = /** @type {HTMLButtonElement} */ (document.querySelector("[data-again]"));

async function look() {
  again.disabled = true;
  list.setAttribute("aria-busy", "true");
  summary.textContent = t("doctor.looking");
  try {
    /** @type {{ check: string, well: boolean, found: string, fix: string }[]} */
    const findings = await ask("GET", "/studio/doctor");
    findings.sort((one, other) => Number(one.well) - Number(other.well));
    list.replaceChildren(...findings.map((finding) => {
      const row = /** @type {HTMLElement} */ (document.importNode(/** @type {Element} */ (template.content.firstElementChild), true));
      const at = (/** @type {string} */ name) => /** @type {HTMLElement} */ (row.querySelector(`[data-at="${name}"]`));
      row.querySelector(".light")?.setAttribute("data-state", finding.well ? "ok" : "bad");
      at("state").textContent = t(finding.well ? "doctor.well" : "doctor.bad");
      at("check").textContent = finding.check;
      at("found").textContent = finding.found;
      at("fix").textContent = finding.fix;
      at("fix").hidden = finding.well || !finding.fix;
      return row;
    }));
    const bad = findings.filter((finding) => !finding.well).length;
    summary.textContent = bad ? t("doctor.some", { count: bad }) : t("doctor.all_well");
  } catch (error) {
    summary.textContent = error instanceof Error ? error.message : t("failed");
  } finally {
    again.disabled = false;
    list.removeAttribute("aria-busy");
  }
}
again.addEventListener("click", () => { void look(); });
void look();
