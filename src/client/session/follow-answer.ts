import { isTerminal, type StartEvent, type TerminalEvent } from '../../wire/events.ts';
import type { RunHandle } from '../run/run-handle.ts';
import { throttled } from '../throttle.ts';
import { withFileEvent } from './chat-message.ts';
import type { ChatSnapshot } from './chat-snapshot.ts';
import type { SnapshotStore } from './snapshot-store.ts';

interface Options {
  /** New text is shown at most this often, in ms. */
  refreshMs: number;
  signal: AbortSignal;
  onStart(event: StartEvent): void;
}

/**
 * Writes what a run says into the last message of a chat, until the run ends. Resolves with its terminal event, or with
 * null once the signal aborts. Rejects with a ChatClientError when the run was refused or its end cannot be learnt.
 */
export async function followAnswer(
  run: RunHandle,
  store: SnapshotStore,
  { refreshMs, signal, onStart }: Options,
): Promise<TerminalEvent | null> {
  /** What came since the last time that it was shown. */
  let unseen: Partial<ChatSnapshot> = {};
  const heard = () => store.answering({ silentSince: performance.now() });
  const text = throttled(refreshMs, () => {
    const { content, reasoning } = run;
    const messages = store.withLast((last) => ({ ...last, content, reasoning: reasoning || null }));
    store.change({ ...unseen, messages, answering: heard() });
    unseen = {};
  });
  try {
    for await (const event of run) {
      if (signal.aborted) return null;
      if (isTerminal(event)) {
        text.now();
        return event;
      }
      switch (event.type) {
        case 'start': {
          const { chatId, messageId, model, provider } = event;
          const messages = store.withLast((last) => ({ ...last, id: messageId, isStored: true }));
          store.change({ chatId, messages, answerer: { model, provider } });
          onStart(event);
          break;
        }
        case 'status': {
          const { model, provider, retryInMs } = event;
          const silentSince = performance.now() + retryInMs;
          const other =
            model !== undefined && provider !== undefined ? { answerer: { model, provider } } : {};
          store.change({
            ...other,
            status: event,
            answering: store.answering({ lastStatus: event, silentSince }),
          });
          break;
        }
        case 'progress':
          unseen = { ...unseen, progress: event };
          text.soon();
          break;
        case 'content':
        case 'reasoning':
          unseen = { ...unseen, status: null };
          text.soon();
          break;
        case 'redact':
        case 'cut':
          text.now();
          break;
        case 'file_start':
        case 'file_complete':
        case 'file_delete':
        case 'status_update':
          // While a file is written the provider is not silent, although no text comes.
          store.change({
            messages: store.withLast((last) => withFileEvent(last, event)),
            answering: event.type === 'file_start' ? store.answering({ silentSince: null }) : heard(),
          });
      }
    }
    return null;
  } finally {
    text.cancel();
  }
}
