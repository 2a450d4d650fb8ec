import type {
  CompleteEvent,
  ContentEvent,
  ErrorEvent,
  FileEvent,
  ProgressEvent,
  ReasoningEvent,
  RedactEvent,
  StartEvent,
  StatusEvent,
  StoppedEvent,
} from '../../wire/events.ts';
import { ChatClientError } from '../errors.ts';
import type { ClientEvent, CutEvent } from '../events.ts';
import type { ConnectionState } from './connection.ts';

/**
 * Called in the order of the events. An exception in one of them is reported as an uncaught error, and the others go
 * on.
 */
export interface RunCallbacks {
  onStart?(event: StartEvent): void;
  /** The next piece of the answer. */
  onContent?(content: string, event: ContentEvent): void;
  onReasoning?(content: string, event: ReasoningEvent): void;
  onProgress?(event: ProgressEvent): void;
  /** The server retries, or another model answers instead. */
  onStatus?(event: StatusEvent): void;
  onRedact?(event: RedactEvent): void;
  /** What happens to the files of a workspace. */
  onFile?(event: FileEvent): void;
  /** Text beyond `event.to` was lost in a crash of the server. */
  onCut?(event: CutEvent): void;
  /** The answer is complete, or was stopped. Never together with onError. */
  onComplete?(event: CompleteEvent | StoppedEvent): void;
  /**
   * The run failed (then there is an event), or its end could not be received; at most once. Not called when the reader
   * itself left.
   */
  onError?(error: ChatClientError, event: ErrorEvent | null): void;
  onConnection?(state: ConnectionState): void;
}

export function deliver(callbacks: RunCallbacks, event: ClientEvent): void {
  guarded(() => {
    switch (event.type) {
      case 'start':
        callbacks.onStart?.(event);
        break;
      case 'content':
        callbacks.onContent?.(event.content, event);
        break;
      case 'reasoning':
        callbacks.onReasoning?.(event.content, event);
        break;
      case 'progress':
        callbacks.onProgress?.(event);
        break;
      case 'status':
        callbacks.onStatus?.(event);
        break;
      case 'redact':
        callbacks.onRedact?.(event);
        break;
      case 'file_start':
      case 'file_complete':
      case 'file_delete':
      case 'status_update':
        callbacks.onFile?.(event);
        break;
      case 'cut':
        callbacks.onCut?.(event);
        break;
      case 'complete':
      case 'stopped':
        callbacks.onComplete?.(event);
        break;
      case 'error':
        callbacks.onError?.(ChatClientError.fromEvent(event), event);
    }
  });
}

/** Calls a listener of the application: its exception becomes an uncaught error, and does not stop us. */
export function guarded(call: () => void): void {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
