import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { availableServer, ServerProcess } from '../../scripts/survival/server-process.ts';
import { Audit } from '../../src/auth/audit.ts';
import { ClientAddresses } from '../../src/auth/client-addresses.ts';
import { FileFolder } from '../../src/files/file-folder.ts';
import { Files } from '../../src/files/files.ts';
import { openDatabase } from '../../src/store/database.ts';
import { uploadForm } from '../support/upload.ts';

const ROUNDS = 3;
const LIMIT_MS = 360_000;

/** Uploads and deletes until the server is gone; calls `stored` with each file that it has said is stored. */
async function traffic(url: string, sender: number, stored: (id: string) => void): Promise<void> {
  for (let index = 0; ; index += 1) {
    try {
      const text = `${sender} ${index} `.padEnd(200_000, 'x');
      const answer = await uploadForm(url, text, { name: `${index}.txt` });
      const { id } = (await answer.json()) as { id: string };
      if (answer.status !== 201) throw new Error(`status ${answer.status}`);
      if (index % 3 > 0) stored(id);
      else await fetch(`${url}/api/files/${id}`, { method: 'DELETE' });
    } catch (error) {
      // What fetch throws; jest's own TypeError is another class.
      if (Object(error).name === 'TypeError') return;
      throw error;
    }
  }
}

describe('a kill during uploads and deletions', () => {
  it(
    '[FILE-2] leaves no row without bytes, no acknowledged file is lost, and bytes without a row are collected',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'llm-files-crash-'));
      const databaseFile = join(folder, 'chat.db');
      const acknowledged: string[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        const server = await ServerProcess.start({
          command: availableServer(),
          databaseFile,
          simulatorUrl: 'http://127.0.0.1:9',
        });
        const most = acknowledged.length + 2 + Math.floor(Math.random() * 10);
        const stored = (id: string) => {
          acknowledged.push(id);
          // At any instant after that, in the middle of what others do.
          if (acknowledged.length === most) setTimeout(() => server.signal('SIGKILL'), Math.random() * 20);
        };
        await Promise.all([0, 1, 2, 3].map((sender) => traffic(server.url, round * 10 + sender, stored)));
        await server.exited;
      }
      await using database = await openDatabase(`file:${databaseFile}`);
      const audit = new Audit(database.audit, new ClientAddresses([]), pino({ level: 'silent' }));
      const settings = { bytes: 1, bytesPerUser: 1, unusedH: 24 };
      const files = new Files(new FileFolder(`${database.file}.files`), database.files, audit, settings);
      await files.collect();
      const rows = await database.reader.file.findMany();
      expect(rows.length).toBeGreaterThan(ROUNDS);
      expect(rows.filter((row) => !existsSync(files.pathOf(row)))).toEqual([]);
      const places = readdirSync(`${database.file}.files`, { recursive: true, withFileTypes: true })
        .filter((each) => each.isFile())
        .map(({ name }) => name);
      expect(new Set(places)).toEqual(new Set(rows.map(({ place }) => place)));
      const known = new Set(rows.map(({ id }) => id));
      expect(acknowledged.filter((id) => !known.has(id))).toEqual([]);
      await rm(folder, { recursive: true, force: true });
    },
    LIMIT_MS,
  );
});
