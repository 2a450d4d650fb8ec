import { randomUUID } from 'node:crypto';
import type { NewMessage, Turn } from '../../src/chat/store.ts';
import type { RunDescription, RunResult } from '../../src/runs/store.ts';
import type { Totals } from '../../src/wire/events.ts';

export const OWNER = 'default/local';

/** The time this many seconds after the start of the samples. */
export function at(seconds: number): Date {
  return new Date(Date.UTC(2026, 0, 1, 0, 0, seconds));
}

export function aRun(run: Partial<RunDescription> = {}): RunDescription {
  return {
    runId: randomUUID(),
    chatId: randomUUID(),
    ownerId: OWNER,
    messageId: randomUUID(),
    provider: 'azure',
    model: 'gpt-4o',
    protocol: 'native',
    requestId: 'request-1',
    promptTokens: 7,
    createdAt: at(0),
    ...run,
  };
}

export function aQuestion(message: Partial<NewMessage> = {}): NewMessage {
  return {
    id: randomUUID(),
    role: 'user',
    status: 'complete',
    content: 'What are you?',
    tokens: 4,
    clientId: null,
    ...message,
  };
}

/** The first turn of a chat, or with `chat` and `firstPosition` a later one; `asked` null: a regeneration. */
export function aTurn(turn: Partial<Turn> & { asked?: NewMessage | null } = {}): Turn {
  const { asked = aQuestion(), ...rest } = turn;
  const run = turn.run ?? aRun(turn.chat ? { chatId: turn.chat.id } : {});
  const answer = aQuestion({
    id: run.messageId,
    role: 'assistant',
    status: 'streaming',
    content: '',
    tokens: null,
  });
  return {
    chat: { id: run.chatId, create: { title: 'A chat' } },
    firstPosition: 0,
    messages: [...(asked ? [asked] : []), answer],
    supersedeFrom: null,
    idempotency: null,
    now: run.createdAt,
    ...rest,
    run,
  };
}

/** The result of a complete run with this text. */
export function aRunResult(run: RunDescription, settlement: Partial<RunResult> = {}): RunResult {
  const content = settlement.content ?? 'I am a service.';
  const usage = {
    promptTokens: 9,
    completionTokens: 5,
    reasoningTokens: 1,
    totalTokens: 14,
    estimated: false,
  };
  const totals: Totals = {
    totalChunks: 3,
    finalContentLength: content.length,
    totalTime: 1200,
    timeToFirstToken: 80,
    usage,
  };
  return {
    runId: run.runId,
    messageId: run.messageId,
    chatId: run.chatId,
    provider: run.provider,
    model: run.model,
    status: 'complete',
    cause: 'stop',
    errorMessage: null,
    terminal: { type: 'complete', finishReason: 'stop', ...totals },
    content,
    reasoning: null,
    tokens: 4,
    usage,
    journal: content === '' ? [] : [{ content: content.length }],
    chunks: 3,
    endedAt: at(2),
    ...settlement,
  };
}
