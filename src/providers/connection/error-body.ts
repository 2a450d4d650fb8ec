import type { ResponseBody } from './content-coding.ts';

/** The rest of a longer error body is dropped. */
const MOST_BYTES = 64 * 1024;
/** Timeout for the body; the status already has the most important information. In ms. */
const MOST_MS = 2_000;

/**
 * Reads the body of an unsuccessful response, as far as possible: a response whose body is truncated, endless or silent
 * still has a status. Rejects only when the signal aborts.
 */
export function errorText(body: ResponseBody, signal: AbortSignal | null | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const done = () => {
      clearTimeout(timer);
      if (signal?.aborted) reject(signal.reason);
      else resolve(Buffer.concat(chunks).subarray(0, MOST_BYTES).toString('utf8'));
      // A body that was read to its end has already released its connection; this closes the others.
      body.destroy();
    };
    // After a pause of this process the timer fires before pending data is read.
    const timer = setTimeout(() => setImmediate(done), MOST_MS);
    body.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= MOST_BYTES) done();
    });
    body.once('end', done);
    body.once('close', done);
    // An error may follow `end`.
    body.on('error', done);
  });
}

const bodies = new WeakMap<Headers, string>();

/** Stores the body of an unsuccessful response by its headers, because errors of the SDKs have only these. */
export function keepErrorBody({ headers }: Response, text: string): void {
  bodies.set(headers, text);
}

export function errorBodyOf(headers: Headers): string | undefined {
  return bodies.get(headers);
}
