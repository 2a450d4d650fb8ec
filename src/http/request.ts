import { randomUUID } from 'node:crypto';
import { type ParsedUrlQuery, parse as parseQuery } from 'node:querystring';
import { z } from 'zod';
import { chatIdSchema, parse } from '../chat/question.ts';
import type { RequestContext } from '../chat/service.ts';
import type { Exchange } from './route.ts';

const chatIdParameter = z.object({ chatId: chatIdSchema });

export function chatIdOf({ params }: { params: unknown }): string {
  return parse(chatIdParameter, params).chatId;
}

export const idempotencyKeySchema = z.string().min(1).max(255);

const keyHeader = z.object({ 'Idempotency-Key': idempotencyKeySchema.optional() });

/** What is known of a request that begins a run, beside what it asks. */
export function contextOf(exchange: Exchange, protocol: string): RequestContext {
  const headers = { 'Idempotency-Key': headerOf(exchange, 'idempotency-key') };
  const idempotencyKey = parse(keyHeader, headers)['Idempotency-Key'];
  return { requestId: requestIdOf(exchange), protocol, idempotencyKey };
}

/** `name` in lower case. */
export function headerOf({ request }: Pick<Exchange, 'request'>, name: string): string | undefined {
  return request.headers[name]?.toString();
}

export function queryOf({ request }: Pick<Exchange, 'request'>): ParsedUrlQuery {
  const { url = '' } = request;
  const start = url.indexOf('?');
  return parseQuery(start < 0 ? '' : url.slice(start + 1));
}

/** A caller's own id is kept if it can stand in a log. */
const REQUEST_ID = /^[\w.:-]{1,128}$/;

/**
 * One id from header to log to response to database (OPS-1): what the response has, else what the caller gave, else a
 * new one. From then on the response has it.
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
