import { z } from 'zod';
import type { Access } from '../../auth/access.ts';
import { isFileId, type WorkspaceDocument, type WorkspaceLimits } from '../../editing/files.ts';
import type { Collection } from '../../sharedb/collection.ts';
import { ViewerError } from '../../sharedb/errors.ts';
import { presenceFields } from '../../sharedb/viewers/viewer-requests.ts';
import { EDIT_SOURCE } from '../store.ts';
import { renameCollisions } from './edit-ops.ts';
import { checkFits, insertsText, parseWorkspaceOp, type WorkspaceComponent } from './workspace-op.ts';
import { checkOutcome, checkTotal } from './workspace-rules.ts';

/** The end of the `src` of an op that undoes an edit. */
export const UNDO_SUFFIX = ':undo';

/** A name, and the position of the viewer's cursor: a file, and UTF-16 offsets in it. */
const presence = z
  .strictObject({
    ...presenceFields,
    fileId: z.custom<string>(isFileId).optional(),
    anchor: z.int().min(0).optional(),
    head: z.int().min(0).optional(),
  })
  .nullable();

export interface WorkspaceRules {
  access: Pick<Access, 'allows'>;
  limits: WorkspaceLimits;
  /** Whether the database has room for more text (LIMIT-1). */
  hasRoom(): boolean;
  /** Whether an edit of the model is changing the document. */
  isBeingEdited(id: string): boolean;
  /** An op was stored. Must not throw. */
  stored(id: string, document: WorkspaceDocument): void;
}

/** The collection `workspaces`. Viewers' ops are validated against the document at the moment of storing. */
export function workspaceCollection({
  access,
  limits,
  hasRoom,
  isBeingEdited,
  stored,
}: WorkspaceRules): Collection<WorkspaceDocument, WorkspaceComponent> {
  return {
    name: 'workspaces',
    noun: 'workspace',
    permits: (principal, action, id) => access.allows(principal, action, 'workspace', id),
    presence: { schema: presence, extra: 'in a workspace also {fileId, anchor, head}' },
    reservedSource: EDIT_SOURCE,
    stored,
    viewerOps: {
      parse(op) {
        const components = parseWorkspaceOp(op, limits);
        if (components.some(insertsText) && !hasRoom()) throw storageFull();
        return components;
      },
      checkComponent: checkFits,
      checkResult(id, op, document) {
        // A file that is being rewritten consists of the beginning of its new text and the end of its old one, which
        // may be too long together.
        const { fileChars, totalChars } = limits;
        const now = isBeingEdited(id)
          ? { ...limits, fileChars: 2 * fileChars, totalChars: totalChars + fileChars }
          : limits;
        checkOutcome(op, document, now);
      },
    },
    serverOps: {
      // A collaborator may have taken the name of a new file in the meantime: then the edit's file gets another name.
      fixup: renameCollisions,
      check(op, document, src) {
        // An edit observes the limits itself; an undo restores text beside what collaborators have written since.
        if (src.endsWith(UNDO_SUFFIX)) checkTotal(op, document, limits);
      },
    },
  };
}

function storageFull(): ViewerError {
  return new ViewerError('storage_full', 'The database is as large as it may be; text can only be removed.');
}
