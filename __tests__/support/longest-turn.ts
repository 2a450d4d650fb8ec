/**
 * Measures the longest turn of the event loop in this process, in milliseconds of CPU time: how fast or busy the
 * machine is matters less than with a clock.
 */
export class LongestTurn {
  #longest = 0;
  #isOver = false;

  constructor() {
    let before = process.cpuUsage();
    const look = () => {
      const { user, system } = process.cpuUsage(before);
      this.#longest = Math.max(this.#longest, (user + system) / 1000);
      before = process.cpuUsage();
      if (!this.#isOver) setImmediate(look);
    };
    setImmediate(look);
  }

  /** What it was so far. */
  stop(): number {
    this.#isOver = true;
    return this.#longest;
  }
}
