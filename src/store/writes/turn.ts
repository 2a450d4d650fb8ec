import type { Turn } from '../../chat/store.ts';
import { newRow } from '../message-row.ts';
import {
  continueChats,
  insertChats,
  insertKeys,
  insertMessages,
  insertRuns,
  supersedeMessages,
} from './chat-statements.ts';
import { toColumn, type Write } from './statement.ts';

/** Everything that is stored before the provider is called (CHAT-4). */
export function writesOfTurn(turn: Turn): Write[] {
  const { firstPosition, messages, supersedeFrom, run, idempotency } = turn;
  const chatId = turn.chat.id;
  const now = toColumn(turn.now);
  const writes = [
    chatOf(turn, now),
    insertMessages.with(
      messages.map((message, index) =>
        newRow(message, { chatId, position: firstPosition + index, createdAt: now }),
      ),
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
  if (supersedeFrom !== null) writes.push(supersedeMessages.with([{ chatId, from: supersedeFrom, now }]));
  if (idempotency) {
    writes.push(insertKeys.with([{ ...idempotency, runId: run.runId, chatId, createdAt: now }]));
  }
  return writes;
}

function chatOf({ chat, run, firstPosition, messages, supersedeFrom }: Turn, now: string): Write {
  const { id, create, systemPrompt } = chat;
  const nextPosition = firstPosition + messages.length;
  if (create) {
    return insertChats.with([
      {
        id,
        ownerId: run.ownerId,
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
