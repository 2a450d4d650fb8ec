import { type Answer, pace } from './answer.ts';
import type { ResolvedBehaviour } from './behaviour.ts';
import { type Step, send, wait } from './steps.ts';
import { injectFault, interruptionOf, isDue, type Point } from './stream-fault.ts';
import { DONE, type Wire } from './wire.ts';

/** The asynchronous filter sends results after this many tokens. */
const ANNOTATION_TOKENS = 16;

/** An answer as a stream of events, with the fault if there is one. */
export function* streamedAnswer(
  answer: Answer,
  behaviour: ResolvedBehaviour,
  wire: Wire,
  options: { readonly headers: Readonly<Record<string, string>>; readonly includeUsage: boolean },
): Generator<Step, void> {
  const delay = pace(behaviour);
  let pending = interruptionOf(behaviour);
  let tokens = 0;
  let characters = 0;
  let annotated = 0;

  /** Returns whether the stream has ended. */
  function* arrive(point: Point): Generator<Step, boolean> {
    if (pending === null || !isDue(pending, point)) return false;
    const fault = pending;
    pending = null;
    return yield* injectFault(fault, wire, characters, closing);
  }
  function* annotate(): Generator<Step, void> {
    // No passing result for a region that is about to be redacted.
    if (!behaviour.asyncFilter || annotated === characters || pending?.kind === 'late_violation') return;
    yield send(wire.annotation({ from: annotated, to: characters }));
    annotated = characters;
  }
  function* closing(): Generator<Step, void> {
    const reasoning = answer.reasoning.length;
    const usage = { prompt: answer.promptTokens, completion: tokens + reasoning, reasoning };
    if (options.includeUsage) yield send(wire.usage(usage));
    yield send(DONE);
  }

  if (yield* arrive('headers')) return;
  const headers = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' };
  yield { kind: 'head', status: 200, headers: { ...headers, ...options.headers } };
  yield send(wire.prompt());
  if (yield* arrive(0)) return;

  yield* wait(delay(0));
  yield send(wire.role());
  for (const [index, thought] of answer.reasoning.entries()) {
    if (index > 0) yield* wait(delay(index));
    yield send(wire.reasoning(thought));
  }
  let next = answer.tokens.next();
  for (; !next.done; next = answer.tokens.next()) {
    if (yield* arrive(tokens)) return;
    const index = answer.reasoning.length + tokens;
    if (index > 0) yield* wait(delay(index));
    yield send(wire.content(next.value));
    tokens += 1;
    characters += next.value.length;
    if (tokens % ANNOTATION_TOKENS === 0) yield* annotate();
  }
  if (yield* arrive('finish')) return;
  yield send(wire.finish(next.value));
  yield* annotate();
  if (yield* arrive('end')) return;
  yield* closing();
}
