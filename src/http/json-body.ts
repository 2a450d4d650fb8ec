import type { IncomingMessage } from 'node:http';
import { InvalidRequestError, PayloadTooLargeError } from '../errors.ts';

export interface BodyRules {
  /** In bytes. */
  limit: number;
  /**
   * JSON may call itself text/plain. Not by default: a page of any origin may make a browser send that, with the user's
   * cookies and without asking (Fetch, "CORS-safelisted").
   */
  plainText: boolean;
}

const JSON_TYPE = /^application\/([\w.-]+\+)?json\b/i;
const PLAIN_TEXT = /^text\/plain\b/i;

/** The JSON of a request; undefined: it has no body. Throws InvalidRequestError and PayloadTooLargeError. */
export async function readJson(request: IncomingMessage, { limit, plainText }: BodyRules): Promise<unknown> {
  const { headers } = request;
  const length = Number(headers['content-length'] ?? 0);
  if (length === 0 && headers['transfer-encoding'] === undefined) return undefined;
  const type = headers['content-type'] ?? '';
  if (!JSON_TYPE.test(type) && !(plainText && PLAIN_TEXT.test(type))) {
    throw InvalidRequestError.field('Content-Type', 'must be application/json');
  }
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') {
    throw InvalidRequestError.field('Content-Encoding', 'must not be compressed');
  }
  if (length > limit) throw tooLarge(limit);
  const text = (await readBytes(request, limit)).toString();
  return text === '' ? undefined : parseJson(text);
}

/** By events: each request waits for its body, and an iterator would add turns of its own. */
function readBytes(request: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const cutOff = (cause?: Error) => reject(new InvalidRequestError('body: was cut off', { cause }));
    // Somebody before may have read it, and kept it for himself.
    if (request.readableEnded) resolve(Buffer.concat(chunks));
    else if (request.destroyed) cutOff();
    const take = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= limit) {
        chunks.push(chunk);
        return;
      }
      // It is read to its end all the same: destroying the request would take the connection along, and with it the answer.
      request.off('data', take).resume();
      reject(tooLarge(limit));
    };
    request.on('data', take);
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', cutOff);
    // Every request closes in the end.
    request.on('close', () => {
      if (!request.readableEnded) cutOff();
    });
  });
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
