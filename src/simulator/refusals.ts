import type { Fault } from './behaviour.ts';
import { REFUSED_PROMPT } from './filter-results.ts';

/** An HTTP error of Azure. */
export interface Refusal {
  readonly status: number;
  /** The `error` of the body. */
  readonly error: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export const UNAUTHORIZED: Refusal = {
  status: 401,
  error: {
    code: '401',
    message:
      'Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an ' +
      'active subscription and use a correct regional API endpoint for your resource.',
  },
};

export const RESOURCE_NOT_FOUND: Refusal = {
  status: 404,
  error: { code: '404', message: 'Resource not found' },
};

export function invalidRequest(message: string, param: string | null, code: string | null = null): Refusal {
  return { status: 400, error: { message, type: 'invalid_request_error', param, code } };
}

export const TOO_LARGE: Refusal = { ...invalidRequest('The request body is too large.', null), status: 413 };

/** The HTTP error of a fault, or null for other faults. */
export function refusalFor(fault: Fault): Refusal | null {
  switch (fault.kind) {
    case 'unauthorized':
      return UNAUTHORIZED;
    case 'deployment_not_found':
      return {
        status: 404,
        error: {
          code: 'DeploymentNotFound',
          message:
            'The API deployment for this resource does not exist. If you created the deployment within the last ' +
            '5 minutes, please wait a moment and try again.',
        },
      };
    case 'context_length_exceeded':
      return invalidRequest(
        "This model's maximum context length is 128000 tokens. However, your messages resulted in 130123 tokens. " +
          'Please reduce the length of the messages.',
        'messages',
        'context_length_exceeded',
      );
    case 'prompt_filtered':
      return {
        status: 400,
        error: {
          message:
            "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. " +
            'Please modify your prompt and retry.',
          type: null,
          param: 'prompt',
          code: 'content_filter',
          status: 400,
          innererror: { code: 'ResponsibleAIPolicyViolation', content_filter_result: REFUSED_PROMPT },
        },
      };
    case 'rate_limit':
      return {
        status: 429,
        error: {
          code: '429',
          message:
            'Requests to the ChatCompletions_Create Operation under Azure OpenAI API have exceeded token rate limit ' +
            'of your current OpenAI S0 pricing tier. Please retry later.',
        },
        headers: retryHeaders(fault),
      };
    case 'server_error':
      return {
        status: 500,
        error: {
          message: 'The server had an error while processing your request. Sorry about that!',
          type: 'server_error',
          param: null,
          code: null,
        },
        headers: retryHeaders(fault),
      };
    case 'unavailable':
      return {
        status: 503,
        error: {
          code: 'ServiceUnavailable',
          message: 'The service is temporarily unable to process your request.',
        },
        headers: retryHeaders(fault),
      };
    case 'http_error':
      return {
        status: fault.status,
        error: {
          code: fault.code ?? String(fault.status),
          message: fault.message ?? `Simulated ${fault.status}`,
        },
        headers: retryHeaders(fault),
      };
    default:
      return null;
  }
}

function retryHeaders(fault: {
  retryAfterMs?: number | undefined;
  retryAfter?: number | string | undefined;
}) {
  return {
    ...(fault.retryAfterMs === undefined ? {} : { 'retry-after-ms': String(fault.retryAfterMs) }),
    ...(fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) }),
  };
}
