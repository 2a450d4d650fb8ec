import type { IncomingMessage } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { TimeSlices } from '../../chat/time-slices.ts';
import { InvalidRequestError, PayloadTooLargeError } from '../../errors.ts';
import { JsonShape } from './json-shape.ts';

export interface BodyRules {
  /** In bytes. */
  limit: number;
  /**
   * Whether JSON may have the type text/plain. Not by default: a page of any origin can make a browser send that, with
   * the user's cookies and without a preflight request (Fetch, "CORS-safelisted").
   */
  plainText: boolean;
}

const JSON_TYPE = /^application\/([\w.-]+\+)?json\b/i;
const DECODERS = new Map<string, () => Duplex>([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
]);
const PLAIN_TEXT = /^text\/plain\b/i;

/** Larger bodies are decoded, parsed and used in separate turns of the event loop (LIMIT-2). In bytes. */
const LARGE = 256 * 1024;

const BYTE_ORDER_MARK = Buffer.from('\ufeff');

const slices = new TimeSlices();

/** Whether a content type is that of JSON. */
export function isJson(type: string): boolean {
  return JSON_TYPE.test(type);
}

/** The parsed body of a request; undefined: it has none. Throws InvalidRequestError and PayloadTooLargeError. */
export async function readJson(request: IncomingMessage, { limit, plainText }: BodyRules): Promise<unknown> {
  const { headers } = request;
  const length = Number(headers['content-length'] ?? 0);
  if (length === 0 && headers['transfer-encoding'] === undefined) return undefined;
  const type = headers['content-type'] ?? '';
  if (!isJson(type) && !(plainText && PLAIN_TEXT.test(type))) {
    throw InvalidRequestError.field('Content-Type', 'must be application/json');
  }
  if (length > limit) throw tooLarge(limit);
  const source = decoded(request, (headers['content-encoding'] ?? 'identity').trim().toLowerCase());
  const bytes = await readBytes(request, source, limit);
  const pause = bytes.length < LARGE ? null : () => slices.next();
  if (pause) await pause();
  const text = withoutMark(bytes).toString();
  if (text === '') return undefined;
  if (pause) await pause();
  const json = parseJson(text);
  if (pause) await pause();
  return json;
}

/**
 * The request, or a stream that decodes it (RFC 9110, 8.4.1). The size limit is for the decoded body, too.
 * Throws InvalidRequestError for unknown codings.
 */
function decoded(request: IncomingMessage, coding: string): Readable {
  if (coding === 'identity' || coding === '') return request;
  const decoder = DECODERS.get(coding)?.();
  if (decoder) return request.pipe(decoder);
  const known = ['identity', ...DECODERS.keys()].join(', ');
  throw InvalidRequestError.field('Content-Encoding', `must be one of ${known}`);
}

/** By events: every request waits for this, and an async iterator would add turns of the event loop. */
function readBytes(request: IncomingMessage, source: Readable, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const shape = new JsonShape();
    let bytes = 0;
    const cutOff = (cause?: Error) => reject(new InvalidRequestError('body: was cut off', { cause }));
    // Something before may have read it without storing it.
    if (request.readableEnded) resolve(Buffer.concat(chunks));
    else if (request.destroyed) cutOff();
    const fail = (error: unknown) => {
      // The rest is read and dropped: destroying the request would close the connection, before the error is sent.
      source.off('data', take);
      request.unpipe().resume();
      reject(error);
    };
    const take = (chunk: Buffer) => {
      try {
        bytes += chunk.length;
        if (bytes > limit) throw tooLarge(limit);
        shape.push(chunk);
        chunks.push(chunk);
      } catch (error) {
        fail(error);
      }
    };
    source.on('data', take);
    source.on('end', () => resolve(Buffer.concat(chunks)));
    if (source !== request) source.on('error', () => fail(notAsSaid()));
    request.on('error', cutOff);
    // Every request emits `close` in the end.
    request.on('close', () => {
      if (!request.readableEnded) cutOff();
    });
  });
}

/** Some clients send a byte order mark, which a reader may ignore (RFC 8259, 8.1). */
function withoutMark(bytes: Buffer): Buffer {
  return bytes.subarray(0, 3).equals(BYTE_ORDER_MARK) ? bytes.subarray(3) : bytes;
}

/**
 * Parses JSON that is short, as in the head of a request, or that something else has read. `field`: its name in errors.
 * Throws InvalidRequestError.
 */
export function parseField(field: string, text: string): unknown {
  new JsonShape().push(Buffer.from(text));
  return parseJson(text, field);
}

/** Throws InvalidRequestError. */
function parseJson(text: string, field = 'body'): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    // V8 adds an excerpt, which may have a secret in it.
    throw InvalidRequestError.field(field, `is not JSON (${reason.replace(/,? ?"[\s\S]*$/, '')})`);
  }
}

function notAsSaid(): InvalidRequestError {
  return InvalidRequestError.field('Content-Encoding', 'is not what the body is packed with');
}

function tooLarge(limit: number): PayloadTooLargeError {
  return new PayloadTooLargeError(`body: must be at most ${limit} bytes`);
}
