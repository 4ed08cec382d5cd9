/* The first script of an overlay page. It does one thing: if the rest cannot be loaded, because the server went away in
   that very moment, it waits until the server answers again and loads the page anew. OBS itself never tries again. */
import { comeBack } from "./reload.js";

const build = document.documentElement.getAttribute("data-build") ?? "";

try {
  const { start } = await import(`/static/lib/page.js?v=${encodeURIComponent(build)}`);
  await start();
} catch {
  comeBack();
}
