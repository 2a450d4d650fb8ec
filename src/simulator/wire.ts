import { FILTERED_ANSWER, type FilterResults, SAFE_ANSWER, SAFE_PROMPT } from './filter-results.ts';

/** Azure reports the model behind the deployment, not the deployment's name. */
const MODEL = 'gpt-simulated-2024-11-20';
const FINGERPRINT = 'fp_simulator';

export type FinishReason = 'stop' | 'length' | 'content_filter';

export interface Usage {
  readonly prompt: number;
  /** Answer and reasoning together. */
  readonly completion: number;
  readonly reasoning: number;
}

export interface WireOptions {
  /** The answer's id, `chatcmpl-…`. */
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  /** Adds the usage chunk, and `usage: null` to all others, as `stream_options.include_usage` does. */
  readonly includeUsage: boolean;
  /** Whether the filter's results are sent in separate chunks instead of beside each delta. */
  readonly asyncFilter: boolean;
  /** Added to all filter offsets. */
  readonly offsetBase: number;
}

/** UTF-16 units of the answer. */
export interface Region {
  readonly from: number;
  readonly to: number;
}

/** Occurs nowhere else in a chunk. */
const PLACEHOLDER = '\u0000';

export const DONE = 'data: [DONE]\n\n';

/** The events of one answer, encoded. */
export type Wire = ReturnType<typeof createWire>;

export function createWire({ id, created, includeUsage, asyncFilter, offsetBase }: WireOptions) {
  const usage = includeUsage ? { usage: null } : {};
  const chunk = (choices: readonly object[], extra: object = usage) =>
    event({
      choices,
      created,
      id,
      model: MODEL,
      object: 'chat.completion.chunk',
      system_fingerprint: FINGERPRINT,
      ...extra,
    });
  const choice = (delta: object, finishReason: FinishReason | null, results: FilterResults) => ({
    ...(asyncFilter ? {} : { content_filter_results: results }),
    delta,
    finish_reason: finishReason,
    index: 0,
    logprobs: null,
  });
  // In chunks of the filter Azure leaves id, model and object empty.
  const filterChunk = (fields: object) =>
    event({ created: 0, id: '', model: '', object: '', ...fields, ...usage });
  const annotation = (
    { from, to }: Region,
    finishReason: FinishReason | null,
    results: FilterResults,
    checked = from,
  ) =>
    filterChunk({
      choices: [
        {
          content_filter_offsets: {
            check_offset: checked + offsetBase,
            start_offset: from + offsetBase,
            end_offset: to + offsetBase,
          },
          content_filter_results: results,
          finish_reason: finishReason,
          index: 0,
        },
      ],
    });

  // The chunks of an answer differ only in their text: the rest is built once.
  const [beforeContent = '', afterContent = ''] = chunk([
    choice({ content: PLACEHOLDER }, null, SAFE_ANSWER),
  ]).split(JSON.stringify(PLACEHOLDER));

  return {
    prompt: () =>
      filterChunk({
        choices: [],
        prompt_filter_results: [{ content_filter_results: SAFE_PROMPT, prompt_index: 0 }],
      }),
    role: () => chunk([choice({ content: '', refusal: null, role: 'assistant' }, null, {})]),
    content: (content: string) => beforeContent + JSON.stringify(content) + afterContent,
    reasoning: (text: string) => chunk([choice({ reasoning_content: text }, null, {})]),
    finish: (reason: FinishReason) =>
      chunk([choice({}, reason, reason === 'content_filter' ? FILTERED_ANSWER : {})]),
    usage: (figures: Usage) => chunk([], { usage: usageBody(figures) }),
    /** A passing result of the asynchronous filter for this region. */
    annotation: (region: Region) => annotation(region, null, SAFE_ANSWER),
    /**
     * The asynchronous filter redacts this region; as in recordings, its check_offset stays at the start of the answer.
     */
    violation: (region: Region) => annotation(region, 'content_filter', FILTERED_ANSWER, 0),
    error: (code: string, message: string) =>
      event({ error: { code, message, param: null, type: 'server_error' } }),
    malformed: () => 'data: {"choices":[{"delta":{"content":"cut in the mid\n\n',
  };
}

function event(body: object): string {
  return `data: ${JSON.stringify(body)}\n\n`;
}

export interface WholeAnswer {
  readonly id: string;
  readonly created: number;
  readonly content: string;
  readonly reasoning: string;
  /** null does not occur in real answers: the equivalent of a stream that ends too early. */
  readonly finishReason: FinishReason | null;
  readonly usage: Usage;
}

/** The body of a whole answer. */
export function completionBody({
  id,
  created,
  content,
  reasoning,
  finishReason,
  usage,
}: WholeAnswer): string {
  return JSON.stringify({
    choices: [
      {
        content_filter_results: finishReason === 'content_filter' ? FILTERED_ANSWER : SAFE_ANSWER,
        finish_reason: finishReason,
        index: 0,
        logprobs: null,
        message: {
          annotations: [],
          content,
          refusal: null,
          role: 'assistant',
          ...(reasoning ? { reasoning_content: reasoning } : {}),
        },
      },
    ],
    created,
    id,
    model: MODEL,
    object: 'chat.completion',
    prompt_filter_results: [{ content_filter_results: SAFE_PROMPT, prompt_index: 0 }],
    system_fingerprint: FINGERPRINT,
    usage: usageBody(usage),
  });
}

function usageBody({ prompt, completion, reasoning }: Usage): object {
  return {
    completion_tokens: completion,
    completion_tokens_details: {
      accepted_prediction_tokens: 0,
      audio_tokens: 0,
      reasoning_tokens: reasoning,
      rejected_prediction_tokens: 0,
    },
    prompt_tokens: prompt,
    prompt_tokens_details: { audio_tokens: 0, cached_tokens: 0 },
    total_tokens: prompt + completion,
  };
}
