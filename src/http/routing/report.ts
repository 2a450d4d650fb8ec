import type { Logger } from 'pino';
import { InvalidRequestError, PayloadTooLargeError, ServiceError } from '../../errors.ts';
import type { NamedSchema } from './documentation.ts';
import type { Exchange } from './exchange.ts';
import { sendJson } from './reply.ts';
import { requestIdOf } from './request.ts';

/** What a protocol adds to the one error shape, for clients that read more than that. */
export interface ErrorDialect {
  /** The whole body, for the OpenAPI document. */
  readonly schema: NamedSchema;
  headers(error: ServiceError): Readonly<Record<string, string>>;
  /** Fields beside those of `error`. */
  fields(error: ServiceError): object;
}

export interface ErrorReport {
  logger: Logger;
  settings: { revealing: boolean };
}

/** Replies with whatever was thrown, in the one JSON shape (ERR-1), and logs it. */
export function reportError(
  cause: unknown,
  exchange: Exchange,
  { logger, settings: { revealing } }: ErrorReport,
  dialect?: ErrorDialect,
): void {
  const { response } = exchange;
  const error = known(cause);
  const requestId = requestIdOf(exchange);
  if (error.status >= 500) logger.error({ requestId, err: error }, error.message);
  else logger.info({ requestId, code: error.code, details: error.details }, error.message);
  if (response.headersSent) {
    // A response that is cut off is better than one that looks complete.
    response.destroy();
    return;
  }
  const headers = { ...dialect?.headers(error), ...error.headers };
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  const body = error.toBody(requestId, revealing);
  sendJson(exchange, { error: { ...body.error, ...dialect?.fields(error) } }, error.status);
}

/** Frameworks and their body parsers throw errors that have a status, and sometimes a type. */
function known(cause: unknown): ServiceError {
  if (cause instanceof ServiceError || !(cause instanceof Error)) return ServiceError.from(cause);
  const { status, type, limit } = httpErrorOf(cause);
  if (type === 'entity.too.large') return new PayloadTooLargeError(`body: must be at most ${limit} bytes`);
  if (type === 'entity.parse.failed')
    return InvalidRequestError.field('body', `is not JSON (${cause.message})`);
  if (status === 413) return new PayloadTooLargeError(`body: ${cause.message}`);
  if (status >= 400 && status < 500) return InvalidRequestError.field('request', cause.message);
  return ServiceError.from(cause);
}

/** The fields of errors of the package http-errors, and of Fastify. */
function httpErrorOf(error: Error): { status: number; type: string; limit: number } {
  const { status, statusCode, type, limit }: Record<string, unknown> = { ...error };
  return { status: Number(status ?? statusCode ?? 500), type: String(type), limit: Number(limit) };
}
