import type { Turn } from '../chat/store.ts';
import type { Entry } from './statement.ts';
import { toColumn } from './statement.ts';
import {
  continueChats,
  insertChats,
  insertKeys,
  insertMessages,
  insertRuns,
  supersedeMessages,
} from './statements.ts';

/** All that is stored before the provider is called. */
export function writesOfTurn(turn: Turn): Entry[] {
  const { firstPosition, messages, supersedeFrom, run, idempotency } = turn;
  const chatId = turn.chat.id;
  const now = toColumn(turn.now);
  const entries = [
    chatOf(turn, now),
    insertMessages.with(
      messages.map(({ id, role, status, content, tokens, clientId }, index) => ({
        id,
        chatId,
        position: firstPosition + index,
        role,
        status,
        content,
        tokens,
        clientId,
        createdAt: now,
      })),
    ),
    insertRuns.with([
      {
        id: run.runId,
        chatId,
        messageId: run.messageId,
        protocol: run.protocol,
        requestId: run.requestId,
        provider: run.provider,
        model: run.model,
        status: 'streaming',
        promptTokens: run.promptTokens,
        createdAt: toColumn(run.createdAt),
      },
    ]),
  ];
  if (supersedeFrom !== null) entries.push(supersedeMessages.with([{ chatId, from: supersedeFrom, now }]));
  if (idempotency) {
    entries.push(insertKeys.with([{ ...idempotency, runId: run.runId, chatId, createdAt: now }]));
  }
  return entries;
}

function chatOf({ chat, firstPosition, messages, supersedeFrom }: Turn, now: string): Entry {
  const { id, create, systemPrompt } = chat;
  const nextPosition = firstPosition + messages.length;
  if (create) {
    return insertChats.with([
      {
        id,
        title: create.title,
        systemPrompt: systemPrompt ?? null,
        nextPosition,
        messageCount: messages.length,
        createdAt: now,
        updatedAt: now,
      },
    ]);
  }
  return continueChats.with([
    {
      id,
      nextPosition,
      added: messages.length,
      supersedeFrom,
      setsSystemPrompt: systemPrompt === undefined ? 0 : 1,
      systemPrompt: systemPrompt ?? null,
      now,
    },
  ]);
}
