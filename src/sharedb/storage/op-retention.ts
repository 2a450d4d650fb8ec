import type { Logger } from 'pino';
import type { DocumentDatabase } from './document-database.ts';

const HOUR_MS = 60 * 60 * 1000;

/** Removes ops that no viewer can need any more (MIRROR-7): at the start, and every hour. */
export class OpRetention implements AsyncDisposable {
  readonly #documents: DocumentDatabase;
  readonly #keepMs: number;
  readonly #logger: Logger;
  readonly #timer: NodeJS.Timeout;
  readonly #ending = new AbortController();
  #running: Promise<void> | null = null;

  constructor(documents: DocumentDatabase, keepHours: number, logger: Logger) {
    this.#documents = documents;
    this.#keepMs = keepHours * HOUR_MS;
    this.#logger = logger;
    this.#timer = setInterval(() => void this.run(), HOUR_MS);
    this.#timer.unref();
    void this.run();
  }

  /** Resolves when old ops are removed. Never rejects. */
  run(): Promise<void> {
    this.#running ??= this.#expire().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async #expire(): Promise<void> {
    try {
      await this.#documents.expire(new Date(Date.now() - this.#keepMs), this.#ending.signal);
    } catch (err) {
      this.#logger.error({ err }, 'removing old ops failed');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#ending.abort();
    await this.#running;
  }
}
