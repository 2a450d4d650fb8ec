import { createHash } from 'node:crypto';
import type { Request } from 'express';

/** Longer than any browser waits before it reconnects by itself. */
const LIFE_MS = 60_000;
const MOST = 10_000;

/**
 * Runs whose reader was cut off, by what it had asked. A browser that was cut before it got the run's id comes back with
 * nothing but the same question; this is how it finds the answer that is already being paid for (WIRE-5).
 */
export class Orphans {
  readonly #runs = new Map<string, { runId: string; since: number }>();

  add(key: string, runId: string): void {
    this.#runs.delete(key);
    this.#runs.set(key, { runId, since: performance.now() });
    const [oldest] = this.#runs.keys();
    if (this.#runs.size > MOST && oldest !== undefined) this.#runs.delete(oldest);
  }

  /** The run to go on with, once: it has a reader then. */
  take(key: string): string | null {
    const orphan = this.#runs.get(key);
    this.#runs.delete(key);
    return orphan && performance.now() - orphan.since < LIFE_MS ? orphan.runId : null;
  }
}

/** The same browser with the same question. */
export function askerOf(request: Request): string {
  const asker = [request.socket.remoteAddress, request.get('user-agent'), request.originalUrl];
  return createHash('sha256').update(JSON.stringify(asker)).digest('base64');
}
