import { ProviderError } from '../../errors.ts';
import type { FinishReason } from '../../wire/events.ts';
import { notAnAnswer } from './not-an-answer.ts';

/** How an answer ended; `unknown`: the provider's reason is not known here. */
type Ending = FinishReason | 'failed' | 'unknown';

/**
 * The providers' reasons, in lower case and without separators: OpenAI, Azure, Anthropic, Gemini (SAFETY, MAX_TOKENS),
 * Mistral (model_length), Cohere (COMPLETE), DeepSeek (insufficient_system_resource), Zhipu (sensitive, network_error),
 * Bedrock (guardrail_intervened), vLLM (abort), Together (eos).
 */
const ENDINGS: Readonly<Record<string, Ending>> = {
  stop: 'stop',
  stopped: 'stop',
  stopsequence: 'stop',
  stoptoken: 'stop',
  eos: 'stop',
  eostoken: 'stop',
  end: 'stop',
  endturn: 'stop',
  pauseturn: 'stop',
  complete: 'stop',
  completed: 'stop',
  finish: 'stop',
  finished: 'stop',
  done: 'stop',
  normal: 'stop',
  success: 'stop',
  toolcall: 'stop',
  toolcalls: 'stop',
  tooluse: 'stop',
  functioncall: 'stop',
  functioncalls: 'stop',
  refusal: 'content_filter',
  spii: 'content_filter',
  language: 'content_filter',
  modelarmor: 'content_filter',
  guardrailintervened: 'content_filter',
  networkerror: 'failed',
};

/** Values of providers that always send the field, while there is no reason yet. */
const NOT_YET = /^(|null|none|undefined|unspecified|notfinished|unfinished|inprogress|continue)$/;

/** Patterns for reasons that are not in the table. */
const KINDS: ReadonlyArray<readonly [RegExp, Ending]> = [
  [
    /filter|safe|block|prohibit|policy|moderat|sensitiv|refus|violat|recitation|harm|guardrail/,
    'content_filter',
  ],
  [/flagged|toxic|censor|copyright/, 'content_filter'],
  [
    /error|fail|resource|overload|capacity|quota|ratelimit|unavailable|exception|malformed|unexpected/,
    'failed',
  ],
  [/timeout|timedout|abort|cancel|interrupt|disconnect/, 'failed'],
  [/length|max|limit|truncat|window|incomplete/, 'length'],
  [/^(end|stop|eos|complete|finish|done|normal|success)/, 'stop'],
];

/** Null: not ended, or not a reason. */
function endingOf(reason: unknown): Ending | null {
  if (typeof reason !== 'string') return reason === true || Number(reason) > 0 ? 'unknown' : null;
  const word = reason
    .slice(0, 100)
    .toLowerCase()
    .replace(/[^a-z]/g, '')
    .replace(/^finishreason/, '');
  const known = Object.hasOwn(ENDINGS, word) ? ENDINGS[word] : undefined;
  if (known) return known;
  if (NOT_YET.test(word)) return null;
  return KINDS.find(([pattern]) => pattern.test(word))?.[1] ?? 'unknown';
}

/** Collects the finish reasons of one answer. */
export class Finish {
  #reason: FinishReason | null = null;
  #unknown: string | null = null;

  /** Whether the provider has sent a finish reason. */
  get isKnown(): boolean {
    return this.#reason !== null || this.#unknown !== null;
  }

  /** Throws if the reason means that the answer failed. */
  note(reason: unknown): void {
    const ending = endingOf(reason);
    if (ending === null) return;
    if (ending === 'failed') {
      const providerMessage = `The answer ended with the reason ${JSON.stringify(reason)}.`;
      throw new ProviderError('provider_unavailable', { providerMessage });
    }
    if (ending === 'unknown') this.#unknown = String(reason).slice(0, 100);
    // A later reason does not replace `content_filter`.
    else if (this.#reason !== 'content_filter') this.#reason = ending;
  }

  /**
   * `said`: whether there was any text. With text an unknown reason counts as `stop`; without text it is not known
   * whether the answer was meant to be empty, and this throws. It also throws without a reason.
   */
  reason(said: boolean, missing: string): FinishReason {
    if (this.#reason !== null) return this.#reason;
    if (this.#unknown === null) throw notAnAnswer(missing);
    if (said) return 'stop';
    throw notAnAnswer(
      `The answer has no text, and ended with the unknown reason ${JSON.stringify(this.#unknown)}.`,
    );
  }
}
