// [MIRROR-9] ShareDB's own suite for storage adapters, in its own runner: `npm run test:sharedb`.
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import chai from 'chai';
import ShareDB from 'sharedb';
import sinon from 'sinon';
import sinonChai from 'sinon-chai';
import { DocumentDatabase } from '../../src/sharedb/storage/document-database.ts';
import { openDatabase } from '../../src/store/database.ts';

const suite = createRequire(import.meta.url)('sharedb/test/db');
const folder = mkdtempSync(join(tmpdir(), 'sharedb-suite-'));
let database;

chai.use(sinonChai);
const ignore = () => {};
ShareDB.logger.setMethods({ info: ignore, warn: ignore, error: ignore });

before(async () => {
  database = await openDatabase(`file:${join(folder, 'documents.db')}`);
});

after(async () => {
  await database[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

afterEach(() => {
  sinon.restore();
});

/** On empty tables; adapters of the same test share the database, but never a document. */
async function emptyDatabase() {
  await database.commits.exclusive((connection) =>
    connection.exec('DELETE FROM "SharedOp"; DELETE FROM "SharedSnapshot"'),
  );
  return new DocumentDatabase(database.documents);
}

suite({
  create(callback) {
    emptyDatabase().then(
      (db) => callback(null, db),
      (error) => callback(error),
    );
  },
});
