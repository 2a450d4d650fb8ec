import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** What the page is built of. */
const SOURCES = ['src/web', 'src/client', 'src/wire', 'src/text'];
const BUILT = join(ROOT, 'dist/web/index.html');

/**
 * Builds the page if its sources are newer than what was built: `make test` builds before it tests, a single test that
 * was started by hand does not. It takes half a second.
 */
export async function buildPage(): Promise<void> {
  const built = existsSync(BUILT) ? (await stat(BUILT)).mtimeMs : 0;
  const sources = await Promise.all(SOURCES.map((folder) => newest(join(ROOT, folder))));
  if (built > Math.max(...sources)) return;
  // As it is shipped: test runners have a NODE_ENV of their own, with which more is built in.
  const env = { ...process.env, NODE_ENV: 'production' };
  await promisify(execFile)(process.execPath, ['node_modules/vite/bin/vite.js', 'build'], { cwd: ROOT, env });
}

async function newest(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true });
  const times = entries.map(async (entry) => (await stat(join(folder, entry))).mtimeMs);
  return Math.max(...(await Promise.all(times)));
}
