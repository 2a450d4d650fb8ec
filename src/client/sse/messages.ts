import { type SseMessage, SseParser } from './parser.ts';

interface ReadOptions {
  /** After so long without a byte (heartbeats count) the connection is considered dead. */
  idleMs: number;
  signal: AbortSignal;
  /** Called when bytes arrive, heartbeats included. */
  onBytes(): void;
}

/**
 * The events of a body, as they are pulled: between pulls nothing is read, and no timer runs. However the body
 * ends (complete, cut, silent, aborted) this ends without an error, and the body is cancelled; only whole events are
 * returned. Throws EventTooLongError.
 */
export async function* readMessages(
  body: ReadableStream<Uint8Array>,
  { idleMs, signal, onBytes }: ReadOptions,
): AsyncGenerator<SseMessage, void, undefined> {
  const reader = body.getReader();
  const parser = new SseParser();
  // Also ends a pending read.
  const cancel = () => {
    reader.cancel().catch(() => {});
  };
  signal.addEventListener('abort', cancel);
  if (signal.aborted) cancel();
  try {
    for (;;) {
      const timer = setTimeout(cancel, idleMs);
      const { value } = await reader.read().catch(() => ({ value: undefined }));
      clearTimeout(timer);
      if (value === undefined) return;
      onBytes();
      yield* parser.push(value);
    }
  } finally {
    signal.removeEventListener('abort', cancel);
    cancel();
  }
}
