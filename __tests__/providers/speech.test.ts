import fc from 'fast-check';
import { AnswerBody } from '../../src/providers/reading/answer-body.ts';
import { MessageStream } from '../../src/providers/reading/anthropic-stream.ts';
import { ChatCompletionStream } from '../../src/providers/reading/chat-completion-stream.ts';
import { completions, type Format, messages, streamOf, Told } from '../support/answer-parts.ts';

/** Reads these bytes, in these pieces, as an answer; what it throws is an error of the provider. */
function read(format: Format, pieces: readonly Buffer[]) {
  const told = new Told();
  const decoder = format === messages ? new MessageStream(told) : new ChatCompletionStream(told, 10);
  const body = new AnswerBody(decoder, undefined);
  for (const piece of pieces) body.push(piece);
  body.end();
  return { told, completion: decoder.completion() };
}

const said = (format: Format, ...events: object[]) => {
  const { told } = read(format, [
    Buffer.from(streamOf(...format.begin, ...events, format.finish('stop'), format.end)),
  ]);
  return [told.thoughts, told.text];
};

describe('the text of a chat completion', () => {
  const { delta } = completions;

  it.each<[what: string, deltas: object[], thoughts: string, text: string]>([
    [
      'Mistral',
      [
        { content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'Let me see.' }] }] },
        { content: [{ type: 'text', text: 'Fo' }] },
        { content: 'ur.' },
      ],
      'Let me see.',
      'Four.',
    ],
    [
      'parts with a text',
      [{ content: ['Four', { text: '.' }, { type: 'output_text', text: '!' }] }],
      '',
      'Four.!',
    ],
    ['one part', [{ content: { type: 'text', text: 'Four.' } }], '', 'Four.'],
    ['a text within a part', [{ content: [{ type: 'text', text: { value: 'Four.' } }] }], '', 'Four.'],
    ['a flagged part', [{ content: [{ text: 'Hm.', thought: true }, { text: 'Four.' }] }], 'Hm.', 'Four.'],
    [
      'refusals',
      [{ content: [{ type: 'refusal', refusal: 'No.' }] }, { refusal: ' Never.' }],
      '',
      'No. Never.',
    ],
    [
      'odd parts',
      [{ content: [null, 5, [], {}, { type: 'image_url', image_url: {} }, { text: 7 }, { text: 'x' }] }],
      '',
      'x',
    ],
    [
      'tools',
      [
        {
          content: [
            { type: 'tool_use', text: 'not said', input: {} },
            { type: 'text', text: 'x' },
          ],
        },
      ],
      '',
      'x',
    ],
    ['DeepSeek', [{ reasoning_content: 'Hm.', content: null }, { content: 'x' }], 'Hm.', 'x'],
    [
      'an empty name that hides another',
      [{ reasoning_content: '', reasoning: 'Hm.' }, { content: 'x' }],
      'Hm.',
      'x',
    ],
    [
      'two names for one text',
      [{ reasoning: 'Hm.', reasoning_details: [{ type: 'reasoning.text', text: 'Hm.' }] }],
      'Hm.',
      '',
    ],
    [
      'details alone',
      [
        { reasoning_details: [{ type: 'reasoning.summary', summary: 'Hm' }] },
        {
          reasoning_details: [
            { type: 'reasoning.text', text: ', well.' },
            { type: 'reasoning.encrypted', data: 'x' },
          ],
        },
      ],
      'Hm, well.',
      '',
    ],
    ['LiteLLM', [{ thinking_blocks: [{ type: 'thinking', thinking: 'Hm.', signature: 's' }] }], 'Hm.', ''],
    ['others', [{ thinking: 'Hm.' }, { reasoning: { content: ' Well.' } }], 'Hm. Well.', ''],
  ])('[PROV-2] is understood: %s', (_what, deltas, thoughts, text) => {
    const last = text === '' ? [completions.text('.')] : [];
    expect(said(completions, ...deltas.map(delta), ...last)).toEqual([thoughts, text || '.']);
  });

  it.each<[what: string, choice: object, code: string]>([
    ['its code', { error: { message: 'Slow down', code: 429 }, finish_reason: 'error' }, 'rate_limited'],
    ['a text', { error: 'It broke', delta: { content: '' } }, 'provider_unavailable'],
    ['its name', { error: { message: 'No', type: 'invalid_request_error' } }, 'invalid_request'],
  ])('[PROV-6] ends with the error of a choice: %s', (_what, choice, code) => {
    for (const key of ['delta', 'message']) {
      const stream = streamOf(completions.text('One'), { choices: [{ [key]: {}, ...choice }] });
      const whole = JSON.stringify({ choices: [{ [key]: {}, ...choice }] });
      for (const bytes of [stream, whole]) {
        expect(() => read(completions, [Buffer.from(bytes)])).toThrow(expect.objectContaining({ code }));
      }
    }
  });

  it('[PROV-2] is read when the whole message is one chunk, and not repeated beside deltas', () => {
    const message = { role: 'assistant', content: 'Four.' };
    expect(said(completions, { choices: [{ message }] })).toEqual(['', 'Four.']);
    expect(said(completions, { choices: [{ delta: { content: 'Four.' }, message }] })).toEqual(['', 'Four.']);
    expect(said(completions, completions.text('Four.'), { choices: [{ message }] })).toEqual(['', 'Four.']);
  });

  it('[PROV-4] is read from a whole answer, as one chunk', () => {
    const content = [
      { type: 'thinking', thinking: [{ type: 'text', text: 'Let me see.' }] },
      { type: 'text', text: 'Fo' },
      { type: 'text', text: 'ur.' },
    ];
    for (const format of [completions, messages]) {
      const { told } = read(format, [Buffer.from(JSON.stringify(format.whole(content, 'stop')))]);
      expect([told.thoughts, told.chunks]).toEqual(['Let me see.', ['Four.']]);
    }
  });

  it('[PROV-8] is redacted as a whole with unusable filter offsets, and stays filtered', () => {
    const redacted: Array<[number, number]> = [];
    const told = Object.assign(new Told(), {
      redact: (from: number, to: number) => redacted.push([from, to]),
    });
    const decoder = new ChatCompletionStream(told, 10);
    const violation = { content_filter_offsets: { check_offset: 'x' }, finish_reason: 'content_filter' };
    const events = [
      completions.text('bad words'),
      { choices: [violation] },
      completions.finish('stop'),
      '[DONE]',
    ];
    const body = new AnswerBody(decoder, undefined);
    body.push(Buffer.from(streamOf(...events)));
    expect(redacted).toEqual([[0, 9]]);
    expect(decoder.completion().finishReason).toBe('content_filter');
  });
});

describe('the text of a message of Anthropic', () => {
  it.each<[what: string, events: object[], thoughts: string, text: string]>([
    [
      'text and thoughts',
      [messages.delta({ type: 'thinking_delta', thinking: 'Hm.' }), messages.text('x')],
      'Hm.',
      'x',
    ],
    [
      'the beginning of a block',
      [{ type: 'content_block_start', content_block: { type: 'text', text: 'x' } }],
      '',
      'x',
    ],
    ['no type', [messages.delta({ text: 'x' })], '', 'x'],
    [
      'other deltas',
      [messages.delta({ type: 'input_json_delta', partial_json: '{}' }), messages.text('x')],
      '',
      'x',
    ],
  ])('[PROV-2] is understood: %s', (_what, events, thoughts, text) => {
    expect(said(messages, ...events)).toEqual([thoughts, text]);
  });

  it('[PROV-2] is read when only the name of the event gives its type', () => {
    const event = (name: string, data: object) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
    const stream = [
      event('content_block_delta', { delta: { text: 'x' } }),
      event('message_delta', { delta: { stop_reason: 'end_turn' } }),
      event('message_stop', {}),
    ].join('');
    expect(read(messages, [Buffer.from(stream)]).told.text).toBe('x');
  });
});

describe.each([
  ['chat completions', completions],
  ['messages', messages],
])('the stream of %s', (_name, format) => {
  const value = fc.jsonValue({ maxDepth: 3 });
  const known = fc.constantFrom(
    ...[
      'content',
      'reasoning',
      'reasoning_content',
      'tool_calls',
      'usage',
      'delta',
      'choices',
      'index',
      'id',
    ],
    ...['model', 'logprobs', 'content_block', 'content_filter_results', 'extra_content', 'x'],
  );
  /** An event that says nothing: texts only where none belong. */
  const oddValue = fc.oneof(
    fc.constantFrom(null, '', 0, -1, 1.5, true, false),
    fc.constantFrom([], {}, [null], [{}], [[]]),
    value.filter((one) => !/"[^"]/.test(JSON.stringify(one).replaceAll(/"[^"]*":/g, ''))),
  );
  const odd = fc.dictionary(known, oddValue, { maxKeys: 4 });
  const oddDelta = odd.map((fields) => format.delta({ ...fields, content: null, text: null }));
  const ignored = fc.oneof(odd, oddDelta, fc.constantFrom(null, 5, [], 'odd', { type: 'ping' }));

  it('[RUN-3] [SSE-2] is exact, whatever unusual events, line ends and splits there are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string({ unit: 'binary', minLength: 1 }), fc.array(ignored, { maxLength: 2 })), {
          minLength: 1,
          maxLength: 6,
        }),
        fc.constantFrom('\n', '\r', '\r\n'),
        fc.constantFrom('data: ', 'data:', 'id: 1\ndata: ', ': c\nretry: 1\nevent: message\ndata: '),
        fc.array(fc.nat(40), { maxLength: 40 }),
        (texts, lineEnd, field, lengths) => {
          const wellFormed = texts.map(([text, events]) => [text.toWellFormed(), events] as const);
          const events = [
            ...format.begin,
            ...wellFormed.flatMap(([text, odds]) => [...odds, format.text(text)]),
            format.finish('length'),
          ].map((event) => JSON.stringify(event));
          const stream = [...events, format.end].map((data) => `${field}${data}\n\n`).join('');
          const bytes = Buffer.from(stream.replaceAll('\n', lineEnd));
          const pieces: Buffer[] = [];
          let at = 0;
          for (const length of lengths) {
            pieces.push(bytes.subarray(at, at + length));
            at += length;
          }
          const { told, completion } = read(format, [...pieces, bytes.subarray(at)]);
          expect(told.text).toBe(wellFormed.map(([text]) => text).join(''));
          expect(completion.finishReason).toBe('length');
        },
      ),
      { numRuns: 1_500 },
    );
  });
});
