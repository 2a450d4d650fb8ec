import type { TerminalEvent } from '../runs/events.ts';
import type { Settlement } from '../runs/store.ts';
import type { Entry } from './statement.ts';
import { toColumn } from './statement.ts';
import { settleMessages, settleRuns, touchChats } from './statements.ts';

/** What is stored when a run has ended, beside what becomes of its segments. */
export function writesOfSettlement(settlement: Settlement): Entry[] {
  const { runId, messageId, chatId, model, provider, status, cause, errorMessage } = settlement;
  const { terminal, content, reasoning, tokens, usage, journal, chunks } = settlement;
  const endedAt = toColumn(settlement.endedAt);
  return [
    settleMessages.with([{ id: messageId, status, content, reasoning, tokens, edits: editsOf(terminal) }]),
    settleRuns.with([
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

function editsOf({ edit }: TerminalEvent): string | null {
  return edit && edit.outcome !== 'rolled_back' && edit.files.length > 0 ? JSON.stringify(edit.files) : null;
}
