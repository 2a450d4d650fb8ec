import type { ErrorRequestHandler, RequestHandler } from 'express';
import { MethodNotAllowedError, NotFoundError } from '../errors.ts';
import { type ErrorDialect, type ErrorReport, reportError } from './report.ts';

/** Routes that nobody claimed. */
export const unknownRoute: RequestHandler = (request) => {
  throw new NotFoundError(`${request.method} ${request.baseUrl}${request.path}`);
};

/** For `router.route(path).all(…)`, after the methods that there are. */
export function onlyMethods(...allowed: string[]): RequestHandler {
  return (request) => {
    throw new MethodNotAllowedError(request.method, allowed);
  };
}

/** The last middleware: everything that was thrown, in the one JSON shape (ERR-1). */
export function errorHandler(report: ErrorReport, dialect?: ErrorDialect): ErrorRequestHandler {
  // Express tells error handlers by their four parameters.
  return (cause: unknown, request, response, _next) =>
    reportError(cause, { request, response }, report, dialect);
}
