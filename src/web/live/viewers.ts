import type { Connection, LocalPresence, Presence } from 'sharedb/lib/client';
import { uniqueId } from '../../client/random-id.ts';
import { throttled } from '../../client/throttle.ts';
import { recall, remember } from '../shell/browser-storage.ts';
import { Cell } from '../shell/store.ts';

/** The server accepts up to 80; this is enough for a name. */
export const MOST_NAME_CHARS = 40;

/** How many colours collaborators are shown in. */
const COLOURS = 6;

/** A cursor is announced at most this often; ms. */
const CURSOR_MS = 80;

const STORED_NAME = 'viewer-name';

/** A cursor in a file, from `anchor` to `head`, in UTF-16 units. */
export interface Cursor {
  fileId: string;
  anchor: number;
  head: number;
}

export interface Viewer {
  id: string;
  name: string;
  /** 0 to 5; the same in every window. */
  colour: number;
  cursor: Cursor | null;
  /** When their last update arrived (`performance.now()`). */
  heardAt: number;
}

/** The presence value on the wire. */
type Present = { name: string } & Partial<Cursor>;

/** Presence: the other viewers, and the name of this window's user. */
export class Viewers {
  readonly others = new Cell<readonly Viewer[]>([]);
  readonly name: Cell<string>;
  readonly #presence: Presence<Present>;
  readonly #self: LocalPresence<Present>;
  readonly #present = new Map<string, Viewer>();
  readonly #moved = throttled(CURSOR_MS, () => this.#announce());
  #cursor: Cursor | null = null;

  /** `channel`: a chat's id, or `workspaces/{id}`, where cursors are announced, too. */
  constructor(connection: Connection, channel: string) {
    this.name = new Cell(plain(recall('always', STORED_NAME) ?? ''));
    this.#presence = connection.getPresence(channel);
    this.#presence.on('receive', (id: string, value: Present | null) => {
      if (value) this.#present.set(id, viewerOf(id, value));
      else this.#present.delete(id);
      this.#publish();
    });
    // Everything else works without presence.
    this.#presence.on('error', () => {});
    this.#presence.subscribe();
    this.#self = this.#presence.create(uniqueId());
    this.#self.on('error', () => {});
    this.#announce();
    // Departures while disconnected are missed; those who stay announce themselves again.
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

  move(cursor: Cursor | null): void {
    this.#cursor = cursor;
    this.#moved.soon();
  }

  close(): void {
    this.#moved.cancel();
  }

  #announce(): void {
    // A failure is ignored: the next change tries again.
    this.#self.submit({ name: this.name.value || 'Guest', ...this.#cursor }, () => {});
  }

  #publish(): void {
    this.others.set([...this.#present.values()].sort((a, b) => a.name.localeCompare(b.name)));
  }
}

function viewerOf(id: string, { name, fileId, anchor, head }: Present): Viewer {
  const isSomewhere = fileId !== undefined && anchor !== undefined && head !== undefined;
  const cursor = isSomewhere ? { fileId, anchor, head } : null;
  return { id, name, colour: colourOf(id), cursor, heardAt: performance.now() };
}

function colourOf(id: string): number {
  let sum = 0;
  for (let index = 0; index < id.length; index += 1) sum = (sum * 31 + id.charCodeAt(index)) % 65_521;
  return sum % COLOURS;
}

/** One line without control characters and bidirectional overrides. */
function plain(name: string): string {
  return name
    .replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, '')
    .trim()
    .slice(0, MOST_NAME_CHARS);
}
