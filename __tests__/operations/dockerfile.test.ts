import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { startService } from '../support/service.ts';

// What commonly goes wrong with an image, checked without Docker. The image itself is built and started by CI.

const text = (file: string) => readFileSync(file, 'utf8');
const json = (file: string) => JSON.parse(text(file));

/** Instructions of the Dockerfile with continued lines joined, and those of its last stage. */
const steps = text('Dockerfile')
  .replaceAll(/^\s*#.*\n/gm, '')
  .replaceAll(/\\\n\s*/g, '')
  .trim()
  .split(/\n+/);
const image = steps.slice(steps.findLastIndex((step) => step.startsWith('FROM')));

/** Patterns of .dockerignore; a line without wildcards is a path and everything below it. */
const ignored = text('.dockerignore')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));

/** The JSON list at the end of an instruction (exec form). */
function execForm(instruction: string): string[] {
  const [step = ''] = image.filter((line) => line.startsWith(instruction));
  return JSON.parse(step.slice(step.indexOf('[')));
}

/** Sources of all COPY instructions, of the context or of the earlier stage. */
function copied(from: 'context' | 'build'): string[] {
  const prefix = from === 'build' ? 'COPY --from=build ' : 'COPY ';
  return steps
    .filter((step) => step.startsWith(prefix) && (from === 'build' || !step.includes('--from')))
    .flatMap((step) => step.slice(prefix.length).split(/\s+/).slice(0, -1))
    .map((path) => path.replace('/app/', ''));
}

describe('the image', () => {
  it('never contains secrets, data, or build output of the host', () => {
    expect(ignored).toEqual(
      expect.arrayContaining([
        '.env',
        '.env.*',
        'data',
        '*.db',
        '.git',
        'node_modules',
        'dist',
        'src/store/generated',
      ]),
    );
  });

  it('contains what the build and the server need', () => {
    const built = ['node_modules', 'dist'];
    const needed = [
      ...copied('context'),
      ...copied('build').filter((path) => !built.includes(path)),
      ...['tsconfig.build.json', 'scripts/generate.js', 'src/main.ts', 'prisma/schema.prisma'],
    ];
    expect(needed).toEqual(
      expect.arrayContaining(['package-lock.json', 'scripts/install.js', '.', 'config']),
    );
    expect(needed.filter((path) => !existsSync(path))).toEqual([]);
    const isIgnored = (path: string) => ignored.some((line) => path === line || path.startsWith(`${line}/`));
    expect(needed.filter(isIgnored)).toEqual([]);
  });

  it('installs packages from a lock file that fits package.json', () => {
    const { dependencies, devDependencies } = json('package.json');
    expect(json('package-lock.json').packages['']).toMatchObject({ dependencies, devDependencies });
    expect(steps).toContain('RUN node scripts/install.js --omit=dev --omit=optional');
  });

  it('runs as another user than root, and receives signals itself', () => {
    expect(image).toContain('USER node');
    expect(execForm('CMD')).toEqual(['node', json('package.json').bin['llm-streaming-service']]);
  });

  it('has a health check that passes while the server answers, and fails otherwise', async () => {
    const [command = '', ...words] = execForm('HEALTHCHECK');
    expect(command).toBe('node');
    const check = async (port: string) => {
      const env = { ...process.env, PORT: port };
      const [code] = await once(spawn(process.execPath, words, { env, stdio: 'ignore' }), 'exit');
      return code;
    };
    const service = await startService();
    const { port } = new URL(service.url);
    expect(await check(port)).toBe(0);
    await service[Symbol.asyncDispose]();
    expect(await check(port)).toBe(1);
  });
});
