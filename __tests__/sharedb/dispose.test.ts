import { pino } from 'pino';
import { configFrom } from '../../src/config.ts';
import { createService } from '../../src/service.ts';
import { openDatabase } from '../../src/store/database.ts';
import { temporaryFolder } from '../support/store-database.ts';

/** What a logger writes from `warn` on. */
function recorder() {
  const lines: string[] = [];
  const logger = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
  return { lines, logger };
}

describe('a service that is disposed of soon', () => {
  it('[MIRROR-7] [MIRROR-8] stops removing old ops first: no error that is none', async () => {
    await using folder = await temporaryFolder();
    const database = await openDatabase(folder.url);
    const old = new Date(0);
    for (let version = 0; version < 1_200; version += 1) {
      const op = { version, op: '{}', meta: null };
      const snapshot = version === 0 ? { version: 1_200, type: null, data: null, meta: null } : null;
      void database.documents.append({ collection: 'chats', id: 'old' }, op, old, snapshot);
    }
    await database[Symbol.asyncDispose]();
    const config = configFrom({ database: { url: folder.url }, environment: 'test' });
    for (let round = 0; round < 3; round += 1) {
      const { lines, logger } = recorder();
      const service = await createService(config, { logger });
      await service[Symbol.asyncDispose]();
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(lines.filter((line) => line.includes('"level":50'))).toEqual([]);
    }
  });
});
