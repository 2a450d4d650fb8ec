import type { Page } from '../chat/store.ts';
import type { EditedDocument } from '../editing/edited-document.ts';
import type { WorkspaceDocument } from '../editing/files.ts';
import type { EditReport, FileChange } from '../wire/events.ts';
import type { MessageStatus } from '../wire/messages.ts';
import type { WorkspaceSummary } from '../wire/workspaces.ts';

/** A workspace without its document. `name` is a copy of the document's. */
export interface WorkspaceRow extends WorkspaceSummary<Date> {
  /** `{tenantId}/{userId}` */
  ownerId: string;
  /** The chat of its edits; null before the first edit. */
  chatId: string | null;
}

export type EditOutcome = EditReport['outcome'];

/** An edit before its first change. */
export interface EditStart {
  runId: string;
  workspaceId: string;
  chatId: string;
  /** The `src` of its ops. */
  source: string;
  /** The version of the document before the first op. */
  firstVersion: number;
  createdAt: Date;
}

export interface EditEnd {
  runId: string;
  /** The version of the document after the last op. */
  lastVersion: number;
  outcome: EditOutcome;
  files: readonly FileChange[];
}

export interface EditRow extends EditStart {
  /** Null: the edit is running, or was interrupted by a crash. */
  lastVersion: number | null;
  outcome: EditOutcome | null;
  files: FileChange[];
  undoneAt: Date | null;
  /** The status of its run; null when the run's chat was deleted. */
  status: MessageStatus | null;
}

/** Storage of workspaces and their edits. Every method throws StorageError when the database fails. */
export interface WorkspaceStore {
  insert(workspace: WorkspaceRow): Promise<void>;
  get(id: string): Promise<WorkspaceRow | null>;
  /** The owner's, newest first by updatedAt. Throws InvalidRequestError for an invalid cursor. */
  list(ownerId: string, limit: number, cursor: string | null): Promise<Page<WorkspaceRow>>;
  /** Stores the time of a change and the current name. */
  touch(id: string, name: string, at: Date): Promise<void>;
  /** Deletes a workspace with its edits. Returns false when it does not exist. */
  delete(id: string): Promise<boolean>;

  /** `remember`: the chat of the edit becomes the workspace's own. */
  beginEdit(edit: EditStart, remember: boolean): Promise<void>;
  endEdit(edit: EditEnd): Promise<void>;
  /** The newest edits of a workspace, newest first. */
  edits(workspaceId: string, limit: number): Promise<EditRow[]>;
  edit(runId: string): Promise<EditRow | null>;
  /** Edits of any workspace that have no end, because a crash interrupted them. */
  unfinished(): Promise<EditRow[]>;
  /** Marks an edit as undone. Returns false when it was undone already. */
  markUndone(runId: string, at: Date): Promise<boolean>;
}

/** Is called after each stored change of a document. Must not throw. */
export type WorkspaceListener = (id: string, document: WorkspaceDocument) => void;

/** Storage of the documents of workspaces, shared with viewers. */
export interface WorkspaceDocuments {
  /** Registers a listener. Returns an unsubscribe function. */
  onChange(listener: WorkspaceListener): () => void;
  /** Null when it does not exist. The caller must not change the document. */
  read(id: string): Promise<WorkspaceDocument | null>;
  create(document: WorkspaceDocument): Promise<void>;
  rename(id: string, name: string): Promise<void>;
  /** Removes the document with all its ops. */
  remove(id: string): Promise<void>;
  /** Removes stored ops, because they contain redacted text. Earlier edits can no longer be undone. */
  forgetHistory(id: string): Promise<void>;
  /** Opens the document for one edit. Throws NotFoundError. */
  open(id: string, source: string): Promise<EditedDocument>;
  /** The changes of an edit so far, according to its ops. Null when its ops were removed. */
  changesOf(id: string, edit: OpsOfEdit): Promise<FileChange[] | null>;
  /**
   * Undoes an edit in one op and keeps later changes of collaborators. Returns the names of the changed files. Null
   * when its ops were removed.
   */
  undoEdit(id: string, edit: OpsOfEdit): Promise<string[] | null>;
  /** The current version of the document, and the oldest version from which ops are kept. */
  versions(id: string): Promise<{ current: number; oldest: number }>;
}

/** The beginning of the `src` of edits; viewers may not use it. */
export const EDIT_SOURCE = 'edit:';

export function sourceOf(runId: string): string {
  return `${EDIT_SOURCE}${runId}`;
}

/** Identifies the ops of an edit. */
export type OpsOfEdit = Pick<EditStart, 'source' | 'firstVersion'>;
