// Installs the locked packages, with the release of better-sqlite3 that fits this Node: 12 is compiled for Node 20 and
// sometimes aborts on 24; 13 needs 22 and has prebuilt binaries (decision 44). The lock file has the one for Node 20.
//
// Not `npm ci`: it refuses a lock file without every platform's binaries, and npm writes such lock files where it has
// only some of them. `npm install --no-save` takes the locked versions as well, adds the binaries of this platform, and
// changes no file.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const packages = JSON.parse(readFileSync('package.json', 'utf8'));
const major = Number(process.versions.node.split('.')[0]);
const newest = packages.dependencies['better-sqlite3'].split('||').pop().trim();
const others = major >= 22 ? [`better-sqlite3@${newest}`] : [];

const words = ['install', '--no-save', '--loglevel=error', ...others, ...process.argv.slice(2)];
const { status } = spawnSync('npm', words, { stdio: 'inherit', shell: process.platform === 'win32' });
process.exitCode = status ?? 1;
