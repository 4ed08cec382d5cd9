/* Sounds and pictures of alerts: uploaded, listed, played, taken away. Which one is used stands in the tiers. */
import { ask } from "./ask.js";
import { toast } from "./toast.js";
import { t } from "./words.js";

/** @typedef {{ id: string, name: string, kind: "picture" | "sound", path: string, bytes: number, flashes: boolean }} Asset */

/** @param {HTMLElement} editor */
export async function bindAssets(editor) {
  const place = editor.querySelector("[data-assets]");
  const list = place?.querySelector("[data-asset-list]");
  const upload = place?.querySelector("[data-upload]");
  const wrong = place?.querySelector('[data-at="upload-error"]');
  const said = place?.querySelector('[data-at="upload-note"]');
  if (!(place instanceof HTMLElement) || !list || !wrong || !(upload instanceof HTMLInputElement) || !(said instanceof HTMLElement)) return;

  const load = async () => {
    /** @type {Asset[]} */
    const all = await ask("GET", "/studio/assets");
    list.replaceChildren(...all.map((asset) => row(asset, load)));
    for (const kind of ["picture", "sound"]) {
      document.getElementById(`assets-${kind}`)?.replaceChildren(...all.filter((asset) => asset.kind === kind).map((asset) => {
        const option = document.createElement("option");
        option.value = asset.path;
        option.label = asset.name;
        return option;
      }));
    }
  };
  upload.addEventListener("change", async () => {
    const file = upload.files?.[0];
    wrong.textContent = "";
    said.hidden = true;
    if (!file) return;
    try {
      /** @type {Asset} */
      const made = await ask("POST", `/studio/assets?name=${encodeURIComponent(file.name)}`, file);
      said.hidden = !made.flashes;
      said.textContent = made.flashes ? t("assets.flashes") : "";
      upload.value = "";
      await load();
    } catch (error) {
      wrong.textContent = error instanceof Error ? error.message : t("failed");
    }
  });
  await load().catch((/** @type {Error} */ error) => { wrong.textContent = error.message; });
}

/** @param {Asset} asset @param {() => Promise<void>} reload */
function row(asset, reload) {
  const item = document.createElement("li"), name = document.createElement("span"), use = document.createElement("button"), drop = document.createElement("button");
  if (asset.kind === "picture") {
    const picture = document.createElement("img");
    picture.src = asset.path;
    picture.alt = "";
    picture.width = picture.height = 40;
    item.append(picture);
  } else {
    const play = document.createElement("button");
    play.type = "button";
    play.className = "quiet small";
    play.textContent = t("play");
    play.addEventListener("click", () => { void new Audio(asset.path).play().catch(() => { toast(t("assets.mute")); }); });
    item.append(play);
  }
  name.textContent = asset.name;
  use.type = drop.type = "button";
  use.className = drop.className = "quiet small";
  use.textContent = t("copy");
  use.dataset["copyPath"] = asset.path;
  use.addEventListener("click", () => { void navigator.clipboard.writeText(asset.path).then(() => { toast(t("copied")); }, () => { toast(asset.path); }); });
  drop.textContent = t("remove");
  drop.addEventListener("click", () => {
    ask("DELETE", `/studio/assets/${asset.id}`).then(() => {
      toast(t("deleted", { name: asset.name }), { undo: () => { void ask("POST", `/studio/assets/${asset.id}/restore`, {}).then(reload); } });
      return reload();
    }).catch((/** @type {Error} */ error) => { toast(error.message); });
  });
  item.append(name, use, drop);
  return item;
}
