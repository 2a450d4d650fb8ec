import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Handler } from './handler.ts';

/** What Express, Connect and others like them take. */
export type Middleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/** A handler among others: what is not for it is passed on. */
export function middlewareOf(handle: Handler): Middleware {
  return (request, response, next) => {
    handle(request, response).then((taken) => {
      if (!taken) next();
    }, next);
  };
}
