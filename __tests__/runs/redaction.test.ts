import { FilterRegions } from '../../src/providers/reading/filter-offsets.ts';
import { Run } from '../../src/runs/run.ts';
import type { SeenEvent } from '../support/events.ts';
import { allEvents, ask, readEvents, terminalOf, textOf } from '../support/events.ts';
import { type Service, startService } from '../support/service.ts';
import { OWNER } from '../support/store-samples.ts';

const CHUNKS = ['The ', 'password ', 'is ', 'hunter2', ', ', 'of ', 'course. ', 'Bye.'];
const SECRET = 'hunter2';
const FROM = CHUNKS.join('').indexOf(SECRET);
const REDACTED = CHUNKS.join('').replace(SECRET, '\u2588'.repeat(SECRET.length));
const quick = { delayMs: 0, firstDelayMs: 0 };
const violation = (at: number | 'end') =>
  ({ kind: 'late_violation', at, from: FROM, to: FROM + SECRET.length }) as const;

/** What a reader shows in the end. */
function shown(events: readonly SeenEvent[]): string {
  return events.reduce((text, event) => {
    if (event.type === 'content') return text + event.content;
    if (event.type !== 'redact') return text;
    return text.slice(0, event.from) + '\u2588'.repeat(event.to - event.from) + text.slice(event.to);
  }, '');
}

describe('[PROV-8] text that is taken back after it was shown', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service[Symbol.asyncDispose]());
  const messages = () =>
    service.query<{ content: string }>(
      "SELECT content FROM Message WHERE role = 'assistant' ORDER BY rowid DESC",
    );

  it('after the finish_reason: every reader hears it before the end, and the database has no trace of it', async () => {
    service.simulator.setBehaviour({ ...quick, chunks: CHUNKS, fault: violation('end') });
    const events = await allEvents(ask(service.url, 'Hi', { chatId: 'late' }));
    expect(events.filter(({ type }) => type === 'redact')).toMatchObject([
      { from: FROM, to: FROM + SECRET.length },
    ]);
    expect(terminalOf(events)).toMatchObject({ type: 'complete', finishReason: 'content_filter' });
    expect(shown(events)).toBe(REDACTED);
    expect(messages()[0]?.content).toBe(REDACTED);
    expect(JSON.stringify(service.query('SELECT * FROM Run'))).not.toContain(SECRET);
    expect(service.query('SELECT * FROM RunSegment')).toEqual([]);
  });

  it('[RUN-2] resumed from any position, also after a restart: positions hold, and the text is gone', async () => {
    service.simulator.setBehaviour({ ...quick, chunks: CHUNKS, fault: violation('end') });
    const events = await allEvents(ask(service.url, 'Hi'));
    const [start] = events;
    if (start?.type !== 'start') throw new Error('no start');
    await service.restart();
    const last = Number(terminalOf(events) && events.at(-1)?.id.split(':')[1]);
    expect(last).toBe(REDACTED.length + 2);
    for (let after = 0; after < last; after += 1) {
      const url = `${service.url}/api/runs/${start.runId}/stream?after=${after}`;
      const rest = await allEvents(fetch(url));
      expect(textOf(rest)).toBe(REDACTED.slice(after));
      expect(rest.some(({ type }) => type === 'redact')).toBe(after <= REDACTED.length);
      expect(rest.at(-1)?.id).toBe(`${start.runId}:${last}`);
    }
  });

  it('while the answer streams: in the middle of what its readers have', async () => {
    service.simulator.setBehaviour({
      chunks: [...CHUNKS, ...Array(30).fill('. ')],
      delayMs: 10,
      firstDelayMs: 0,
      fault: violation(8),
    });
    const response = await ask(service.url, 'Hi', { chatId: 'live' });
    const events: SeenEvent[] = [];
    for await (const event of readEvents(response)) events.push(event);
    expect(shown(events)).toBe(REDACTED);
    expect(terminalOf(events)).toMatchObject({ finishReason: 'content_filter' });
  });

  it('[RUN-6] the next checkpoint has it, however young it is: a crash does not bring the text back', () => {
    const run = new Run(
      {
        runId: 'run',
        chatId: 'chat',
        ownerId: OWNER,
        messageId: 'message',
        provider: 'azure',
        model: 'gpt',
        protocol: 'native',
        requestId: null,
        promptTokens: 0,
        createdAt: new Date(),
      },
      'continue',
      { answerChars: 1000, progressEvery: 5, revealing: true, countTokens: () => 0 },
    );
    run.generation.content(`It is ${SECRET}.`);
    expect(run.takeUnsaved(750)).toBeNull();
    run.generation.redact(6, 6 + SECRET.length);
    const checkpoint = run.takeUnsaved(750);
    expect(checkpoint?.replace).toBe(true);
    expect(checkpoint?.segments.map(({ kind, text }) => [kind, text])).toEqual([
      ['content', 'It is ███████.'],
      ['event', '{"type":"redact","from":6,"to":13}'],
    ]);
  });

  it.each([0, 44])('is found where the offsets of the filter begin (%i)', async (offsetBase) => {
    service.simulator.setBehaviour({ ...quick, chunks: CHUNKS, offsetBase, fault: violation('end') });
    expect(shown(await allEvents(ask(service.url, 'Hi')))).toBe(REDACTED);
  });

  it('is not part of later prompts', async () => {
    service.simulator.setBehaviour({ ...quick, chunks: CHUNKS, fault: violation('end') });
    await allEvents(ask(service.url, 'Hi', { chatId: 'prompted' }));
    service.simulator.setBehaviour({ ...quick, chunks: ['ok'] });
    await allEvents(ask(service.url, 'And?', { chatId: 'prompted' }));
    expect(JSON.stringify(service.simulator.requests.at(-1)?.body)).not.toContain(SECRET);
  });

  it('takes whole characters', async () => {
    service.simulator.setBehaviour({
      ...quick,
      chunks: ['a', '👍🏽', 'b'],
      fault: { kind: 'late_violation', at: 'end', from: 2, to: 4 },
    });
    const events = await allEvents(ask(service.url, 'Hi'));
    expect(events.filter(({ type }) => type === 'redact')).toMatchObject([{ from: 1, to: 5 }]);
    expect(messages()[0]?.content).toBe('a████b');
  });

  it('an asynchronous filter that finds nothing changes nothing', async () => {
    service.simulator.setBehaviour({ ...quick, tokens: 60, asyncFilter: true, offsetBase: 44 });
    const events = await allEvents(ask(service.url, 'Hi'));
    expect(terminalOf(events)).toMatchObject({ finishReason: 'stop', totalChunks: 60 });
    expect(events.some(({ type }) => type === 'redact')).toBe(false);
  });
});

describe("[PROV-8] where Azure's filter points to", () => {
  const offsets = (check_offset: number, start_offset: number, end_offset: number) => ({
    check_offset,
    start_offset,
    end_offset,
  });

  it('counts from where the lowest annotation began: offsets include the prompt', () => {
    const regions = new FilterRegions(14);
    regions.passed(offsets(44, 44, 198));
    regions.passed(offsets(44, 150, 400));
    expect(regions.violated(offsets(506, 100, 120), 600)).toEqual({ from: 56, to: 76 });
  });

  it("is Microsoft's own sample: all of it", () => {
    const regions = new FilterRegions(33);
    regions.passed(offsets(65, 65, 1056));
    expect(regions.violated(offsets(65, 65, 1056), 991)).toEqual({ from: 0, to: 991 });
  });

  it('takes the check offset for the beginning when the first annotation is the violation', () => {
    expect(new FilterRegions(100).violated(offsets(140, 150, 160), 500)).toEqual({ from: 10, to: 20 });
    expect(new FilterRegions(100).violated(offsets(0, 4, 9), 500)).toEqual({ from: 4, to: 9 });
  });

  it('counts from the answer where the prompt is longer than that', () => {
    expect(new FilterRegions(100).violated(offsets(4, 4, 9), 500)).toEqual({ from: 4, to: 9 });
  });

  it('takes back all that can have been meant when nothing says where the answer begins', () => {
    expect(new FilterRegions(10).violated(offsets(44, 44, 60), 500)).toEqual({ from: 0, to: 60 });
    expect(new FilterRegions(100).violated(offsets(44, 44, 560), 500)).toEqual({ from: 0, to: 500 });
    expect(new FilterRegions(0).violated(offsets(900, 900, 950), 20)).toEqual({ from: 0, to: 20 });
  });

  it('[PROV-8] takes everything back when the end cannot be one', () => {
    for (const end of [0, -5, Number.MIN_SAFE_INTEGER]) {
      expect(new FilterRegions(10).violated(offsets(900, 900, end), 20)).toEqual({ from: 0, to: 20 });
    }
  });

  it('takes everything back rather than nothing', () => {
    const regions = new FilterRegions(0);
    regions.passed(offsets(0, 0, 10));
    expect(regions.violated(offsets(0, 700, 900), 20)).toEqual({ from: 0, to: 20 });
  });
});
