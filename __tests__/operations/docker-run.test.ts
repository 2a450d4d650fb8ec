import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** In the place of Docker: says what it was given. */
const DOCKER = `#!${process.execPath}
console.log(JSON.stringify({ args: process.argv.slice(2), env: process.env }));
`;

describe('make docker-run', () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'llm-streaming-docker-'));
    await mkdir(join(home, 'bin'));
    await writeFile(join(home, 'bin/docker'), DOCKER);
    await chmod(join(home, 'bin/docker'), 0o755);
  });
  afterEach(() => rm(home, { recursive: true, force: true }));

  async function dockerRun(dotEnv: string): Promise<{ args: string[]; env: Record<string, string> }> {
    await writeFile(join(home, '.env'), dotEnv);
    const script = resolve('scripts/docker-run.js');
    const env = { PATH: `${join(home, 'bin')}:${process.env.PATH}` };
    const { stdout } = await run(process.execPath, [script, 'an-image', '3456'], { cwd: home, env });
    return JSON.parse(stdout);
  }

  it('[CONF-3] passes on .env as the server itself reads it', async () => {
    const { args, env } = await dockerRun(
      [
        '\uFEFFAZURE_OPENAI_ENDPOINT="https://a.openai.azure.com" # the resource',
        "AZURE_OPENAI_API_KEY='s3cret'",
        'HOST=127.0.0.1',
        'DATABASE_URL=file:./mine.db',
      ].join('\n'),
    );
    expect(env).toMatchObject({
      AZURE_OPENAI_ENDPOINT: 'https://a.openai.azure.com',
      AZURE_OPENAI_API_KEY: 's3cret',
      HOST: '0.0.0.0',
      DATABASE_URL: 'file:/app/data/chat.db',
      NODE_ENV: 'production',
      AUTH_OPEN: '1',
    });
    const passed = args.filter((_, at) => args[at - 1] === '--env');
    expect(passed).toEqual(
      expect.arrayContaining(['AZURE_OPENAI_ENDPOINT', 'AZURE_OPENAI_API_KEY', 'HOST', 'DATABASE_URL']),
    );
    expect(passed).not.toContain('CONFIG_PATH');
    expect(args.join(' ')).not.toContain('s3cret');
    expect([args[0], args.at(-1), args.includes('127.0.0.1:3456:3000')]).toEqual(['run', 'an-image', true]);
  });

  it('[CONF-3] mounts the settings file that .env names', async () => {
    await writeFile(join(home, 'my.toml'), '');
    const { args, env } = await dockerRun('CONFIG_PATH="my.toml"\n');
    expect(env.CONFIG_PATH).toBe('/app/settings.toml');
    expect(args.some((argument) => argument.endsWith('my.toml:/app/settings.toml:ro'))).toBe(true);
    await expect(dockerRun('CONFIG_PATH=gone.toml')).rejects.toMatchObject({
      code: 1,
      stderr: 'CONFIG_PATH in .env names gone.toml, which is not there.\n',
    });
  });
});
