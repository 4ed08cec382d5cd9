/* One voice for the whole page: sounds of our own server, one at a time, at most one start in 1.5 s. */
import { ours } from "./dom.js";

const GAP_MS = 1500;

export class Sound {
  /** @param {boolean} silent a preview makes no noise */
  constructor(silent) {
    this.silent = silent;
    this.last = -Infinity;
    /** @type {HTMLAudioElement | null} */
    this.voice = null;
  }

  /** @param {string} path @param {number} volume 0 to 1 @returns {boolean} whether it was started */
  play(path, volume) {
    const now = performance.now();
    if (this.silent || volume <= 0 || !ours(path) || now - this.last < GAP_MS) return false;
    this.last = now;
    this.stop();
    const voice = (this.voice = new Audio(path));
    voice.volume = Math.min(1, volume);
    // outside OBS a browser may forbid sound until somebody clicks: then the card stays mute
    voice.play().catch(() => {});
    return true;
  }

  stop() {
    this.voice?.pause();
    this.voice = null;
  }
}
