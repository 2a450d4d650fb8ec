import type { IncomingMessage } from 'node:http';
import { ProviderError } from '../errors.ts';
import type { Completion } from '../runs/producer.ts';
import type { Binary } from './binary.ts';
import { EventData } from './event-data.ts';

/** Understands the events of one answer. What it throws ends the attempt. */
export interface AnswerDecoder {
  /** The `data` of one event, as its bytes came. */
  take(data: Binary): void;
  /** Bytes that begin with an event, if they are one that is understood as it is; answers whether they are. */
  takeEvent?(bytes: Buffer): boolean;
  /** The upstream is over. Throws when the answer was not (RUN-3). */
  end(): void;
  /** Whether nothing more is to come. */
  readonly done: boolean;
  /** Whether the answer itself is over; annotations and usage may follow (PROV-8). */
  readonly finished: boolean;
  completion(): Completion;
}

/** Reads a streamed answer to its end. */
export function readAnswer(body: IncomingMessage, decoder: AnswerDecoder): Promise<Completion> {
  return new Promise((resolve, reject) => {
    if (body.destroyed) {
      reject(new ProviderError('provider_unavailable', { providerMessage: 'The connection was closed.' }));
      return;
    }
    const data = new EventData((text) => decoder.take(text));
    // What was parsed with the bytes that failed is still to come, also from a destroyed body.
    let over = false;
    const guarded = (work: () => void) => {
      if (over) return;
      try {
        work();
      } catch (error) {
        over = true;
        body.destroy();
        reject(error);
        return;
      }
      if (!decoder.done) return;
      // Nobody needs what follows the end, but the connection is good for the next request.
      over = true;
      resolve(decoder.completion());
    };
    body.on('data', (bytes: Buffer) =>
      guarded(() => {
        if (!data.isBetweenEvents || !decoder.takeEvent?.(bytes)) data.push(bytes);
      }),
    );
    body.on('end', () =>
      guarded(() => {
        data.end();
        decoder.end();
      }),
    );
    body.on('error', (cause) => {
      if (decoder.finished) resolve(decoder.completion());
      else reject(new ProviderError('provider_unavailable', { cause, providerMessage: cause.message }));
    });
  });
}

/** JSON, or a ProviderError that shows what came instead. */
export function parseJson(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch (cause) {
    throw notAnAnswer(`Not JSON: ${excerpt(data)}`, cause);
  }
}

export function notAnAnswer(providerMessage: string, cause?: unknown): ProviderError {
  return new ProviderError('provider_protocol_error', { cause, providerMessage });
}

export function excerpt(data: string): string {
  return data.slice(0, 200);
}
