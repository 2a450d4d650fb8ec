import type { ErrorCode, ServiceError } from '../../../errors.ts';
import type { ErrorDialect } from '../../routing/report.ts';
import { openaiErrorSchema } from '../../schemas/openai.ts';

/** What OpenAI's clients read of an error, beside our one shape (ERR-1). */
export const openaiErrors: ErrorDialect = {
  schema: { name: 'OpenAIError', schema: openaiErrorSchema },
  /**
   * They retry 408, 409, 429 and 5xx by themselves. Where that cannot help they are told not to, because each attempt
   * is a run that is paid for.
   */
  headers: ({ status, retryable }): Record<string, string> => {
    const retriedByClients = status === 408 || status === 409 || status === 429 || status >= 500;
    return retriedByClients && !retryable ? { 'x-should-retry': 'false' } : {};
  },
  fields: (error) => ({ type: typeOf(error), param: error.details?.[0]?.field ?? null }),
};

/** OpenAI's own types where there is one; clients decide by status and code. */
function typeOf({ status }: ServiceError): string {
  if (status === 429) return 'rate_limit_error';
  return status < 500 ? 'invalid_request_error' : 'server_error';
}

/** In the middle of a stream; clients raise an APIError with this code. */
export function streamError(code: ErrorCode, message: string) {
  return { error: { message, type: 'server_error', code, param: null } };
}
