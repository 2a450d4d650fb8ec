import { type Answer, pace } from './answer.ts';
import type { ResolvedBehaviour } from './behaviour.ts';
import { type Step, send, wait } from './steps.ts';
import { type Interruption, interruptionOf, isDue } from './stream-fault.ts';
import { completionBody, type FinishReason, type Usage } from './wire.ts';

/** Maximum length of a whole answer, which is held in memory. */
const MAX_CHARACTERS = 64 * 1024 * 1024;

/**
 * A whole answer. It takes as long as its tokens would, and an endless one never ends. Faults of a stream have their
 * nearest equivalent: an error object is a 500, malformed JSON half a body; half a body is also sent before a
 * connection fault.
 */
export function* wholeAnswer(
  answer: Answer,
  behaviour: ResolvedBehaviour,
  options: {
    readonly id: string;
    readonly created: number;
    readonly headers: Readonly<Record<string, string>>;
  },
): Generator<Step, void> {
  const fault = interruptionOf(behaviour);
  const collected = collect(answer, behaviour, fault);
  if (collected === null) return yield { kind: 'stall' };
  const body = completionBody({ ...options, ...collected });
  const headers = { ...options.headers, 'content-type': 'application/json' };
  const half = body.slice(0, body.length / 2);

  switch (fault?.kind) {
    case 'stall':
    case 'close':
    case 'reset':
      if (!isDue(fault, 'headers')) {
        yield* wait(collected.duration);
        yield { kind: 'head', status: 200, headers };
        yield send(half);
      }
      return yield { kind: fault.kind };
    case 'error': {
      yield* wait(collected.duration);
      yield { kind: 'head', status: 500, headers };
      const { code, message } = fault;
      return yield send(JSON.stringify({ error: { code, message, param: null, type: 'server_error' } }));
    }
    default:
      yield* wait(collected.duration + (fault?.kind === 'pause' ? fault.ms : 0));
      yield { kind: 'head', status: 200, headers };
      yield send(fault?.kind === 'malformed' ? half : body);
  }
}

interface Collected {
  readonly content: string;
  readonly reasoning: string;
  readonly finishReason: FinishReason | null;
  readonly usage: Usage;
  /** Duration of a stream of the same tokens, in ms. */
  readonly duration: number;
}

/** All text, up to where it is filtered or cut; null if it is too long. */
function collect(answer: Answer, behaviour: ResolvedBehaviour, fault: Interruption | null): Collected | null {
  const filtered = fault?.kind === 'answer_filtered' || fault?.kind === 'late_violation';
  const cut = filtered || fault?.kind === 'cut_short' ? fault : null;
  const delay = pace(behaviour);
  const reasoning = answer.reasoning.length;
  let duration = 0;
  for (const index of answer.reasoning.keys()) duration += delay(index);

  let content = '';
  let tokens = 0;
  let next = answer.tokens.next();
  for (; !next.done && !(cut && isDue(cut, tokens)); next = answer.tokens.next()) {
    duration += delay(reasoning + tokens);
    content += next.value;
    tokens += 1;
    if (content.length > MAX_CHARACTERS) return null;
  }
  const ownReason = next.done ? next.value : 'stop';
  return {
    content,
    reasoning: answer.reasoning.join(''),
    finishReason: cut ? (filtered ? 'content_filter' : null) : ownReason,
    usage: { prompt: answer.promptTokens, completion: tokens + reasoning, reasoning },
    duration: duration || delay(0),
  };
}
