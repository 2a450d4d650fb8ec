import ShareDB from 'sharedb';
import type { Doc } from 'sharedb/lib/client/index.js';
import { told } from './viewer.ts';

/** An application with a ShareDB of its own, the stock one. */
export class OwnShareDB implements AsyncDisposable {
  readonly backend = new ShareDB();
  /** Every op that was sent, as it was sent: what another one that was first made of it is ShareDB's. */
  readonly ops: Array<ReadonlyArray<Record<string, unknown>>> = [];
  /** How many turns of the event loop each message waits on its way; the next number each time. */
  delays: () => number = () => 0;

  constructor() {
    const wait = (_context: unknown, next: (error?: Error) => void) => {
      let turns = this.delays();
      const step = () => {
        turns -= 1;
        if (turns < 0) next();
        else setImmediate(step);
      };
      step();
    };
    this.backend.use('receive', wait);
    this.backend.use('apply', wait);
    this.backend.use('reply', wait);
    this.backend.use('submit', ({ op }, next) => {
      if ('op' in op) this.ops.push(structuredClone(op.op));
      next();
    });
  }

  /** The same document over a connection of its own, subscribed. The first one makes it. */
  async open(id: string, data: object = {}): Promise<Doc> {
    const doc: Doc = this.backend.connect().get('projects', id);
    await told((callback) => doc.subscribe(callback));
    if (!doc.type) await told((callback) => doc.create(data, callback));
    return doc;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.backend.close(() => resolve()));
  }
}

/** Resolves when the document has nothing on its way and is as new as the server's. */
export async function caughtUp(doc: Doc): Promise<void> {
  await new Promise<void>((resolve) => doc.whenNothingPending(resolve));
  await told((callback) => doc.fetch(callback));
}
