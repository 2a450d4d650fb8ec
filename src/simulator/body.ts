import type { IncomingMessage } from 'node:http';
import { invalidRequest, type Refusal, TOO_LARGE } from './refusals.ts';
import { type CompletionBody, CompletionBodySchema } from './request.ts';

/** Maximum size of a request, larger than any prompt of the service. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** Reads and validates a request's body. @throws if the client disconnects meanwhile. */
export async function readBody(request: IncomingMessage): Promise<CompletionBody | Refusal> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    size += part.length;
    if (size <= MAX_BODY_BYTES) parts.push(part);
  }
  if (size > MAX_BODY_BYTES) return TOO_LARGE;

  const parsed = CompletionBodySchema.safeParse(parseJson(Buffer.concat(parts).toString()));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const param = issue?.path.join('.') || null;
    return invalidRequest(
      `Invalid value${param ? ` for '${param}'` : ''}: ${issue?.message}`,
      param,
      'invalid_value',
    );
  }
  if (parsed.data.stream_options && !parsed.data.stream) {
    return invalidRequest(
      "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
      'stream_options',
    );
  }
  return parsed.data;
}

/** undefined, which no schema accepts, for invalid JSON. */
function parseJson(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch {
    return undefined;
  }
}

export function isRefusal(outcome: CompletionBody | Refusal): outcome is Refusal {
  return 'error' in outcome && !('messages' in outcome);
}
