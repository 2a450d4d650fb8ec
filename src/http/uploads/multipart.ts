import type { IncomingMessage } from 'node:http';
import { PassThrough, type Readable } from 'node:stream';
import busboy, { type Busboy } from 'busboy';
import { InvalidRequestError } from '../../errors.ts';
import type { Upload } from '../../files/files.ts';
import { pipeInto } from './pipe-into.ts';

/** Of everything beside the file: clients send a field or two. */
const BOUNDS = { fields: 20, fieldSize: 4_096, fieldNameSize: 200, parts: 21, headerPairs: 50, files: 1 };

/** Reads multipart/form-data (RFC 7578) with one file in the field `file`; see `withUpload`. */
export async function withMultipart<Result>(
  request: IncomingMessage,
  limit: number,
  take: (upload: Upload) => Promise<Result>,
): Promise<Result> {
  const parser = parserOf(request, limit);
  try {
    return await new Promise<Result>((resolve, reject) => {
      let body: PassThrough | null = null;
      let failure: Error | null = null;
      const fail = (cause: unknown) => {
        failure ??= malformed(cause);
        if (body) body.destroy(failure);
        else reject(failure);
      };
      const tooMany = () => fail(InvalidRequestError.field('file', 'is not the only part of the request'));
      parser.on('filesLimit', tooMany).on('partsLimit', tooMany).on('fieldsLimit', tooMany);
      parser.on('error', fail);
      parser.on('file', (field, part, { filename, mimeType }) => {
        // A part that the form ends in the middle of emits an error, which would end the process if nobody listened.
        part.on('error', fail);
        if (field !== 'file' || failure) {
          part.resume();
          return;
        }
        body = bodyOf(part);
        take({ body, name: filename, mediaType: mimeType })
          .finally(() => body?.destroy())
          .then(resolve, reject);
      });
      parser.on('close', () => {
        if (failure) return;
        if (body) body.end();
        else reject(InvalidRequestError.field('file', 'is missing: send it as a part of this name'));
      });
      pipeInto(request, parser);
    });
  } finally {
    parser.destroy();
  }
}

/** The bytes of a part. It does not end with them, but with the form: something after them may be wrong. */
function bodyOf(part: Readable): PassThrough {
  const body = new PassThrough();
  // Whoever reads it gets the error; without a reader it is none.
  body.on('error', () => undefined);
  // The parser goes on when nobody wants the rest.
  body.once('close', () => part.unpipe(body).resume());
  return part.pipe(body, { end: false });
}

function parserOf({ headers }: IncomingMessage, limit: number): Busboy {
  try {
    // One more than there may be, so that what reads the file sees that it is too long.
    return busboy({ headers, defParamCharset: 'utf8', limits: { ...BOUNDS, fileSize: limit + 1 } });
  } catch (cause) {
    throw malformed(cause);
  }
}

function malformed(cause: unknown): Error {
  if (cause instanceof InvalidRequestError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new InvalidRequestError(`body: is not multipart/form-data (${reason})`, { cause });
}
