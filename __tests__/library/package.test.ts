import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { createChatClient } from '../../src/client/index.ts';
import { readCut } from '../support/cut-reader.ts';
import { allEvents, ask, post, readEvents, terminalOf, textOf } from '../support/events.ts';
import { openaiWire } from '../support/fake-openai.ts';
import { startFake } from '../support/fake-provider.ts';
import { type Applications, installInto } from '../support/installed.ts';

const run = promisify(execFile);

const EXAMPLES = Array.from(
  readFileSync('docs/library.md', 'utf8').matchAll(/^```ts\n(.*?)^```/gms),
  ([, code = '']) => code,
);
/** What an example is about. */
const headOf = (code: string) =>
  /(?:function|performAI|create|await) *\w*\(|\w+App\b/.exec(code)?.[0] ?? code;

let applications: Applications;
beforeAll(async () => {
  applications = await installInto([
    'examples/express-app',
    'examples/fastify-app',
    'examples/http-app',
    '__tests__/fixtures/documented-app',
  ]);
});
afterAll(() => applications[Symbol.asyncDispose]());

const packageIn = (name: string) => join(applications.folder(name), 'node_modules/llm-streaming-service');

describe('the tarball', () => {
  it('[LIB-2] has what runs and what types it, and nothing else', () => {
    const { files } = applications;
    expect(files).toEqual(
      expect.arrayContaining([
        'config/default.toml',
        'config/models.toml',
        'dist/index.d.ts',
        'dist/index.js',
        'dist/main.js',
        'dist/web/index.html',
        'prisma/migrations/migration_lock.toml',
        'prisma/schema.prisma',
      ]),
    );
    const wanted =
      /^(dist|config|prisma|docs|examples)\/|^(package\.json|README\.md|CONTRIBUTING\.md|LICENSE|thunder-collection\.json|\.env\.example)$/;
    const unwanted = /\.map$|(^|\/)\.env$|\.db$|node_modules\/|^examples\/.*\/dist\//;
    expect(files.filter((path) => !wanted.test(path) || unwanted.test(path))).toEqual([]);
  });

  it('[LIB-2] says where it comes from, and names no source map that it has not', async () => {
    const manifest = JSON.parse(await readFile(join(packageIn('http-app'), 'package.json'), 'utf8'));
    for (const field of ['repository', 'homepage', 'bugs', 'keywords', 'author', 'license', 'description'])
      expect(manifest).toHaveProperty(field);
    const naming: string[] = [];
    // What an older build has left there is not packed by `npm pack`, which begins with an empty folder.
    const isBuilt = (path: string) => existsSync(path.replace(/^dist\/(?!web\/)(.*)\.js$/, 'src/$1.ts'));
    for (const path of applications.files.filter((path) => /\.(js|css|ts)$/.test(path) && isBuilt(path))) {
      const text = await readFile(join(packageIn('http-app'), path), 'utf8');
      if (/^(\/\/|\/\*)# sourceMappingURL=/m.test(text)) naming.push(path);
    }
    expect(naming).toEqual([]);
  });

  it('[LIB-2] has its documentation with it, without a link that leads nowhere', async () => {
    const { files } = applications;
    expect(files).toEqual(expect.arrayContaining(['README.md', 'docs/library.md', 'docs/predecessors.md']));
    const dead: string[] = [];
    for (const page of files.filter((path) => path.endsWith('.md'))) {
      const text = await readFile(join(packageIn('http-app'), page), 'utf8');
      const links = text.replaceAll(/^```.*?^```/gms, '').matchAll(/\]\(([^)\s]+)\)/g);
      for (const [, link = ''] of links) {
        const [path = '', heading] = link.split('#');
        if (/^[a-z]+:/.test(link)) continue;
        const target = path === '' ? page : join(dirname(page), path).replace(/\/$/, '');
        if (!files.some((file) => file === target || file.startsWith(`${target}/`)))
          dead.push(`${page}: ${link}`);
        else if (heading && !(await headingsOf(target)).includes(heading)) dead.push(`${page}: ${link}`);
      }
    }
    expect(dead).toEqual([]);
  });

  /** As GitHub and npm make them. */
  async function headingsOf(page: string): Promise<string[]> {
    const text = await readFile(join(packageIn('http-app'), page), 'utf8');
    return Array.from(text.matchAll(/^#+ (.*)$/gm), ([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s-]/gu, '')
        .replaceAll(' ', '-'),
    );
  }

  it('[LIB-2] has a file for everything that it exports', async () => {
    const { exports, main, types, bin } = JSON.parse(
      await readFile(join(packageIn('http-app'), 'package.json'), 'utf8'),
    );
    const named = JSON.stringify([exports, main, types, bin]).matchAll(/"(?:\.\/)?(dist\/[^"]+)"/g);
    const paths = Array.from(named, ([, path = '']) => path);
    expect(paths).toHaveLength(19);
    expect(paths.filter((path) => !applications.files.includes(path))).toEqual([]);
  });

  it.each(['dist/index.js', 'dist/internals.js', 'dist/frameworks/express.js', 'dist/frameworks/http.js'])(
    '[LIB-1] %s has no web framework behind it',
    async (entry) => {
      const modules = await importedBy(join(packageIn('http-app'), entry));
      expect(modules.length).toBeGreaterThan(20);
      expect(modules.filter((name) => /^(express|fastify|koa|hono|body-parser)\b/.test(name))).toEqual([]);
    },
  );

  it('[LIB-2] has the types that every example of the documentation needs', async () => {
    const folder = applications.folder('documented-app');
    expect(EXAMPLES.length).toBeGreaterThan(8);
    for (const [index, code] of EXAMPLES.entries())
      await writeFile(join(folder, `example-${index}.ts`), code);
    await typesOf(folder);
  });

  it.each(EXAMPLES.map((code, index) => [headOf(code), code, index] as const))(
    '[LIB-2] has examples that run as they are written: %s',
    async (_head, code, index) => {
      await using fake = await startFake(openaiWire());
      fake.reply = { content: ['Hello', ' there'] };
      const folder = applications.folder('documented-app');
      const file = join(folder, `example-${index}.ts`);
      await writeFile(file, code);
      const home = await mkdtemp(join(tmpdir(), 'llm-streaming-example-'));
      const { PATH, HOME } = process.env;
      const keys = { OPENAI_API_KEY: 'a-key', OPENROUTER_API_KEY: 'a-key' };
      const child = spawn(
        process.execPath,
        [
          '--import',
          join(folder, 'any-port.js'),
          '--import',
          resolve('node_modules/tsx/dist/loader.mjs'),
          file,
        ],
        {
          cwd: home,
          env: { PATH, HOME, ...keys, OPENAI_BASE_URL: fake.url, OPENROUTER_BASE_URL: fake.url },
          stdio: ['ignore', 'pipe', 'pipe'],
        },
      );
      const exited = once(child, 'exit').then(([exitCode]): number | null => exitCode);
      let said = '';
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk) => (said += String(chunk)));
      if (code.includes('3000')) {
        await served(child, code.includes("'/api'") ? 200 : 404);
        child.kill('SIGKILL');
        await exited;
      } else {
        expect([await exited, said]).toEqual([0, said]);
      }
      await rm(home, { recursive: true, force: true });
    },
  );

  it('[LIB-2] installs a command that serves', async () => {
    await using server = await start(join(packageIn('http-app'), 'dist/main.js'));
    expect(textOf(await allEvents(ask(server.url, '[[simulate: tokens=5, delay_ms=1]]')))).not.toBe('');
    const page = await fetch(server.url);
    expect(page.headers.get('content-type')).toContain('text/html');
  });
});

describe.each(['express-app', 'fastify-app', 'http-app'])('%s', (name) => {
  let server: Running;
  beforeAll(async () => {
    await typesOf(applications.folder(name));
    server = await start(join(applications.folder(name), 'dist/app.js'));
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it('[LIB-2] [RUN-2] streams, is cut, and gives exactly the rest', async () => {
    const messages = [{ role: 'user', content: '[[simulate: tokens=80, delay_ms=5, split=utf8]] \u{1F600}' }];
    const question = { method: 'POST', path: '/api/chat', body: { chatId: 'cut', messages } } as const;
    const { events, headers, whole } = await readCut(server.url, question, 2500);
    expect(whole).toBe(false);
    const runId = headers.get('x-run-id');
    const rest = await allEvents(
      fetch(`${server.url}/api/runs/${runId}/stream`, {
        headers: { 'last-event-id': events.at(-1)?.id ?? '' },
      }),
    );
    const text = textOf(events) + textOf(rest);
    expect(terminalOf(rest)).toMatchObject({ type: 'complete', finalContentLength: text.length });
    expect(await stored('cut')).toMatchObject({ content: text, status: 'complete' });
  });

  it('[LIB-2] [RUN-4] stops', async () => {
    const response = await ask(server.url, '[[simulate: tokens=endless, delay_ms=5]]', { chatId: 'stopped' });
    let text = '';
    for await (const event of readEvents(response)) {
      if (event.type === 'start') {
        const stop = await fetch(`${server.url}/api/runs/${event.runId}/stop`, { method: 'POST' });
        expect(stop.status).toBe(202);
      }
      if (event.type === 'content') text += event.content;
      if (event.type === 'stopped') expect(event.cause).toBe('user_stop');
    }
    expect(await stored('stopped')).toMatchObject({ content: text, status: 'stopped' });
  });

  it('[LIB-2] works with the typed client, in the chat from before', async () => {
    const client = createChatClient({ baseUrl: server.url });
    const run = client.send({
      chatId: 'stopped',
      messages: [{ role: 'user', content: '[[simulate: tokens=5, delay_ms=1]]' }],
    });
    expect(await run.done).toMatchObject({ type: 'complete' });
    const renamed = await client.chats.rename('stopped', 'A better title');
    expect(renamed).toMatchObject({ title: 'A better title' });
    expect(await client.regenerate('stopped').done).toMatchObject({ type: 'complete' });
    await client.chats.delete('stopped');
    await expect(client.chats.get('stopped')).rejects.toMatchObject({ status: 404, code: 'not_found' });
    expect((await client.models()).length).toBeGreaterThan(0);
  });

  it.each<[string, number, string, () => Promise<Response>]>([
    ['no question', 400, 'invalid_request', () => post(`${server.url}/api/chat`, {})],
    ['broken JSON', 400, 'invalid_request', () => post(`${server.url}/api/chat`, '{"messages": [')],
    [
      'a huge body',
      413,
      'payload_too_large',
      () => post(`${server.url}/api/chat`, `"${'x'.repeat(5_000_000)}"`),
    ],
    ['another method', 405, 'method_not_allowed', () => fetch(`${server.url}/api/chat`, { method: 'PUT' })],
    ['no such run', 404, 'not_found', () => fetch(`${server.url}/api/runs/${crypto.randomUUID()}/stream`)],
    [
      'a form, as a page of another origin can send it',
      400,
      'invalid_request',
      () => fetch(`${server.url}/api/chat`, { method: 'POST', body: JSON.stringify({ messages: [] }) }),
    ],
  ])('[ERR-1] says what is wrong in the one shape: %s', async (_what, status, code, request) => {
    const response = await request();
    expect(response.status).toBe(status);
    const requestId = response.headers.get('x-request-id');
    expect(await response.json()).toMatchObject({ error: { code, requestId } });
  });

  it('[LIB-2] leaves the rest to the application', async () => {
    expect(await (await fetch(server.url)).text()).toContain('An application of its own');
    const unknown = await fetch(`${server.url}/api/nothing-of-ours`);
    expect([unknown.status, unknown.headers.get('x-run-id')]).toEqual([404, null]);
  });

  it('[RUN-10] lets an answer finish, and goes', async () => {
    const response = await ask(server.url, '[[simulate: tokens=60, delay_ms=10]]', { chatId: 'last' });
    const events: Array<{ type: string }> = [];
    for await (const event of readEvents(response)) {
      if (event.type === 'start') server.child.kill('SIGTERM');
      events.push(event);
    }
    expect(events.at(-1)?.type).toBe('complete');
    expect(await server.exited).toBe(0);
  });

  async function stored(chatId: string): Promise<unknown> {
    const response = await fetch(`${server.url}/api/chat/${chatId}`);
    const { messages }: { messages: unknown[] } = JSON.parse(await response.text());
    return messages.at(-1);
  }
});

/** Strict, and with the declarations of this package checked, too. Throws an Error that says what is wrong. */
async function typesOf(folder: string): Promise<void> {
  await run(process.execPath, ['node_modules/typescript/bin/tsc'], { cwd: folder }).catch(
    ({ stdout }: { stdout: string }) => {
      throw new Error(stdout);
    },
  );
}

/** Resolves when a server that the program has started answers so. Throws an Error when the program ends before. */
async function served(child: ChildProcess, status: number): Promise<void> {
  let said = '';
  for await (const output of child.stdout ?? []) {
    said += String(output);
    for (const [, port] of said.matchAll(/listening on (\d+)\n/g)) {
      const response = await fetch(`http://localhost:${port}/api/chats`).catch(() => null);
      await response?.body?.cancel();
      if (response?.status === status) return;
    }
  }
  throw new Error(`No server answered ${status}: ${said}`);
}

interface Running extends AsyncDisposable {
  url: string;
  child: ChildProcess;
  /** With its exit code. */
  exited: Promise<number | null>;
}

/** Starts a program on any port, with an empty database and without credentials. */
async function start(program: string): Promise<Running> {
  const home = await mkdtemp(join(tmpdir(), 'llm-streaming-application-'));
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, [program], {
    cwd: home,
    env: { PATH, HOME, PORT: '0', LOG_LEVEL: 'silent', DATABASE_URL: 'file:./data/chat.db' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit').then(([code]): number | null => code);
  let url: string | undefined;
  for await (const output of child.stdout) {
    [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(String(output)) ?? [];
    if (url) break;
  }
  if (!url) throw new Error(`${program} did not start`);
  return {
    url,
    child,
    exited,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** Every package that a built module imports, and that its own modules import in turn. */
async function importedBy(entry: string): Promise<string[]> {
  const packages = new Set<string>();
  const seen = new Set<string>();
  const look = async (file: string): Promise<void> => {
    if (seen.has(file)) return;
    seen.add(file);
    const source = await readFile(file, 'utf8');
    const names = source.matchAll(/(?:\bfrom |^import |\bimport\()['"]([^'"\s]+)['"]/gm);
    for (const [, name = ''] of names) {
      if (name.startsWith('.')) await look(join(dirname(file), name));
      else packages.add(name);
    }
  };
  await look(entry);
  return [...packages, ...seen];
}
