import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import { requestIdOf } from '../routing/request.ts';

/**
 * Gives each request its id, and logs one line when its response has ended, however long it streamed. Only the path of
 * the address: queries may contain messages to the model.
 */
export function requestLog(logger: Logger): RequestHandler {
  return (request, response, next) => {
    const requestId = requestIdOf({ request, response });
    const { method, path } = request;
    const startedAt = performance.now();
    response.once('close', () => {
      const level = path === '/healthz' || path === '/readyz' ? 'debug' : 'info';
      const ms = Math.round(performance.now() - startedAt);
      const finished = response.writableFinished;
      const facts = { requestId, method, path, status: response.statusCode, ms };
      logger[level](facts, finished ? 'request answered' : 'request left by the client');
    });
    next();
  };
}
