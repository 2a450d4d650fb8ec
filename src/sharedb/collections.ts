import { LOCAL, type Principal } from '../auth/principal.ts';
import type { Collection, PresenceFormat } from './collection.ts';
import { DocumentNotFoundError, ViewerError } from './errors.ts';

const PRESENCE_CHANNEL = /^([^./]+)[./]([^/]+)/;

/** The registered collections, by what ShareDB calls them and their channels. */
export class Collections {
  readonly #byName = new Map<string, Collection>();

  /** Throws for a name that is taken. */
  register(collection: Collection): void {
    if (this.#byName.has(collection.name)) throw new Error(`${collection.name} is registered already.`);
    this.#byName.set(collection.name, collection);
  }

  find(name: unknown): Collection | undefined {
    return typeof name === 'string' ? this.#byName.get(name) : undefined;
  }

  /** Throws ViewerError when there is none of that name. */
  get(name: string): Collection {
    const collection = this.find(name);
    if (!collection) throw new ViewerError('unknown_collection', `There is no collection ${name} here.`);
    return collection;
  }

  /** Whether viewers may submit ops. */
  isWritable(name: unknown): boolean {
    return this.find(name)?.viewerOps !== undefined;
  }

  /** Whether only this process may use it as the `src` of its ops. */
  isReservedSource(source: string | null | undefined): boolean {
    if (!source) return false;
    for (const { reservedSource } of this.#byName.values()) {
      if (reservedSource !== undefined && source.startsWith(reservedSource)) return true;
    }
    return false;
  }

  /** Throws DocumentNotFoundError for a document that does not exist for this viewer. */
  async requireDocument(
    { principal, action }: { principal: Principal; action: 'read' | 'write' },
    name: string,
    id: string,
  ): Promise<void> {
    const { permits } = this.get(name);
    if (permits && !(await permits(principal, action, id))) throw new DocumentNotFoundError(`${name}/${id}`);
  }

  /**
   * Presence is exchanged in channels of documents, `{collection}/{id}` or ShareDB's own `{collection}.{id}`. Throws
   * DocumentNotFoundError for the channel of a document that this viewer may not read; without authentication all
   * channels are allowed.
   */
  async requirePresence(principal: Principal, channel: string): Promise<void> {
    if (principal === LOCAL) return;
    const [, name = '', id = ''] = PRESENCE_CHANNEL.exec(channel) ?? [];
    if (!this.find(name)) throw new DocumentNotFoundError(channel);
    await this.requireDocument({ principal, action: 'read' }, name, id);
  }

  /** The format of presence in a channel `{collection}/…`. Undefined: the default. */
  presenceIn(channel: string): PresenceFormat | undefined {
    const slash = channel.indexOf('/');
    return slash < 0 ? undefined : this.find(channel.slice(0, slash))?.presence;
  }

  /** What the formats of all collections allow beyond a name. */
  presenceExtras(): string[] {
    return [...this.#byName.values()].flatMap(({ presence }) => presence?.extra ?? []);
  }

  /** The document whose ops are published on a channel `{collection}.{id}`. Null for other channels. */
  documentOf(channel: string): { collection: Collection; id: string } | null {
    const dot = channel.indexOf('.');
    const collection = this.find(channel.slice(0, Math.max(dot, 0)));
    return collection ? { collection, id: channel.slice(dot + 1) } : null;
  }
}
