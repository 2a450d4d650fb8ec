import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import type { Followable } from '../../runs/runs.ts';

/** Longer than any browser waits before it reconnects by itself. */
const LIFE_MS = 60_000;

/**
 * All was written, which does not mean that it arrived: a connection that closes so soon after may have been cut. Not
 * longer than a browser waits, because who asks the same again later wants another answer.
 */
const DOUBT_MS = 5_000;

const MOST = 10_000;

/**
 * Runs whose reader was cut off, by who had asked what. A browser that was cut before it got the run's id comes back
 * with nothing but the same question; this is how it finds the answer that is already being paid for (WIRE-5).
 */
export class Orphans {
  readonly #runs = new Map<string, { runId: string; until: number }>();

  /** Takes care of a run, should this answer not reach its end. */
  watch(request: Request, response: Response, { description: { runId }, log }: Followable): void {
    const asker = askerOf(request);
    const { socket } = request;
    response.once('close', () => {
      if (!response.writableFinished) return this.#add(asker, runId, LIFE_MS);
      // To ask again after an error is to try again.
      if (log.terminal?.type === 'error') return undefined;
      const cut = () => this.#add(asker, runId, DOUBT_MS);
      if (socket.destroyed) return cut();
      socket.once('close', cut);
      setTimeout(() => socket.off('close', cut), DOUBT_MS).unref();
    });
  }

  /** The run that this request should go on with, once: it has a reader then. */
  take(request: Request): string | null {
    const asker = askerOf(request);
    const orphan = this.#runs.get(asker);
    this.#runs.delete(asker);
    return orphan && performance.now() < orphan.until ? orphan.runId : null;
  }

  #add(asker: string, runId: string, lifeMs: number): void {
    this.#runs.delete(asker);
    this.#runs.set(asker, { runId, until: performance.now() + lifeMs });
    const [oldest] = this.#runs.keys();
    if (this.#runs.size > MOST && oldest !== undefined) this.#runs.delete(oldest);
  }
}

/** The same browser with the same question. */
function askerOf(request: Request): string {
  const asker = [request.socket.remoteAddress, request.get('user-agent'), request.originalUrl];
  return createHash('sha256').update(JSON.stringify(asker)).digest('base64');
}
