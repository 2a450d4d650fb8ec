import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extent, isTerminal, type RunEvent, type TerminalEvent, type Totals } from '../../src/wire/events.ts';

/** What a scripted run says. Positions follow from the events. */
export type Script = readonly RunEvent[];

interface Frame {
  event: RunEvent;
  position: number;
}

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  /** 1, 2, 3 … of all requests. */
  number: number;
}

export interface Behaviour {
  /** Bytes of body after which the n-th stream is cut; nothing: it is not. */
  cuts?: ReadonlyArray<number | undefined>;
  /** Handles a request itself; answers whether it did. */
  instead?: (exchange: Exchange) => boolean;
  /** The credentials that are not refused (401). Default: authentication is off. */
  accepts?: ReadonlySet<string>;
  /** Leaves the stream open after so many events, until `release()`. */
  holdAfter?: number;
}

export const RUN_ID = '11111111-2222-4333-8444-555555555555';

/** One run of the native protocol, served over real HTTP, with cuts where they are wanted. */
export class ScriptedServer implements AsyncDisposable {
  readonly requests: Array<{
    method: string;
    path: string;
    headers: IncomingMessage['headers'];
    body: string;
  }> = [];
  /** Distinct idempotency keys: how many runs a real server would have begun. */
  readonly keys = new Set<string>();
  readonly #server = createServer((request, response) => this.#answer(request, response));
  readonly #frames: Frame[];
  readonly #behaviour: Behaviour;
  #streams = 0;
  #open = 0;
  #release: () => void = () => {};
  readonly #released: Promise<void>;
  url = '';

  private constructor(script: Script, behaviour: Behaviour) {
    this.#frames = framesOf(script);
    this.#behaviour = behaviour;
    this.#released = new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  static async start(script: Script, behaviour: Behaviour = {}): Promise<ScriptedServer> {
    const server = new ScriptedServer(script, behaviour);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    const { port }: Partial<AddressInfo> = Object(server.#server.address());
    server.url = `http://127.0.0.1:${port}`;
    return server;
  }

  /** Lets held streams go on. */
  release(): void {
    this.#release();
  }

  /** Streams that neither ended nor were left. */
  get openStreams(): number {
    return this.#open;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = '', url = '', headers } = request;
    this.requests.push({ method, path: url, headers, body: Buffer.concat(chunks).toString() });
    const key = headers['idempotency-key'];
    if (method === 'POST' && typeof key === 'string') this.keys.add(key);
    const credential = headers.authorization?.replace(/^Bearer /, '') ?? '';
    if (this.#behaviour.accepts?.has(credential) === false) return refuse(response);
    if (this.#behaviour.instead?.({ request, response, number: this.requests.length })) return;
    const path = url.split('?')[0] ?? '';
    if (method === 'POST' && /^\/api\/chat(\/[^/]+\/(regenerate|edit))?$/.test(path))
      this.#stream(response, 0);
    else if (path === `/api/runs/${RUN_ID}/stream`) {
      const from = Number(String(headers['last-event-id'] ?? `${RUN_ID}:0`).split(':')[1]);
      if (from >= (this.#frames.at(-1)?.position ?? 0)) response.writeHead(204).end();
      else this.#stream(response, from);
    } else if (path === `/api/runs/${RUN_ID}/stop`) {
      response.writeHead(202, { 'content-type': 'application/json' }).end('{}');
      this.release();
    } else if (path === `/api/runs/${RUN_ID}`) {
      const terminal = this.#frames.map(({ event }) => event).find(isTerminal) ?? null;
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ terminal }));
    } else {
      const error = { code: 'not_found', message: 'There is nothing.', requestId: 'request-1' };
      response.writeHead(404, { 'content-type': 'application/json' }).end(JSON.stringify({ error }));
    }
  }

  async #stream(response: ServerResponse, from: number): Promise<void> {
    const cut = this.#behaviour.cuts?.[this.#streams];
    this.#streams += 1;
    this.#open += 1;
    response.on('close', () => {
      this.#open -= 1;
    });
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'x-run-id': RUN_ID,
      'x-chat-id': 'chat-1',
    });
    const frames = this.#missing(from).map(frameOf);
    const { holdAfter } = this.#behaviour;
    if (holdAfter !== undefined) {
      response.write(frames.splice(0, holdAfter).join(''));
      await this.#released;
    }
    const bytes = Buffer.from(frames.join(''));
    if (cut === undefined || cut >= bytes.length) response.end(bytes);
    else if (cut === 0) response.destroy();
    else response.write(bytes.subarray(0, cut), () => response.destroy());
  }

  /** As the server does: remarks are not repeated, text that is partly known is trimmed. */
  #missing(from: number): Frame[] {
    return this.#frames.flatMap(({ event, position }) => {
      if (extent(event) === 0) return from === 0 ? [{ event, position }] : [];
      if (position <= from) return [];
      if (event.type !== 'content' && event.type !== 'reasoning') return [{ event, position }];
      return [{ event: { ...event, content: event.content.slice(from - position) }, position }];
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.release();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function refuse(response: ServerResponse): void {
  const error = { code: 'unauthenticated', message: 'The credential is not valid.', requestId: 'request-1' };
  response
    .writeHead(401, { 'content-type': 'application/json', 'www-authenticate': 'Bearer' })
    .end(JSON.stringify({ error }));
}

/** How long the whole stream is, in bytes. */
export function lengthOf(script: Script): number {
  return Buffer.byteLength(framesOf(script).map(frameOf).join(''));
}

function framesOf(script: Script): Frame[] {
  let position = 0;
  return script.map((event) => {
    position += extent(event);
    return { event, position };
  });
}

function frameOf({ event, position }: Frame): string {
  return `id: ${RUN_ID}:${position}\ndata: ${JSON.stringify(event)}\n\n`;
}

const usage = { promptTokens: 3, completionTokens: 2, reasoningTokens: 0, totalTokens: 5, estimated: true };

export function totals(finalContentLength: number): Totals {
  return { totalChunks: 2, finalContentLength, totalTime: 10, timeToFirstToken: 1, usage };
}

/** A whole run that says these pieces. */
export function scripted(pieces: readonly string[], terminal?: TerminalEvent): RunEvent[] {
  return [
    { type: 'start', chatId: 'chat-1', runId: RUN_ID, messageId: 'message-1', model: 'm', provider: 'p' },
    ...pieces.map((content, index): RunEvent => ({ type: 'content', content, chunkNumber: index + 1 })),
    terminal ?? { type: 'complete', finishReason: 'stop', ...totals(pieces.join('').length) },
  ];
}
