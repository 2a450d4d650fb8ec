export interface Backoff {
  /** The first delay, in ms. Each further delay is twice as long. */
  baseMs: number;
  /** Upper limit of a delay, in ms. */
  capMs: number;
}

/** Exponential backoff: the delay in ms after `failures` earlier failures in a row. */
export function backoffMs(failures: number, { baseMs, capMs }: Backoff): number {
  return Math.min(baseMs * 2 ** failures, capMs);
}
