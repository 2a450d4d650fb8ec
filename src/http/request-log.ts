import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import type { Logger } from 'pino';

declare module 'express-serve-static-core' {
  interface Request {
    /** One id from header to log to response to database (OPS-1). */
    id: string;
  }
}

/** A caller's own id is kept if it can stand in a log. */
const REQUEST_ID = /^[\w.:-]{1,128}$/;

/**
 * Gives each request its id, and says what became of it when its response is over: a line an answer, however long it
 * streamed. Of the address only the path: queries may carry what somebody said to the model.
 */
export function requestLog(logger: Logger): RequestHandler {
  return (request, response, next) => {
    const given = request.get('x-request-id');
    const id = given !== undefined && REQUEST_ID.test(given) ? given : randomUUID();
    request.id = id;
    response.setHeader('x-request-id', id);
    const { method, path } = request;
    const startedAt = performance.now();
    response.once('close', () => {
      const level = path === '/healthz' || path === '/readyz' ? 'debug' : 'info';
      const ms = Math.round(performance.now() - startedAt);
      const finished = response.writableFinished;
      const facts = { requestId: id, method, path, status: response.statusCode, ms };
      logger[level](facts, finished ? 'request answered' : 'request left by the client');
    });
    next();
  };
}
