import type { IncomingMessage } from 'node:http';
import type { Readable, Writable } from 'node:stream';
import { InvalidRequestError } from '../../errors.ts';

/** What something before has read of the body, or the request itself. */
function sourceOf(request: IncomingMessage): Uint8Array | Readable {
  const body = 'body' in request ? request.body : undefined;
  if (body instanceof Uint8Array) return body;
  if (request.readableDidRead) throw InvalidRequestError.field('file', 'was read by something before');
  return request;
}

/** `target` is destroyed when the request is cut off, and the rest of the request is dropped when `target` is. */
export function pipeInto(request: IncomingMessage, target: Writable): void {
  const source = sourceOf(request);
  if (source instanceof Uint8Array) {
    target.end(source);
    return;
  }
  const cutOff = () => {
    if (!source.readableEnded) target.destroy(InvalidRequestError.field('file', 'was cut off'));
  };
  if (request.destroyed) cutOff();
  request.once('close', cutOff);
  target.once('close', () => {
    request.off('close', cutOff);
    request.unpipe(target).resume();
  });
  // Whoever reads it gets the error; without a reader it is none.
  target.on('error', () => undefined);
  source.pipe(target);
}
