import type { ResolvedBehaviour } from './behaviour.ts';
import { demoAnswer } from './demo.ts';
import { demoEdit } from './demo-edit.ts';
import { type CompletionBody, question, systemPrompt, textOf } from './request.ts';
import { valueFor } from './schema-answer.ts';
import { estimateTokens, fillerTokens, tokenize, untilStop, upTo } from './tokens.ts';

/** The answer without faults. */
export interface Answer {
  readonly reasoning: readonly string[];
  /** Yields one token at a time, since an answer may be endless; returns the finish_reason. */
  readonly tokens: Generator<string, 'stop' | 'length'>;
  readonly promptTokens: number;
}

/** @param asked the user's words without any directive. */
export function composeAnswer(
  body: CompletionBody,
  behaviour: ResolvedBehaviour,
  asked = question(body),
): Answer {
  const limit = body.max_completion_tokens ?? body.max_tokens ?? Number.POSITIVE_INFINITY;
  // Reasoning counts against the limit, as with real reasoning models.
  const reasoning = tokenize(behaviour.reasoning ?? '').slice(0, limit);
  const sequences = typeof body.stop === 'string' ? [body.stop] : (body.stop ?? []);
  return {
    reasoning,
    tokens: upTo(limit - reasoning.length, untilStop(sequences, wantedTokens(body, behaviour, asked))),
    // Each message costs three tokens besides its text, the start of the answer three more (OpenAI's cookbook).
    promptTokens: body.messages.reduce((sum, message) => sum + estimateTokens(textOf(message)) + 3, 3),
  };
}

function wantedTokens(body: CompletionBody, behaviour: ResolvedBehaviour, asked: string): Iterable<string> {
  const { text, chunks, tokens, tokenChars } = behaviour;
  if (chunks) return chunks;
  if (text !== undefined) return tokenize(text);
  if (tokens !== undefined)
    return fillerTokens(tokens === 'endless' ? Number.POSITIVE_INFINITY : tokens, tokenChars);
  switch (body.response_format?.type) {
    case 'json_schema':
      return tokenize(
        JSON.stringify(valueFor(body.response_format.json_schema?.schema ?? { type: 'object' })),
      );
    case 'json_object':
      return tokenize(JSON.stringify({ answer: 'This comes from the built-in simulator.' }));
    default:
      return tokenize(demoEdit(systemPrompt(body), asked) ?? demoAnswer(asked, body.messages.length));
  }
}

/** The delay in ms before a token; the first one has index 0. */
export function pace({ delayMs, firstDelayMs }: ResolvedBehaviour): (index: number) => number {
  return (index) => {
    if (index === 0) return firstDelayMs ?? delayMs ?? 300;
    // 25 to 40 ms, as uneven as a real stream, but reproducible.
    return delayMs ?? 25 + ((index * 7) % 16);
  };
}
