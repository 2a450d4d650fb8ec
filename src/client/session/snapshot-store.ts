import { guarded } from '../run/run-callbacks.ts';
import type { ChatMessage } from './chat-message.ts';
import { type Answering, type ChatSnapshot, emptySnapshot } from './chat-snapshot.ts';

/** Holds the current snapshot of a chat and tells listeners when another one takes its place. */
export class SnapshotStore {
  readonly #listeners = new Set<() => void>();
  #snapshot: ChatSnapshot;

  constructor(chatId: string | null) {
    this.#snapshot = emptySnapshot(chatId);
  }

  get snapshot(): ChatSnapshot {
    return this.#snapshot;
  }

  /** Returns a function that unsubscribes. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  change(change: Partial<Omit<ChatSnapshot, 'streaming'>>): void {
    const next = { ...this.#snapshot, ...change };
    const last = next.messages.at(-1);
    const isStreaming = next.phase === 'answering' && last?.status === 'streaming';
    this.#snapshot = { ...next, streaming: isStreaming ? last : null };
    for (const listener of this.#listeners) guarded(listener);
  }

  /** The messages with another last one. */
  withLast(change: (last: ChatMessage) => ChatMessage): readonly ChatMessage[] {
    const { messages } = this.#snapshot;
    const last = messages.at(-1);
    return last ? [...messages.slice(0, -1), change(last)] : messages;
  }

  /** Of the answer that is on its way, if there is one. */
  answering(change: Partial<Answering>): Answering | null {
    const { answering } = this.#snapshot;
    return answering && { ...answering, ...change };
  }
}
