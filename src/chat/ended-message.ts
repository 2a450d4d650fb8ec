import type { RunResult } from '../runs/store.ts';
import type { FileChange, TerminalEvent } from '../wire/events.ts';
import type { Message } from './store.ts';

/** The fields of a message that the result of its run sets. */
export type EndedMessage = Pick<Message, 'status' | 'cause' | 'content' | 'reasoning' | 'tokens' | 'edits'>;

export function endedMessage(result: RunResult): EndedMessage {
  const { status, cause, content, reasoning, tokens, terminal } = result;
  return { status, cause, content, reasoning, tokens, edits: editsOf(terminal) };
}

/** Null when no file was changed, or all changes were rolled back. */
function editsOf({ edit }: TerminalEvent): FileChange[] | null {
  return edit && edit.outcome !== 'rolled_back' && edit.files.length > 0 ? [...edit.files] : null;
}
