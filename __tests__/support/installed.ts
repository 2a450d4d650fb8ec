import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

interface Manifest {
  name: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

/** Applications as somebody has them who installed the packed tarball, in a folder of their own. */
export interface Applications extends AsyncDisposable {
  /** Where one is: `express-app`. */
  folder(name: string): string;
  /** Paths in the tarball. */
  files: readonly string[];
}

/**
 * Packs what is built (after building it, should a source be newer) and unpacks it into the node_modules of a copy of
 * each application, given by its folder in this repository. What package and application say that they depend on is
 * linked to this repository's copies, and nothing else is there: so it is quick, needs no registry, and still fails on
 * a dependency that is missing from package.json.
 */
export async function installInto(sources: readonly string[]): Promise<Applications> {
  await build();
  const home = await mkdtemp(join(tmpdir(), 'llm-streaming-applications-'));
  const packing = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', home], {
    cwd: ROOT,
  });
  const [tarball] = firstOf<{ filename: string; files: Array<{ path: string }> }>(JSON.parse(packing.stdout));
  if (!tarball) throw new Error(`npm pack said nothing: ${packing.stdout}`);
  for (const source of sources) {
    const folder = join(home, basename(source));
    await cp(join(ROOT, source), folder, { recursive: true });
    const target = join(folder, 'node_modules', 'llm-streaming-service');
    await mkdir(target, { recursive: true });
    await run('tar', ['-xzf', join(home, tarball.filename), '-C', target, '--strip-components', '1']);
    const own = await manifestIn(folder);
    const packed = await manifestIn(target);
    await link(folder, { ...packed.dependencies, ...own.dependencies, ...own.devDependencies }, packed.name);
  }
  return {
    folder: (name) => join(home, name),
    files: tarball.files.map(({ path }) => path),
    [Symbol.asyncDispose]: () => rm(home, { recursive: true, force: true }),
  };
}

async function link(folder: string, wanted: Record<string, string>, except: string): Promise<void> {
  for (const name of Object.keys(wanted)) {
    if (name === except) continue;
    const place = join(folder, 'node_modules', name);
    await mkdir(dirname(place), { recursive: true });
    await symlink(join(ROOT, 'node_modules', name), place, 'junction');
  }
}

async function manifestIn(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
}

/** npm 11 answers a list, npm 12 a record by name. */
function firstOf<Item>(list: Item[] | Record<string, Item>): Item[] {
  return Array.isArray(list) ? list : Object.values(list);
}

async function build(): Promise<void> {
  const built = await newest([join(ROOT, 'dist/index.js')]).catch(() => 0);
  const files = await readdir(join(ROOT, 'src'), { recursive: true });
  const sources = files.filter((path) => path.endsWith('.ts')).map((path) => join(ROOT, 'src', path));
  sources.push(join(ROOT, 'tsconfig.build.json'));
  if (built > (await newest(sources))) return;
  await run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
    cwd: ROOT,
  });
}

async function newest(files: readonly string[]): Promise<number> {
  return Math.max(...(await Promise.all(files.map(async (file) => (await stat(file)).mtimeMs))));
}
