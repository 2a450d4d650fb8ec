import { newId } from '../chat/new-id.ts';
import { AlreadyUndoneError, NotFoundError, UndoExpiredError } from '../errors.ts';
import type { Leases } from '../runs/leases.ts';
import type { WorkspaceEdit } from '../wire/workspaces.ts';
import type { EditRow, WorkspaceDocuments, WorkspaceStore } from './store.ts';

/** Upper limit of edits in a list, and of edits that are searched for the newest one to undo. */
const MAX_EDITS = 100;

/** Past edits of workspaces, and undo. */
export class EditHistory {
  constructor(
    private readonly store: WorkspaceStore,
    private readonly documents: WorkspaceDocuments,
    private readonly leases: Leases,
  ) {}

  /** The newest edits, newest first. Throws NotFoundError. */
  async list(workspaceId: string): Promise<WorkspaceEdit<Date>[]> {
    await this.#requireWorkspace(workspaceId);
    const [rows, { oldest }] = await Promise.all([
      this.store.edits(workspaceId, MAX_EDITS),
      this.documents.versions(workspaceId),
    ]);
    return rows.map((row) => ({
      runId: row.runId,
      chatId: row.chatId,
      status: row.status ?? (row.outcome === 'applied' ? 'complete' : 'stopped'),
      outcome: row.outcome,
      files: row.files,
      createdAt: row.createdAt,
      undoneAt: row.undoneAt,
      undoable: isUndoable(row) && row.firstVersion >= oldest,
    }));
  }

  /**
   * Undoes a whole edit and keeps later changes of collaborators; without `runId`, the newest edit that can be undone.
   * Throws NotFoundError, WorkspaceBusyError, AlreadyUndoneError, UndoExpiredError, WorkspaceFullError.
   */
  async undo(workspaceId: string, runId: string | undefined): Promise<{ runId: string; files: string[] }> {
    await this.#requireWorkspace(workspaceId);
    const lease = this.leases.take(workspaceId, runId ?? newId());
    try {
      const row = await this.#editToUndo(workspaceId, runId);
      if (row.undoneAt || row.outcome === 'rolled_back') throw new AlreadyUndoneError(row.runId);
      const files = await this.documents.undoEdit(workspaceId, row);
      if (!files) throw new UndoExpiredError(row.runId);
      await this.store.markUndone(row.runId, new Date());
      return { runId: row.runId, files };
    } finally {
      lease.release();
    }
  }

  async #requireWorkspace(id: string): Promise<void> {
    if (!(await this.store.get(id))) throw new NotFoundError(`Workspace ${id}`);
  }

  async #editToUndo(workspaceId: string, runId: string | undefined): Promise<EditRow> {
    if (runId === undefined) {
      const newest = (await this.store.edits(workspaceId, MAX_EDITS)).find(isUndoable);
      if (newest) return newest;
      throw new NotFoundError('An edit to undo');
    }
    const row = await this.store.edit(runId);
    if (row?.workspaceId === workspaceId) return row;
    throw new NotFoundError(`Edit ${runId} in workspace ${workspaceId}`);
  }
}

function isUndoable({ outcome, undoneAt, files }: EditRow): boolean {
  const hasEnded = outcome === 'applied' || outcome === 'kept';
  return hasEnded && undoneAt === null && files.some(({ change }) => change !== 'left_out');
}
