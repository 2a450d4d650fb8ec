import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type ParsedUrlQuery, parse as parseQuery } from 'node:querystring';
import { z } from 'zod';
import { TICKET_PARAMETER } from '../../auth/tickets/ticket-text.ts';
import type { RequestContext } from '../../chat/service.ts';
import { parse } from '../../chat/validation.ts';
import type { Caller, Exchange } from './exchange.ts';

const idempotencyKeySchema = z.string().min(1).max(255);

const keyHeader = z.object({ 'Idempotency-Key': idempotencyKeySchema.optional() });

/** Of a request that starts a run: its id, protocol and idempotency key. Throws InvalidRequestError. */
export function contextOf(caller: Caller, protocol: string): RequestContext {
  const headers = { 'Idempotency-Key': headerOf(caller, 'idempotency-key') };
  const idempotencyKey = parse(keyHeader, headers)['Idempotency-Key'];
  const { principal, request } = caller;
  return { principal, request, requestId: requestIdOf(caller), protocol, idempotencyKey };
}

/** `name` in lower case. */
export function headerOf({ request }: Pick<Exchange, 'request'>, name: string): string | undefined {
  return request.headers[name]?.toString();
}

/** The query without a ticket, which is for the gate. */
export function queryOf(request: IncomingMessage): ParsedUrlQuery {
  const { url = '' } = request;
  const start = url.indexOf('?');
  const { [TICKET_PARAMETER]: _, ...query } = parseQuery(start < 0 ? '' : url.slice(start + 1));
  return query;
}

/** A client's own id is kept if it is safe to log. */
const REQUEST_ID = /^[\w.:-]{1,128}$/;

/**
 * One id in request header, log, response and database (OPS-1): that of the response, else the client's, else a new
 * one, which the response gets.
 */
export function requestIdOf(exchange: Exchange): string {
  const { response } = exchange;
  const known = response.getHeader('x-request-id');
  if (typeof known === 'string') return known;
  const given = headerOf(exchange, 'x-request-id');
  const id = given !== undefined && REQUEST_ID.test(given) ? given : randomUUID();
  if (!response.headersSent) response.setHeader('x-request-id', id);
  return id;
}
