import type { Page } from '../chat/store.ts';
import type { EditReport, FileChange } from '../runs/events.ts';
import type { MessageStatus } from '../runs/store.ts';
import type { EditedDocument } from './edited-document.ts';
import type { WorkspaceDocument } from './workspace.ts';

/** What the database knows of a workspace beside its document. */
export interface WorkspaceRow {
  id: string;
  /** A copy of the document's. */
  name: string;
  /** The chat of its edits; null while there was none. */
  chatId: string | null;
  createdAt: Date;
  updatedAt: Date;
}

export type EditOutcome = EditReport['outcome'];

/** What an edit is known by before it changes anything. */
export interface EditStart {
  runId: string;
  workspaceId: string;
  chatId: string;
  /** The `src` of its ops. */
  source: string;
  /** The version of the document when it began. */
  firstVersion: number;
  createdAt: Date;
}

export interface EditEnd {
  runId: string;
  /** The version of the document after its last op. */
  lastVersion: number;
  outcome: EditOutcome;
  files: readonly FileChange[];
}

export interface EditRow extends EditStart {
  /** Null: it runs, or was cut off. */
  lastVersion: number | null;
  outcome: EditOutcome | null;
  files: FileChange[];
  undoneAt: Date | null;
  /** Of its run; null when the run's chat was deleted. */
  status: MessageStatus | null;
}

/** Where workspaces are listed. Every method that fails because of the database throws StorageError. */
export interface WorkspaceStore {
  insert(workspace: WorkspaceRow): Promise<void>;
  get(id: string): Promise<WorkspaceRow | null>;
  /** Newest first by updatedAt. Throws InvalidRequestError for a cursor that it did not make. */
  list(limit: number, cursor: string | null): Promise<Page<WorkspaceRow>>;
  /** Its document has changed; `name` is what it says now. */
  touch(id: string, name: string, at: Date): Promise<void>;
  /** With its edits. Answers false when it does not exist. */
  delete(id: string): Promise<boolean>;

  /** `remember`: its chat is the workspace's own from now on. */
  beginEdit(edit: EditStart, remember: boolean): Promise<void>;
  endEdit(edit: EditEnd): Promise<void>;
  /** The newest ones of a workspace, newest first. */
  edits(workspaceId: string, limit: number): Promise<EditRow[]>;
  edit(runId: string): Promise<EditRow | null>;
  /** Edits of any workspace that have no end: what a crash left behind. */
  unfinished(): Promise<EditRow[]>;
  /** Answers false when it was undone already. */
  undone(runId: string, at: Date): Promise<boolean>;
}

/** Told of each change of a document that was stored. It must not throw. */
export type WorkspaceListener = (id: string, document: WorkspaceDocument) => void;

/** Where the documents of workspaces are kept and shared. */
export interface WorkspaceDocuments {
  /** `listener` hears of changes; the answer undoes it. */
  onChange(listener: WorkspaceListener): () => void;
  /** Null when there is none. The caller must not change it. */
  read(id: string): Promise<WorkspaceDocument | null>;
  create(document: WorkspaceDocument): Promise<void>;
  rename(id: string, name: string): Promise<void>;
  /** With everything that it ever said. */
  remove(id: string): Promise<void>;
  /** Removes what it once said: text was taken back. Nothing before it can be undone any more. */
  forgetHistory(id: string): Promise<void>;
  /** For one edit. Throws NotFoundError. */
  open(id: string, source: string): Promise<EditedDocument>;
  /** What an edit has done so far, as its ops say. Null when they are not kept any more. */
  changesOf(id: string, edit: OpsOfEdit): Promise<FileChange[] | null>;
  /**
   * Takes back what an edit did, in one op, whatever people have done since; answers the names of the files that this
   * has changed. Null when its ops are not kept any more.
   */
  takeBack(id: string, edit: OpsOfEdit): Promise<string[] | null>;
  /** The version of the document, and of the oldest that can still be taken back. */
  versions(id: string): Promise<{ current: number; oldest: number }>;
}

/** How the names begin under which edits write; no viewer may call itself so. */
export const EDIT_SOURCE = 'edit:';

export function sourceOf(runId: string): string {
  return `${EDIT_SOURCE}${runId}`;
}

/** Which ops of a document are those of an edit. */
export type OpsOfEdit = Pick<EditStart, 'source' | 'firstVersion'>;
