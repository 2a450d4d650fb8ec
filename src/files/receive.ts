import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { InvalidRequestError, PayloadTooLargeError } from '../errors.ts';

/** Enough to recognize markup. */
const BEGINNING = 1_024;

export interface Received {
  readonly sha256: string;
  readonly bytes: number;
  /** The beginning of the text, after white space, if all of it is UTF-8 without NUL; else null. */
  readonly text: string | null;
}

/**
 * Writes a body to a new file and syncs it, as fast as the disk takes it. Throws PayloadTooLargeError, and
 * InvalidRequestError when it is empty; then the caller removes the file.
 */
export async function receive(body: Readable, path: string, limit: number): Promise<Received> {
  const hash = createHash('sha256');
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let bytes = 0;
  let text: string | null = '';
  const take = async function* (source: AsyncIterable<Buffer>) {
    for await (const chunk of source) {
      bytes += chunk.length;
      if (bytes > limit) throw new PayloadTooLargeError(`file: must be at most ${limit} bytes`);
      hash.update(chunk);
      text = text === null ? null : extended(text, decoder, chunk);
      yield chunk;
    }
  };
  await pipeline(body, take, createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true }));
  if (bytes === 0) throw InvalidRequestError.field('file', 'is empty');
  return { sha256: hash.digest('hex'), bytes, text: text === null ? null : extended(text, decoder) };
}

/** Null: it is no text. Without a chunk: at the end. */
function extended(text: string, decoder: InstanceType<typeof TextDecoder>, chunk?: Buffer): string | null {
  try {
    const more = decoder.decode(chunk, { stream: chunk !== undefined });
    if (more.includes('\0')) return null;
    return text.length < BEGINNING ? (text + more.slice(0, 4 * BEGINNING)).trimStart() : text;
  } catch {
    return null;
  }
}
