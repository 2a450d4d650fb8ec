import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { createChatClient } from '../src/client/index.ts';
import { readCut } from './support/cut-reader.ts';
import { allEvents, ask, post, readEvents, terminalOf, textOf } from './support/events.ts';
import { type Applications, installInto } from './support/installed.ts';

const run = promisify(execFile);

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
    const wanted = /^(dist|config|prisma)\/|^(package\.json|README\.md|LICENSE)$/;
    expect(files.filter((path) => !wanted.test(path) || /\.map$|(^|\/)\.env|\.db$/.test(path))).toEqual([]);
  });

  it('[LIB-2] has a file for everything that it exports', async () => {
    const { exports, main, types, bin } = JSON.parse(
      await readFile(join(packageIn('http-app'), 'package.json'), 'utf8'),
    );
    const named = JSON.stringify([exports, main, types, bin]).matchAll(/"(?:\.\/)?(dist\/[^"]+)"/g);
    const paths = Array.from(named, ([, path = '']) => path);
    expect(paths).toHaveLength(17);
    expect(paths.filter((path) => !applications.files.includes(path))).toEqual([]);
  });

  it.each(['dist/index.js', 'dist/frameworks/express.js', 'dist/frameworks/http.js'])(
    '[LIB-1] %s has no web framework behind it',
    async (entry) => {
      const modules = await importedBy(join(packageIn('http-app'), entry));
      expect(modules.length).toBeGreaterThan(20);
      expect(modules.filter((name) => /^(express|fastify|koa|hono|body-parser)\b/.test(name))).toEqual([]);
    },
  );

  it('[LIB-2] has the types that every example of the documentation needs', async () => {
    const folder = applications.folder('documented-app');
    const examples = Array.from(
      (await readFile('docs/library.md', 'utf8')).matchAll(/^```ts\n(.*?)^```/gms),
      ([, code = '']) => code,
    );
    expect(examples.length).toBeGreaterThan(8);
    for (const [index, code] of examples.entries())
      await writeFile(join(folder, `example-${index}.ts`), code);
    await typesOf(folder);
  });

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
