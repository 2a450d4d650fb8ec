import type { EditReport, FileChange } from './events.ts';
import type { MessageStatus } from './messages.ts';

export interface WorkspaceSummary<Time = string> {
  id: string;
  name: string;
  createdAt: Time;
  updatedAt: Time;
}

export interface WorkspaceFile {
  /** A relative path with `/`, such as `src/main.js`. */
  name: string;
  /** Lines end with LF. */
  text: string;
}

export interface WorkspaceView<Time = string> {
  /** Files by the id that each keeps for its life. */
  workspace: WorkspaceSummary<Time> & { files: Record<string, WorkspaceFile> };
  /** The chat of its edits; null while there was none. */
  chatId: string | null;
}

export interface WorkspaceList<Time = string> {
  workspaces: WorkspaceSummary<Time>[];
  /** Null on the last page. */
  nextCursor: string | null;
}

/** What one run did to a workspace. */
export interface WorkspaceEdit<Time = string> {
  runId: string;
  chatId: string;
  /** Of its run; when the run's chat was deleted, `complete` or `stopped` as the outcome says. */
  status: MessageStatus;
  /** Null: the edit is running. */
  outcome: EditReport['outcome'] | null;
  files: FileChange[];
  createdAt: Time;
  undoneAt: Time | null;
  /** Whether `undo` can take it back now. */
  undoable: boolean;
}
