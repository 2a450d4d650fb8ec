import type ShareDB from 'sharedb';
import type { WorkspaceDocuments, WorkspaceListener } from '../editing/store.ts';
import type { WorkspaceDocument, WorkspaceLimits } from '../editing/workspace.ts';
import type { DocumentDatabase } from './document-database.ts';
import { ViewerError } from './errors.ts';
import { type Component, JSON0 } from './operation.ts';
import type { CollectionPolicy } from './viewer-policy.ts';
import { checkFits, parseWorkspaceOp, type WorkspaceComponent } from './workspace-op.ts';
import { checkOutcome } from './workspace-rules.ts';

export const WORKSPACES = 'workspaces';

type Agent = NonNullable<ReturnType<ShareDB['connect']>['agent']>;

/** The documents `workspaces/{id}`: what people send is checked here, against the document as it is when it is stored. */
export class SharedWorkspaces implements WorkspaceDocuments {
  readonly policy: CollectionPolicy;
  readonly #backend: ShareDB;
  readonly #agent: Agent;
  readonly #documents: DocumentDatabase;
  readonly #listeners = new Set<WorkspaceListener>();

  constructor(backend: ShareDB, agent: Agent, documents: DocumentDatabase, limits: WorkspaceLimits) {
    this.#backend = backend;
    this.#agent = agent;
    this.#documents = documents;
    this.policy = { acceptOp: (op) => parseWorkspaceOp(op, limits) };
    const isPersons = ({ collection, agent, op }: ShareDB.middleware.SubmitContext) =>
      collection === WORKSPACES && !agent.stream.isServer && 'op' in op;
    // Twice, because ShareDB changes the snapshot between the two: what an op says was there can be told only before.
    backend.use('apply', (context, next) => {
      if (!isPersons(context)) return next();
      const { snapshot, op } = context;
      next(thrown(() => snapshot?.type && checkFits(componentsOf(op), documentIn(snapshot))));
    });
    backend.use('commit', (context, next) => {
      if (!isPersons(context)) return next();
      const { snapshot, op } = context;
      next(thrown(() => checkOutcome(componentsOf(op), documentIn(snapshot), limits)));
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

  #submit(
    id: string,
    op: { create: { type: string; data: WorkspaceDocument } } | { op: Component[] } | { del: true },
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
