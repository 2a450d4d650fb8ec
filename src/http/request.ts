import type { Request } from 'express';
import { z } from 'zod';
import { chatIdSchema, parse } from '../chat/question.ts';
import type { RequestContext } from '../chat/service.ts';

const chatIdParameter = z.object({ chatId: chatIdSchema });

export function chatIdOf(request: Request): string {
  return parse(chatIdParameter, request.params).chatId;
}

export const idempotencyKeySchema = z.string().min(1).max(255);

const keyHeader = z.object({ 'Idempotency-Key': idempotencyKeySchema.optional() });

/** What is known of a request that begins a run, beside what it asks. */
export function contextOf(request: Request, protocol: string): RequestContext {
  const headers = { 'Idempotency-Key': request.get('idempotency-key') };
  const idempotencyKey = parse(keyHeader, headers)['Idempotency-Key'];
  return { requestId: request.id, protocol, idempotencyKey };
}
