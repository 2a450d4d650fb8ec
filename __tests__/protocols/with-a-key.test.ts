import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createKey } from '../support/keys.ts';
import { type Service, startService } from '../support/service.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

let service: Service;
let key: string;
beforeAll(async () => {
  service = await startService({ config: { auth: { methods: ['keys'] } } });
  key = (await createKey(service.databaseFile)).text;
});
afterAll(() => service[Symbol.asyncDispose]());

/** The first block of code below the heading "With a key" of a page. */
function documented(page: string): string {
  const [, section = ''] =
    /\n## With a key\n(.*?)\n## /s.exec(readFileSync(`${ROOT}docs/${page}`, 'utf8')) ?? [];
  const [, code] = /```\w+\n(.*?)```/s.exec(section) ?? [];
  if (!code?.includes('127.0.0.1:3000')) throw new Error(`${page} has no example with a key`);
  return (
    code
      .replaceAll('127.0.0.1:3000', new URL(service.url).host)
      // Its newest release is installed by another name.
      .replace("'ai'", "'ai-7'")
      // One that the test's server has.
      .replace("'gpt-4o'", "'test-deployment'")
  );
}

/** Runs it as it is, with `more` after it. Returns what it prints. */
async function output(page: string, apiKey: string, more = ''): Promise<string> {
  const code = documented(page);
  const env = { ...process.env, NODE_OPTIONS: '', API_KEY: apiKey };
  const [command, ...options] =
    page === 'clients/curl.md' ? ['sh', '-c'] : ['node', '--input-type=module', '-e'];
  const { stdout, stderr } = await run(command as string, [...options, code + more], { cwd: ROOT, env });
  return stdout + stderr;
}

/** What a page only prepares is used here. */
const USES: ReadonlyArray<[page: string, more: string]> = [
  ['clients/curl.md', ''],
  ['clients/openai.md', ''],
  ['clients/event-source.md', "source.addEventListener('error', () => source.close());"],
  [
    'clients/use-chat.md',
    `const messages = [{ id: 'm1', role: 'user', parts: [{ type: 'text', text: 'Hi' }] }];
     const stream = await transport.sendMessages({ chatId: 'documented', trigger: 'submit-message', messages });
     for await (const part of stream) if (part.type === 'text-delta') process.stdout.write(part.delta);`,
  ],
  [
    'mirror.md',
    `const doc = connection.get('chats', 'documented');
     doc.subscribe((error) => {
       if (error) throw error;
       console.log(doc.data.messages.at(-1).content);
       connection.close();
     });`,
  ],
];

describe('[AUTH-3] with a key, what is documented works literally', () => {
  it.each(USES)('%s', async (page, more) => {
    expect(await output(page, key, more)).toContain(
      page === 'clients/curl.md' ? '"type":"complete"' : 'Hello there',
    );
  });

  it.each(USES)('[AUTH-10] %s is refused with a wrong one', async (page, more) => {
    const said = await output(page, 'lss_wrong', more).catch((error: unknown) =>
      String(Object(error).stderr),
    );
    expect(said).not.toContain('Hello there');
    if (page !== 'clients/event-source.md') expect(said).toMatch(/unauthenticated|401/);
  });
});
