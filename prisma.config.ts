import { resolve } from 'node:path';
import { defineConfig } from 'prisma/config';
import { loadConfig } from './src/config.ts';

/** The database that the server would use: DATABASE_URL, also in `.env`, or what the configuration says. */
function databaseUrl(): string | undefined {
  try {
    return `file:${resolve(loadConfig().database.url.replace(/^file:(\/\/(?=\/))?/, ''))}`;
  } catch (error) {
    // `prisma generate` needs no database; whatever does says that it has none.
    console.error(error instanceof Error ? error.message : error);
    return undefined;
  }
}

const url = databaseUrl();

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  ...(url === undefined ? {} : { datasource: { url } }),
});
