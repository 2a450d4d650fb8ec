// Generates the Prisma client from prisma/schema.prisma into src/store/generated.
// `prisma generate` first downloads a schema engine binary that it then does not use; with any existing program named
// as that binary it does not, so that this works on machines with access to a package registry only.
import { spawnSync } from 'node:child_process';

const { status } = spawnSync('npx', ['--no-install', 'prisma', 'generate'], {
  stdio: ['ignore', 'ignore', 'inherit'],
  env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, PRISMA_HIDE_UPDATE_MESSAGE: '1' },
});
process.exit(status ?? 1);
