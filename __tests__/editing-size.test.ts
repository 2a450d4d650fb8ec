import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Editor, fileOf, insert, makeWorkspace, settled } from './support/editor.ts';
import { edit, inTokens, reportOf, writing } from './support/edits.ts';
import { post, terminalOf } from './support/events.ts';
import { type Service, startService } from './support/service.ts';

const MEGABYTE = 1_000_000;
const LINES = Array.from({ length: 20_000 }, (_, line) => `${line} `.padEnd(49, 'abcdefg ').concat('\n'));
const BIG = LINES.join('');

let service: Service;
let chunks: string[];
beforeAll(async () => {
  service = await startService({
    config: { chat: { maxContextTokens: 10_000_000 } },
    script: () => ({ chunks, firstDelayMs: 0, delayMs: 0 }),
  });
});
afterAll(() => service[Symbol.asyncDispose]());

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
  ])(
    '[EDIT-2] with %s: in bounded time, and nobody waits for long',
    async (_what, base, target) => {
      expect(BIG).toHaveLength(MEGABYTE);
      const { id, ids } = await makeWorkspace(service.url, { 'big.txt': base });
      using ada = new Editor(service.url);
      const doc = await ada.open(id);
      chunks = inTokens(writing({ 'big.txt': target }), 4_000);
      const delay = monitorEventLoopDelay({ resolution: 5 });
      delay.enable();
      const startedAt = performance.now();
      const running = edit(service.url, id);
      await insert(doc, ids['big.txt'] ?? '', 0, '😀');
      const events = await running;
      delay.disable();
      const figures = { ms: Math.round(performance.now() - startedAt), longest: Math.round(delay.max / 1e6) };
      await settled(doc);
      if (process.env.FIGURES) console.log(_what, figures, terminalOf(events));
      expect([terminalOf(events).type, reportOf(events)?.outcome]).toEqual(['complete', 'applied']);
      const text = await textOf(id);
      expect(text?.replace('😀', '') === target).toBe(true);
      expect(fileOf(doc, ids['big.txt'] ?? '').text === text).toBe(true);
      expect(figures.ms).toBeLessThan(20_000);
      expect(figures.longest).toBeLessThan(1_000);

      const undone = await post(`${service.url}/api/workspaces/${id}/undo`, {});
      expect(undone.status).toBe(200);
      expect((await textOf(id))?.replace('😀', '') === base).toBe(true);
      await fetch(`${service.url}/api/workspaces/${id}`, { method: 'DELETE' });
    },
    60_000,
  );
});
