import { once } from 'node:events';
import { Connection, type Doc } from 'sharedb/lib/client/index.js';
import { WebSocket } from 'ws';
import type { ChatDocument } from '../../src/mirror/chat-document.ts';

export type ChatDoc = Doc<ChatDocument | undefined>;

/** Somebody who watches, with ShareDB's own client over a real WebSocket. */
export class Viewer implements Disposable {
  #socket: WebSocket;
  readonly connection: Connection;

  constructor(url: string) {
    this.#socket = socketTo(url);
    this.connection = new Connection(asSocket(this.#socket));
  }

  doc(chatId: string): ChatDoc {
    const doc: ChatDoc = this.connection.get('chats', chatId);
    return doc;
  }

  /** Subscribed; rejects with what the server says. */
  async watch(chatId: string): Promise<ChatDoc> {
    const doc = this.doc(chatId);
    await told((callback) => doc.subscribe(callback));
    return doc;
  }

  async fetch(chatId: string): Promise<ChatDocument | undefined> {
    const doc = this.doc(chatId);
    await told((callback) => doc.fetch(callback));
    return doc.data;
  }

  /** The network is gone. */
  async sleep(): Promise<void> {
    if (this.#socket.readyState === WebSocket.CONNECTING) await once(this.#socket, 'open');
    const closed = once(this.#socket, 'close');
    this.#socket.terminate();
    await closed;
  }

  /** The network is back, maybe with another address of the server. What was subscribed to is subscribed to again. */
  async wake(url: string): Promise<void> {
    this.#socket = socketTo(url);
    bindToSocket.call(this.connection, asSocket(this.#socket));
    await new Promise<void>((resolve) => this.connection.once('connected', () => resolve()));
  }

  [Symbol.dispose](): void {
    this.#socket.terminate();
  }
}

/** A callback's result as a promise. */
export function told(work: (callback: (error?: { code: unknown; message: string } | null) => void) => void) {
  return new Promise<void>((resolve, reject) => work((error) => (error ? reject(error) : resolve())));
}

/** Resolves when the document is as it should be; at once if it is. */
export function until(doc: ChatDoc, holds: (data: ChatDocument | undefined) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!holds(doc.data)) return;
      for (const event of EVENTS) doc.off(event, look);
      resolve();
    };
    for (const event of EVENTS) doc.on(event, look);
    look();
  });
}

export const isIdle = (data: ChatDocument | undefined): boolean => data?.status === 'idle';

/** Content of the last message. */
export function lastText(doc: ChatDoc): string | undefined {
  return doc.data?.messages.at(-1)?.content;
}

const EVENTS = ['load', 'create', 'op batch', 'del'] as const;

export function socketTo(url: string, headers: Record<string, string> = {}, query = ''): WebSocket {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/sharedb${query}`, { headers });
  socket.on('error', () => {});
  return socket;
}

/** Documented, but not in its types. */
const { bindToSocket } = Connection.prototype as unknown as {
  bindToSocket(this: Connection, socket: ConstructorParameters<typeof Connection>[0]): void;
};

/** The client asks for a browser's WebSocket, which ws resembles in all that matters. */
function asSocket(socket: WebSocket): ConstructorParameters<typeof Connection>[0] {
  return socket as unknown as ConstructorParameters<typeof Connection>[0];
}
