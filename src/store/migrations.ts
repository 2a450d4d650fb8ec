import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SchemaEngine } from './schema-engine.ts';

/** The package's own prisma folder; the same path from src/store and from dist/store. */
export const PRISMA_FOLDER = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'prisma');

/** Brings the database at `databaseUrl` up to date; answers the names of the migrations that it applied. */
export async function migrate(databaseUrl: string): Promise<string[]> {
  await using engine = await SchemaEngine.open(databaseUrl, readSchema());
  return await engine.apply(readMigrations());
}

/** Names of the migrations that this version knows, in the order in which they apply. */
export function migrationNames(): string[] {
  return readMigrations().migrationDirectories.map(({ path }) => path);
}

/** SQL that prisma/migrations lacks for a schema, by default prisma/schema.prisma; empty while they agree. */
export async function missingMigration(schema = readSchema()): Promise<string> {
  await using engine = await SchemaEngine.open(':memory:', schema);
  return await engine.difference(
    { tag: 'migrations', ...readMigrations() },
    { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content: schema }] },
  );
}

export function readSchema(): string {
  return readFileSync(join(PRISMA_FOLDER, 'schema.prisma'), 'utf8');
}

function readMigrations() {
  const baseDir = join(PRISMA_FOLDER, 'migrations');
  return {
    baseDir,
    lockfile: {
      path: './migration_lock.toml',
      content: readFileSync(join(baseDir, 'migration_lock.toml'), 'utf8'),
    },
    shadowDbInitScript: '',
    migrationDirectories: readdirSync(baseDir)
      .filter((name) => existsSync(join(baseDir, name, 'migration.sql')))
      .sort()
      .map((name) => ({
        path: name,
        migrationFile: {
          path: 'migration.sql',
          content: { tag: 'ok' as const, value: readFileSync(join(baseDir, name, 'migration.sql'), 'utf8') },
        },
      })),
  };
}
