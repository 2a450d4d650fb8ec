import type { Connection, LocalPresence } from 'sharedb/lib/client';
import { uniqueId } from '../../client/unique.ts';
import { recall, remember } from '../shell/remembered.ts';
import { Cell } from '../shell/store.ts';

/** The server takes up to 80; this is enough for a name. */
export const MOST_NAME_CHARS = 40;

const STORED_NAME = 'viewer-name';

export interface Viewer {
  id: string;
  name: string;
}

interface Presence {
  name: string;
}

/** Who else watches a chat, and under which name this window does. */
export class Viewers {
  readonly others = new Cell<readonly Viewer[]>([]);
  readonly name: Cell<string>;
  readonly #self: LocalPresence<Presence>;
  readonly #present = new Map<string, Viewer>();

  constructor(connection: Connection, chatId: string) {
    this.name = new Cell(plain(recall('always', STORED_NAME) ?? ''));
    const presence = connection.getPresence(chatId);
    presence.on('receive', (id: string, value: Presence | null) => {
      if (value) this.#present.set(id, { id, name: value.name });
      else this.#present.delete(id);
      this.#publish();
    });
    // Without presence the chat can be watched all the same.
    presence.on('error', () => {});
    presence.subscribe();
    this.#self = presence.create(uniqueId());
    this.#self.on('error', () => {});
    this.#announce();
    // Who leaves while we are away is not heard of; who stays says so again.
    connection.on('disconnected', () => {
      this.#present.clear();
      this.#publish();
    });
  }

  rename(name: string): void {
    const cleaned = plain(name);
    this.name.set(cleaned);
    remember('always', STORED_NAME, cleaned || null);
    this.#announce();
  }

  #announce(): void {
    // A failure is not worth a word: the next change of name tries again.
    this.#self.submit({ name: this.name.value || 'Guest' }, () => {});
  }

  #publish(): void {
    this.others.set([...this.#present.values()].sort((a, b) => a.name.localeCompare(b.name)));
  }
}

/** One line without control characters, and without those that turn the direction of what stands around. */
function plain(name: string): string {
  return name
    .replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, '')
    .trim()
    .slice(0, MOST_NAME_CHARS);
}
