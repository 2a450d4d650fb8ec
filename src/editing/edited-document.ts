import type { TextStep } from './text-change.ts';
import type { WorkspaceDocument, WorkspaceFile } from './workspace.ts';

/** Hears what people do to the document meanwhile, in order, after it is in `data`. */
export interface PeopleListener {
  text(fileId: string, step: TextStep): void;
  removed(fileId: string, name: string): void;
}

/**
 * The document of a workspace in the hands of one edit: what it changes is in `data` at once, and goes to everybody from
 * there; what people change comes in as if it had come after that.
 */
export interface EditedDocument extends AsyncDisposable {
  /** The `src` of its ops. */
  readonly source: string;
  /** The version that it has seen; own changes count when they are stored. */
  readonly version: number;
  /** Null when it was deleted. Nobody may change it but by these methods. */
  readonly data: WorkspaceDocument | null;
  /** One op; at least one step. */
  change(fileId: string, steps: readonly TextStep[]): void;
  create(fileId: string, file: WorkspaceFile): void;
  remove(fileId: string): void;
  /** For one listener. */
  onPeople(listener: PeopleListener): void;
  /** Resolves when all changes are stored. Throws StorageError when one was not. */
  stored(): Promise<void>;
}
