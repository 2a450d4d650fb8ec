import { event, type Refusal, USAGE, type Wire } from './fake-provider.ts';

const usage = {
  prompt_tokens: USAGE.prompt,
  completion_tokens: USAGE.completion,
  total_tokens: USAGE.prompt + USAGE.completion,
  completion_tokens_details: { reasoning_tokens: USAGE.reasoning },
};

const chunk = (choices: unknown[], more: object = {}) =>
  event({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm', choices, ...more });

const delta = (fields: object, finish: string | null = null) =>
  chunk([{ index: 0, delta: fields, logprobs: null, finish_reason: finish }]);

const refusals: Record<Refusal, [status: number, error: object]> = {
  auth: [
    401,
    { message: 'Incorrect API key provided', type: 'invalid_request_error', code: 'invalid_api_key' },
  ],
  rate_limit: [429, { message: 'Rate limit reached', type: 'requests', code: 'rate_limit_exceeded' }],
  context_length: [
    400,
    {
      message: "This model's maximum context length is 128000 tokens.",
      type: 'invalid_request_error',
      param: 'messages',
      code: 'context_length_exceeded',
    },
  ],
  content_filter: [
    400,
    { message: 'flagged', type: 'invalid_request_error', code: 'content_policy_violation' },
  ],
  model_not_found: [
    404,
    { message: 'The model does not exist', type: 'invalid_request_error', code: 'model_not_found' },
  ],
  bad_request: [400, { message: 'Unsupported value', type: 'invalid_request_error', code: null }],
  server_error: [500, { message: 'The server had an error', type: 'server_error', code: null }],
};

interface Differences {
  /** The field of a delta that holds reasoning. */
  reasoning?: string;
  /** Before the first event. */
  opening?: string;
  refusals?: Partial<typeof refusals>;
  /** What the body of a refusal is, around the error object. */
  wrap?: (error: object) => unknown;
}

/** https://platform.openai.com/docs/api-reference/chat-streaming, and what others make of it. */
export function openaiWire(differences: Differences = {}): Wire {
  const { reasoning = 'reasoning_content', opening = '', wrap = (error) => ({ error }) } = differences;
  return {
    stream: ({ reasoning: thoughts = [], content = [], finish = 'stop' }) => ({
      before: [
        opening,
        delta({ role: 'assistant', content: '', refusal: null }),
        ...thoughts.map((text) => delta({ [reasoning]: text })),
        ...content.map((text) => delta({ content: text })),
      ].join(''),
      end: [delta({}, finish), chunk([], { usage }), 'data: [DONE]\n\n'].join(''),
    }),
    whole: ({ reasoning: thoughts = [], content = [], finish = 'stop' }) =>
      JSON.stringify({
        id: 'chatcmpl-1',
        object: 'chat.completion',
        choices: [
          {
            index: 0,
            message: {
              role: 'assistant',
              content: content.join(''),
              refusal: null,
              ...(thoughts.length > 0 ? { [reasoning]: thoughts.join('') } : {}),
            },
            finish_reason: finish,
          },
        ],
        usage,
      }),
    error: event({
      error: { message: 'The server had an error', type: 'server_error', code: 'rate_limit_exceeded' },
    }),
    refuse(refusal, key) {
      const [status, error] = differences.refusals?.[refusal] ?? refusals[refusal];
      const repeating = { ...error, message: `${Reflect.get(error, 'message')} (${key})` };
      const headers: Record<string, string> = refusal === 'rate_limit' ? { 'retry-after': '2' } : {};
      return { status, headers, body: JSON.stringify(wrap(repeating)) };
    },
  };
}

/** Comments while it looks for a provider, `reasoning`, numeric codes, 402, moderation without a name. */
export const openrouterWire = openaiWire({
  reasoning: 'reasoning',
  opening: ': OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n\n',
  refusals: {
    auth: [402, { code: 402, message: 'Insufficient credits' }],
    rate_limit: [429, { code: 429, message: 'Rate limited', metadata: { provider_name: 'x' } }],
    context_length: [
      400,
      {
        code: 400,
        message: "This endpoint's maximum context length is 128000 tokens. However, you requested more.",
      },
    ],
    content_filter: [
      403,
      { code: 403, message: 'requires moderation', metadata: { reasons: ['violence'], flagged_input: '…' } },
    ],
    model_not_found: [404, { code: 404, message: 'No endpoints found for it' }],
    bad_request: [400, { code: 400, message: 'It is not valid' }],
    server_error: [502, { code: 502, message: 'Provider returned error' }],
  },
});

/** `reasoning`, and types instead of codes: https://docs.ollama.com/api/openai-compatibility */
export const ollamaWire = openaiWire({
  reasoning: 'reasoning',
  refusals: {
    auth: [401, { message: 'unauthorized', type: 'authentication_error', param: null, code: null }],
    rate_limit: [429, { message: 'too many requests', type: 'rate_limit_error', code: null }],
    context_length: [
      400,
      { message: 'the prompt exceeds the available context size', type: 'invalid_request_error' },
    ],
    model_not_found: [
      404,
      { message: 'model "m" not found, try pulling it first', type: 'not_found_error', code: null },
    ],
    server_error: [500, { message: 'llama runner process has terminated', type: 'api_error', code: null }],
  },
});

const google = { google: { thought: true } };

/** Errors in a list, thoughts as flagged content between markers, and their tokens in the total only. */
export const geminiWire: Wire = {
  ...openaiWire({
    wrap: (error) => [{ error }],
    refusals: {
      auth: [
        400,
        {
          code: 400,
          message: 'API key not valid. Please pass a valid API key.',
          status: 'INVALID_ARGUMENT',
          details: [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID' }],
        },
      ],
      rate_limit: [429, { code: 429, message: 'Quota exceeded', status: 'RESOURCE_EXHAUSTED' }],
      context_length: [
        400,
        {
          code: 400,
          message: 'The input token count (2000000) exceeds the maximum number of tokens allowed (1048576).',
          status: 'INVALID_ARGUMENT',
        },
      ],
      model_not_found: [404, { code: 404, message: 'models/m is not found', status: 'NOT_FOUND' }],
      bad_request: [400, { code: 400, message: 'Invalid JSON payload', status: 'INVALID_ARGUMENT' }],
      server_error: [503, { code: 503, message: 'The model is overloaded.', status: 'UNAVAILABLE' }],
    },
  }),
  stream: ({ reasoning: thoughts = [], content = [], finish = 'stop' }) => ({
    before: [
      ...thoughts.map((text, index) =>
        delta({
          content: `${index === 0 ? '<thought>' : ''}${text}`,
          extra_content: google,
          role: 'assistant',
        }),
      ),
      ...content.map((text, index) =>
        delta({
          content: `${index === 0 && thoughts.length > 0 ? '</thought>' : ''}${text}`,
          role: 'assistant',
        }),
      ),
    ].join(''),
    end: [delta({ role: 'assistant' }, finish), chunk([], { usage: geminiUsage }), 'data: [DONE]\n\n'].join(
      '',
    ),
  }),
  whole: ({ reasoning: thoughts = [], content = [], finish = 'stop' }) => {
    const thinking = thoughts.length > 0;
    const message = {
      role: 'assistant',
      content: `${thinking ? `<thought>${thoughts.join('')}</thought>` : ''}${content.join('')}`,
      ...(thinking ? { extra_content: google } : {}),
    };
    return JSON.stringify({ choices: [{ index: 0, message, finish_reason: finish }], usage: geminiUsage });
  },
};

const geminiUsage = {
  prompt_tokens: USAGE.prompt,
  completion_tokens: USAGE.completion - USAGE.reasoning,
  total_tokens: USAGE.prompt + USAGE.completion,
};
