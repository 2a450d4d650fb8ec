import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { create as contentDisposition } from 'content-disposition';
import send from 'send';
import { PreconditionFailedError, StorageError, UnsatisfiableRangeError } from '../../errors.ts';
import type { StoredFile } from '../../files/stored-file.ts';
import type { Exchange } from '../routing/exchange.ts';

/**
 * Sends the bytes of a file, or the ranges of it that the client asks for, so that nothing in them is ever executed
 * (FILE-5): only pictures are shown in a browser, all else is downloaded. Throws StorageError when they cannot be read;
 * resolves when they are sent, or the client has left.
 */
export async function sendFile(
  { request, response }: Exchange,
  { name, mediaType, sha256, bytes }: StoredFile,
  path: string,
): Promise<void> {
  // Then no event would tell the end.
  if (response.closed || response.destroyed) return;
  const isPicture = mediaType.startsWith('image/');
  response.setHeader('content-type', mediaType === 'text/plain' ? `${mediaType}; charset=utf-8` : mediaType);
  response.setHeader(
    'content-disposition',
    contentDisposition(name, { type: isPicture ? 'inline' : 'attachment' }),
  );
  response.setHeader('content-security-policy', "default-src 'none'; sandbox");
  // Asked for again each time, because access may end; the answer is then short.
  response.setHeader('cache-control', 'private, no-cache');
  response.setHeader('etag', `"${sha256}"`);
  const closed = once(response, 'close');
  await new Promise<void>((resolve, reject) => {
    send(request, encodeURI(path), {
      dotfiles: 'allow',
      etag: false,
      lastModified: false,
      cacheControl: false,
    })
      .on('error', (error: Error & { status?: number }) => {
        if (!response.headersSent) withoutFile(response);
        reject(failureOf(error, bytes));
      })
      .pipe(response);
    closed.then(() => resolve(), reject);
  });
}

/** Takes back the headers that describe a file, because an error is sent instead. */
function withoutFile(response: ServerResponse): void {
  for (const header of response.getHeaderNames()) {
    if (header.startsWith('content-') || header === 'etag') response.removeHeader(header);
  }
  response.setHeader('cache-control', 'no-store');
}

function failureOf(error: Error & { status?: number }, bytes: number): Error {
  if (error.status === 416) return new UnsatisfiableRangeError(bytes);
  return error.status === 412 ? new PreconditionFailedError() : new StorageError(error);
}
