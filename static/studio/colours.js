/* A colour that a creator has not set shows what the theme gives: it is read out of the preview, which wears the theme as the
   overlay does, whenever that changes its look. It sets no option. */

const COLOUR = /#[0-9a-f]{3,8}\b|(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch|color)\([^()]*\)|\b[a-z]{3,}\b/gi;
const NOTHING = "linear-gradient(to top right, transparent 46%, currentcolor 46% 54%, transparent 54%)";

/** One pixel, to turn any spelling of a colour into the one that a picker takes. */
const pixel = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

/** @param {CanvasRenderingContext2D} pixel @param {string} colour @returns {Iterable<number>} red, green, blue, alpha */
function parts(pixel, colour) {
  pixel.fillStyle = colour;
  const spelt = /^rgba\((.*)\)$/.exec(String(pixel.fillStyle))?.[1];
  if (spelt) return spelt.split(",").map(Number);  // as it was written; read back through its transparency it would be rounded
  pixel.clearRect(0, 0, 1, 1);
  pixel.fillRect(0, 0, 1, 1);
  return pixel.getImageData(0, 0, 1, 1).data;
}

/** @param {string} said a token's value: a colour, a gradient or none @returns {string} its first visible colour as #rrggbb, or nothing */
export function hex(said) {
  for (const found of [said, ...(said.match(COLOUR) ?? [])]) {
    if (!pixel || !CSS.supports("color", found)) continue;
    const [red = 0, green = 0, blue = 0, alpha = 0] = parts(pixel, found);
    if (alpha > 0) return `#${[red, green, blue].map((part) => Math.round(part).toString(16).padStart(2, "0")).join("")}`;
  }
  return "";
}

/** @param {HTMLInputElement} input @param {CSSStyleDeclaration} worn @param {CSSStyleDeclaration} given */
function show(input, worn, given) {
  const token = `--${input.dataset["key"]}`;
  if (input.hasAttribute("data-set")) return;
  const said = worn.getPropertyValue(token).trim();
  const plain = hex(said);
  // a second accent that follows a first one of the creator's own is not the theme's
  input.toggleAttribute("data-follows", given.getPropertyValue(token) !== "");
  const flat = CSS.supports("color", said) ? said : plain;
  const drawn = CSS.supports("background-image", said) ? said : `linear-gradient(${flat}, ${flat})`;
  input.style.setProperty("--theme-colour", plain ? drawn : NOTHING);
  if (plain) input.value = plain;
}

/** @param {HTMLIFrameElement} frame the preview @param {HTMLElement | undefined} option */
export function followColours(frame, option) {
  if (!option) return;
  /** @type {HTMLInputElement[]} */
  const inputs = [...option.querySelectorAll("input")].filter((one) => one.type === "color");
  const look = () => {
    const html = frame.contentDocument?.documentElement;
    const worn = html && frame.contentWindow?.getComputedStyle(html);
    if (!html || !worn?.getPropertyValue("--accent")) return;
    for (const input of inputs) show(input, worn, html.style);
  };
  const changes = new MutationObserver(look);
  const watch = () => {
    changes.disconnect();
    const html = frame.contentDocument?.documentElement;
    if (html) changes.observe(html, { attributes: true, attributeFilter: ["style", "data-theme"] });
    look();
  };
  frame.addEventListener("load", watch);
  watch();
}
