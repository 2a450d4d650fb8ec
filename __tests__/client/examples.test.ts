import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { type ChatMessage, createChatClient, SseParser } from '../../src/client/index.ts';
import { describeInBrowser, launch } from '../support/browser.ts';
import { startCuttingProxy } from '../support/cutting-proxy.ts';
import { createKey } from '../support/keys.ts';
import { type Service, startService } from '../support/service.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service[Symbol.asyncDispose]());

/** A service with AUTH_METHODS=keys, and a key for it. */
async function startGuarded() {
  const guarded = await startService({ config: { auth: { methods: ['keys'] } } });
  const { text: key } = await createKey(guarded.databaseFile);
  return { url: guarded.url, key, [Symbol.asyncDispose]: () => guarded[Symbol.asyncDispose]() };
}

/** The text of the newest chat's last message. */
async function lastAnswer(baseUrl = service.url, auth = ''): Promise<Partial<ChatMessage>> {
  const { chats } = createChatClient({ baseUrl, auth });
  const [newest] = (await chats.list({ limit: 1 })).chats;
  return (await chats.get(newest?.id ?? '')).messages.at(-1) ?? {};
}

describe('the examples', () => {
  it('have no type errors', async () => {
    await expect(run('npx', ['tsc', '-p', 'examples'], { cwd: ROOT })).resolves.toMatchObject({ stdout: '' });
  });

  it('[RUN-2] curl.sh asks, is cut, and fetches exactly what is missing', async () => {
    const { stdout, stderr } = await cutByCurl(1);
    expect(stderr).toContain('--- what comes after');
    const messages = new SseParser().push(new TextEncoder().encode(stdout));
    const events = messages.flatMap(({ data }) => {
      try {
        return [JSON.parse(data)];
      } catch {
        // The one that was cut.
        return [];
      }
    });
    const text = events.map(({ type, content }) => (type === 'content' ? content : '')).join('');
    expect(events.at(-1)).toMatchObject({ type: 'complete', finalContentLength: text.length });
    expect(await lastAnswer()).toMatchObject({ content: text, status: 'complete' });
  });

  /** An answer that lasts about twice as long as the connection. On a slow machine even its head may come too late. */
  async function cutByCurl(seconds: number): Promise<{ stdout: string; stderr: string }> {
    const question = `[[simulate: tokens=60, delay_ms=${seconds * 30}]] "quoted" \\ and\non two lines`;
    const env = { ...process.env, SERVICE: service.url, CUT_AFTER: String(seconds) };
    try {
      return await run('examples/curl.sh', [question], { cwd: ROOT, env });
    } catch (error) {
      if (seconds >= 16 || !String(error).includes('no run began')) throw error;
      return cutByCurl(seconds * 2);
    }
  }

  it('[RUN-2] chat.py has the whole text after any number of cuts', async () => {
    const cuts = [0, 700, 300];
    await using proxy = await startCuttingProxy(
      () => service.url,
      (connection) => cuts[connection],
    );
    const script = 'examples/python/chat.py';
    const question = '[[simulate: tokens=60, delay_ms=5, split=utf8]]';
    const environment = { ...process.env, SERVICE: proxy.url };
    const { stdout } = await run('python3', [script, question], { cwd: ROOT, env: environment });
    expect(proxy.connections).toBe(cuts.length + 1);
    expect(await lastAnswer()).toMatchObject({ content: stdout.slice(0, -1), status: 'complete' });
  });

  it('[AUTH-2] curl.sh and chat.py send a key', async () => {
    await using guarded = await startGuarded();
    const environment = { ...process.env, SERVICE: guarded.url, API_KEY: guarded.key, CUT_AFTER: '60' };
    const options = { cwd: ROOT, env: environment };
    const { stdout } = await run('python3', ['examples/python/chat.py', 'question'], options);
    expect(stdout).toBe('Hello there\n');
    expect((await run('examples/curl.sh', ['question'], options)).stdout).toContain('"type":"complete"');
    const without = { cwd: ROOT, env: { ...environment, API_KEY: '' } };
    await expect(run('python3', ['examples/python/chat.py', 'question'], without)).rejects.toMatchObject({
      stderr: expect.stringMatching(/^\[unauthenticated\]/),
    });
    await expect(run('examples/curl.sh', ['question'], without)).rejects.toMatchObject({
      stdout: expect.stringContaining('"unauthenticated"'),
    });
  });

  it('[ERR-1] chat.py says what is wrong with a question', async () => {
    const environment = { ...process.env, SERVICE: service.url };
    const refused = run('python3', ['examples/python/chat.py', ' '], { cwd: ROOT, env: environment });
    await expect(refused).rejects.toMatchObject({
      code: 1,
      stderr: /^\[invalid_request\] messages\.0\.content/,
    });
  });
});

/** Serves the pages of the examples, in front of a service. */
async function startPages({ url }: Pick<Service, 'url'>): Promise<{ vite: ChildProcess; origin: string }> {
  const binary = fileURLToPath(new URL('../../node_modules/vite/bin/vite.js', import.meta.url));
  const vite = spawn(process.execPath, [binary, '--config', 'examples/vite.config.ts', '--port', '0'], {
    cwd: ROOT,
    env: { ...process.env, SERVICE: url, NO_COLOR: '1', NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // Its output is read to the end: it would fail where nobody reads it.
  const origin = await new Promise<string>((resolve, reject) => {
    vite.once('exit', () => reject(new Error('Vite did not start.')));
    vite.stdout.on('data', (output) => {
      const [found] = /http:\/\/127\.0\.0\.1:\d+/.exec(String(output)) ?? [];
      if (found) resolve(found);
    });
  });
  return { vite, origin };
}

describeInBrowser('the examples in a browser', () => {
  let pages: Awaited<ReturnType<typeof startPages>>;
  let browser: Browser;
  beforeAll(async () => {
    pages = await startPages(service);
    browser = await launch();
  });
  afterAll(async () => {
    await browser.close();
    pages.vite.kill();
  });

  async function open(name: string, { origin } = pages): Promise<Page> {
    const page = await browser.newPage();
    page.setDefaultTimeout(60_000);
    await page.goto(`${origin}/${name}/`);
    return page;
  }

  async function ask(page: Page, question: string): Promise<void> {
    await page.getByLabel('Question').fill(question);
    await page.getByRole('button', { name: 'Ask' }).click();
  }

  it.each(['plain-html', 'react', 'vue'])(
    '[CLIENT-4] %s asks, streams, says how much there is, stops, and has what the server has',
    async (name) => {
      const page = await open(name);
      await ask(page, 'question');
      await page.getByText('Hello there').waitFor();
      await page.locator('button:text("Ask"):not([disabled])').waitFor();
      await ask(page, '[[simulate: tokens=endless, delay_ms=10]]');
      await page.getByText('0 1 2 3 ').waitFor();
      await page.getByText(/^\s*[1-9]\d*\.\d%\s*$/).waitFor();
      await page.getByRole('button', { name: 'Stop' }).click();
      await page.locator('button:text("Ask"):not([disabled])').waitFor();
      const { content, status } = await lastAnswer();
      expect(status).toBe('stopped');
      expect(await page.locator('#answer, li:last-child').textContent()).toBe(content);
      await page.close();
    },
    60_000,
  );

  it('[AUTH-2] ask for a key when the service refuses the request, and keep it', async () => {
    await using guarded = await startGuarded();
    const guardedPages = await startPages(guarded);
    try {
      for (const name of ['plain-html', 'react', 'vue']) {
        const page = await open(name, guardedPages);
        const dialogs: string[] = [];
        page.on('dialog', async (dialog) => {
          dialogs.push(dialog.message());
          await dialog.accept(guarded.key);
        });
        for (const question of ['first', 'second']) {
          await ask(page, question);
          await page.locator('button:text("Ask"):not([disabled])').waitFor();
        }
        expect(dialogs).toEqual(['API key']);
        expect(await lastAnswer(guarded.url, guarded.key)).toMatchObject({ content: 'Hello there' });
        expect(await page.locator('#answer, li:last-child').textContent()).toBe('Hello there');
        await page.close();
      }
    } finally {
      guardedPages.vite.kill();
    }
  });
});
