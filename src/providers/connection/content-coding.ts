import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { PassThrough, pipeline, type Readable, type Transform } from 'node:stream';
import zlib from 'node:zlib';
import { ProviderError } from '../../errors.ts';

/** The body of a response, decompressed if necessary, with the headers of the response. */
export type ResponseBody = Readable & { readonly headers: IncomingHttpHeaders };

/**
 * A truncated stream is decompressed as far as possible; the reader of the answer decides whether that is enough.
 */
const ZLIB = { flush: zlib.constants.Z_SYNC_FLUSH, finishFlush: zlib.constants.Z_SYNC_FLUSH };
const BROTLI = {
  flush: zlib.constants.BROTLI_OPERATION_FLUSH,
  finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH,
};

/** Nested codings; more are never useful, and each costs memory and time. */
const MOST_CODINGS = 4;

/**
 * Decodes the content codings of a response (RFC 9110, 8.4). Requests ask for none, but proxies and CDNs compress
 * anyway. The result is not bounded: the reader has to bound it. Throws ProviderError for an unknown coding.
 */
export function decoded(message: IncomingMessage): ResponseBody {
  const codings = (message.headers['content-encoding'] ?? '')
    .split(',')
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== '' && coding !== 'identity');
  if (codings.length === 0) return message;
  let body: Readable = message;
  try {
    if (codings.length > MOST_CODINGS) throw unknown(codings.join(', '));
    for (const coding of codings.reverse()) body = undone(coding, body);
  } catch (error) {
    message.destroy();
    throw error;
  }
  return Object.assign(body, { headers: message.headers });
}

function undone(coding: string, source: Readable): Readable {
  switch (coding) {
    case 'gzip':
    case 'x-gzip':
      return through(source, zlib.createGunzip(ZLIB));
    case 'br':
      return through(source, zlib.createBrotliDecompress(BROTLI));
    case 'deflate':
      return inflated(source);
    default:
      throw unknown(coding);
  }
}

function unknown(coding: string): ProviderError {
  const providerMessage = `The answer has the content coding ${coding.slice(0, 100)}, which was not asked for.`;
  return new ProviderError('provider_protocol_error', { providerMessage });
}

/** Errors and destruction are propagated in both directions. */
function through(source: Readable, step: Transform): Readable {
  pipeline([source, step], () => {});
  return step;
}

/** `deflate` means the zlib format, but some servers omit its header. The first byte shows which. */
function inflated(source: Readable): Readable {
  const result = new PassThrough();
  const begin = () => {
    const first: Buffer | null = source.read(1);
    // No data yet, or an empty body.
    if (first === null && !source.readableEnded) return;
    source.off('readable', begin).off('end', begin);
    if (first) source.unshift(first);
    const isRaw = first !== null && ((first[0] ?? 0) & 0x0f) !== 0x08;
    pipeline([source, isRaw ? zlib.createInflateRaw(ZLIB) : zlib.createInflate(ZLIB), result], () => {});
  };
  source.on('readable', begin);
  source.on('end', begin);
  source.once('error', (error) => result.destroy(error));
  result.once('close', () => source.destroy());
  return result;
}
