import type { EditedDocument } from '../../editing/edited-document.ts';
import type { SharedDoc } from '../document/shared-doc.ts';

/** A subscribed document of an application with files at `data.files[fileId]`, `{ name, text }` each. */
export interface FilesDoc extends SharedDoc {
  readonly version: number | null;
  /** `clientId`: the sender of the op; for an op that ShareDB rolls back, the sender of that op. */
  on(event: 'op', listener: (op: unknown, source: unknown, clientId: unknown) => void): unknown;
  on(event: 'load', listener: () => void): unknown;
  removeListener(event: 'op', listener: (op: unknown, source: unknown, clientId: unknown) => void): unknown;
  removeListener(event: 'load', listener: () => void): unknown;
}

/**
 * The files of an application's document, as one edit changes them. Ops with another `source` are collaborators', also
 * those of other edits in this process. Keeps the inverse of all its changes.
 */
export interface EmbeddedFiles extends EditedDocument {
  readonly hasChanged: boolean;
  /** Undoes all changes of the edit in one op; changes of collaborators are kept. */
  undoEdit(): Promise<void>;
}
