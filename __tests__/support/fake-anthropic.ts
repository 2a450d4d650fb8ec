import { type Refusal, type Reply, USAGE, type Wire } from './fake-provider.ts';

const event = (type: string, fields: object = {}) =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;

const block = (index: number, kind: object, deltas: object[]) => [
  event('content_block_start', { index, content_block: kind }),
  ...deltas.map((delta) => event('content_block_delta', { index, delta })),
  event('content_block_stop', { index }),
];

const STOP_REASONS = { stop: 'end_turn', length: 'max_tokens', content_filter: 'refusal' };

const usage = {
  input_tokens: 1,
  cache_creation_input_tokens: 4,
  cache_read_input_tokens: USAGE.prompt - 5,
  output_tokens: USAGE.completion,
  output_tokens_details: { thinking_tokens: USAGE.reasoning },
};

const refusals: Record<Refusal, [status: number, type: string, message: string]> = {
  auth: [401, 'authentication_error', 'invalid x-api-key'],
  rate_limit: [429, 'rate_limit_error', 'This request would exceed your rate limit'],
  context_length: [400, 'invalid_request_error', 'prompt is too long: 1000001 tokens > 1000000 maximum'],
  content_filter: [400, 'invalid_request_error', 'Output blocked by content filtering policy'],
  model_not_found: [404, 'not_found_error', 'model: m'],
  bad_request: [400, 'invalid_request_error', 'max_tokens: Input should be greater than 0'],
  server_error: [529, 'overloaded_error', 'Overloaded'],
};

/** https://platform.claude.com/docs/en/build-with-claude/streaming */
export const anthropicWire: Wire = {
  stream: ({ reasoning = [], content = [], finish = 'stop' }: Reply) => ({
    before: [
      event('message_start', {
        message: {
          id: 'msg_1',
          type: 'message',
          role: 'assistant',
          content: [],
          stop_reason: null,
          usage: { ...usage, output_tokens: 1, output_tokens_details: undefined },
        },
      }),
      event('ping'),
      ...(reasoning.length === 0
        ? []
        : block(0, { type: 'thinking', thinking: '', signature: '' }, [
            ...reasoning.map((thinking) => ({ type: 'thinking_delta', thinking })),
            { type: 'signature_delta', signature: 'EqQBCgIYAhIM' },
          ])),
      event('content_block_start', { index: 1, content_block: { type: 'text', text: '' } }),
      ...content.map((text) =>
        event('content_block_delta', { index: 1, delta: { type: 'text_delta', text } }),
      ),
    ].join(''),
    end: [
      event('content_block_stop', { index: 1 }),
      event('message_delta', {
        delta: { stop_reason: STOP_REASONS[finish], stop_sequence: null },
        usage: { output_tokens: usage.output_tokens, output_tokens_details: usage.output_tokens_details },
      }),
      event('something_new', { delta: { text: 'not for us' } }),
      event('message_stop'),
    ].join(''),
  }),
  whole: ({ reasoning = [], content = [], finish = 'stop' }: Reply) =>
    JSON.stringify({
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      content: [
        ...(reasoning.length > 0
          ? [{ type: 'thinking', thinking: reasoning.join(''), signature: 'EqQBCgIYAhIM' }]
          : []),
        { type: 'text', text: content.join('') },
      ],
      stop_reason: STOP_REASONS[finish],
      usage,
    }),
  error: event('error', { error: { type: 'rate_limit_error', message: 'Too many' } }),
  refuse(refusal, key) {
    const [status, type, message] = refusals[refusal];
    const headers: Record<string, string> = refusal === 'rate_limit' ? { 'retry-after': '2' } : {};
    const error = { type, message: `${message} (${key})` };
    return { status, headers, body: JSON.stringify({ type: 'error', error, request_id: 'req_1' }) };
  },
};
