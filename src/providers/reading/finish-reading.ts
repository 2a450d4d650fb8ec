import type { ResponseBody } from '../connection/content-coding.ts';

/** How long a provider may take to end a response after a complete answer. In ms. */
const MOST_MS = 1_000;

/**
 * Reads after the answer until the provider ends the response, so that the connection can be reused; closes the
 * connection if that takes too long.
 */
export function finishReading(body: ResponseBody): void {
  if (body.readableEnded || body.destroyed) return;
  body.resume();
  const timer = setTimeout(() => body.destroy(), MOST_MS);
  timer.unref();
  body.once('close', () => clearTimeout(timer));
}
