import type ShareDB from 'sharedb';
import type { EditedDocument, PeopleListener } from '../editing/edited-document.ts';
import type { TextStep } from '../editing/text-change.ts';
import type { WorkspaceDocument, WorkspaceFile } from '../editing/workspace.ts';
import { NotFoundError, StorageError } from '../errors.ts';
import type { Component } from './operation.ts';

type Connection = ReturnType<ShareDB['connect']>;
type Doc = ReturnType<Connection['get']>;

/** UTF-16 units of a text in which each component of an op takes about a millisecond. */
const LONG = 256 * 1024;

/** A component of somebody's op, as ShareDB's client hands it on. */
interface Heard {
  p: readonly (string | number)[];
  si?: string;
  sd?: string;
  od?: unknown;
}

/**
 * A document through ShareDB's own client, on a connection of its own within this process: so ops have the edit's name on
 * them, and those of people come transformed against what is on its way.
 */
export class EditedWorkspace implements EditedDocument {
  readonly source: string;
  readonly #connection: Connection;
  readonly #doc: Doc;
  #failure: unknown = null;
  #waiting = 0;
  #settled: Array<() => void> = [];
  #closed: () => void = () => {};

  private constructor(backend: ShareDB, collection: string, id: string, source: string) {
    this.source = source;
    this.#connection = backend.connect();
    const { agent } = this.#connection;
    if (!agent) throw new Error('ShareDB gives its own connections an agent.');
    // Before the handshake is answered, which tells the connection its name.
    Object.assign(agent, { src: source });
    this.#doc = this.#connection.get(collection, id);
    this.#doc.on('error', (error) => this.#fail(error));
  }

  /** Throws NotFoundError. */
  static async open(
    backend: ShareDB,
    collection: string,
    id: string,
    source: string,
  ): Promise<EditedWorkspace> {
    const opened = new EditedWorkspace(backend, collection, id, source);
    try {
      await new Promise<void>((resolve, reject) => {
        opened.#doc.subscribe((error) => (error ? reject(error) : resolve()));
      });
      if (opened.data) return opened;
      throw new NotFoundError(`Workspace ${id}`);
    } catch (error) {
      await opened[Symbol.asyncDispose]();
      throw error;
    }
  }

  get version(): number {
    return this.#doc.version ?? 0;
  }

  get data(): WorkspaceDocument | null {
    return this.#failure === null ? (this.#doc.data ?? null) : null;
  }

  change(fileId: string, steps: readonly TextStep[]): void {
    let text = this.#doc.data?.files[fileId]?.text;
    if (text === undefined) return;
    const op: Component[] = [];
    for (const step of steps) {
      const p = ['files', fileId, 'text', step.at];
      if ('insert' in step) {
        op.push({ p, si: step.insert });
        text = text.slice(0, step.at) + step.insert + text.slice(step.at);
      } else {
        op.push({ p, sd: text.slice(step.at, step.at + step.remove) });
        text = text.slice(0, step.at) + text.slice(step.at + step.remove);
      }
    }
    // Else what waits becomes one op, which takes long when the text is long.
    this.#doc.preventCompose = text.length > LONG;
    this.#submit(op);
  }

  create(fileId: string, file: WorkspaceFile): void {
    this.#submit([{ p: ['files', fileId], oi: file }]);
  }

  remove(fileId: string): void {
    const file = this.#doc.data?.files[fileId];
    if (file) this.#submit([{ p: ['files', fileId], od: { ...file } }]);
  }

  onPeople(listener: PeopleListener): void {
    this.#doc.on('op', (op, source) => {
      if (source) return;
      for (const component of op as Heard[]) hear(component, listener);
    });
  }

  async stored(): Promise<void> {
    if (this.#waiting > 0) {
      await new Promise<void>((resolve) => {
        this.#settled.push(resolve);
      });
    }
    if (this.#failure !== null) throw new StorageError(this.#failure);
  }

  /** For one listener. */
  onClose(listener: () => void): void {
    this.#closed = listener;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#connection.close();
    this.#closed();
  }

  #submit(op: Component[]): void {
    if (this.#failure !== null) return;
    this.#waiting += 1;
    this.#doc.submitOp(op, undefined, (error) => {
      if (error) this.#fail(error);
      this.#waiting -= 1;
      if (this.#waiting > 0) return;
      for (const settled of this.#settled.splice(0)) settled();
    });
  }

  /** What it shows from here on is not what was written. */
  #fail(error: unknown): void {
    this.#failure ??= error;
  }
}

function hear({ p, si, sd, od }: Heard, listener: PeopleListener): void {
  const [root, fileId, , at] = p;
  if (root !== 'files' || typeof fileId !== 'string') return;
  if (typeof at === 'number' && si !== undefined) listener.text(fileId, { at, insert: si });
  else if (typeof at === 'number' && sd !== undefined) listener.text(fileId, { at, remove: sd.length });
  else if (p.length === 2 && od !== undefined) listener.removed(fileId, nameOf(od));
}

function nameOf(file: unknown): string {
  return typeof file === 'object' && file && 'name' in file && typeof file.name === 'string' ? file.name : '';
}
