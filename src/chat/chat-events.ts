import type { Logger } from 'pino';
import type { RunObserver } from '../runs/observer.ts';
import type { Run } from '../runs/run.ts';
import type { RunDescription, RunResult } from '../runs/store.ts';
import type { PromptMessage } from './models.ts';
import type { Turn } from './store.ts';

/** Changes of a chat other than its turns. */
export type ChatChange = 'renamed' | 'deleted';

/** Is notified of events in chats, in their order. Its methods return at once. */
export interface ChatObserver extends Partial<RunObserver> {
  /** A turn was stored; its run starts next. */
  turnStored?(turn: Turn): void;
  /** The prompt that the model of a run is sent. */
  promptBuilt?(run: RunDescription, prompt: readonly PromptMessage[]): void;
  /** A chat was renamed or deleted; the change is stored. */
  chatChanged?(chatId: string, change: ChatChange): void;
}

/** Notifies all observers. An error that an observer throws is logged; the others are notified all the same. */
export class ChatEvents implements Required<ChatObserver> {
  readonly #observers = new Set<ChatObserver>();

  constructor(private readonly logger: Logger) {}

  /** Returns an unsubscribe function. */
  observe(observer: ChatObserver): () => void {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  turnStored(turn: Turn): void {
    this.#notify((observer) => observer.turnStored?.(turn));
  }

  promptBuilt(run: RunDescription, prompt: readonly PromptMessage[]): void {
    this.#notify((observer) => observer.promptBuilt?.(run, prompt));
  }

  runStarted(run: Run): void {
    this.#notify((observer) => observer.runStarted?.(run));
  }

  resultStored(result: RunResult): void {
    this.#notify((observer) => observer.resultStored?.(result));
  }

  chatChanged(chatId: string, change: ChatChange): void {
    this.#notify((observer) => observer.chatChanged?.(chatId, change));
  }

  #notify(call: (observer: ChatObserver) => void): void {
    for (const observer of this.#observers) {
      try {
        call(observer);
      } catch (err) {
        this.logger.error({ err }, 'an observer of chats failed');
      }
    }
  }
}
