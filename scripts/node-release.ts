import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Installs the newest release of a major version of Node (`24`) below `folder`, from the npm package `node`, which
 * ships binaries. Returns a folder for the front of PATH that has `node` and nothing else: npm stays the one of this
 * machine.
 */
export function installNode(major: number, folder: string): string {
  const prefix = join(folder, `node-${major}`);
  const bin = join(prefix, 'path');
  mkdirSync(bin, { recursive: true });
  execFileSync(
    'npm',
    ['install', '--silent', '--no-audit', '--no-fund', '--prefix', prefix, `node@${major}`],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  symlinkSync(join(prefix, 'node_modules/node/bin/node'), join(bin, 'node'));
  return bin;
}
