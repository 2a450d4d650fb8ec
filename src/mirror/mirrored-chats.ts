import type { MirroredChat } from './mirrored-chat.ts';

/** Upper limit of idle chats in memory. */
const MAX_IDLE = 2_000;

/**
 * The chats that are in use, and those that were until recently: an idle chat is removed from memory after a while
 * (MIRROR-7).
 */
export class MirroredChats implements Disposable {
  readonly #create: (chatId: string) => MirroredChat;
  readonly #idleMs: number;
  readonly #chats = new Map<string, MirroredChat>();
  /** Since when chats are idle, as `performance.now()`; longest first. */
  readonly #idleSince = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(create: (chatId: string) => MirroredChat, idleMs: number) {
    this.#create = create;
    this.#idleMs = idleMs;
    this.#timer = setInterval(() => this.#evict(), Math.max(1, idleMs / 2));
    this.#timer.unref();
  }

  get size(): number {
    return this.#chats.size;
  }

  /** Undefined when it is not in memory. */
  find(chatId: string): MirroredChat | undefined {
    return this.#chats.get(chatId);
  }

  /** Marks a chat as in use. */
  use(chatId: string): MirroredChat {
    this.#idleSince.delete(chatId);
    const known = this.#chats.get(chatId);
    if (known) return known;
    const chat = this.#create(chatId);
    this.#chats.set(chatId, chat);
    return chat;
  }

  /** Marks a chat as idle. */
  idle(chat: MirroredChat): void {
    const { chatId } = chat;
    if (this.#chats.get(chatId) !== chat) return;
    this.#idleSince.delete(chatId);
    if (chat.isKnown) this.#idleSince.set(chatId, performance.now());
    else this.#chats.delete(chatId);
  }

  async settled(): Promise<void> {
    await Promise.all(Array.from(this.#chats.values(), (chat) => chat.settled()));
  }

  #evict(): void {
    const now = performance.now();
    for (const [chatId, since] of this.#idleSince) {
      if (now - since < this.#idleMs && this.#idleSince.size <= MAX_IDLE) return;
      this.#idleSince.delete(chatId);
      this.#chats.delete(chatId);
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const chat of this.#chats.values()) chat.close();
  }
}
