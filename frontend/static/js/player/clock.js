// Calls `tick` at a pace while it runs, each time before another picture of the browser, and never a
// second time before the first has ended: what a tick draws is seen.

const still = window.matchMedia("(prefers-reduced-motion: reduce)");
const CALM = 500; // ms per frame at least for those who asked for less motion

export class Clock {
  #request = 0;
  running = false;

  constructor(tick) {
    this.tick = tick;
  }

  // `pace()` gives the milliseconds until the next tick; it is asked each time.
  start(pace) {
    if (this.running) return;
    this.running = true;
    const wanted = () => (still.matches ? Math.max(CALM, pace()) : pace());
    let due = performance.now() + wanted();
    const loop = async () => {
      // A picture may come a little early; waiting for the next one would halve the pace.
      if (performance.now() + 4 >= due) {
        await this.tick();
        if (!this.running) return;
        // When it is late it continues from now: it never jumps to catch up.
        due = Math.max(due + wanted(), performance.now());
      }
      this.#request = requestAnimationFrame(loop);
    };
    this.#request = requestAnimationFrame(loop);
  }

  stop() {
    this.running = false;
    cancelAnimationFrame(this.#request);
  }
}
