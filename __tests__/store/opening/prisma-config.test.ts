import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

describe("Prisma's own commands", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'llm-prisma-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** The output of `prisma migrate status` before it needs its engine, which would have to be downloaded. */
  const status = (environment: Record<string, string>) => {
    const { stdout, stderr } = spawnSync('npx', ['--no-install', 'prisma', 'migrate', 'status'], {
      cwd: ROOT,
      encoding: 'utf8',
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
        PRISMA_HIDE_UPDATE_MESSAGE: '1',
        ...environment,
      },
    });
    return stdout + stderr;
  };

  it('[STORE-1] use the database of DATABASE_URL', () => {
    const said = status({ DATABASE_URL: `file:${folder}/one.db` });
    expect(said).toContain(`SQLite database "one.db" at "file:${folder}/one.db"`);
  });

  it('[STORE-1] and that of the configuration', () => {
    writeFileSync(join(folder, 'own.toml'), '[database]\nurl = "file:./somewhere/two.db"\n');
    const said = status({ CONFIG_PATH: join(folder, 'own.toml') });
    expect(said).toContain(`SQLite database "two.db" at "file:${join(ROOT, 'somewhere/two.db')}"`);
  });
});
