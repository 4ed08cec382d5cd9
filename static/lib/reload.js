/* When the program behind a page was updated, the page loads itself anew: once, at most once a minute, never in the
   middle of an alert, and only after it has seen that the server answers, because a page that failed to load stays dead. */

const LEAST_MS = 60000;
const MARK = "overlay-reloaded-ms";

export class Reloader {
  /** @param {string} build of this page @param {() => boolean} holds */
  constructor(build, holds) {
    this.build = build;
    this.holds = holds;
    this.wanted = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  /** @param {unknown} build what the server runs */
  hear(build) {
    this.wanted = typeof build === "string" && build !== "" && build !== this.build;
    if (this.wanted) this.plan(Math.random() * 700);
  }

  /** An alert may have just left the stage. */
  look() {
    if (this.wanted && this.timer === undefined && !this.holds()) this.plan(400);
  }

  /** @param {number} ms */
  plan(ms) {
    if (this.timer !== undefined) return;
    const wait = Math.max(ms, last() + LEAST_MS - Date.now());
    this.timer = setTimeout(() => { this.timer = undefined; void this.reload(); }, Math.min(wait, LEAST_MS));
  }

  async reload() {
    if (!this.wanted || this.holds()) return;
    const fit = await answers();
    if (!this.wanted || this.holds()) return;
    if (fit) anew();
    else this.plan(2000);
  }
}

/** @returns {number} when this page loaded itself anew last */
function last() {
  try { return Math.min(Number(sessionStorage.getItem(MARK)) || 0, Date.now()); } catch { return 0; }
}

/** @returns {Promise<boolean>} whether the server would give this page */
async function answers() {
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    return answer.ok && (await answer.text()).includes("data-kind=");
  } catch {
    return false;
  }
}

function anew() {
  try { sessionStorage.setItem(MARK, String(Date.now())); } catch { /* without storage the pause is the server's */ }
  location.reload();
}

/** A page that could not start: loads itself anew as soon as the server answers, at most once a minute. */
export function comeBack() {
  const wait = Math.max(1500, last() + LEAST_MS - Date.now());
  setTimeout(async () => { if (await answers()) anew(); else comeBack(); }, Math.min(wait, LEAST_MS));
}
