// `npm run migration -- <name>`: writes the migration that prisma/schema.prisma is ahead of prisma/migrations.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { missingMigration, PRISMA_FOLDER } from '../src/store/opening/migrations.ts';

const name = process.argv[2];
if (!name || !/^[a-z0-9_]+$/.test(name)) {
  console.error('Usage: npm run migration -- <name in lower case, digits and underscores>');
  process.exit(2);
}
const sql = await missingMigration();
if (sql === '') {
  console.log('prisma/migrations and prisma/schema.prisma agree: nothing to write.');
} else {
  const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
  const folder = join(PRISMA_FOLDER, 'migrations', `${stamp}_${name}`);
  mkdirSync(folder);
  writeFileSync(join(folder, 'migration.sql'), sql);
  console.log(`Wrote ${folder}/migration.sql`);
}
