/* In a preview, follows a creator's own theme while it is being made: asks now and then whether its files have changed,
   and lets the look change in place. A page on air is told by the server instead and never asks. It reads no theme. */

const LOOK_MS = 600;

/** @param {import("./look.js").Look} look */
export function follow(look) {
  const turn = async () => {
    const { theme, build } = look;
    if (build && !document.hidden) {
      const now = await ask(theme);
      if (now && now !== look.build && theme === look.theme) look.change(theme, now);
    }
    setTimeout(() => { void turn(); }, LOOK_MS);
  };
  void turn();
}

/** @param {string} theme @returns {Promise<string>} its build now, or nothing */
async function ask(theme) {
  try {
    const answer = await fetch(`/themes/${theme}/theme.css`, { method: "HEAD", cache: "no-store" });
    return answer.ok ? (answer.headers.get("etag") ?? "").replace(/^W\/|"/g, "") : "";
  } catch {
    return ""; // the server is away: later
  }
}
