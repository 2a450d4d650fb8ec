import { endedMessage } from '../../chat/ended-message.ts';
import type { RunResult } from '../../runs/store.ts';
import { endedRow } from '../message-row.ts';
import { endMessages, endRuns, touchChats } from './chat-statements.ts';
import { toColumn, type Write } from './statement.ts';

/** What is stored when a run has ended, except that its segments are removed. */
export function writesOfResult(result: RunResult): Write[] {
  const { runId, messageId, chatId, model, provider, status, cause, errorMessage } = result;
  const { terminal, content, usage, journal, chunks } = result;
  const endedAt = toColumn(result.endedAt);
  return [
    endMessages.with([endedRow(messageId, endedMessage(result))]),
    endRuns.with([
      {
        id: runId,
        provider,
        model,
        status,
        cause,
        errorMessage,
        journal: JSON.stringify(journal),
        terminal: JSON.stringify(terminal),
        chunks,
        characters: content.length,
        promptTokens: usage.promptTokens,
        completionTokens: usage.completionTokens,
        reasoningTokens: usage.reasoningTokens,
        usageEstimated: usage.estimated ? 1 : 0,
        timeToFirstToken: terminal.timeToFirstToken,
        totalTime: terminal.totalTime,
        endedAt,
      },
    ]),
    touchChats.with([{ id: chatId, now: endedAt }]),
  ];
}
