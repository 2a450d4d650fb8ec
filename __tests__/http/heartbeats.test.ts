import { post } from '../support/events.ts';
import { type Service, startService } from '../support/service.ts';

/**
 * Decoders of event streams that are in use, with their actual behaviour instead of the standard's: lines in, data of
 * events out. They differ in when an empty line ends an event.
 */
type Decoder = (lines: readonly string[]) => string[];

/** `dispatches`: whether an empty line ends an event, by what was seen since the last one, and the last id of all. */
function decoder(dispatches: (seen: Seen) => boolean): Decoder {
  return (lines) => {
    const events: string[] = [];
    let data: string[] = [];
    let event = '';
    let lastId = '';
    let retry = false;
    for (const line of lines) {
      if (line === '') {
        if (dispatches({ data, event, lastId, retry })) events.push(data.join('\n'));
        data = [];
        event = '';
        retry = false;
      } else if (!line.startsWith(':')) {
        const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
        if (name === 'data') data.push(value);
        if (name === 'event') event = value;
        if (name === 'id') lastId = value;
        if (name === 'retry') retry = true;
      }
    }
    return events;
  };
}

interface Seen {
  data: readonly string[];
  event: string;
  lastId: string;
  retry: boolean;
}

const DECODERS: ReadonlyArray<[name: string, decode: Decoder]> = [
  ['the standard', decoder(({ data }) => data.length > 0)],
  // openai/_streaming.py and httpx_sse/_decoders.py: the last id is never cleared, and makes an event of an empty line.
  [
    "OpenAI's package for Python, and httpx-sse",
    decoder(({ data, event, lastId, retry }) => event !== '' || data.length > 0 || lastId !== '' || retry),
  ],
  // openai-go, packages/ssestream, before 3.43.
  ["OpenAI's package for Go, as it was", decoder(() => true)],
  ["OpenAI's package for Go", decoder(({ data }) => data.join('') !== '')],
  [
    'by hand, line by line',
    (lines) => lines.filter((line) => line.startsWith('data: ')).map((line) => line.slice(6)),
  ],
  [
    'by hand, by blocks and the lines in them',
    (lines) =>
      lines
        .join('\n')
        .split('\n\n')
        .flatMap((block) => block.split('\n').filter((line) => line.startsWith('data:')))
        .map((line) => line.slice(5).trim()),
  ],
];

let service: Service;
beforeAll(async () => {
  service = await startService({ config: { stream: { heartbeatMs: 20 } } });
});
afterAll(() => service[Symbol.asyncDispose]());

const TEXT = 'one two three four ';
/** Slow enough for heartbeats before the first token, between any two, and before the end. */
const SLOW = { chunks: ['one ', 'two ', 'three ', 'four '], delayMs: 150, firstDelayMs: 400 };

/** The whole stream of a run, in the protocol, from before its first token. */
async function streamOf(protocol: string): Promise<string> {
  service.simulator.setBehaviour(SLOW);
  const asked = await post(`${service.url}/api/chat`, { messages: [{ role: 'user', content: 'Count' }] });
  const run = asked.headers.get('x-run-id');
  const followed = await fetch(`${service.url}/api/runs/${run}/stream?protocol=${protocol}`);
  await asked.body?.cancel();
  return followed.text();
}

interface Part {
  type?: string;
  content?: string;
  delta?: string;
  choices?: Array<{ delta: { content?: string } }>;
}

const JSON_TEXT: Record<string, (part: Part) => string> = {
  native: ({ type, content }) => (type === 'content' && content) || '',
  edit: ({ type, content }) => (type === 'text_chunk' && content) || '',
  ui: ({ type, delta }) => (type === 'text-delta' && delta) || '',
  openai: ({ choices }) => choices?.[0]?.delta.content ?? '',
};

describe.each(Object.keys(JSON_TEXT))('heartbeats in the protocol %s', (protocol) => {
  let stream: string;
  beforeAll(async () => {
    stream = await streamOf(protocol);
  });

  it('[RUN-8] come before the first token and between tokens', () => {
    const [before = '', ...rest] = stream.split('one ');
    expect(before).toMatch(/^: ping$/m);
    expect(rest.join('').split('four ')[0]).toMatch(/^: ping$/m);
  });

  it.each(DECODERS)('[RUN-8] are no event for %s', (_name, decode) => {
    const events = decode(stream.split('\n').slice(0, -1));
    const parts = events.filter((data) => data !== '[DONE]').map((data) => JSON.parse(data));
    expect(parts.map((part) => JSON_TEXT[protocol]?.(part) ?? '').join('')).toBe(TEXT);
  });
});

it('[RUN-8] a completion that streams has heartbeats between its chunks, which are no events either', async () => {
  service.simulator.setBehaviour(SLOW);
  const body = { model: 'test-deployment', stream: true, messages: [{ role: 'user', content: 'Count' }] };
  const stream = await (await post(`${service.url}/v1/chat/completions`, body)).text();
  expect(stream).toMatch(/^: ping$/m);
  for (const [name, decode] of DECODERS) {
    const events = decode(stream.split('\n').slice(0, -1));
    expect([name, events.at(-1)]).toEqual([name, '[DONE]']);
    const parts = events.slice(0, -1).map((data) => JSON.parse(data));
    expect([name, parts.map((part) => JSON_TEXT.openai?.(part)).join('')]).toEqual([name, TEXT]);
  }
});
