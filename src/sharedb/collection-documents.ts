import type ShareDB from 'sharedb';
import type { Agent } from './agent.ts';
import type { Collection } from './collection.ts';
import { type Component, JSON0 } from './json0.ts';
import type { DocumentDatabase } from './storage/document-database.ts';
import type { CommittedOp } from './storage/replay.ts';

type Connection = ReturnType<ShareDB['connect']>;

/** A document through a ShareDB client within this process. */
export interface ClientDocument {
  connection: Connection;
  doc: ReturnType<Connection['get']>;
}

/** Where an op belongs in the history of a document, and whose it is. */
export interface OpOrigin {
  /** The version that it was made for. */
  v: number;
  src: string;
  seq: number;
}

/**
 * What this process does with the documents of one registered collection. All methods throw when the database fails.
 */
export class CollectionDocuments<Data> {
  readonly #name: string;
  readonly #sharedb: ShareDB;
  readonly #agent: Agent;
  readonly #documents: DocumentDatabase;

  constructor({ name }: Collection<Data>, sharedb: ShareDB, agent: Agent, documents: DocumentDatabase) {
    this.#name = name;
    this.#sharedb = sharedb;
    this.#agent = agent;
    this.#documents = documents;
  }

  /** Null when there is no such document. The caller must not change it. */
  async read(id: string): Promise<Data | null> {
    const { type, data } = await this.#documents.read(this.#name, id);
    // Only the collection's owner, and viewers' ops that the owner has validated, write here.
    return type === null ? null : (data as Data);
  }

  create(id: string, data: Data): Promise<void> {
    return this.#submit(id, { create: { type: JSON0, data } });
  }

  /** Stores an op, then sends it to viewers. Without `origin` it is made for the current version. */
  change(id: string, op: Component[], origin?: OpOrigin): Promise<void> {
    return this.#submit(id, { op, ...origin });
  }

  /** Deletes the document, and everything that it ever contained. */
  async remove(id: string): Promise<void> {
    await this.#submit(id, { del: true });
    await this.forgetHistory(id);
  }

  /** Removes what the document contained before. */
  forgetHistory(id: string): Promise<void> {
    return this.#documents.forgetHistory(this.#name, id);
  }

  /** The current version, and the oldest one from which on all ops are stored. */
  async versions(id: string): Promise<{ current: number; oldest: number }> {
    const [{ v }, oldest] = await Promise.all([
      this.#documents.read(this.#name, id),
      this.#documents.oldest(this.#name, id),
    ]);
    return { current: v, oldest };
  }

  /** All ops from a version on. Throws DocumentTooOldError when they are not stored any more. */
  history(id: string, from: number): Promise<CommittedOp[]> {
    return this.#documents.history(this.#name, id, from);
  }

  /** Keeps all ops from a version on, up to a limit, until the returned release function is called. */
  keepFrom(id: string, version: number): () => void {
    return this.#documents.keepFrom(this.#name, id, version);
  }

  /** Opens a document through ShareDB's own client, whose ops have this `src`. To be closed: `connection.close()`. */
  connect(id: string, src: string): ClientDocument {
    const connection = this.#sharedb.connect();
    // Before ShareDB replies to the handshake, which tells the connection its name.
    Object.assign(agentOf(connection), { src });
    return { connection, doc: connection.get(this.#name, id) };
  }

  #submit(id: string, op: ShareDB.middleware.SubmitContext['op'] | object): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#sharedb.submit(this.#agent, this.#name, id, op as never, null, (error) =>
        error ? reject(error) : resolve(),
      );
    });
  }
}

export function agentOf({ agent }: Connection): Agent {
  if (!agent) throw new Error('ShareDB gives its own connections an agent.');
  return agent;
}
