import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { InvalidRequestError, PayloadTooLargeError } from '../../errors.ts';
import type { Upload } from '../../files/files.ts';
import { withMultipart } from './multipart.ts';
import { pipeInto } from './pipe-into.ts';

/** What multipart adds to a file: boundaries, headers of parts, other fields. In bytes. */
const OVERHEAD = 64 * 1024;

/**
 * Hands the file in the body of a request to `take`: the part `file` of multipart/form-data, or all of the body, whose
 * name is then in the query. Throws PayloadTooLargeError, InvalidRequestError, and what `take` throws; what is left of
 * the body is read and dropped, because destroying the request would close the connection before the error is sent.
 */
export async function withUpload<Result>(
  request: IncomingMessage,
  { name, limit }: { name: string | undefined; limit: number },
  take: (upload: Upload) => Promise<Result>,
): Promise<Result> {
  const type = request.headers['content-type'];
  if (Number(request.headers['content-length'] ?? 0) > limit + OVERHEAD) {
    throw new PayloadTooLargeError(`file: must be at most ${limit} bytes`);
  }
  if (request.headers['content-encoding'] !== undefined) {
    throw InvalidRequestError.field('Content-Encoding', 'is not possible for files');
  }
  if (/^multipart\/form-data\b/i.test(type ?? '')) return withMultipart(request, limit, take);
  if (/^multipart\//i.test(type ?? ''))
    throw InvalidRequestError.field('Content-Type', 'must be multipart/form-data, or that of the file');
  const body = new PassThrough();
  pipeInto(request, body);
  try {
    return await take({ body, name, mediaType: type });
  } finally {
    // If it was not taken, the request would never end.
    body.destroy();
  }
}
