import type { ErrorRequestHandler, RequestHandler } from 'express';
import { NotFoundError } from '../../errors.ts';
import { type ErrorDialect, type ErrorReport, reportError } from '../routing/report.ts';

/** Paths without a route. */
export const unknownRoute: RequestHandler = (request) => {
  throw new NotFoundError(`${request.method} ${request.baseUrl}${request.path}`);
};

/** The last middleware: replies with whatever was thrown, in the one JSON shape (ERR-1). */
export function errorHandler(report: ErrorReport, dialect?: ErrorDialect): ErrorRequestHandler {
  // Express recognizes error handlers by their four parameters.
  return (cause: unknown, request, response, _next) =>
    reportError(cause, { request, response }, report, dialect);
}
