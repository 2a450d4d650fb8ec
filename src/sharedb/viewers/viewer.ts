import type { Agent } from '../agent.ts';
import type { ViewerStream } from '../sockets/viewer-stream.ts';
import type { DocumentDatabase } from '../storage/document-database.ts';
import type { ViewerIdentity } from './identity.ts';
import type { Usage, ViewerLimits } from './limits.ts';
import { PendingReply } from './pending-reply.ts';
import { TextPace } from './text-pace.ts';

/** Documents per connection whose version is remembered as checked. */
const MAX_CHECKED = 1_000;

/** One connection of a viewer, and what it has taken of its limits. */
export class Viewer {
  readonly usage: Usage = { documents: new Set(), channels: new Set(), presences: new Map() };
  readonly reply = new PendingReply();
  readonly textPace: TextPace;
  /** Resolves when all earlier messages of this connection are processed: it is one after the other. */
  lastMessage: Promise<void> = Promise.resolve();
  /** Messages that wait for that; ops count several times. */
  waiting = 0;
  /** Documents whose version, as the viewer knows it, was checked. */
  readonly #checked = new Set<string>();

  constructor(
    readonly agent: Agent,
    readonly stream: ViewerStream,
    readonly identity: ViewerIdentity,
    limits: ViewerLimits,
  ) {
    this.textPace = new TextPace(limits.text, limits.textDelayMs);
  }

  /**
   * For those who come back after a restart: throws ViewerError for a version that the document did not have before it.
   */
  async checkVersion(
    documents: DocumentDatabase,
    collection: string,
    id: string,
    version: number | null,
  ): Promise<void> {
    if (!this.identity.isReturning || this.#checked.size >= MAX_CHECKED) return;
    const name = `${collection}/${id}`;
    if (this.#checked.has(name)) return;
    if (version !== null) await documents.checkSeen(collection, id, version);
    this.#checked.add(name);
  }
}
