import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Handler } from './handler.ts';

/** Middleware of Express, Connect and similar frameworks. */
export type Middleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/** A handler as middleware: requests that are not for it are passed on. */
export function middlewareOf(handle: Handler): Middleware {
  return (request, response, next) => {
    handle(request, response).then((taken) => {
      if (!taken) next();
    }, next);
  };
}
