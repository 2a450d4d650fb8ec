import type { Logger } from 'pino';
import ShareDB from 'sharedb';
import type { Agent } from './agent.ts';
import type { Collection } from './collection.ts';
import { agentOf, CollectionDocuments } from './collection-documents.ts';
import { Collections } from './collections.ts';
import { registerOpRules } from './ops/middleware.ts';
import { ViewerOpPipeline } from './ops/viewer-op-pipeline.ts';
import { DocumentPubSub } from './pubsub.ts';
import { routeShareDbLog } from './sharedb-logger.ts';
import { DocumentDatabase } from './storage/document-database.ts';
import type { DocumentStore } from './storage/document-store.ts';
import { OpRetention } from './storage/op-retention.ts';
import { ViewerGuard } from './viewers/guard.ts';
import { newEpoch, ViewerIdentity, type ViewerMessages } from './viewers/identity.ts';
import { VIEWER_LIMITS, type ViewerLimits } from './viewers/limits.ts';
import { disconnectFromRecreated } from './viewers/recreated-documents.ts';
import { WorkBudgets } from './viewers/work-budgets.ts';

export interface ShareDbSettings {
  /** How long ops are kept for viewers that reconnect; hours. */
  keepOpsH: number;
  /** How long unused documents stay in memory; ms, 60,000 by default. */
  idleMs?: number;
  /** Limits of one connection that differ from the defaults. */
  viewers?: Partial<ViewerLimits>;
}

const IDLE_MS = 60_000;

/**
 * ShareDB with our storage, limits and presence. It contains no collection by itself: other folders register theirs,
 * and get access to the documents.
 */
export class ShareDbBackend implements AsyncDisposable {
  readonly #sharedb: ShareDB;
  /** This process, as the author of ops. */
  readonly #agent: Agent;
  readonly #documents: DocumentDatabase;
  readonly #pubsub: DocumentPubSub;
  readonly #collections = new Collections();
  readonly #retention: OpRetention;
  readonly #epoch = newEpoch();

  constructor(store: DocumentStore, settings: ShareDbSettings, logger: Logger) {
    routeShareDbLog(logger);
    this.#documents = new DocumentDatabase(store, { idleMs: settings.idleMs ?? IDLE_MS });
    this.#pubsub = new DocumentPubSub({
      watched: (channel) => this.#onChannel(channel, (collection, id) => collection.watched?.(id)),
      unwatched: (channel) => this.#onChannel(channel, (collection, id) => collection.unwatched?.(id)),
    });
    this.#sharedb = new ShareDB({
      db: this.#documents,
      pubsub: this.#pubsub,
      presence: true,
      doNotForwardSendPresenceErrorsToClient: true,
      doNotCommitNoOps: true,
      errorHandler: (err) => logger.debug({ err }, 'sharedb'),
    });
    this.#agent = agentOf(this.#sharedb.connect());
    // ShareDB runs middleware in the order of registration: an op must be copied before it is applied.
    this.#documents.copyOnWrite(this.#sharedb);
    const budgets = new WorkBudgets();
    registerOpRules(this.#sharedb, this.#collections, new ViewerOpPipeline(this.#documents, budgets));
    new ViewerGuard({
      documents: this.#documents,
      presences: this.#pubsub.presences,
      budgets,
      limits: { ...VIEWER_LIMITS, ...settings.viewers },
      collections: this.#collections,
    }).attach(this.#sharedb);
    disconnectFromRecreated(this.#sharedb);
    this.#retention = new OpRetention(this.#documents, settings.keepOpsH, logger);
  }

  /** Makes a collection known, before viewers connect. Throws when its name is taken. */
  register<Data, Checked>(collection: Collection<Data, Checked>): CollectionDocuments<Data> {
    this.#collections.register(collection);
    return new CollectionDocuments(collection, this.#sharedb, this.#agent, this.#documents);
  }

  /** Serves a viewer, until the stream ends. */
  listen(stream: ViewerMessages): void {
    stream.identity = new ViewerIdentity(this.#epoch);
    this.#sharedb.listen(stream);
  }

  /** Removes ops that are older than `keepOpsH` (MIRROR-7); this also happens every hour. Never rejects. */
  expireOps(): Promise<void> {
    return this.#retention.run();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#retention[Symbol.asyncDispose]();
    this.#pubsub.presences[Symbol.dispose]();
    await new Promise<void>((resolve, reject) => {
      this.#sharedb.close((error) => (error ? reject(error) : resolve()));
    });
  }

  #onChannel(channel: string, call: (collection: Collection, id: string) => void): void {
    const document = this.#collections.documentOf(channel);
    if (document) call(document.collection, document.id);
  }
}
