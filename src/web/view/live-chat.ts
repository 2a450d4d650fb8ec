import { Connection, type Doc } from 'sharedb/lib/client';
import { Cell } from '../shell/store.ts';
import { type LinkState, ReconnectingSocket } from './reconnecting-socket.ts';

/** A message in the document `chats/{chatId}`. */
export interface LiveMessage {
  id: string;
  role: 'user' | 'assistant';
  status: 'streaming' | 'complete' | 'stopped' | 'interrupted' | 'failed';
  content: string;
  reasoning?: string;
}

export interface LiveDocument {
  id: string;
  title: string;
  status: string;
  activeRunId: string | null;
  messages: LiveMessage[];
  updatedAt: string;
}

export interface LiveChatState {
  link: LinkState;
  /** `loading`: not known yet; `missing`: there is no such chat, or it was deleted. */
  document: LiveDocument | 'loading' | 'missing';
  /** Why the document is not up to date, although the server can be reached. */
  problem: string | null;
}

/** How often a connection is tried whether it lives, and how long its answer may take, in ms. */
const PING_MS = 20_000;
const PONG_MS = 10_000;

/** How long to wait before a document that the server refused is asked for again, in ms. */
const AGAIN_MS = 3_000;

/** A chat as others see it live: ShareDB's document, kept up to date over connections that come and go. */
export class LiveChat {
  readonly state = new Cell<LiveChatState>({
    link: { state: 'connecting' },
    document: 'loading',
    problem: null,
  });
  readonly connection: Connection;
  readonly #chatId: string;
  readonly #socket: ReconnectingSocket;
  readonly #pings: ReturnType<typeof setInterval>;
  #again: ReturnType<typeof setTimeout> | undefined;
  #pong: ReturnType<typeof setTimeout> | undefined;

  constructor(chatId: string, url: string) {
    this.#chatId = chatId;
    this.#socket = new ReconnectingSocket(url, (link) => this.state.update({ link }));
    this.connection = new Connection(this.#socket);
    this.connection.on('pong', () => clearTimeout(this.#pong));
    this.#pings = setInterval(() => this.#ping(), PING_MS);
    this.#open();
  }

  close(): void {
    clearInterval(this.#pings);
    clearTimeout(this.#pong);
    clearTimeout(this.#again);
    this.#socket.close();
  }

  #open(): void {
    const document: Doc<LiveDocument> = this.connection.get('chats', this.#chatId);
    const show = () => this.state.update({ document: copyOf(document), problem: null });
    document.on('load', show);
    document.on('create', show);
    document.on('op', show);
    document.on('del', show);
    document.on('error', (error) => this.#refused(document, error));
    document.subscribe((error) => {
      if (error) this.#refused(document, error);
      else show();
    });
  }

  /**
   * The document cannot go on from what is here. If the ops in between are gone (`document_too_old`) a fresh copy is
   * all that is needed; anything else is said, and tried again later.
   */
  #refused(document: Doc<LiveDocument>, error: { message: string }): void {
    const isOld = 'code' in error && error.code === 'document_too_old';
    if (!isOld) this.state.update({ problem: error.message });
    document.removeAllListeners();
    // It is known to be of no use; what it says while it goes is not interesting.
    document.on('error', () => {});
    clearTimeout(this.#again);
    document.destroy(() => {
      this.#again = setTimeout(() => this.#open(), isOld ? 0 : AGAIN_MS);
    });
  }

  #ping(): void {
    if (!this.connection.canSend) return;
    clearTimeout(this.#pong);
    this.#pong = setTimeout(() => this.#socket.drop(), PONG_MS);
    this.connection.ping();
  }
}

/** ShareDB changes its data in place; what is drawn must not change while it is drawn. */
function copyOf({ type, data }: Doc<LiveDocument>): LiveDocument | 'missing' {
  if (!type) return 'missing';
  return { ...data, messages: data.messages.map((message) => ({ ...message })) };
}
