import type { Connection, Doc } from 'sharedb/lib/client';

/** Pause before a refused document is requested again, in ms. */
const AGAIN_MS = 3_000;

/** A component of a json0 op, as far as it is used here. */
export interface Component {
  p: ReadonlyArray<string | number>;
  si?: string;
  sd?: string;
  oi?: unknown;
  od?: unknown;
}

export interface DocumentListener<Data> {
  /** The whole document is known, or known to be missing: loaded, created, deleted, reloaded. */
  onWhole(document: Doc<Data>): void;
  /** An op was applied (`isOwn`: made here). `source`: of a remote op, as the server names it. */
  onOp(document: Doc<Data>, op: readonly Component[], isOwn: boolean, source: string): void;
  /** It cannot be kept up to date at the moment; subscribing is retried. */
  onProblem(message: string): void;
  /**
   * The ops between the local copy and the server's are deleted, or not for this user. Returns whether that is taken
   * care of; otherwise a fresh copy replaces it, which is all that a reader needs.
   */
  onTooOld?(document: Doc<Data>): boolean;
}

/** A subscribed ShareDB document that is loaded again when it cannot be continued. */
export class FollowedDocument<Data> {
  readonly #connection: Connection;
  readonly #collection: string;
  readonly #id: string;
  readonly #listener: DocumentListener<Data>;
  #document: Doc<Data>;
  #again: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  constructor(connection: Connection, collection: string, id: string, listener: DocumentListener<Data>) {
    this.#connection = connection;
    this.#collection = collection;
    this.#id = id;
    this.#listener = listener;
    this.#document = this.#open();
  }

  /** The current one; another one after a reload. */
  get document(): Doc<Data> {
    return this.#document;
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#again);
    this.#document.removeAllListeners();
    this.#document.on('error', () => {});
    this.#document.destroy();
  }

  #open(): Doc<Data> {
    const document: Doc<Data> = this.#connection.get(this.#collection, this.#id);
    this.#document = document;
    const whole = () => this.#listener.onWhole(document);
    document.on('load', whole);
    document.on('create', whole);
    document.on('del', whole);
    document.on('op', (op: readonly Component[], isOwn: unknown, source: string) =>
      this.#listener.onOp(document, op, Boolean(isOwn), source),
    );
    document.on('error', (error) => this.#refused(document, error));
    document.subscribe((error) => {
      if (error) this.#refused(document, error);
      else whole();
    });
    return document;
  }

  /** The document cannot be continued from the local copy. */
  #refused(document: Doc<Data>, error: { message: string }): void {
    if (this.#isClosed || document !== this.#document) return;
    const code = 'code' in error ? error.code : null;
    const isOld = code === 'document_too_old';
    if (isOld && this.#listener.onTooOld?.(document)) return;
    // It does not exist for this user, and may later.
    if (code === 'not_found') this.#listener.onWhole(document);
    else if (!isOld) this.#listener.onProblem(error.message);
    document.removeAllListeners();
    // Errors of a document that is being destroyed do not matter.
    document.on('error', () => {});
    clearTimeout(this.#again);
    document.destroy(() => {
      this.#again = setTimeout(() => !this.#isClosed && this.#open(), isOld ? 0 : AGAIN_MS);
    });
  }
}
