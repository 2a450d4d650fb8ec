import type { IncomingMessage } from 'node:http';
import { InvalidRequestError, PayloadTooLargeError } from '../errors.ts';

/**
 * The JSON of a request; undefined: it has no body. `limit` in bytes. What calls itself text or a form is refused: a page
 * of any origin may make a browser send those, with the user's cookies and without asking (Fetch, "CORS-safelisted").
 * Throws InvalidRequestError and PayloadTooLargeError.
 */
export async function readJson(request: IncomingMessage, limit: number): Promise<unknown> {
  const { headers } = request;
  const length = Number(headers['content-length'] ?? 0);
  if (length === 0 && headers['transfer-encoding'] === undefined) return undefined;
  if (!/^application\/([\w.-]+\+)?json\b/i.test(headers['content-type'] ?? '')) {
    throw InvalidRequestError.field('Content-Type', 'must be application/json');
  }
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') {
    throw InvalidRequestError.field('Content-Encoding', 'must not be compressed');
  }
  if (length > limit) throw tooLarge(limit);
  const text = (await readBytes(request, limit)).toString();
  return text === '' ? undefined : parseJson(text);
}

async function readBytes(request: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    // Destroying the request would take the connection along, and with it the answer.
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      bytes += chunk.length;
      if (bytes > limit) break;
      chunks.push(chunk);
    }
  } catch (cause) {
    throw new InvalidRequestError('body: was cut off', { cause });
  }
  if (bytes <= limit) return Buffer.concat(chunks);
  request.resume();
  throw tooLarge(limit);
}

/** Throws InvalidRequestError. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw InvalidRequestError.field('body', `is not JSON (${reason})`);
  }
}

function tooLarge(limit: number): PayloadTooLargeError {
  return new PayloadTooLargeError(`body: must be at most ${limit} bytes`);
}
