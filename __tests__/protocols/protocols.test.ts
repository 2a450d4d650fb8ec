import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PROTOCOL_NAMES, protocolNamed } from '../../src/http/protocols/registry.ts';
import type { WireProtocol } from '../../src/http/streaming/protocol.ts';
import { startEvent } from '../../src/http/streaming/run-reader.ts';
import { RunLog } from '../../src/runs/log.ts';
import type { RunDescription } from '../../src/runs/store.ts';
import type { DurableEvent, TerminalEvent } from '../../src/wire/events.ts';
import { makeWorkspace } from '../support/editor.ts';
import { post } from '../support/events.ts';
import { type Service, startService } from '../support/service.ts';
import { OWNER } from '../support/store-samples.ts';

interface Frame {
  id: string | undefined;
  event: string | undefined;
  data: string | undefined;
}

/** Server-Sent Events by the letter of the standard, as far as these protocols use them. */
function framesOf(stream: string): Frame[] {
  const blocks = stream.split('\n\n');
  expect(blocks.pop()).toBe('');
  return blocks.map((block) => {
    const fields = new Map(
      block.split('\n').map((line) => [line.split(': ', 1)[0], line.slice(line.indexOf(': ') + 2)]),
    );
    return { id: fields.get('id'), event: fields.get('event'), data: fields.get('data') };
  });
}

interface Understood {
  text: string;
  reasoning: string;
  /** What ends a stream in this protocol, one name for each that was seen. */
  ends: string[];
}

/** What a client of each protocol makes of its frames. */
const CLIENTS: Record<string, (frames: readonly Frame[]) => Understood> = {
  native: (frames) =>
    understood(frames, (part, seen) => {
      if (part.type === 'content') seen.text += part.content;
      else if (part.type === 'reasoning') seen.reasoning += part.content;
      else if (['complete', 'stopped', 'error'].includes(part.type)) seen.ends.push(part.type);
    }),
  edit: (frames) =>
    understood(frames, (part, seen) => {
      if (part.type === 'text_chunk') seen.text += part.content;
      else if (part.type === 'reasoning') seen.reasoning += part.content;
      else if (['complete', 'stopped', 'error'].includes(part.type)) seen.ends.push(part.type);
    }),
  ui: (frames) =>
    understood(frames, (part, seen) => {
      if (part.type === 'text-delta') seen.text += part.delta;
      else if (part.type === 'reasoning-delta') seen.reasoning += part.delta;
      else if (['finish', 'abort', 'error'].includes(part.type)) seen.ends.push(part.type);
    }),
  openai: (frames) =>
    understood(frames, (chunk, seen) => {
      if (chunk.error) seen.ends.push('error');
      const [choice] = chunk.choices ?? [];
      seen.text += choice?.delta.content ?? '';
      seen.reasoning += choice?.delta.reasoning_content ?? '';
      if (choice?.finish_reason) seen.ends.push(choice.finish_reason);
    }),
  eventsource: (frames) =>
    understood(frames, (message, seen, { event }) => {
      if (event === 'error') seen.ends.push('error');
      else if (event === 'reasoning') seen.reasoning += message.text;
      else if (event === undefined && message.text === '[DONE]') seen.ends.push('[DONE]');
      else if (event === undefined) seen.text += message.text;
    }),
};

function understood(
  frames: readonly Frame[],
  // biome-ignore lint/suspicious/noExplicitAny: each protocol's JSON, read as its clients read it, unchecked
  read: (json: any, seen: Understood, frame: Frame) => void,
): Understood {
  const seen = { text: '', reasoning: '', ends: [] };
  for (const frame of frames) {
    if (frame.data !== undefined && frame.data !== '[DONE]') read(JSON.parse(frame.data), seen, frame);
  }
  return seen;
}

const RUN: RunDescription = {
  runId: '7f9f2f0e-0f0e-4f0e-8f0e-0f0e0f0e0f0e',
  chatId: 'chat',
  ownerId: OWNER,
  messageId: 'message',
  provider: 'azure',
  model: 'gpt',
  protocol: 'native',
  requestId: null,
  promptTokens: 1,
  createdAt: new Date(0),
};

const USAGE = { promptTokens: 1, completionTokens: 1, reasoningTokens: 0, totalTokens: 2, estimated: false };
const TOTALS = { totalChunks: 1, finalContentLength: 1, totalTime: 1, timeToFirstToken: 1, usage: USAGE };

const TERMINALS: TerminalEvent[] = [
  { type: 'complete', finishReason: 'stop', ...TOTALS },
  { type: 'stopped', cause: 'user_stop', ...TOTALS },
  { type: 'error', code: 'idle_timeout', message: 'Silence.', retryable: true, ...TOTALS },
];

const text = fc.oneof(
  fc.string({ minLength: 1, unit: 'binary' }),
  fc.constantFrom('[DONE]', 'data: [DONE]\n\n', '\n', '\r\n\r\n', ': ping', '"', '😀', '\u2028'),
);

const events = fc.array(
  fc.oneof(
    text.map((content): DurableEvent => ({ type: 'content', content, chunkNumber: 1 })),
    text.map((content): DurableEvent => ({ type: 'reasoning', content })),
    text.map((name): DurableEvent => ({ type: 'file_start', fileId: 'f', name })),
    text.map(
      (after): DurableEvent => ({ type: 'file_complete', fileId: 'f', name: 'a', before: null, after }),
    ),
    text.map((before): DurableEvent => ({ type: 'file_delete', fileId: 'f', name: 'a', before })),
    text.map((status): DurableEvent => ({ type: 'status_update', status })),
  ),
  { maxLength: 12 },
);

function logOf(said: readonly DurableEvent[], terminal: TerminalEvent): RunLog {
  const log = new RunLog();
  for (const event of said) {
    if (event.type === 'content') log.content(event.content);
    else log.append(event);
  }
  log.append(terminal);
  return log;
}

function written(protocol: WireProtocol, log: RunLog, from: number): string {
  const encoder = protocol.encoder(RUN, from);
  let stream = from === 0 ? encoder.encode({ event: startEvent(RUN), position: 0 }) : '';
  const reader = log.follow(from, () => {});
  for (let entry = reader.next(); entry; entry = reader.next()) stream += encoder.encode(entry);
  return stream;
}

function encode(protocol: WireProtocol, log: RunLog, from: number): Frame[] {
  return framesOf(written(protocol, log, from));
}

describe.each(PROTOCOL_NAMES)('%s', (name) => {
  const protocol = protocolNamed(name);
  const client = CLIENTS[name] ?? (() => ({ text: '', reasoning: '', ends: [] }));

  it('[WIRE-1] [RUN-2] [RUN-3] a reader that is cut after any frame gets exactly the rest, and one end', () => {
    fc.assert(
      fc.property(
        events,
        fc.constantFrom(...TERMINALS),
        fc.infiniteStream(fc.nat()),
        (said, terminal, cuts) => {
          const log = logOf(said, terminal);
          const { content, reasoning } = log.text();
          const frames: Frame[] = [];
          for (let from = 0; from < log.position; ) {
            const rest = encode(protocol, log, from);
            const received = rest.slice(0, 1 + ((cuts.next().value ?? 0) % rest.length));
            // What came after the last id comes again; a client that goes by ids drops it.
            const known = received.findLastIndex(({ id }) => id !== undefined);
            frames.push(...received.slice(0, known + 1));
            from = Number(received[known]?.id?.split(':')[1] ?? from);
            if (known === -1) from = Math.max(from, 0);
          }
          const seen = client(frames);
          expect([seen.text, seen.reasoning]).toEqual([content, reasoning]);
          expect(seen.ends).toHaveLength(1);
        },
      ),
    );
  });

  it('[WIRE-1] says how it ended, and never the one for the other', () => {
    const ends = TERMINALS.map((terminal) => client(encode(protocol, logOf([], terminal), 0)).ends.join());
    expect(ends).toMatchSnapshot();
  });

  it('[WIRE-1] writes these bytes', () => {
    const log = new RunLog();
    log.append({ type: 'reasoning', content: 'Hm' });
    log.content('Hello\n"you"');
    log.redact(0, 5);
    log.append(TERMINALS[0] as TerminalEvent);
    expect(written(protocol, log, 0).replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<now>')).toMatchSnapshot();
  });
});

describe('over HTTP', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService({ script: { tokens: 12, reasoning: 'Let me see', delayMs: 5 } });
  });
  afterAll(async () => {
    await service[Symbol.asyncDispose]();
  });

  const SAID = Array.from({ length: 12 }, (_, index) => `${index} `).join('');
  const question = { role: 'user', content: 'Count' };
  const STARTS: Record<string, () => Promise<Response>> = {
    native: () => post(`${service.url}/api/chat`, { messages: [question] }),
    ui: () =>
      post(`${service.url}/api/chat`, {
        messages: [{ role: 'user', parts: [{ type: 'text', text: 'Count' }] }],
      }),
    edit: async () => {
      const { id } = await makeWorkspace(service.url, {});
      return post(`${service.url}/api/workspaces/${id}/edit`, { prompt: 'Count' });
    },
    openai: () => post(`${service.url}/v1/chat/completions`, { messages: [question], stream: true }),
    eventsource: () =>
      fetch(
        `${service.url}/api/v1/llm/complete/stream?messages=${encodeURIComponent(JSON.stringify([question]))}`,
      ),
  };

  it.each(PROTOCOL_NAMES)(
    '[WIRE-1] a run that %s started is followed in its own protocol, and in any other',
    async (name) => {
      const response = await STARTS[name]?.();
      const runId = response?.headers.get('x-run-id');
      const chatId = response?.headers.get('x-chat-id');
      const follow = async (path: string) => framesOf(await (await fetch(`${service.url}${path}`)).text());
      const followed = await Promise.all([
        follow(`/api/runs/${runId}/stream`),
        follow(`/api/chat/${chatId}/stream`),
        follow(`/api/chat/${runId}/stream`),
        follow(`/api/runs/${chatId}/stream`),
      ]);
      expect(CLIENTS[name]?.(framesOf((await response?.text()) ?? '')).text).toBe(SAID);
      for (const frames of followed) {
        expect(CLIENTS[name]?.(frames)).toMatchObject({ text: SAID, reasoning: 'Let me see' });
      }
      for (const other of PROTOCOL_NAMES) {
        const frames = await follow(`/api/runs/${runId}/stream?protocol=${other}`);
        expect(CLIENTS[other]?.(frames)).toMatchObject({ text: SAID, reasoning: 'Let me see' });
      }
    },
  );

  it('[WIRE-1] an unknown protocol is refused, with the list of those there are', async () => {
    for (const path of ['/api/chat/idle/stream', '/api/runs/idle/stream']) {
      const response = await fetch(`${service.url}${path}?protocol=morse`);
      expect([response.status, (await response.json()).error.message]).toEqual([
        400,
        expect.stringContaining('native, edit, ui, openai, eventsource'),
      ]);
    }
  });
});
