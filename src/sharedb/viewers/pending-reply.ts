import type { ViewerRequest } from './viewer-requests.ts';

/** The reply of ShareDB that a connection waits for, before its next message is processed. */
export class PendingReply {
  #request: ViewerRequest | null = null;
  #resolve: () => void = () => {};
  #closed = false;

  /** Resolves when the reply to a request was sent, or the connection is closed. */
  wait(request: ViewerRequest): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#request = request;
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** To be called with every message that is sent to the viewer. */
  sent(message: { a?: unknown; src?: unknown; seq?: unknown }): void {
    if (!this.#request || !isReply(message, this.#request)) return;
    this.#request = null;
    this.#resolve();
  }

  close(): void {
    this.#closed = true;
    this.#resolve();
  }
}

/** ShareDB replies with the action of the request; to an op with its `src` and `seq`, too. */
function isReply(message: { a?: unknown; src?: unknown; seq?: unknown }, request: ViewerRequest): boolean {
  if (message.a !== request.a) return false;
  if (request.a !== 'op') return true;
  return message.src === request.src && message.seq === request.seq;
}
