import type { IncomingMessage, ServerResponse } from 'node:http';

/** A request of Node's, and the response to it; those of Express are such, and those of Fastify have such. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** What a route is called with. */
export interface Call extends Exchange {
  /** What stood in the place of `:name` in the path. */
  readonly params: Readonly<Record<string, string>>;
  /** Parsed JSON; undefined: there was none. */
  readonly body: unknown;
}

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** Answers, or throws as long as nothing was sent. */
export type Answer = (call: Call) => void | Promise<void>;

/** One thing that can be asked for over HTTP, whatever framework took the request. */
export interface Route {
  readonly method: Method;
  /** Below where the routes are mounted, as Express and Fastify write it: `/chat/:chatId`. */
  readonly path: string;
  readonly answer: Answer;
}

const route = (method: Method) => (path: string, answer: Answer) => ({ method, path, answer });

/** A HEAD is answered as a GET is, without the body. */
export const get = route('GET');
export const post = route('POST');
export const patch = route('PATCH');
export const remove = route('DELETE');

export function sendJson({ response }: Exchange, value: unknown, status = 200): void {
  const text = JSON.stringify(value);
  response
    .writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(text),
    })
    .end(text);
}

export function sendNothing({ response }: Exchange): void {
  response.writeHead(204).end();
}
