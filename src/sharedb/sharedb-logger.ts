import type { Logger } from 'pino';
import ShareDB from 'sharedb';

/** Routes ShareDB's log, one for the whole process, into ours. What it logs at `info` are refusals that viewers get. */
export function routeShareDbLog(logger: Logger): void {
  const at =
    (level: 'debug' | 'warn' | 'error') =>
    (...words: unknown[]) => {
      logger[level](
        { sharedb: words.map((word) => (word instanceof Error ? word.message : word)) },
        'sharedb',
      );
    };
  ShareDB.logger.setMethods({ info: at('debug'), warn: at('warn'), error: at('warn') });
}
