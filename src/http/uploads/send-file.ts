import { once } from 'node:events';
import { create as contentDisposition } from 'content-disposition';
import send from 'send';
import { StorageError, UnsatisfiableRangeError } from '../../errors.ts';
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
        for (const header of response.getHeaderNames()) {
          if (header.startsWith('content-') || header === 'etag') response.removeHeader(header);
        }
        reject(error.status === 416 ? new UnsatisfiableRangeError(bytes) : new StorageError(error));
      })
      .pipe(response);
    closed.then(() => resolve(), reject);
  });
}
