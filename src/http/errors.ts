import type { ErrorRequestHandler, RequestHandler } from 'express';
import type { Logger } from 'pino';
import {
  InvalidRequestError,
  MethodNotAllowedError,
  NotFoundError,
  PayloadTooLargeError,
  ServiceError,
} from '../errors.ts';

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

/** What a protocol adds to the one shape, for clients that read more than that. */
export interface ErrorDialect {
  headers(error: ServiceError): Readonly<Record<string, string>>;
  /** Fields beside those of `error`. */
  fields(error: ServiceError): object;
}

/** The last middleware: everything that was thrown, in the one JSON shape (ERR-1). `revealing`: not in production. */
export function errorHandler(
  logger: Logger,
  revealing: boolean,
  dialect?: ErrorDialect,
): ErrorRequestHandler {
  // Express tells error handlers by their four parameters.
  return (cause: unknown, request, response, _next) => {
    const error = fromExpress(cause);
    const { id: requestId } = request;
    if (error.status >= 500) logger.error({ requestId, err: error }, error.message);
    else logger.info({ requestId, code: error.code, details: error.details }, error.message);
    if (response.headersSent) {
      // An answer cut off is better than one that looks whole.
      response.destroy();
      return;
    }
    const body = error.toBody(requestId, revealing);
    response
      .status(error.status)
      .set({ ...dialect?.headers(error), ...error.headers })
      .json({ error: { ...body.error, ...dialect?.fields(error) } });
  };
}

/** Express and its body parser throw errors with a status and a type (package http-errors). */
function fromExpress(cause: unknown): ServiceError {
  if (cause instanceof ServiceError || !(cause instanceof Error)) return ServiceError.from(cause);
  const { status, type, limit } = httpErrorOf(cause);
  if (type === 'entity.too.large') return new PayloadTooLargeError(`body: must be at most ${limit} bytes`);
  if (type === 'entity.parse.failed')
    return InvalidRequestError.field('body', `is not JSON (${cause.message})`);
  if (status >= 400 && status < 500) return InvalidRequestError.field('request', cause.message);
  return ServiceError.from(cause);
}

function httpErrorOf(error: Error): { status: number; type: string; limit: number } {
  const { status, type, limit }: Record<string, unknown> = { ...error };
  return { status: Number(status ?? 500), type: String(type), limit: Number(limit) };
}
