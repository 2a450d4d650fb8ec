import WebSocketJSONStream from '@teamwork/websocket-json-stream';
import type { WebSocket } from 'ws';
import type { BufferLimits } from './buffer-limits.ts';

/** How often it looks whether a slow viewer has caught up; ms. */
const LOOK_MS = 100;

/**
 * A viewer's messages as objects. They go to the socket at once, where what waits is counted in bytes: a viewer that does
 * not read costs bounded memory (RUN-7).
 */
export class ViewerStream extends WebSocketJSONStream {
  readonly #limits: BufferLimits;
  #draining: Promise<void> | null = null;

  constructor(socket: WebSocket, limits: BufferLimits) {
    super(socket);
    this.#limits = limits;
  }

  /** Resolves when the viewer has read enough to get more. */
  async drained(): Promise<void> {
    await this.#draining;
  }

  override _write(message: object, _encoding: BufferEncoding, written: (error?: Error | null) => void): void {
    if (this.ws.readyState === this.ws.OPEN) {
      this.ws.send(JSON.stringify(message));
      if (this.#isFull()) this.#draining ??= this.#drain();
    }
    written();
  }

  #isFull(): boolean {
    return this.ws.readyState === this.ws.OPEN && this.ws.bufferedAmount > this.#limits.bytes;
  }

  async #drain(): Promise<void> {
    const deadline = performance.now() + this.#limits.graceMs;
    while (this.#isFull() && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS).unref());
    }
    this.#draining = null;
    if (this.#isFull()) this.ws.terminate();
  }
}
