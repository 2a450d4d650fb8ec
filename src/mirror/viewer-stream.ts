import WebSocketJSONStream from '@teamwork/websocket-json-stream';
import type { WebSocket } from 'ws';

/** How often it looks whether a slow viewer has caught up; ms. */
const LOOK_MS = 500;

export interface BufferLimits {
  /** Bytes that may wait for a viewer. Beyond it, nothing more is read from the viewer. */
  bytes: number;
  /** How long more than that may wait before the viewer is dropped; ms. */
  graceMs: number;
}

/**
 * A viewer's messages as objects. Messages go to the socket at once, where what waits is counted in bytes: a viewer that
 * does not read costs bounded memory, and comes back by itself when it is dropped (it is told 1013, try again later).
 */
export class ViewerStream extends WebSocketJSONStream {
  readonly #limits: BufferLimits;
  #fullSince: number | null = null;

  constructor(socket: WebSocket, limits: BufferLimits) {
    super(socket);
    this.#limits = limits;
  }

  override _write(message: object, _encoding: BufferEncoding, written: (error?: Error | null) => void): void {
    if (this.ws.readyState === this.ws.OPEN) {
      this.ws.send(JSON.stringify(message));
      if (this.#fullSince === null && this.ws.bufferedAmount > this.#limits.bytes) this.#wait();
    }
    written();
  }

  #wait(): void {
    this.#fullSince = performance.now();
    this.ws.pause();
    const timer = setInterval(() => {
      const full = this.ws.readyState === this.ws.OPEN && this.ws.bufferedAmount > this.#limits.bytes;
      if (full && performance.now() - (this.#fullSince ?? 0) < this.#limits.graceMs) return;
      clearInterval(timer);
      this.#fullSince = null;
      if (full) this.ws.terminate();
      else if (this.ws.readyState === this.ws.OPEN) this.ws.resume();
    }, LOOK_MS);
    timer.unref();
  }
}
