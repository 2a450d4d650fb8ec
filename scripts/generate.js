// Generates the Prisma client from prisma/schema.prisma into src/store/generated.
// `prisma generate` first downloads a schema engine binary that it then does not use; naming any existing program as
// that binary keeps it from trying, so that this works on machines that reach nothing but a package registry.
import { spawnSync } from 'node:child_process';

const { status } = spawnSync('npx', ['--no-install', 'prisma', 'generate'], {
  stdio: ['ignore', 'ignore', 'inherit'],
  env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, PRISMA_HIDE_UPDATE_MESSAGE: '1' },
});
process.exit(status ?? 1);
