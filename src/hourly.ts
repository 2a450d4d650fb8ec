import type { Logger } from 'pino';

const HOUR_MS = 60 * 60 * 1000;

/**
 * Does something every hour, beginning in an hour, as long as it is not stopped. `failure`: what is logged when it
 * fails. What is returned stops it, and resolves when it is not at work.
 */
export function hourly(work: () => Promise<void>, failure: string, logger: Logger): () => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    last = last.then(work).catch((err: unknown) => logger.error({ err }, failure));
  }, HOUR_MS);
  return async () => {
    clearInterval(timer);
    await last;
  };
}
