import ShareDB from 'sharedb';
import type { Collection, ViewerOps } from '../collection.ts';
import { ViewerError } from '../errors.ts';
import type { DocumentDatabase } from '../storage/document-database.ts';
import { TimeSlices } from '../time-slices.ts';
import { sendOps } from '../viewers/send.ts';
import type { WorkBudgets } from '../viewers/work-budgets.ts';
import { DocumentQueue } from './document-queue.ts';
import { rebase } from './rebase.ts';

type Submit = ShareDB.middleware.SubmitContext;
type Apply = ShareDB.middleware.ApplyContext;
type Commit = ShareDB.middleware.CommitContext;

/** An op of so few components takes negligible time. */
const FEW_COMPONENTS = 16;

/** How often a longer op is applied again because ops of this process were stored in the meantime. */
const MAX_RETRIES = 5;

/**
 * Processes a viewer's op in ShareDB's middleware: transforms it in time slices, applies it in time slices, and
 * validates it.
 */
export class ViewerOpPipeline {
  readonly #documents: DocumentDatabase;
  readonly #budgets: WorkBudgets;
  /** One op of viewers per document at a time: otherwise sliced work on one would be invalidated by another. */
  readonly #queue = new DocumentQueue();
  /** The components of ops that were applied here, while ShareDB sees an empty op in their place. */
  readonly #applied = new WeakMap<object, unknown[]>();

  constructor(documents: DocumentDatabase, budgets: WorkBudgets) {
    this.#documents = documents;
    this.#budgets = budgets;
  }

  /**
   * Waits for its turn, then transforms the op. Throws ViewerError for one too far behind, or ahead of the document.
   */
  async submit(context: Submit): Promise<void> {
    const { agent, collection, id, op } = context;
    await this.#queue.acquire(`${collection}/${id}`, context);
    const ms = await rebase(this.#documents, { collection, id }, op, (missing) =>
      sendOps(agent, collection, id, missing),
    );
    this.#budgets.spend(agent, ms);
  }

  /**
   * Validates and applies the op component by component: each copies the text that it changes, which takes long when
   * text and op are long, and ShareDB would do it in one go. Throws ViewerError.
   */
  async apply({ agent, snapshot, op, retries }: Apply, collection: Collection): Promise<void> {
    const rules = collection.viewerOps;
    if (!rules || !snapshot?.type || !('op' in op)) return;
    const components = componentsOf(op);
    if (components.length > FEW_COMPONENTS && retries > MAX_RETRIES) throw tooSlow(collection);
    this.#budgets.spend(agent, await applyInSlices(components, snapshot.data, rules));
    this.#applied.set(op, components);
    op.op = [];
  }

  /** Gives the op its components back, and validates the result. Throws ViewerError. */
  commit({ id, snapshot, op }: Commit, rules: ViewerOps): void {
    const components = this.#applied.get(op);
    if (components && 'op' in op) op.op = components;
    this.#applied.delete(op);
    rules.checkResult(id, componentsOf(op), snapshot?.data);
  }

  /** ShareDB has processed the op: the next one of the document may begin. */
  release(context: object): void {
    this.#queue.release(context);
  }
}

/** Changes `data`, a copy that is not shared. Returns the time spent; ms. */
async function applyInSlices(op: readonly unknown[], data: unknown, rules: ViewerOps): Promise<number> {
  const slices = new TimeSlices();
  for (const component of op) {
    rules.checkComponent(component, data);
    ShareDB.types.defaultType.apply(data, [component]);
    await slices.pause();
  }
  return slices.busyMs;
}

/** The components that `parse` returned, maybe transformed since: that makes no other kinds of components. */
function componentsOf(op: object): unknown[] {
  const components = 'op' in op && Array.isArray(op.op) ? op.op : [];
  // Transformed against concurrent ops it may have nothing left to do.
  if (components.length === 0) throw new ViewerError('invalid_op', 'The op changes nothing.');
  return components;
}

function tooSlow({ noun }: Collection): ViewerError {
  return new ViewerError(
    'limit_exceeded',
    `The ${noun} changes too fast for so long an op; send it in parts.`,
  );
}
