import type ShareDB from 'sharedb';
import type { EditedDocument } from '../editing/edited-document.ts';
import type { OpsOfEdit, WorkspaceDocuments, WorkspaceListener } from '../editing/store.ts';
import type { WorkspaceDocument, WorkspaceLimits } from '../editing/workspace.ts';
import { WorkspaceFullError } from '../errors.ts';
import type { FileChange } from '../runs/events.ts';
import type { DocumentDatabase } from './document-database.ts';
import { changesOf, inverseOf, namesIn, renamed, withoutHarm } from './edit-ops.ts';
import { EditedWorkspace } from './edited-workspace.ts';
import { DocumentTooOldError, ViewerError } from './errors.ts';
import type { CommittedOp } from './live-document.ts';
import { type Component, JSON0 } from './operation.ts';
import type { CollectionPolicy } from './viewer-policy.ts';
import { checkFits, parseWorkspaceOp, type WorkspaceComponent } from './workspace-op.ts';
import { checkOutcome, checkTotal } from './workspace-rules.ts';

export const WORKSPACES = 'workspaces';

/** How the name ends under which an edit is taken back; no viewer can call itself what it begins with. */
const UNDO = ':undo';

/** Of a component that is brought up to date and one that came meanwhile; each pair takes about ten microseconds. */
const MOST_PAIRS = 100_000;

type Submitted = ShareDB.middleware.SubmitContext['op'];

type Agent = NonNullable<ReturnType<ShareDB['connect']>['agent']>;

/** The documents `workspaces/{id}`: what people send is checked here, against the document as it is when it is stored. */
export class SharedWorkspaces implements WorkspaceDocuments {
  readonly policy: CollectionPolicy;
  readonly #backend: ShareDB;
  readonly #agent: Agent;
  readonly #documents: DocumentDatabase;
  readonly #listeners = new Set<WorkspaceListener>();
  /** Documents that an edit has open. */
  readonly #edited = new Set<string>();

  constructor(backend: ShareDB, agent: Agent, documents: DocumentDatabase, limits: WorkspaceLimits) {
    this.#backend = backend;
    this.#agent = agent;
    this.#documents = documents;
    this.policy = { acceptOp: (op) => parseWorkspaceOp(op, limits) };
    const isPersons = ({ collection, agent, op }: ShareDB.middleware.SubmitContext) =>
      collection === WORKSPACES && !agent.stream.isServer && 'op' in op;
    backend.use('submit', (context, next) => {
      if (!isPersons(context)) return next();
      this.#checkDistance(context.id, context.op).then(() => next(), next);
    });
    // Twice, because ShareDB changes the snapshot between the two: what an op says was there can be told only before.
    backend.use('apply', (context, next) => {
      const { snapshot, op } = context;
      if (!isPersons(context)) {
        // Somebody may have taken the name of a new file just now: then it gets another one, and its edit is told.
        const fixes =
          context.collection === WORKSPACES && snapshot?.type ? renamed(op, documentIn(snapshot)) : [];
        if (fixes.length > 0) context.$fixup(fixes);
        return next();
      }
      next(thrown(() => snapshot?.type && checkFits(componentsOf(op), documentIn(snapshot))));
    });
    backend.use('commit', (context, next) => {
      const { snapshot, op } = context;
      // What an edit writes it measures itself; what comes back with an undo comes beside what people wrote since.
      if (!isPersons(context)) {
        const isUndo = context.collection === WORKSPACES && op.src?.endsWith(UNDO);
        return next(thrown(() => isUndo && 'op' in op && checkTotal(op.op, documentIn(snapshot), limits)));
      }
      // A file that is being rewritten has, until that is done, the beginning of its new text and the end of its old one.
      const { fileChars, totalChars } = limits;
      const now = this.#edited.has(context.id)
        ? { ...limits, fileChars: 2 * fileChars, totalChars: totalChars + fileChars }
        : limits;
      next(thrown(() => checkOutcome(componentsOf(op), documentIn(snapshot), now)));
    });
    backend.use('afterWrite', ({ collection, id, snapshot }, next) => {
      if (collection === WORKSPACES && snapshot?.type) {
        for (const listener of this.#listeners) listener(id, documentIn(snapshot));
      }
      next();
    });
  }

  onChange(listener: WorkspaceListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async read(id: string): Promise<WorkspaceDocument | null> {
    const { type, data } = await this.#documents.read(WORKSPACES, id);
    return type === null ? null : documentIn({ data });
  }

  create(document: WorkspaceDocument): Promise<void> {
    return this.#submit(document.id, { create: { type: JSON0, data: document } });
  }

  async rename(id: string, name: string): Promise<void> {
    const document = await this.read(id);
    if (!document || document.name === name) return;
    await this.#submit(id, { op: [{ p: ['name'], od: document.name, oi: name }] });
  }

  async remove(id: string): Promise<void> {
    if (!(await this.read(id))) return;
    await this.#submit(id, { del: true });
    await this.#documents.forgetHistory(WORKSPACES, id);
  }

  forgetHistory(id: string): Promise<void> {
    return this.#documents.forgetHistory(WORKSPACES, id);
  }

  async open(id: string, source: string): Promise<EditedDocument> {
    const document = await EditedWorkspace.open(this.#backend, WORKSPACES, id, source);
    this.#edited.add(id);
    document.onClose(() => this.#edited.delete(id));
    return document;
  }

  async changesOf(id: string, edit: OpsOfEdit): Promise<FileChange[] | null> {
    const ops = await this.#opsSince(id, edit.firstVersion);
    return ops && changesOf(ops, edit.source, await this.read(id));
  }

  async takeBack(id: string, edit: OpsOfEdit): Promise<string[] | null> {
    const ops = await this.#opsSince(id, edit.firstVersion);
    const inverse = ops && (await inverseOf(ops, edit.source));
    const document = await this.read(id);
    if (!inverse || !document) return null;
    const back = withoutHarm(inverse);
    // A crash may have come between this op and whoever notes that it was made: a second one would bring text back twice.
    const src = `${edit.source}${UNDO}`;
    if (back.length === 0 || ops.some((op) => op.src === src)) return namesIn(back, document);
    // What people do meanwhile is dealt with where all ops are put in order.
    try {
      await this.#submit(id, { op: back, v: edit.firstVersion + ops.length, src, seq: 1 });
    } catch (error) {
      if (error instanceof ViewerError) throw new WorkspaceFullError(id, { cause: error });
      throw error;
    }
    return namesIn(back, document);
  }

  async versions(id: string): Promise<{ current: number; oldest: number }> {
    const [{ v }, oldest] = await Promise.all([
      this.#documents.read(WORKSPACES, id),
      this.#documents.oldest(WORKSPACES, id),
    ]);
    return { current: v, oldest };
  }

  /** Throws ViewerError for an op that would hold up everybody while it is brought up to date. */
  async #checkDistance(id: string, op: Submitted): Promise<void> {
    if (!('op' in op) || !Array.isArray(op.op) || typeof op.v !== 'number') return;
    const { v } = await this.#documents.read(WORKSPACES, id);
    if (op.v >= v) return;
    // Each has at least one component: then they need not even be read.
    if (op.op.length * (v - op.v) > MOST_PAIRS) throw new DocumentTooOldError(op.v);
    let pairs = 0;
    for (const other of await this.#documents.history(WORKSPACES, id, op.v)) {
      // It came before; ShareDB says so to whoever sends it again.
      if (other.src === op.src && other.seq === op.seq) return;
      pairs += op.op.length * (Array.isArray(other.op) ? other.op.length : 0);
      if (pairs > MOST_PAIRS) throw new DocumentTooOldError(op.v);
    }
  }

  async #opsSince(id: string, version: number): Promise<CommittedOp[] | null> {
    try {
      return await this.#documents.history(WORKSPACES, id, version);
    } catch (error) {
      if (error instanceof DocumentTooOldError) return null;
      throw error;
    }
  }

  #submit(
    id: string,
    op:
      | { create: { type: string; data: WorkspaceDocument } }
      | { op: Component[]; v?: number; src?: string; seq?: number }
      | { del: true },
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#backend.submit(this.#agent, WORKSPACES, id, op, null, (error) =>
        error ? reject(error) : resolve(),
      );
    });
  }
}

/** Nobody but this class and its policy writes into the collection. */
function documentIn(snapshot: { data?: unknown } | null): WorkspaceDocument {
  return snapshot?.data as WorkspaceDocument;
}

/** As the policy has let it in, maybe transformed since: that makes no other kinds of components. */
function componentsOf(op: object): WorkspaceComponent[] {
  const components = 'op' in op ? (op.op as WorkspaceComponent[]) : [];
  // Transformed by another's op it may have nothing left to do.
  if (components.length === 0) throw new ViewerError('invalid_op', 'The op changes nothing.');
  return components;
}

/** What a check throws, for ShareDB's callbacks. */
function thrown(check: () => unknown): unknown {
  try {
    check();
    return undefined;
  } catch (error) {
    return error;
  }
}
