import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const BIOME = resolve('node_modules/.bin/biome');

/** Folders of src and what they may know, in the words of an import. */
const BOUNDARIES: Record<string, { may: string[]; mayNot: string[] }> = {
  runs: {
    may: ['../errors.ts', './store.ts', './server.ts'],
    mayNot: [
      '../chat/store.ts',
      '../editing/store.ts',
      '../store/database.ts',
      '../config.ts',
      '../server.ts',
      '../logger.ts',
    ],
  },
  chat: {
    may: ['../errors.ts', '../runs/log.ts', './store.ts'],
    mayNot: [
      '../editing/store.ts',
      '../store/database.ts',
      '../http/app.ts',
      '../providers/azure.ts',
      '../config.ts',
      '../server.ts',
    ],
  },
  editing: {
    may: ['../errors.ts', '../runs/log.ts', '../chat/models.ts', './store.ts'],
    mayNot: ['../store/database.ts', '../mirror/mirror.ts', '../http/app.ts', '../config.ts', '../server.ts'],
  },
  providers: {
    may: ['../errors.ts', '../runs/log.ts', '../chat/models.ts', '../config.ts'],
    mayNot: ['../http/app.ts', '../store/database.ts', '../simulator/server.ts', '../server.ts'],
  },
  store: {
    may: ['../runs/store.ts', '../chat/store.ts', './generated/client.ts'],
    mayNot: ['../mirror/mirror.ts', '../http/app.ts', '../../src/providers/azure.ts'],
  },
  mirror: {
    may: ['../runs/log.ts', '../editing/store.ts'],
    mayNot: ['../store/database.ts', '../http/app.ts'],
  },
  http: {
    may: ['../chat/service.ts'],
    mayNot: ['../store/database.ts', '../providers/azure.ts', '../main.ts'],
  },
  simulator: { may: ['./server.ts', 'node:http'], mayNot: ['../errors.ts', '../providers/azure.ts'] },
  config: { may: ['./error.ts', 'zod'], mayNot: ['../runs/log.ts', '../server.ts'] },
  client: { may: ['./events.ts'], mayNot: ['../runs/events.ts', '../errors.ts', '../config.ts'] },
  web: { may: ['../client/client.ts'], mayNot: ['../runs/events.ts', '../server.ts'] },
};

function sources(folder = 'src'): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => !path.startsWith('store/generated'))
    .map((path) => join(folder, path));
}

describe('the linter holds who may import whom', () => {
  let planted: string;

  beforeAll(() => {
    planted = mkdtempSync(join(tmpdir(), 'architecture-'));
    cpSync('biome.json', join(planted, 'biome.json'));
    cpSync('.gitignore', join(planted, '.gitignore'));
    mkdirSync(join(planted, 'src'));
  });

  afterAll(() => {
    rmSync(planted, { recursive: true });
  });

  /** Which lines of a file the linter refuses by a rule. */
  function refused(file: string, lines: string[], rule: string): string[] {
    const path = join(planted, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${lines.join('\n')}\n`);
    const { stdout } = spawnSync(BIOME, ['lint', `--only=${rule}`, '--reporter=github', file], {
      cwd: planted,
      encoding: 'utf8',
    });
    const numbers = [...stdout.matchAll(/::error .*?line=(\d+)/g)].map(([, line]) => Number(line));
    return numbers.map((number) => lines[number - 1] ?? '');
  }

  it.each(Object.entries(BOUNDARIES))('src/%s', (folder, { may, mayNot }) => {
    const lines = [...may, ...mayNot].map((module) => `export * from '${module}';`);
    expect(refused(`src/${folder}/planted.ts`, lines, 'style/noRestrictedImports')).toEqual(
      mayNot.map((module) => `export * from '${module}';`),
    );
  });

  it('knows every folder of src', () => {
    const folders = readdirSync('src', { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(Object.keys(BOUNDARIES)).toEqual(expect.arrayContaining(folders.map(({ name }) => name)));
  });

  it('lets only the configuration read the environment', () => {
    const lines = ['export const port = process.env.PORT;'];
    expect(refused('src/http/planted.ts', lines, 'style/noProcessEnv')).toEqual(lines);
    expect(refused('src/config.ts', lines, 'style/noProcessEnv')).toEqual([]);
  });
});

describe('src', () => {
  it('has no rule of the linter silenced for imports or the environment', () => {
    const silenced = sources()
      .filter((path) => path.endsWith('.ts'))
      .filter((path) => /biome-ignore.*(noRestrictedImports|noProcessEnv)/.test(readFileSync(path, 'utf8')));
    expect(silenced).toEqual([]);
  });

  it('names files and folders after concepts', () => {
    const layer = /(^|\/)(utils?|helpers?|common|misc|lib|controllers?|services|types)(\.ts)?$/;
    expect(sources().filter((path) => layer.test(path))).toEqual([]);
  });
});
