/* Themes of one's own have no picture: each is shown by the overlay itself, small, once it is scrolled into sight. */

/** @param {HTMLElement} editor */
export function showThemes(editor) {
  const seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting || !(target instanceof HTMLElement)) continue;
      seen.unobserve(target);
      const { themeLive, w, width, height } = target.dataset;
      const frame = document.createElement("iframe");
      frame.src = `/w/${w}?preview=1&theme=${encodeURIComponent(themeLive ?? "")}`;
      frame.width = width ?? "480";
      frame.height = height ?? "300";
      frame.tabIndex = -1;
      frame.inert = true;
      frame.title = "";
      const zoom = Math.min(target.clientWidth / Number(width), target.clientHeight / Number(height));
      target.style.setProperty("--zoom", String(zoom));
      target.style.setProperty("--left", `${Math.max(0, (target.clientWidth - Number(width) * zoom) / 2)}px`);
      target.style.setProperty("--top", `${Math.max(0, (target.clientHeight - Number(height) * zoom) / 2)}px`);
      target.append(frame);
    }
  });
  for (const one of editor.querySelectorAll("[data-theme-live]")) seen.observe(one);
}
