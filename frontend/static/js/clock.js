// Calls `tick` at a pace while it runs; never a second time before the first has ended.

const still = window.matchMedia("(prefers-reduced-motion: reduce)");
const CALM = 500; // ms a frame at least for those who asked for less motion

export class Clock {
  #timer = 0;
  running = false;

  constructor(tick) {
    this.tick = tick;
  }

  // `pace()` gives the milliseconds until the next tick; it is asked anew each time.
  start(pace) {
    if (this.running) return;
    this.running = true;
    const loop = async () => {
      const began = performance.now();
      await this.tick();
      if (!this.running) return;
      const wanted = still.matches ? Math.max(CALM, pace()) : pace();
      this.#timer = setTimeout(loop, Math.max(0, wanted - (performance.now() - began)));
    };
    this.#timer = setTimeout(loop, pace());
  }

  stop() {
    this.running = false;
    clearTimeout(this.#timer);
  }
}
