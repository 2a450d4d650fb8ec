import { type SseMessage, SseParser } from './parser.ts';

interface ReadOptions {
  /** After so long without a byte, heartbeats included, the connection is taken for dead. */
  idleMs: number;
  signal: AbortSignal;
  /** Called for whatever arrives, heartbeats included. */
  onBytes(): void;
}

/**
 * The events of a body, as they are pulled: while nobody pulls, nothing is read, and no clock runs. However the body
 * ends (as it should, cut, silent, left) this ends without an error, and the body is cancelled; only whole events came
 * out. Throws EventTooLongError.
 */
export async function* readMessages(
  body: ReadableStream<Uint8Array>,
  { idleMs, signal, onBytes }: ReadOptions,
): AsyncGenerator<SseMessage, void, undefined> {
  const reader = body.getReader();
  const parser = new SseParser();
  // A read that is pending ends with it.
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
