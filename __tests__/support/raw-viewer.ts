import { once } from 'node:events';
import type { WebSocket } from 'ws';
import { socketTo } from './viewer.ts';

export type RawMessage = Record<string, unknown>;

/** Somebody who speaks ShareDB's wire protocol, but says what no client would. */
export class RawViewer {
  readonly socket: WebSocket;
  /** Everything that was heard. */
  readonly heard: RawMessage[] = [];

  #waiting: Array<() => void> = [];

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data) => {
      this.heard.push(JSON.parse(String(data)));
      this.#wake();
    });
    socket.on('close', () => this.#wake());
  }

  /** `query`: such as `?ticket=…`. */
  static async open(
    url: string,
    headers: Readonly<Record<string, string>> = {},
    query = '',
  ): Promise<RawViewer> {
    const viewer = new RawViewer(socketTo(url, headers, query));
    await once(viewer.socket, 'message');
    return viewer;
  }

  say(message: RawMessage | string): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** What is said to it from now on and fits; without `fits`, with the same action. */
  async ask(message: RawMessage, fits = (reply: RawMessage) => reply.a === message.a): Promise<RawMessage> {
    const from = this.heard.length;
    this.say(message);
    for (;;) {
      const reply = this.heard.slice(from).find(fits);
      if (reply) return reply;
      if (this.socket.readyState !== this.socket.OPEN) throw new Error('The connection is closed.');
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  close(): void {
    this.socket.terminate();
  }
}

export function codeIn({ error }: RawMessage): unknown {
  return typeof error === 'object' && error && 'code' in error ? error.code : undefined;
}
