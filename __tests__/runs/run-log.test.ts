import fc from 'fast-check';
import type { Entry } from '../../src/runs/entries.ts';
import { assemble, journalOf, restoreLog, segmentsOf } from '../../src/runs/journal.ts';
import { RunLog } from '../../src/runs/log.ts';
import { REDACTED } from '../../src/runs/text.ts';
import type { TerminalEvent } from '../../src/wire/events.ts';

const usage = { promptTokens: 1, completionTokens: 1, reasoningTokens: 0, totalTokens: 2, estimated: true };
const terminal: TerminalEvent = {
  type: 'stopped',
  cause: 'user_stop',
  totalChunks: 0,
  finalContentLength: 0,
  totalTime: 1,
  timeToFirstToken: null,
  usage,
};

const storable = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .filter((text) => !text.includes('\0'));
type Said = { content: string } | { reasoning: string };
const said: fc.Arbitrary<Said> = fc.oneof(
  storable.map((content) => ({ content })),
  storable.map((reasoning) => ({ reasoning })),
);

function say(log: RunLog, text: Said): void {
  if ('content' in text) log.content(text.content);
  else log.append({ type: 'reasoning', content: text.reasoning });
}

function drain(log: RunLog, from: number, atMost?: number): Entry[] {
  const reader = log.follow(from, () => {}, atMost);
  const entries: Entry[] = [];
  for (let entry = reader.next(); entry; entry = reader.next()) entries.push(entry);
  return entries;
}

function textOf(entries: readonly Entry[]): string {
  return entries.map(({ event }) => ('content' in event ? event.content : '')).join('');
}

/** The numbers of the content events among them, each once. */
function numbersOf(entries: readonly Entry[]): number[] {
  return [...new Set(entries.flatMap(({ event }) => (event.type === 'content' ? event.chunkNumber : [])))];
}

describe('the log of a run', () => {
  it('[RUN-2] gives a reader at any position exactly the rest, in parts of any size', () => {
    fc.assert(
      fc.property(
        fc.array(said, { maxLength: 20 }),
        fc.nat(400),
        fc.integer({ min: 2, max: 50 }),
        (events, at, atMost) => {
          const log = new RunLog();
          for (const event of events) say(log, event);
          const from = Math.min(at, log.position);
          const whole = textOf(drain(log, 0));
          const entries = drain(log, from, atMost);
          expect(textOf(entries)).toBe(whole.slice(from));
          expect(entries.at(-1)?.position ?? from).toBe(log.position);
          const late = drain(log, 0).filter(({ position }) => position > from);
          expect(numbersOf(entries)).toEqual(numbersOf(late));
          for (const { event } of entries) {
            if ('content' in event) expect(event.content.length).toBeLessThanOrEqual(atMost);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('[RUN-2] is the same log after it was stored and read again', () => {
    fc.assert(
      fc.property(fc.array(said, { maxLength: 20 }), fc.nat(100), fc.nat(100), (events, from, length) => {
        const log = new RunLog();
        for (const event of events) say(log, event);
        const { content } = log.text();
        if (from < content.length) log.redact(from, Math.min(content.length, from + length + 1));
        const journal = journalOf(log.entries);
        const segments = segmentsOf('run', log.entries, 0);
        const text = log.text();
        log.append(terminal);
        const restored = restoreLog(journal, text, terminal);
        expect(restored.text()).toEqual(log.text());
        expect(restored.position).toBe(log.position);
        const assembled = assemble(segments);
        expect(assembled.content).toBe(text.content);
        expect(assembled.reasoning).toBe(text.reasoning);
        expect(assembled.journal).toEqual(journal);
      }),
      { numRuns: 500 },
    );
  });

  it('[SSE-3] numbers content events 1, 2, 3 …, whatever comes between them', () => {
    const log = new RunLog();
    log.content('one');
    log.append({ type: 'reasoning', content: 'hm' });
    log.append({ type: 'status', message: 'trying again', attempt: 2, of: 3, retryInMs: 5 });
    log.content('two');
    log.content('three');
    expect(numbersOf(drain(log, 0))).toEqual([1, 2, 3]);
    expect(numbersOf(drain(log, log.position - 7))).toEqual([2, 3]);
  });

  it('[SSE-3] tells passing remarks to those who follow, and never again', () => {
    const log = new RunLog();
    const early = log.follow(0, () => {});
    log.content('ab');
    log.append({ type: 'status', message: 'trying again', attempt: 2, of: 3, retryInMs: 5 });
    const late = log.follow(0, () => {});
    log.content('c', { type: 'progress', chunksReceived: 2, contentLength: 3, elapsedMs: 1 });
    const types = (reader: typeof early) => {
      const seen: string[] = [];
      for (let entry = reader.next(); entry; entry = reader.next())
        seen.push(`${entry.event.type}@${entry.position}`);
      return seen;
    };
    expect(types(early)).toEqual(['content@2', 'status@2', 'content@3', 'progress@3']);
    expect(types(late)).toEqual(['content@2', 'content@3', 'progress@3']);
  });

  it('[PROV-8] overwrites redacted text one for one and says where', () => {
    const log = new RunLog();
    log.content('one two ');
    log.append({ type: 'reasoning', content: 'hm' });
    log.content('three');
    log.redact(4, 10);
    expect(log.text().content).toBe(`one ${REDACTED.repeat(6)}ree`);
    expect(drain(log, 15).map(({ event }) => event)).toEqual([{ type: 'redact', from: 4, to: 10 }]);
  });

  it('[RUN-3] takes nothing after its terminal event, and lets its readers go', () => {
    const log = new RunLog();
    let woken = 0;
    log.follow(0, () => {
      woken += 1;
    });
    log.append(terminal);
    expect(() => log.content('x')).toThrow('terminal');
    log.append({ type: 'progress', chunksReceived: 1, contentLength: 1, elapsedMs: 1 });
    expect(woken).toBe(1);
    expect(log.readerCount).toBe(0);
  });

  it('[RUN-7] does not wait for a reader, and forgets one that has left', () => {
    const log = new RunLog();
    let woken = 0;
    const reader = log.follow(0, () => {
      woken += 1;
    });
    log.content('a');
    reader.close();
    reader.close();
    log.content('b');
    expect(woken).toBe(1);
    expect(log.readerCount).toBe(0);
  });
});
