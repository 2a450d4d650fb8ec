import type { ChatState } from '../chat/store.ts';
import type { RunLog } from '../runs/log.ts';
import type { LogReader } from '../runs/log-reader.ts';
import type { Run } from '../runs/run.ts';
import type { LiveAnswer } from './chat-document.ts';

/** A run whose log the mirror reads, with the position up to which it was read. */
export class FollowedRun {
  readonly #run: Run;
  readonly #reader: LogReader;

  /** `wake` is called after each append to the log. */
  constructor(run: Run, wake: () => void) {
    this.#run = run;
    this.#reader = run.log.follow(0, wake);
  }

  get messageId(): string {
    return this.#run.description.messageId;
  }

  get hasEnded(): boolean {
    return this.#run.log.terminal !== null;
  }

  /** Whether text was redacted after a part of the log was read: the document may contain that text. */
  get isRedactedAfterReading(): boolean {
    return this.#run.log.endsInRedaction && this.#reader.position > 0;
  }

  /** The answer so far. From here on `takeText` returns what comes after it. */
  takeAnswer(): LiveAnswer {
    const { description, log } = this.#run;
    const { content, reasoning } = log.text();
    while (this.#reader.next()) {}
    return { runId: description.runId, messageId: description.messageId, ...endOf(log), content, reasoning };
  }

  /** The text that was not read yet. */
  takeText(): { content: string; reasoning: string } {
    const text = { content: '', reasoning: '' };
    for (let entry = this.#reader.next(); entry; entry = this.#reader.next()) {
      const { event } = entry;
      if (event.type === 'content' || event.type === 'reasoning') text[event.type] += event.content;
    }
    return text;
  }

  /** Whether the database has the result of the run. */
  isResultStoredIn({ messages }: ChatState): boolean {
    return !messages.some(({ id, status }) => id === this.messageId && status === 'streaming');
  }

  close(): void {
    this.#reader.close();
  }
}

/** Status and cause of an answer as its result will have them when it is stored. */
function endOf({ terminal }: RunLog): Pick<LiveAnswer, 'status' | 'cause'> {
  switch (terminal?.type) {
    case undefined:
      return { status: 'streaming', cause: null };
    case 'complete':
      return { status: 'complete', cause: terminal.finishReason };
    case 'stopped':
      return { status: 'stopped', cause: terminal.cause };
    case 'error':
      // While the server runs, only a shutdown interrupts runs.
      return terminal.code === 'interrupted'
        ? { status: 'interrupted', cause: 'shutdown' }
        : { status: 'failed', cause: terminal.code };
  }
}
