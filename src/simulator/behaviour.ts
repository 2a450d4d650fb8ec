import { z } from 'zod';

/** Far longer than any clock under test, and within what setTimeout takes. */
const Milliseconds = z.number().min(0).max(86_400_000);

/** After how many content tokens a fault strikes; `end` is after the finish_reason. An answer that is shorter is hit at its last token. */
const Position = z.union([z.int().nonnegative(), z.enum(['start', 'end'])]);

/** `headers` is before the status line, when the client has nothing at all. */
const PositionOrHeaders = z.union([Position, z.literal('headers')]);

const MIDDLE = 3;

const retry = {
  /** Sent as the header `retry-after-ms`. Default: not sent. */
  retryAfterMs: z.number().optional(),
  /** Sent as it is in `retry-after`: seconds (-1 and 86400 were seen), or an HTTP date. Default: not sent. */
  retryAfter: z.union([z.number(), z.string()]).optional(),
};

const kind = <Kind extends string>(name: Kind) => ({ kind: z.literal(name) });

/** What can go wrong, once per request. */
const FaultSchema = z.discriminatedUnion('kind', [
  // Refused: an HTTP error, in Azure's words.
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

  // Status 200, and then something that is no answer.
  /** Bytes that are neither events nor UTF-8, labelled as an event stream. */
  z.strictObject({ ...kind('garbage') }),
  /** The page of a proxy. */
  z.strictObject({ ...kind('html') }),

  // The connection.
  /** Silence for ever, on an open connection. */
  z.strictObject({ ...kind('stall'), at: PositionOrHeaders.default(MIDDLE) }),
  /** Silence for a while, then on as if nothing had been. */
  z.strictObject({
    ...kind('pause'),
    at: PositionOrHeaders.default('start'),
    ms: Milliseconds.default(3000),
  }),
  /** The socket closes (FIN) after all that was sent has left. */
  z.strictObject({ ...kind('close'), at: PositionOrHeaders.default(MIDDLE) }),
  /** The socket is reset (RST): the client may lose what it has not read yet. */
  z.strictObject({ ...kind('reset'), at: PositionOrHeaders.default('headers') }),

  // The stream itself.
  /** A clean end without finish_reason; at `end`, with it but without `[DONE]`. */
  z.strictObject({ ...kind('cut_short'), at: Position.default(MIDDLE) }),
  /** `data: {"error": …}`, then a clean end. */
  z.strictObject({
    ...kind('error'),
    at: Position.default(MIDDLE),
    code: z.string().default('server_error'),
    message: z.string().default('The server had an error while processing your request. Sorry about that!'),
  }),
  /** One event whose JSON stops in the middle, then on as if nothing had been. */
  z.strictObject({ ...kind('malformed'), at: Position.default(MIDDLE) }),
  /** finish_reason `content_filter` instead of more text. */
  z.strictObject({ ...kind('answer_filtered'), at: Position.default(MIDDLE) }),
  /** The asynchronous filter takes back UTF-16 units `[from, to)` of what it let through; default: all of it so far. */
  z.strictObject({
    ...kind('late_violation'),
    at: Position.default('end'),
    from: z.int().nonnegative().default(0),
    to: z.int().nonnegative().optional(),
  }),
]);

/** How the simulator answers. Every field is optional; all unset is the demo. */
export const BehaviourSchema = z.strictObject({
  fault: FaultSchema.optional(),
  /** The fault strikes the first n requests with the same `key`, later ones are spared. Default: every request. */
  times: z.int().positive().optional(),
  /** What `times` counts by. Default: the text of the last user message, directive included. */
  key: z.string().optional(),

  /** The answer, to be cut into tokens. */
  text: z.string().optional(),
  /** The answer, token by token. */
  chunks: z.array(z.string()).optional(),
  /** So many numbered filler tokens (`0 1 2 …`); `endless` goes on until the client leaves; 0 is an empty answer. */
  tokens: z.union([z.int().min(0).max(10_000_000), z.literal('endless')]).optional(),
  /** Length of each filler token in characters. Default: as long as its number and a space. */
  tokenChars: z.int().positive().max(16_777_216).optional(),
  /** Thoughts that precede the answer, as `delta.reasoning_content`. */
  reasoning: z.string().optional(),

  /** Before each token. Default: 25 to 40, as a person would see it in the cloud. 0: as fast as the client reads. */
  delayMs: Milliseconds.optional(),
  /** Before the first token. Default: `delayMs`, else 300. */
  firstDelayMs: Milliseconds.optional(),

  /** Cuts the bytes into segments: a number seeds cuts at any byte, `utf8` cuts inside each multi-byte character. */
  split: z.union([z.int(), z.literal('utf8')]).optional(),
  /** Line ends of the event stream. Default: `lf`. */
  lineEnd: z.enum(['lf', 'crlf']).optional(),
  /** Annotations come in chunks of their own, without `delta`, the last one after the finish_reason. Default: false. */
  asyncFilter: z.boolean().optional(),
  /** Added to every `content_filter_offsets`; Microsoft's examples start above 0. Default: 0, the answer's first character. */
  offsetBase: z.int().nonnegative().optional(),
});

export type Fault = z.output<typeof FaultSchema>;
export type Behaviour = z.input<typeof BehaviourSchema>;
export type ResolvedBehaviour = z.output<typeof BehaviourSchema>;

export const FAULT_KINDS: readonly string[] = FaultSchema.options.map((option) => option.shape.kind.value);
export const OPTION_NAMES: readonly string[] = Object.keys(BehaviourSchema.shape).filter(
  (key) => key !== 'fault',
);

/** `later` wins over `earlier`; an answer that `later` describes replaces the whole of the earlier one's. */
export function mergeBehaviours(earlier: ResolvedBehaviour, later: ResolvedBehaviour): ResolvedBehaviour {
  const replacesAnswer = [later.text, later.chunks, later.tokens].some((source) => source !== undefined);
  const { text: _text, chunks: _chunks, tokens: _tokens, ...rest } = earlier;
  return { ...(replacesAnswer ? rest : earlier), ...later };
}
