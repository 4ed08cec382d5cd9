/* What was started anew can be taken back for a minute, on whatever page its owner is by then. */
import { ask } from "./ask.js";
import { toast } from "./toast.js";

const KEPT = "reset";
const OPEN_MS = 58_000; // the server's minute began before its answer was here

/** @typedef {{ text: string, undone: string, path: string, until_ms: number }} Reset in words, because another page may not have them */

/** @param {Omit<Reset, "until_ms">} reset */
export function tellReset(reset) {
  const told = { ...reset, until_ms: Date.now() + OPEN_MS };
  sessionStorage.setItem(KEPT, JSON.stringify(told));
  offer(told);
}

/** On a new page: offers what still can be taken back. */
export function tellResetAgain() {
  const kept = sessionStorage.getItem(KEPT);
  if (kept) offer(JSON.parse(kept));
}

/** @param {Reset} reset */
function offer({ text, undone, path, until_ms }) {
  const left_ms = until_ms - Date.now();
  if (left_ms <= 0 || left_ms > OPEN_MS) {
    sessionStorage.removeItem(KEPT);
    return;
  }
  const undo = () => {
    sessionStorage.removeItem(KEPT);
    ask("POST", path, {}).then(() => { toast(undone); }, (/** @type {Error} */ error) => { toast(error.message); });
  };
  toast(text, { undo, stays_ms: left_ms });
}
