import { TooManyAttemptsError } from '../../errors.ts';

const WINDOW_MS = 60_000;

/** A line in the log that was written within WINDOW_MS is not repeated. */
type Line = 'refused' | 'blocked';

/**
 * The attempts of one address. Attempts that are being checked count like failures until they have succeeded, so that
 * a thousand at the same time are not all checked; the others wait.
 */
export class AttemptRecord {
  /** On the clock of performance.now(), oldest first; at most `most`, those that are older included. */
  readonly #failures: number[] = [];
  readonly #logged = new Map<Line, number>();
  #checking = 0;
  #waiting: Array<() => void> = [];

  /** `most`: failures within WINDOW_MS; above it no attempt is checked. */
  constructor(private readonly most: number) {}

  /** Whether nothing has to be remembered. */
  get isEmpty(): boolean {
    return this.#checking === 0 && this.#failures.length === 0;
  }

  /** Number of failures within the last minute. */
  get failures(): number {
    const since = performance.now() - WINDOW_MS;
    return this.#failures.filter((time) => time > since).length;
  }

  /** Resolves when an attempt may be checked; the caller then calls `leave` once. Throws TooManyAttemptsError. */
  async enter(): Promise<void> {
    while (this.failures + this.#checking >= this.most) {
      const [oldest = 0] = this.#failures;
      if (this.failures >= this.most) throw new TooManyAttemptsError(oldest + WINDOW_MS - performance.now());
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#checking += 1;
  }

  leave(): void {
    this.#checking -= 1;
    const { failures } = this;
    // As many as may be checked now; none may when there were too many failures, which all others then learn.
    const free = failures >= this.most ? this.#waiting.length : this.most - failures - this.#checking;
    for (const proceed of this.#waiting.splice(0, free)) proceed();
  }

  /** Returns the line to be logged, if there is one. */
  fail(): Line | null {
    this.#failures.push(performance.now());
    if (this.#failures.length > this.most) this.#failures.shift();
    return this.#once(this.failures >= this.most ? 'blocked' : 'refused');
  }

  #once(line: Line): Line | null {
    const now = performance.now();
    if (now - (this.#logged.get(line) ?? Number.NEGATIVE_INFINITY) < WINDOW_MS) return null;
    this.#logged.set(line, now);
    return line;
  }
}
