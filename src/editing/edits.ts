import type { Logger } from 'pino';
import type { Preparation } from '../chat/extension.ts';
import { NotFoundError } from '../errors.ts';
import type { EditReport, FileChange, FileEvent } from '../runs/events.ts';
import type { Ending } from '../runs/producer.ts';
import type { RunDescription } from '../runs/store.ts';
import type { Claim } from './claims.ts';
import { EditSession } from './edit-session.ts';
import type { EditedDocument } from './edited-document.ts';
import { withEditing } from './editing-producer.ts';
import { instructionsFor } from './instructions.ts';
import {
  type EditOutcome,
  type EditRow,
  type OpsOfEdit,
  sourceOf,
  type WorkspaceDocuments,
  type WorkspaceStore,
} from './store.ts';
import { asItIsNow, type WorkspaceLimits } from './workspace.ts';

export interface EditSettings extends WorkspaceLimits {
  /** What becomes of an edit that was stopped or failed. */
  onFailure: 'keep' | 'rollback';
  /** How long lines of a file are gathered; ms. */
  flushMs: number;
  countTokens: (text: string) => number | Promise<number>;
}

/** What belongs to one edit while it runs. */
interface Edit {
  workspaceId: string;
  run: RunDescription;
  document: EditedDocument;
  firstVersion: number;
  session: EditSession;
}

const SAID: Record<EditOutcome, string | null> = {
  applied: null,
  kept: 'The edit was cut off. What it has changed so far stays; undo takes it back.',
  rolled_back: 'The edit was cut off. What it had changed was taken back.',
};

/** Edits from their beginning to their end, in whatever way that comes. */
export class Edits {
  constructor(
    private readonly store: WorkspaceStore,
    private readonly documents: WorkspaceDocuments,
    private readonly settings: EditSettings,
    private readonly logger: Logger,
  ) {}

  /** Opens the document for a run that is about to begin: what the model is asked about is what it says now. */
  async prepare(workspaceId: string, prompt: string, remember: boolean, claim: Claim): Promise<Preparation> {
    const document = await this.documents.open(workspaceId, sourceOf(claim.runId));
    const { data, version: firstVersion } = document;
    if (!data) throw new NotFoundError(`Workspace ${workspaceId}`);
    // What the model is asked about and what its changes are laid over belong to one moment.
    const asked = asItIsNow(data);
    const session = new EditSession(document, this.settings);
    return {
      instructions: async (tokens) => {
        const { text, hidden } = await instructionsFor(asked, prompt, tokens, this.settings.countTokens);
        session.hide(hidden);
        return text;
      },
      wrap: (producer, run) => {
        const edit = { workspaceId, run, document, firstVersion, session };
        return withEditing(producer, {
          session,
          begin: () => this.#begin(edit, remember, claim),
          finish: (ending, failure) => this.#finish(edit, ending, failure),
        });
      },
      release: () => {
        void document[Symbol.asyncDispose]();
        claim.release();
      },
    };
  }

  /** What a crash has cut off of an edit, and what is to be said of it; null: the run is no edit. */
  async recover(runId: string): Promise<{ marks: FileEvent[]; edit: EditReport } | null> {
    const row = await this.store.edit(runId);
    if (!row) return null;
    const { outcome, files } = row.outcome
      ? { outcome: row.outcome, files: row.files }
      : await this.#settle(row);
    return { marks: statusOf(outcome, files), edit: { outcome, files } };
  }

  /** Edits that a crash has cut off, and whose runs are gone or settled. Answers how many. */
  async recoverRest(): Promise<number> {
    const rows = await this.store.unfinished();
    for (const row of rows) await this.#settle(row);
    return rows.length;
  }

  async #begin({ workspaceId, run, document, firstVersion }: Edit, remember: boolean, claim: Claim) {
    if (claim.unwanted) throw new NotFoundError(`Workspace ${workspaceId}`);
    const { runId, chatId, createdAt } = run;
    const { source } = document;
    await this.store.beginEdit({ runId, workspaceId, chatId, source, firstVersion, createdAt }, remember);
  }

  async #finish(
    { workspaceId, run, document, firstVersion, session }: Edit,
    { complete, mark }: Ending,
    failure: unknown,
  ): Promise<EditReport | null> {
    // The workspace is gone, and with it whatever was done to it.
    if (!(await this.documents.read(workspaceId))) return null;
    const ops = { source: document.source, firstVersion };
    const isWhole = complete && failure === null;
    // What went wrong in the middle has not said what it did.
    const files = (failure === null ? null : await this.#changesOf(workspaceId, ops)) ?? session.changes;
    const outcome = isWhole ? 'applied' : await this.#afterFailure(workspaceId, ops);
    for (const event of statusOf(outcome, files)) mark(event);
    await this.#end(workspaceId, run.runId, outcome, files);
    if (session.hasWithdrawn) await this.documents.forgetHistory(workspaceId);
    return { outcome, files };
  }

  async #settle(row: EditRow): Promise<{ outcome: EditOutcome; files: FileChange[] }> {
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

  /** What cannot be taken back stays, and keeps neither a run from ending nor the server from starting. */
  async #afterFailure(workspaceId: string, edit: OpsOfEdit): Promise<EditOutcome> {
    if (this.settings.onFailure === 'keep') return 'kept';
    try {
      const names = await this.documents.takeBack(workspaceId, edit);
      return names && names.length > 0 ? 'rolled_back' : 'kept';
    } catch (err) {
      this.logger.error({ err, workspaceId, source: edit.source }, 'taking an edit back failed; it stays');
      return 'kept';
    }
  }

  /** Null: its ops do not say it. */
  async #changesOf(workspaceId: string, edit: OpsOfEdit): Promise<FileChange[] | null> {
    try {
      return await this.documents.changesOf(workspaceId, edit);
    } catch (err) {
      this.logger.error({ err, workspaceId, source: edit.source }, 'finding out what an edit did failed');
      return null;
    }
  }
}

function statusOf(outcome: EditOutcome, files: readonly FileChange[]): FileEvent[] {
  const status = SAID[outcome];
  const changed = files.some(({ change }) => change !== 'left_out');
  return status !== null && changed ? [{ type: 'status_update', status }] : [];
}
