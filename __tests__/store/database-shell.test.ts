import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { DatabaseLock } from '../../src/store/opening/lock.ts';

let directory: string;
let file: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'database-shell-'));
  file = join(directory, 'chat.db');
  const database = new SQLite(file);
  database.pragma('journal_mode = WAL');
  database.exec(`CREATE TABLE "Message" (id INTEGER PRIMARY KEY, content TEXT);
    INSERT INTO "Message" VALUES (1, 'two' || char(10) || 'lines'), (2, NULL)`);
  database.close();
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

/** On a machine without any other program than node. */
function script(name: string, words: string[], input = '') {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', `scripts/${name}.ts`, ...words],
    { input, encoding: 'utf8', env: { PATH: directory, DATABASE_URL: `file:${file}` } },
  );
  return { status, stdout, stderr };
}

describe('[STORE-1] the database shell', () => {
  it('executes SQL and dot commands from stdin, and continues after an error', () => {
    const { stdout } = script(
      'db-shell',
      [],
      'SELECT id,\n content\n FROM Message;\nSELECT * FROM Nowhere;\n.tables\n.schema message\n.quit\nSELECT 99;\n',
    );
    expect(stdout).toBe(`id  content
--  ---------
1   two↵lines
2   NULL
Error: no such table: Nowhere
table    rows
-------  ----
Message  2
CREATE TABLE "Message" (id INTEGER PRIMARY KEY, content TEXT);
`);
  });

  it('is read-only unless it is started for writing', () => {
    const command = ['--command', 'DELETE FROM Message'];
    expect(script('db-shell', command)).toMatchObject({
      status: 1,
      stderr: 'attempt to write a readonly database\n',
    });
    expect(script('db-shell', ['--write', ...command])).toMatchObject({
      status: 0,
      stdout: '2 rows changed\n',
    });
  });

  it('reports that there is no database', () => {
    rmSync(file);
    expect(script('db-shell', ['--command', '.tables'])).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^There is no database at .*chat\.db yet: .*\n$/),
    });
  });
});

describe('[STORE-1] the reset of the database', () => {
  it('is refused while a server has the database open', () => {
    const lock = new DatabaseLock(file);
    try {
      const { status, stderr } = script('db-reset', ['--yes']);
      expect(status).toBe(1);
      expect(stderr).toMatch(/^Another server uses the database .*chat\.db\..*\n$/);
      expect(existsSync(file)).toBe(true);
    } finally {
      lock[Symbol.dispose]();
    }
  });

  it('needs a confirmation, and then removes all files of the database', () => {
    expect(script('db-reset', [])).toMatchObject({ status: 1, stderr: expect.stringContaining('YES=1') });
    expect(existsSync(file)).toBe(true);
    expect(script('db-reset', ['--yes']).status).toBe(0);
    expect([file, `${file}-wal`, `${file}-shm`].filter(existsSync)).toEqual([]);
  });
});
