import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { availableServer, ServerProcess } from '../../scripts/survival/server-process.ts';
import { type Simulator, startSimulator } from '../../src/simulator/server.ts';
import { Editor, fileOf, insert, makeWorkspace, settled } from '../support/editor.ts';
import { edit, inTokens, reportOf, writing } from '../support/edits.ts';
import { post, terminalOf } from '../support/events.ts';
import { measureAgain } from '../support/measure-again.ts';

const MEGABYTE = 1_000_000;
const LINES = Array.from({ length: 20_000 }, (_, line) => `${line} `.padEnd(49, 'abcdefg ').concat('\n'));
const BIG = LINES.join('');

const PROBE = fileURLToPath(new URL('../support/delay-probe.js', import.meta.url));

let folder: string;
let simulator: Simulator;
let service: ServerProcess;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llm-editing-size-'));
  const config = join(folder, 'config.toml');
  await writeFile(config, '[chat]\nmax_context_tokens = 10_000_000\n');
  simulator = await startSimulator();
  service = await ServerProcess.start({
    command: ['--import', PROBE, ...availableServer()],
    databaseFile: join(folder, 'chat.db'),
    simulatorUrl: simulator.url,
    environment: { CONFIG_PATH: config },
  });
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await simulator[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/**
 * How long the server's event loop was held up at most since this was asked before, and how long 10 MB of JSON take it;
 * ms.
 */
async function delays(): Promise<{ longest: number; yardstick: number }> {
  service.child.send('delays');
  const [answer] = await once(service.child, 'message');
  return answer;
}

const textOf = async (id: string) => {
  const { workspace } = await (await fetch(`${service.url}/api/workspaces/${id}`)).json();
  return Object.values(workspace.files as Record<string, { text: string }>)[0]?.text;
};

describe('a file of a megabyte', () => {
  it.each<[string, string, string]>([
    [
      'every hundredth line changed',
      BIG,
      LINES.map((line, index) => (index % 100 ? line : `new ${line}`)).join(''),
    ],
    ['every line changed', BIG, LINES.map((line) => `${line.slice(0, 20)}!${line.slice(20)}`).join('')],
    ['nothing in common', BIG, LINES.map((_, index) => `${(index * 7919) % 65_537}\n`.repeat(8)).join('')],
    ['the lines in another order', BIG, [...LINES].reverse().join('')],
    ['one line', `${'x'.repeat(MEGABYTE)}\n`, `${'x'.repeat(MEGABYTE / 2)}y${'x'.repeat(MEGABYTE / 2)}\n`],
    ['half of it gone', BIG, LINES.filter((_, index) => index % 2).join('')],
  ])('[EDIT-2] with %s: in bounded time, and nobody waits for long', async (_what, base, target) => {
    expect(BIG).toHaveLength(MEGABYTE);
    // Where 10 MB of JSON take 0.1 s it is 0.5 to 8 s in all, and 0.1 to 0.8 s at once; what costs by the square of the
    // length takes minutes.
    const most = { all: 600, atOnce: 40 };
    const figures = await measureAgain(
      () => edited(base, target),
      ({ all, atOnce }) => all < most.all && atOnce < most.atOnce,
    );
    expect(figures.all).toBeLessThan(most.all);
    expect(figures.atOnce).toBeLessThan(most.atOnce);
  });

  /** How long an edit takes, and how long others wait for it at most; as multiples of the yardstick. */
  async function edited(base: string, target: string): Promise<{ all: number; atOnce: number }> {
    const { id, ids } = await makeWorkspace(service.url, { 'big.txt': base });
    using ada = new Editor(service.url);
    const doc = await ada.open(id);
    const chunks = inTokens(writing({ 'big.txt': target }), 4_000);
    simulator.setBehaviour({ chunks, firstDelayMs: 0, delayMs: 0 });
    const before = await delays();
    const startedAt = performance.now();
    const running = edit(service.url, id);
    await insert(doc, ids['big.txt'] ?? '', 0, '😀');
    const events = await running;
    const ms = performance.now() - startedAt;
    const after = await delays();
    const yardstick = Math.max(before.yardstick, after.yardstick);
    await settled(doc);
    expect([terminalOf(events).type, reportOf(events)?.outcome]).toEqual(['complete', 'applied']);
    const text = await textOf(id);
    expect(text?.replace('😀', '') === target).toBe(true);
    expect(fileOf(doc, ids['big.txt'] ?? '').text === text).toBe(true);

    const undone = await post(`${service.url}/api/workspaces/${id}/undo`, {});
    expect(undone.status).toBe(200);
    expect((await textOf(id))?.replace('😀', '') === base).toBe(true);
    await fetch(`${service.url}/api/workspaces/${id}`, { method: 'DELETE' });
    return { all: ms / yardstick, atOnce: after.longest / yardstick };
  }
});
