import type { TextStep } from '../text/text-change.ts';
import type { WorkspaceFile } from '../wire/workspaces.ts';
import type { WorkspaceDocument } from './files.ts';

/** Receives what collaborators do to the document meanwhile, in order, after `data` has it. */
export interface CollaboratorListener {
  text(fileId: string, step: TextStep): void;
  removed(fileId: string, name: string): void;
}

/**
 * A document with files, opened for one edit: its own changes are in `data` at once and are sent from there; changes of
 * collaborators arrive transformed, as if they had come after those.
 */
export interface EditedDocument extends AsyncDisposable {
  /** The `src` of its ops. */
  readonly source: string;
  /** The newest version that it has seen; own changes count once they are stored. */
  readonly version: number;
  /** Null when it was deleted. May be changed by these methods only. */
  readonly data: WorkspaceDocument | null;
  /** One op; at least one step. */
  change(fileId: string, steps: readonly TextStep[]): void;
  create(fileId: string, file: WorkspaceFile): void;
  remove(fileId: string): void;
  /** Supports one listener. */
  onCollaborators(listener: CollaboratorListener): void;
  /** Resolves when all changes are stored. Throws StorageError if one was not. */
  stored(): Promise<void>;
}
