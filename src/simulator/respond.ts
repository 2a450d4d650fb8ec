import { randomUUID } from 'node:crypto';
import { composeAnswer } from './answer.ts';
import type { ResolvedBehaviour } from './behaviour.ts';
import { type Refusal, refusalFor } from './refusals.ts';
import type { CompletionBody } from './request.ts';
import { inSegments } from './segments.ts';
import { type Step, send, withCrlf } from './steps.ts';
import { streamedAnswer } from './streamed.ts';
import { wholeAnswer } from './whole.ts';
import { createWire } from './wire.ts';

/** Neither text nor events: stray bytes of UTF-8, control characters, a line without a field. */
const GARBAGE = Buffer.from('fffe00c3280a0a80bf6e6f7420616e206576656e740a0a1f8b0800000000', 'hex');

const HTML = `<!DOCTYPE html>
<html><head><title>Sign in</title></head><body><h1>Sign in to the network</h1></body></html>
`;

/** @param asked the user's words without any directive, for the echo. */
export function* respond(
  body: CompletionBody,
  behaviour: ResolvedBehaviour,
  asked: string,
): Generator<Step, void> {
  const refusal = behaviour.fault && refusalFor(behaviour.fault);
  if (refusal) return yield* refuse(refusal);
  if (behaviour.fault?.kind === 'garbage') return yield* raw('text/event-stream; charset=utf-8', GARBAGE);
  if (behaviour.fault?.kind === 'html') return yield* raw('text/html; charset=utf-8', HTML);

  const answer = composeAnswer(body, behaviour, asked);
  const id = `chatcmpl-${randomUUID()}`;
  const created = Math.floor(Date.now() / 1000);
  const headers = azureHeaders();
  if (!body.stream) return yield* wholeAnswer(answer, behaviour, { id, created, headers });

  const includeUsage = body.stream_options?.include_usage ?? false;
  const {
    asyncFilter = behaviour.fault?.kind === 'late_violation',
    offsetBase = 0,
    lineEnd,
    split,
  } = behaviour;
  const wire = createWire({ id, created, includeUsage, asyncFilter, offsetBase });
  let steps = streamedAnswer(answer, behaviour, wire, { headers, includeUsage });
  if (lineEnd === 'crlf') steps = withCrlf(steps);
  if (split !== undefined) steps = inSegments(steps, split);
  yield* steps;
}

export function* refuse({ status, error, headers }: Refusal): Generator<Step, void> {
  yield {
    kind: 'head',
    status,
    headers: { ...azureHeaders(), ...headers, 'content-type': 'application/json' },
  };
  yield send(JSON.stringify({ error }));
}

function* raw(contentType: string, data: string | Buffer): Generator<Step, void> {
  yield { kind: 'head', status: 200, headers: { ...azureHeaders(), 'content-type': contentType } };
  yield send(data);
}

function azureHeaders(): Record<string, string> {
  const id = randomUUID();
  return { 'apim-request-id': id, 'x-request-id': id, 'x-ms-region': 'Simulator' };
}
