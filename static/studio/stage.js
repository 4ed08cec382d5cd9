/* A preview: an overlay's own page in a frame at its true size, drawn smaller where there is less room. What the frame
   shows is sent to it: samples, live views, changed options. The frame opens no stream of its own. */

/** @param {HTMLElement} stage */
export function fit(stage) {
  const width = Number(stage.dataset["width"]), height = Number(stage.dataset["height"]);
  const room = stage.clientWidth, most = stage.hasAttribute("data-whole") ? stage.clientHeight : Infinity;
  if (!width || !height || !room) return;
  const zoom = stage.dataset["zoom"] === "1" ? 1 : Math.min(room / width, most / height, 1);
  stage.style.setProperty("--w", `${width}px`);
  stage.style.setProperty("--h", `${height}px`);
  stage.style.setProperty("--zoom", String(zoom));
  stage.style.setProperty("--left", `${Math.max(0, (room - width * zoom) / 2)}px`);
  stage.setAttribute("data-fitted", "");
}

const watcher = new ResizeObserver((seen) => {
  for (const one of seen) if (one.target instanceof HTMLElement) fit(one.target);
});

/** Fits every stage, now and whenever its room changes. */
export function fitStages() {
  for (const stage of document.querySelectorAll("[data-stage]")) if (stage instanceof HTMLElement) { fit(stage); watcher.observe(stage); }
}

export class Preview {
  /** @param {HTMLElement} stage */
  constructor(stage) {
    this.stage = stage;
    this.w = stage.dataset["w"] ?? "";
    this.frame = /** @type {HTMLIFrameElement} */ (stage.querySelector("iframe"));
    this.ready = false;
    this.asked = 0;
    /** Hears every live view that is shown. @type {((view: any) => void) | null} */
    this.heard = null;
    /** @type {{ overlay: string, data: any }[]} */
    this.waiting = [];
    addEventListener("message", (event) => {
      if (event.origin !== location.origin || event.source !== this.frame.contentWindow || event.data?.overlay !== "ready") return;
      this.ready = true;
      for (const said of this.waiting.splice(0)) this.say(said.overlay, said.data);
    });
  }

  /** @param {string} overlay @param {any} data */
  say(overlay, data) {
    if (this.ready) this.frame.contentWindow?.postMessage({ overlay, data }, location.origin);
    else this.waiting = [...this.waiting.filter((said) => said.overlay !== overlay), { overlay, data }];
  }

  /** A sample from the server, with the options as they are now; only the newest answer is shown. @param {string} sample "1" or "strained" */
  async sample(sample) {
    const asked = ++this.asked;
    const answer = await fetch(`/w/${this.w}/view?preview=${sample}`, { cache: "no-store" });
    if (!answer.ok) return;
    const told = await answer.json();
    if (asked === this.asked) this.say("hello", told);
  }
}

/**
 * Live views for previews, through one stream, only while the page is looked at.
 * @param {Map<string, Preview>} previews by key @returns {() => void} ends it
 */
export function listen(previews) {
  /** @type {EventSource | null} */
  let source = null;
  const open = () => {
    if (document.hidden || source || previews.size === 0) return;
    const query = new URLSearchParams([...previews.keys()].map((key) => ["w", `${key}?preview=1`]));
    source = new EventSource(`/stream?${query}`);
    for (const name of ["hello", "view", "options"]) {
      source.addEventListener(name, (event) => {
        const data = JSON.parse(/** @type {MessageEvent} */ (event).data);
        const preview = previews.get(String(data.w).split("?")[0] ?? "");
        preview?.say(name, data);
        if (data.view) preview?.heard?.(data.view);
      });
    }
  };
  const close = () => { source?.close(); source = null; };
  const turned = () => { if (document.hidden) close(); else open(); };
  document.addEventListener("visibilitychange", turned);
  open();
  return () => { document.removeEventListener("visibilitychange", turned); close(); };
}
