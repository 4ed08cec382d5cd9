/* The server's clock, as seen from a page.
   Every message that names a server time is a sample: its time less ours is the offset, less the delay on the way. The
   least delayed sample of the last minutes is the largest, so the largest wins; that follows a drifting clock and a
   machine that slept. It never trusts the wall clock of the machine it runs on. */

const SPAN_MS = 240000;
/** Only a fall this big is the server's doing rather than a message that waited. */
const JUMP_MS = 2000;

export class Clock {
  /** @param {() => number} [tick] a clock that never goes back */
  constructor(tick = () => performance.now()) {
    this.tick = tick;
    this.offset = Date.now() - tick();
    this.sure = false;
    this.began = tick();
    this.fresh = -Infinity;
    this.older = -Infinity;
  }

  /** @param {number | null | undefined} server_ms @param {boolean} anchor a greeting, which may set the clock back */
  hear(server_ms, anchor) {
    if (typeof server_ms !== "number" || !Number.isFinite(server_ms)) return;
    const now = this.tick();
    const sample = server_ms - now;
    if (!this.sure || (anchor && sample < this.offset - JUMP_MS)) {
      this.sure = this.sure || anchor;
      this.fresh = sample;
      this.older = -Infinity;
      this.began = now;
    } else if (now - this.began > SPAN_MS) {
      this.older = now - this.began > 2 * SPAN_MS ? -Infinity : this.fresh;
      this.fresh = sample;
      this.began = now;
    }
    this.fresh = Math.max(this.fresh, sample);
    this.offset = Math.max(this.fresh, this.older);
  }

  now() {
    return this.tick() + this.offset;
  }
}
