import type { Logger } from 'pino';

const HOUR_MS = 60 * 60 * 1000;

/**
 * Does something every hour, beginning in an hour, as long as it is not stopped. `failure`: what is logged when it
 * fails. What is returned stops it, aborts the signal of work that is under way, and resolves when that has ended.
 */
export function hourly(
  work: (signal: AbortSignal) => Promise<void>,
  failure: string,
  logger: Logger,
): () => Promise<void> {
  const controller = new AbortController();
  let last: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    last = last.then(() => work(controller.signal)).catch((err: unknown) => logger.error({ err }, failure));
  }, HOUR_MS);
  return async () => {
    clearInterval(timer);
    controller.abort();
    await last;
  };
}
