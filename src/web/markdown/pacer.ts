/** Frames up to this duration are drawn at the screen's refresh rate. In ms. */
const SHORT_MS = 24;

/** After a longer one, drawing pauses for this many times its duration. */
const REST = 3;

/**
 * Calls `draw` at most once a frame, and pauses after one that took long, layout included. Text that is slower to draw
 * the longer it gets is drawn less often, and the page stays responsive. In a hidden tab nothing is drawn.
 */
export class Pacer {
  readonly #draw: () => void;
  #asked = false;
  #resting = false;
  #frame = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(draw: () => void) {
    this.#draw = draw;
  }

  ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    if (!this.#resting) this.#frame = requestAnimationFrame(() => this.#run());
  }

  /** Draws at once, not at the next frame: for the last draw. */
  now(): void {
    this.stop();
    this.#draw();
  }

  stop(): void {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
    this.#asked = false;
    this.#resting = false;
  }

  #run(): void {
    const started = performance.now();
    this.#asked = false;
    this.#resting = true;
    this.#draw();
    this.#frame = requestAnimationFrame(() => {
      const tookMs = performance.now() - started;
      this.#timer = setTimeout(() => this.#rested(), tookMs > SHORT_MS ? tookMs * REST : 0);
    });
  }

  #rested(): void {
    this.#resting = false;
    if (this.#asked) this.#frame = requestAnimationFrame(() => this.#run());
  }
}
