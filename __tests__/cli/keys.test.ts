import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { availableServer } from '../../scripts/survival/server-process.ts';
import { ApiKeys } from '../../src/auth/keys/api-keys.ts';
import { keyRequestOf } from '../../src/cli/key-options.ts';
import { keysCommand } from '../../src/cli/keys.ts';
import { UsageError } from '../../src/cli/usage-error.ts';
import { openDatabase } from '../../src/store/database.ts';
import { DatabaseLock } from '../../src/store/opening/lock.ts';
import { startService } from '../support/service.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/store-database.ts';

let folder: TemporaryFolder;

beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder[Symbol.asyncDispose]());

/** As an operator types it. */
function main(words: string[], url = folder.url, environment: Record<string, string> = {}) {
  const { status, stdout, stderr }: SpawnSyncReturns<string> = spawnSync(
    process.execPath,
    [...availableServer(), 'keys', ...words],
    { encoding: 'utf8', env: { PATH: process.env.PATH, DATABASE_URL: url, ...environment } },
  );
  return { status, stdout, stderr };
}

/** The same without the start of a process. */
async function inProcess(words: string[], url: string) {
  const before = process.env.DATABASE_URL;
  const out = jest.spyOn(console, 'log').mockImplementation(() => {});
  const err = jest.spyOn(console, 'error').mockImplementation(() => {});
  process.env.DATABASE_URL = url;
  try {
    const status = await keysCommand(words);
    return { status, stdout: out.mock.calls.join('\n'), stderr: err.mock.calls.join('\n') };
  } finally {
    if (before === undefined) delete process.env.DATABASE_URL;
    else process.env.DATABASE_URL = before;
    out.mockRestore();
    err.mockRestore();
  }
}

describe('[AUTH-3] the command `keys`', () => {
  it('makes a key before there is a database, and prints only the key on stdout', async () => {
    const made = main([
      'create',
      '--name',
      'laptop',
      '--user',
      'ada',
      '--scopes',
      'read, usage',
      '--expires',
      '30d',
    ]);
    expect(made).toMatchObject({ status: 0, stdout: expect.stringMatching(/^lss_\w{56}\n$/) });
    const key = made.stdout.trim();
    expect(made.stderr).toMatch(/^Key \w{12} of user ada, with scopes: read, usage\. It expires at 20/);
    expect(made.stderr).not.toContain(key.slice(17));
    expect(made.stderr).toContain('AUTH_METHODS=keys');
    expect(statSync(join(folder.path, 'chat.db')).mode & 0o777).toBe(0o600);

    await using database = await openDatabase(folder.url);
    const principal = await new ApiKeys(database.keys).verify(key);
    expect(principal).toMatchObject({
      tenantId: 'default',
      userId: 'ada',
      scopes: ['read', 'usage'],
      models: null,
    });
    const days = (Number(principal?.credential?.expiresAt) - Date.now()) / (24 * 60 * 60 * 1000);
    expect(Math.round(days)).toBe(30);
    const { items } = await database.audit.list('default', 10, null);
    expect(items).toMatchObject([
      { action: 'key.created', userId: 'local', credential: null, address: null },
    ]);
  });

  it('works while a server uses the database, which keeps running', async () => {
    await using service = await startService();
    const url = `file:${service.databaseFile}`;
    const made = main(['create', '--name', 'a', '--models', 'm1,m2'], url, { AUTH_METHODS: 'keys' });
    expect(made).toMatchObject({ status: 0, stdout: expect.stringMatching(/^lss_\w{56}\n$/) });
    expect(made.stderr).not.toContain('AUTH_METHODS');
    const id = made.stdout.slice(4, 16);
    expect(service.query('SELECT "id", "ownerId", "models", "revokedAt" FROM "ApiKey"')).toEqual([
      { id, ownerId: 'default/local', models: '["m1","m2"]', revokedAt: null },
    ]);

    const listed = await inProcess(['list'], url);
    const [header = '', , row = '', ...rest] = listed.stdout.split('\n');
    expect(header.split(/ +/)).toEqual('id user name scopes models created expires state'.split(' '));
    expect(row.split(/ +/)).toMatchObject([
      id,
      'local',
      'a',
      'chat',
      'm1,m2',
      expect.any(String),
      'never',
      'valid',
    ]);
    expect(rest).toEqual([]);
    expect(listed).toMatchObject({ status: 0, stderr: '' });

    expect(await inProcess(['revoke', id], url)).toMatchObject({ status: 0, stdout: '' });
    expect(service.query('SELECT "revokedAt" IS NULL AS "valid" FROM "ApiKey"')).toEqual([{ valid: 0 }]);
    expect((await fetch(`${service.url}/readyz`)).status).toBe(200);
  });

  it('says what is wrong in one line: no such key, or a database that only a server can migrate', async () => {
    const lock = new DatabaseLock(join(folder.path, 'chat.db'));
    try {
      const { status, stdout, stderr } = await inProcess(['list'], folder.url);
      expect([status, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(/^Another server uses the database .*$/);
    } finally {
      lock[Symbol.dispose]();
    }
    expect(await inProcess(['revoke', 'nothing'], folder.url)).toEqual({
      status: 1,
      stdout: '',
      stderr: 'Key nothing does not exist.',
    });
  });
});

describe('[AUTH-3] a wrong command', () => {
  it.each([
    [[], 'A command is missing.'],
    [['make'], 'There is no make.'],
    [['create'], '--name is missing.'],
    [['create', '--name', ''], '--name must not be empty.'],
    [['create', '--name'], "Option '--name <value>' argument missing."],
    [['create', '--name', 'a\nb'], '--name must not contain control characters.'],
    [['create', '--name', 'a', '--scope', 'chat'], "Unknown option '--scope'."],
    [['create', '--name', 'a', '--scopes', 'chat,root'], '--scopes must be one of chat, read, usage, admin.'],
    [['create', '--name', 'a', '--scopes', ''], '--scopes must be one of chat, read, usage, admin.'],
    [['create', '--name', 'a', '--user', 'x'.repeat(257)], '--user must be at most 256 characters.'],
    [['create', '--name', 'a', '--expires', '30'], '--expires must be like 12h, 30d, 4w or 2027-01-31.'],
    [['create', '--name', 'a', '--expires', 'soon'], '--expires must be like 12h, 30d, 4w or 2027-01-31.'],
    [['create', '--name', 'a', '--expires', '0d'], '--expires must be in the future.'],
    [['create', 'a', '--name', 'a'], "Unexpected argument 'a'."],
    [['list', '--all'], "Unknown option '--all'."],
    [['list', 'all'], "Unexpected argument 'all'."],
    [['revoke'], 'keys revoke takes one ID.'],
    [['revoke', 'a', 'b'], 'keys revoke takes one ID.'],
  ])('%j exits with 2 and one line', async (words, reason) => {
    const { status, stdout, stderr } = await inProcess(words, 'file:/nowhere/chat.db');
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr.startsWith(`${reason} Possible are: keys create `)).toBe(true);
    expect(stderr).not.toContain('\n');
  });
});

describe('[AUTH-3] the options of a new key', () => {
  const expiryOf = (expires: string) =>
    keyRequestOf(['--name', 'a', '--expires', expires]).expiresAt?.getTime();

  it('are durations or dates', () => {
    jest.useFakeTimers({ now: new Date('2026-01-01T00:00:00Z') });
    try {
      expect(expiryOf('12h')).toBe(Date.UTC(2026, 0, 1, 12));
      expect(expiryOf('30d')).toBe(Date.UTC(2026, 0, 31));
      expect(expiryOf('2w')).toBe(Date.UTC(2026, 0, 15));
      expect(expiryOf('2027-01-31')).toBe(Date.UTC(2027, 0, 31));
      expect(() => expiryOf('2025-01-31')).toThrow(UsageError);
      expect(() => expiryOf('99999999w')).toThrow(UsageError);
    } finally {
      jest.useRealTimers();
    }
  });
});
