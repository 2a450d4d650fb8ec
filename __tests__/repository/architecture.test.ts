import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';

const BIOME = resolve('node_modules/.bin/biome');

/** Folders of src and what they may know, in the words of an import. */
const BOUNDARIES: Record<string, { may: string[]; mayNot: string[] }> = {
  wire: {
    may: ['./events.ts'],
    mayNot: ['../errors.ts', '../runs/log.ts', '../client/client.ts', 'node:http'],
  },
  runs: {
    may: ['../errors.ts', '../wire/events.ts', './store.ts', './server.ts'],
    mayNot: [
      '../chat/store.ts',
      '../editing/files.ts',
      '../store/database.ts',
      '../config.ts',
      '../server.ts',
      '../logger.ts',
    ],
  },
  chat: {
    may: ['../errors.ts', '../wire/events.ts', '../runs/log.ts', './store.ts'],
    mayNot: [
      '../editing/files.ts',
      '../store/database.ts',
      '../http/server/app.ts',
      '../providers/azure.ts',
      '../config.ts',
      '../server.ts',
    ],
  },
  text: { may: ['./text-change.ts'], mayNot: ['../errors.ts', '../editing/files.ts', 'node:http'] },
  editing: {
    may: ['../errors.ts', '../runs/log.ts', '../chat/models.ts', '../text/text-change.ts', './store.ts'],
    mayNot: [
      '../workspaces/store.ts',
      '../store/database.ts',
      '../mirror/mirror.ts',
      '../http/server/app.ts',
      '../config.ts',
      '../server.ts',
    ],
  },
  workspaces: {
    may: ['../errors.ts', '../runs/log.ts', '../chat/models.ts', '../editing/files.ts', './store.ts'],
    mayNot: [
      '../store/database.ts',
      '../mirror/mirror.ts',
      '../http/server/app.ts',
      '../config.ts',
      '../server.ts',
    ],
  },
  providers: {
    may: ['../errors.ts', '../runs/log.ts', '../chat/models.ts', '../config.ts'],
    mayNot: ['../http/server/app.ts', '../store/database.ts', '../simulator/server.ts', '../server.ts'],
  },
  store: {
    may: ['../runs/store.ts', '../chat/store.ts', './generated/client.ts'],
    mayNot: ['../mirror/mirror.ts', '../http/server/app.ts', '../../src/providers/azure.ts'],
  },
  sharedb: {
    may: ['../errors.ts', 'sharedb'],
    mayNot: ['../mirror/mirror.ts', '../store/database.ts', '../http/server/app.ts', '../service.ts'],
  },
  mirror: {
    may: ['../runs/log.ts', '../chat/store.ts', '../sharedb/backend.ts'],
    mayNot: ['../store/database.ts', '../http/server/app.ts', '../service.ts'],
  },
  'workspaces/documents': {
    may: ['../../runs/log.ts', '../../editing/files.ts', '../store.ts', '../../sharedb/backend.ts'],
    mayNot: [
      '../../store/database.ts',
      '../../mirror/mirror.ts',
      '../../http/server/app.ts',
      '../../service.ts',
    ],
  },
  http: {
    may: ['../chat/service.ts'],
    mayNot: ['../store/database.ts', '../providers/azure.ts', '../main.ts', '../service.ts'],
  },
  'embedded/files': {
    may: ['../../errors.ts', '../../runs/text.ts', '../../editing/files.ts', '../document/shared-doc.ts'],
    mayNot: [
      'sharedb',
      '../../workspaces/service.ts',
      '../../providers/azure.ts',
      '../../store/database.ts',
      '../../mirror/mirror.ts',
      '../../config.ts',
    ],
  },
  frameworks: {
    may: ['../http/routing/handler.ts', 'fastify'],
    mayNot: ['express', '../runs/runs.ts', '../chat/service.ts', '../service.ts', '../errors.ts'],
  },
  auth: {
    may: ['../errors.ts', '../config.ts', '../chat/store.ts', './principal.ts'],
    mayNot: ['../store/database.ts', '../http/routing/route.ts', '../sharedb/backend.ts', '../service.ts'],
  },
  files: {
    may: ['../errors.ts', '../auth/principal.ts', '../chat/new-id.ts', './stored-file.ts'],
    mayNot: ['../store/database.ts', '../http/routing/route.ts', '../config.ts', '../service.ts'],
  },
  cli: {
    may: ['../auth/audit.ts', '../config.ts', '../errors.ts', '../store/key-database.ts'],
    mayNot: [
      '../server.ts',
      '../service.ts',
      '../http/server/app.ts',
      '../runs/runs.ts',
      '../chat/service.ts',
    ],
  },
  simulator: { may: ['./server.ts', 'node:http'], mayNot: ['../errors.ts', '../providers/azure.ts'] },
  config: { may: ['./error.ts', 'zod'], mayNot: ['../runs/log.ts', '../server.ts'] },
  client: { may: ['../wire/events.ts'], mayNot: ['../runs/log.ts', '../errors.ts', '../config.ts'] },
  'client/session': {
    may: ['../errors.ts', '../../wire/events.ts'],
    mayNot: ['../../runs/log.ts', '../../errors.ts'],
  },
  'web/shell': { may: ['../../client/client.ts'], mayNot: ['../../runs/log.ts', '../../server.ts'] },
  web: { may: ['../client/client.ts', '../text/text-change.ts'], mayNot: ['../runs/log.ts', '../server.ts'] },
};

function sources(folder = 'src'): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => !path.startsWith('store/generated'))
    .map((path) => join(folder, path));
}

const importOf = (module: string) => `export * from '${module}';`;
const READS_ENVIRONMENT = 'export const port = process.env.PORT;';

describe('the linter enforces the import boundaries', () => {
  /** Files to be linted, and the lines that the linter refused, by path. */
  const planted = new Map<string, string[]>([
    ['src/http/environment.ts', [READS_ENVIRONMENT]],
    ['src/config.ts', [READS_ENVIRONMENT]],
    ...Object.entries(BOUNDARIES).map(([folder, { may, mayNot }]): [string, string[]] => [
      `src/${folder}/planted.ts`,
      [...may, ...mayNot].map(importOf),
    ]),
  ]);
  const refused = new Map<string, string[]>();

  beforeAll(() => {
    const root = realpathSync(mkdtempSync(join(tmpdir(), 'architecture-')));
    for (const file of ['biome.json', '.gitignore']) cpSync(file, join(root, file));
    for (const [file, lines] of planted) {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      writeFileSync(join(root, file), `${lines.join('\n')}\n`);
    }
    const rules = ['noRestrictedImports', 'noProcessEnv'].map((rule) => `--only=style/${rule}`);
    const words = ['lint', ...rules, '--reporter=github', '--max-diagnostics=none', 'src'];
    const { stdout } = spawnSync(BIOME, words, { cwd: root, encoding: 'utf8' });
    const found = Array.from(stdout.matchAll(/::error .*?file=(.*?),line=(\d+)/g), ([, path = '', line]) => {
      return `${relative(root, path)}:${line}`;
    });
    for (const [file, lines] of planted) {
      refused.set(
        file,
        lines.filter((_, index) => found.includes(`${file}:${index + 1}`)),
      );
    }
    rmSync(root, { recursive: true });
  });

  it.each(Object.entries(BOUNDARIES))('src/%s', (folder, { mayNot }) => {
    expect(refused.get(`src/${folder}/planted.ts`)).toEqual(mayNot.map(importOf));
  });

  it('knows every folder of src', () => {
    const folders = readdirSync('src', { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const known = Object.keys(BOUNDARIES).map((folder) => folder.split('/')[0]);
    expect(known).toEqual(expect.arrayContaining(folders.map(({ name }) => name)));
  });

  it('allows only the configuration to read the environment', () => {
    expect(refused.get('src/http/environment.ts')).toEqual([READS_ENVIRONMENT]);
    expect(refused.get('src/config.ts')).toEqual([]);
  });
});

describe('src', () => {
  it('does not disable lint rules for imports or the environment', () => {
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
