import type { Logger } from 'pino';
import type { PreparedHook } from '../chat/turn-hook.ts';
import type { EditedDocument } from '../editing/edited-document.ts';
import { withEditing } from '../editing/editing-producer.ts';
import { snapshotOf, type WorkspaceLimits } from '../editing/files.ts';
import { instructionsFor } from '../editing/instructions.ts';
import { StreamedEdit } from '../editing/streamed-edit.ts';
import { NotFoundError } from '../errors.ts';
import type { Lease } from '../runs/leases.ts';
import type { Ending } from '../runs/producer.ts';
import type { RunDescription } from '../runs/store.ts';
import type { EditReport, FileChange, FileEvent } from '../wire/events.ts';
import {
  type EditOutcome,
  type EditRow,
  type OpsOfEdit,
  sourceOf,
  type WorkspaceDocuments,
  type WorkspaceStore,
} from './store.ts';

export interface EditSettings extends WorkspaceLimits {
  /** What happens to the changes of an edit that was stopped or failed. */
  onFailure: 'keep' | 'rollback';
  /** How long lines of a file are buffered; ms. */
  flushMs: number;
  countTokens: (text: string) => number | Promise<number>;
}

/** The parts of a running edit. */
interface Edit {
  workspaceId: string;
  run: RunDescription;
  document: EditedDocument;
  firstVersion: number;
  session: StreamedEdit;
}

const STATUS_TEXT: Record<EditOutcome, string | null> = {
  applied: null,
  kept: 'The edit was cut off. What it has changed so far stays; undo takes it back.',
  rolled_back: 'The edit was cut off. What it had changed was taken back.',
};

/** Starts edits, ends them, and finishes those that a crash interrupted. */
export class EditLifecycle {
  constructor(
    private readonly store: WorkspaceStore,
    private readonly documents: WorkspaceDocuments,
    private readonly settings: EditSettings,
    private readonly logger: Logger,
  ) {}

  /** Opens the document for a run that is about to start. */
  async prepare(workspaceId: string, prompt: string, remember: boolean, lease: Lease): Promise<PreparedHook> {
    const document = await this.documents.open(workspaceId, sourceOf(lease.runId));
    const { data, version: firstVersion } = document;
    if (!data) throw new NotFoundError(`Workspace ${workspaceId}`);
    // The snapshot for the prompt and the text that changes are applied to must be of the same moment.
    const asked = snapshotOf(data);
    const session = new StreamedEdit(document, this.settings);
    return {
      instructions: async (tokens) => {
        const { text, hidden } = await instructionsFor(asked, prompt, tokens, this.settings.countTokens);
        session.hide(hidden);
        return text;
      },
      wrap: (producer, run) => {
        const edit = { workspaceId, run, document, firstVersion, session };
        return withEditing(producer, {
          edit: session,
          begin: () => this.#begin(edit, remember, lease),
          finish: (ending, failure) => this.#finish(edit, ending, failure),
        });
      },
      release: () => {
        void document[Symbol.asyncDispose]();
        lease.release();
      },
    };
  }

  /**
   * Finishes the edit of a run that a crash interrupted. Resolves with the events and the report to be stored; null:
   * the run is not an edit.
   */
  async recover(runId: string): Promise<{ events: FileEvent[]; edit: EditReport } | null> {
    const row = await this.store.edit(runId);
    if (!row) return null;
    const { outcome, files } = row.outcome
      ? { outcome: row.outcome, files: row.files }
      : await this.#endInterrupted(row);
    return { events: statusOf(outcome, files), edit: { outcome, files } };
  }

  /** Finishes interrupted edits whose runs were settled or deleted. Returns their number. */
  async recoverRest(): Promise<number> {
    const rows = await this.store.unfinished();
    for (const row of rows) await this.#endInterrupted(row);
    return rows.length;
  }

  async #begin({ workspaceId, run, document, firstVersion }: Edit, remember: boolean, lease: Lease) {
    if (lease.preempted) throw new NotFoundError(`Workspace ${workspaceId}`);
    const { runId, chatId, createdAt } = run;
    const { source } = document;
    await this.store.beginEdit({ runId, workspaceId, chatId, source, firstVersion, createdAt }, remember);
  }

  async #finish(
    { workspaceId, run, document, firstVersion, session }: Edit,
    { complete, emit }: Ending,
    failure: unknown,
  ): Promise<EditReport | null> {
    // The workspace was deleted during the edit.
    if (!(await this.documents.read(workspaceId))) return null;
    const ops = { source: document.source, firstVersion };
    const isWhole = complete && failure === null;
    // A session that failed does not know which of its changes were stored; the document's ops do.
    const files = (failure === null ? null : await this.#changesOf(workspaceId, ops)) ?? session.changes;
    const outcome = isWhole ? 'applied' : await this.#afterFailure(workspaceId, ops);
    for (const event of statusOf(outcome, files)) emit(event);
    await this.#end(workspaceId, run.runId, outcome, files);
    if (session.hasWithdrawn) await this.documents.forgetHistory(workspaceId);
    return { outcome, files };
  }

  async #endInterrupted(row: EditRow): Promise<{ outcome: EditOutcome; files: FileChange[] }> {
    const { runId, workspaceId } = row;
    const files = (await this.#changesOf(workspaceId, row)) ?? [];
    const outcome = await this.#afterFailure(workspaceId, row);
    await this.#end(workspaceId, runId, outcome, files);
    return { outcome, files };
  }

  async #end(workspaceId: string, runId: string, outcome: EditOutcome, files: FileChange[]): Promise<void> {
    const { current } = await this.documents.versions(workspaceId);
    await this.store.endEdit({ runId, lastVersion: current, outcome, files });
  }

  /**
   * Changes that cannot be undone are kept; neither the end of a run nor the start of the server fails because of it.
   */
  async #afterFailure(workspaceId: string, edit: OpsOfEdit): Promise<EditOutcome> {
    if (this.settings.onFailure === 'keep') return 'kept';
    try {
      const names = await this.documents.undoEdit(workspaceId, edit);
      return names && names.length > 0 ? 'rolled_back' : 'kept';
    } catch (err) {
      this.logger.error(
        { err, workspaceId, source: edit.source },
        'undoing an edit failed; its changes are kept',
      );
      return 'kept';
    }
  }

  /** Null when the ops are not available. */
  async #changesOf(workspaceId: string, edit: OpsOfEdit): Promise<FileChange[] | null> {
    try {
      return await this.documents.changesOf(workspaceId, edit);
    } catch (err) {
      this.logger.error({ err, workspaceId, source: edit.source }, 'reading the changes of an edit failed');
      return null;
    }
  }
}

function statusOf(outcome: EditOutcome, files: readonly FileChange[]): FileEvent[] {
  const status = STATUS_TEXT[outcome];
  const changed = files.some(({ change }) => change !== 'left_out');
  return status !== null && changed ? [{ type: 'status_update', status }] : [];
}
