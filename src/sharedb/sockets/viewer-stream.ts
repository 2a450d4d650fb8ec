import WebSocketJSONStream from '@teamwork/websocket-json-stream';
import type { WebSocket } from 'ws';
import type { Principal } from '../../auth/principal.ts';
import type { ViewerIdentity } from '../viewers/identity.ts';
import type { BufferLimits } from './buffer-limits.ts';

/** How often a slow viewer's buffer is checked; ms. */
const POLL_MS = 100;

/**
 * A viewer's messages as objects. They are written to the socket at once, whose buffer is counted in bytes: a viewer
 * that does not read costs bounded memory (RUN-7).
 */
export class ViewerStream extends WebSocketJSONStream {
  /** Set by whoever takes its messages. */
  identity: ViewerIdentity | null = null;
  readonly #limits: BufferLimits;
  #draining: Promise<void> | null = null;

  constructor(
    socket: WebSocket,
    limits: BufferLimits,
    readonly principal: Principal,
  ) {
    super(socket);
    this.#limits = limits;
  }

  /** Resolves when the viewer has read enough to be sent more. */
  async drained(): Promise<void> {
    await this.#draining;
  }

  override _write(
    message: Record<string, unknown>,
    _encoding: BufferEncoding,
    written: (error?: Error | null) => void,
  ): void {
    if (this.ws.readyState === this.ws.OPEN) {
      this.ws.send(JSON.stringify(this.identity?.withSecrets(message) ?? message));
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
      await new Promise((resolve) => setTimeout(resolve, POLL_MS).unref());
    }
    this.#draining = null;
    if (this.#isFull()) this.ws.terminate();
  }
}
