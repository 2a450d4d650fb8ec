import { z } from 'zod';

/** Longer than any timeout under test, and within the limit of setTimeout. */
const Milliseconds = z.number().min(0).max(86_400_000);

/**
 * After how many content tokens a fault occurs; `end` is after the finish_reason. In a shorter answer it occurs after
 * the last token.
 */
const Position = z.union([z.int().nonnegative(), z.enum(['start', 'end'])]);

/** `headers` is before the status line. */
const PositionOrHeaders = z.union([Position, z.literal('headers')]);

const MIDDLE = 3;

const retry = {
  /** Sent as the header `retry-after-ms`. Default: not sent. */
  retryAfterMs: z.number().optional(),
  /** Sent unchanged in `retry-after`: seconds (-1 and 86400 were seen), or an HTTP date. Default: not sent. */
  retryAfter: z.union([z.number(), z.string()]).optional(),
};

const kind = <Kind extends string>(name: Kind) => ({ kind: z.literal(name) });

/** Faults; at most one per request. */
const FaultSchema = z.discriminatedUnion('kind', [
  // Refusals: an HTTP error with Azure's message.
  z.strictObject({ ...kind('unauthorized') }),
  z.strictObject({ ...kind('deployment_not_found') }),
  z.strictObject({ ...kind('context_length_exceeded') }),
  /** 400 `content_filter`: the prompt was refused. */
  z.strictObject({ ...kind('prompt_filtered') }),
  z.strictObject({ ...kind('rate_limit'), ...retry }),
  z.strictObject({ ...kind('server_error'), ...retry }),
  z.strictObject({ ...kind('unavailable'), ...retry }),
  z.strictObject({
    ...kind('http_error'),
    status: z.int().min(400).max(599),
    code: z.string().optional(),
    message: z.string().optional(),
    ...retry,
  }),

  // Status 200 with a body that is not an answer.
  /** Bytes that are neither events nor UTF-8, labelled as an event stream. */
  z.strictObject({ ...kind('garbage') }),
  /** An HTML page, as of a proxy. */
  z.strictObject({ ...kind('html') }),

  // Connection faults.
  /** No more data on an open connection. */
  z.strictObject({ ...kind('stall'), at: PositionOrHeaders.default(MIDDLE) }),
  /** A pause, then the rest. */
  z.strictObject({
    ...kind('pause'),
    at: PositionOrHeaders.default('start'),
    ms: Milliseconds.default(3000),
  }),
  /** The socket closes (FIN) after all data was sent. */
  z.strictObject({ ...kind('close'), at: PositionOrHeaders.default(MIDDLE) }),
  /** The socket is reset (RST): the client may lose unread data. */
  z.strictObject({ ...kind('reset'), at: PositionOrHeaders.default('headers') }),

  // Faults of the stream.
  /** A clean end without finish_reason; at `end`, with it but without `[DONE]`. */
  z.strictObject({ ...kind('cut_short'), at: Position.default(MIDDLE) }),
  /** `data: {"error": …}`, then a clean end. */
  z.strictObject({
    ...kind('error'),
    at: Position.default(MIDDLE),
    code: z.string().default('server_error'),
    message: z.string().default('The server had an error while processing your request. Sorry about that!'),
  }),
  /** One event with truncated JSON, then the rest. */
  z.strictObject({ ...kind('malformed'), at: Position.default(MIDDLE) }),
  /** finish_reason `content_filter` instead of more text. */
  z.strictObject({ ...kind('answer_filtered'), at: Position.default(MIDDLE) }),
  /** The asynchronous filter redacts UTF-16 units `[from, to)`; default: all text so far. */
  z.strictObject({
    ...kind('late_violation'),
    at: Position.default('end'),
    from: z.int().nonnegative().default(0),
    to: z.int().nonnegative().optional(),
  }),
]);

/** How the simulator responds. All fields are optional; without any it is the demo. */
export const BehaviourSchema = z.strictObject({
  fault: FaultSchema.optional(),
  /** The fault occurs only in the first n requests with the same `key`. Default: every request. */
  times: z.int().positive().optional(),
  /** The key for `times`. Default: the text of the last user message, including the directive. */
  key: z.string().optional(),

  /** The answer, to be cut into tokens. */
  text: z.string().optional(),
  /** The answer, token by token. */
  chunks: z.array(z.string()).optional(),
  /** Number of numbered filler tokens (`0 1 2 …`); `endless` until the client disconnects; 0 is an empty answer. */
  tokens: z.union([z.int().min(0).max(10_000_000), z.literal('endless')]).optional(),
  /** Length of each filler token in characters. Default: as long as its number and a space. */
  tokenChars: z.int().positive().max(16_777_216).optional(),
  /** Reasoning before the answer, as `delta.reasoning_content`. */
  reasoning: z.string().optional(),

  /** Delay before each token. Default: 25 to 40, as in the cloud. 0: as fast as the client reads. */
  delayMs: Milliseconds.optional(),
  /** Delay before the first token. Default: `delayMs`, else 300. */
  firstDelayMs: Milliseconds.optional(),

  /**
   * Splits the bytes into segments: a number is the seed for splits at any byte, `utf8` splits inside each multi-byte
   * character.
   */
  split: z.union([z.int(), z.literal('utf8')]).optional(),
  /** Line ends of the event stream. Default: `lf`. */
  lineEnd: z.enum(['lf', 'crlf']).optional(),
  /**
   * Filter results are sent in separate chunks without `delta`, the last one after the finish_reason. Default: false.
   */
  asyncFilter: z.boolean().optional(),
  /**
   * Added to every `content_filter_offsets`; Microsoft's examples start above 0. Default: 0, the answer's first
   * character.
   */
  offsetBase: z.int().nonnegative().optional(),
});

export type Fault = z.output<typeof FaultSchema>;
export type Behaviour = z.input<typeof BehaviourSchema>;
export type ResolvedBehaviour = z.output<typeof BehaviourSchema>;

export const FAULT_KINDS: readonly string[] = FaultSchema.options.map((option) => option.shape.kind.value);
export const OPTION_NAMES: readonly string[] = Object.keys(BehaviourSchema.shape).filter(
  (key) => key !== 'fault',
);

/** `later` overrides `earlier`; an answer in `later` replaces the earlier one as a whole. */
export function mergeBehaviours(earlier: ResolvedBehaviour, later: ResolvedBehaviour): ResolvedBehaviour {
  const replacesAnswer = [later.text, later.chunks, later.tokens].some((source) => source !== undefined);
  const { text: _text, chunks: _chunks, tokens: _tokens, ...rest } = earlier;
  return { ...(replacesAnswer ? rest : earlier), ...later };
}
