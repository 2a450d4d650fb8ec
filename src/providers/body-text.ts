import type { IncomingMessage } from 'node:http';
import { ProviderError } from '../errors.ts';

/** The whole of a body, for answers that come in one piece. Beyond 64 MiB it is no answer. */
const MOST_BYTES = 64 * 1024 * 1024;

export async function bodyText(body: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > MOST_BYTES) throw new RangeError(`The answer has more than ${MOST_BYTES} bytes.`);
    }
  } catch (cause) {
    const providerMessage = cause instanceof Error ? cause.message : String(cause);
    throw new ProviderError('provider_unavailable', { cause, providerMessage });
  }
  return Buffer.concat(chunks).toString('utf8');
}
