import type { Connection, Doc } from 'sharedb/lib/client';

/** How long to wait before a document that the server refused is asked for again, in ms. */
const AGAIN_MS = 3_000;

/** A component of an op of json0, as far as it is known here. */
export interface Component {
  p: ReadonlyArray<string | number>;
  si?: string;
  sd?: string;
  oi?: unknown;
  od?: unknown;
}

export interface DocumentListener<Data> {
  /** The document is there as a whole, or is known not to be: loaded, made, deleted, loaded afresh. */
  onWhole(document: Doc<Data>): void;
  /** It was changed, here or elsewhere (`isOwn`: here). `source`: whose op it is, in the server's words. */
  onOp(document: Doc<Data>, op: readonly Component[], isOwn: boolean, source: string): void;
  /** It cannot be kept up to date at the moment; that is tried again. */
  onProblem(message: string): void;
  /**
   * The ops between what is here and what is there are gone. Without this, a fresh copy takes its place, which is all
   * that somebody needs who only reads.
   */
  onTooOld?(document: Doc<Data>): void;
}

/** A document of ShareDB for as long as somebody looks at it, whatever happens to what is known of it. */
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

  /** The one that is current; another one after it was loaded afresh. */
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

  /** The document cannot go on from what is here. */
  #refused(document: Doc<Data>, error: { message: string }): void {
    if (this.#isClosed || document !== this.#document) return;
    const isOld = 'code' in error && error.code === 'document_too_old';
    if (isOld && this.#listener.onTooOld) {
      this.#listener.onTooOld(document);
      return;
    }
    if (!isOld) this.#listener.onProblem(error.message);
    document.removeAllListeners();
    // It is known to be of no use; what it says while it goes is not interesting.
    document.on('error', () => {});
    clearTimeout(this.#again);
    document.destroy(() => {
      this.#again = setTimeout(() => !this.#isClosed && this.#open(), isOld ? 0 : AGAIN_MS);
    });
  }
}
