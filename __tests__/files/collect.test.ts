import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pino } from 'pino';
import { Audit } from '../../src/auth/audit.ts';
import { ClientAddresses } from '../../src/auth/client-addresses.ts';
import { LOCAL } from '../../src/auth/principal.ts';
import { FileFolder, placeOf } from '../../src/files/file-folder.ts';
import { Files } from '../../src/files/files.ts';
import { type TemporaryDatabase, temporaryDatabase } from '../support/store-database.ts';

const HOUR_MS = 60 * 60 * 1000;

let database: TemporaryDatabase;
let folder: string;
let files: Files;
beforeEach(async () => {
  database = await temporaryDatabase();
  folder = `${database.file}.files`;
  const audit = new Audit(database.audit, new ClientAddresses([]), pino({ level: 'silent' }));
  const settings = { bytes: 1_000, bytesPerUser: 1_000_000, unusedH: 24 };
  files = new Files(new FileFolder(folder), database.files, audit, settings);
});
afterEach(() => database[Symbol.asyncDispose]());

const upload = (text: string) =>
  files.upload(LOCAL, { body: Readable.from([Buffer.from(text)]), name: 'a.txt', mediaType: undefined });

describe('collecting', () => {
  it('[FILE-2] removes uploads that nothing used for 24 h, with their bytes', async () => {
    const old = await upload('old');
    const kept = await upload('kept');
    const inHours = (hours: number) => new Date(Date.now() + hours * HOUR_MS);
    await files.collect(inHours(23));
    await files.find(old.id);
    // As when it is uploaded again.
    await database.files.touch(kept.id, inHours(10));
    await files.collect(inHours(25));
    await expect(files.find(old.id)).rejects.toMatchObject({ code: 'not_found' });
    expect(existsSync(files.pathOf(old))).toBe(false);
    expect(existsSync(files.pathOf(kept))).toBe(true);
    await files.collect(inHours(35));
    await expect(files.find(kept.id)).rejects.toMatchObject({ code: 'not_found' });
    expect(existsSync(files.pathOf(kept))).toBe(false);
  });

  it('[FILE-2] removes bytes that a kill left without a row, and what was half written', async () => {
    const kept = await upload('kept');
    const place = placeOf('default/local', '0'.repeat(64));
    const lost = join(folder, place.slice(0, 2), place);
    mkdirSync(dirname(lost), { recursive: true });
    writeFileSync(lost, 'lost');
    writeFileSync(join(folder, 'incoming', 'half'), 'ha');
    await files.collect();
    expect([existsSync(lost), existsSync(files.pathOf(kept))]).toEqual([false, true]);
    // That is removed when a server starts.
    new FileFolder(folder);
    expect(readdirSync(join(folder, 'incoming'))).toEqual([]);
  });

  it('[FILE-2] never takes the bytes of an upload, whatever happens at once', async () => {
    for (let round = 0; round < 30; round += 1) {
      const first = await upload(`round ${round}`);
      const [, again] = await Promise.all([
        files.remove(LOCAL, first.id),
        upload(`round ${round}`),
        files.collect(),
      ]);
      const isThere = await files.find(again.id).then(
        () => true,
        () => false,
      );
      // It is the same file, which is gone, or another one, which has its bytes.
      expect([isThere, existsSync(files.pathOf(again))]).toEqual([isThere, isThere]);
    }
  });
});
