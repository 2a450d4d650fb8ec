import { ProviderError, ServiceError } from '../../errors.ts';
import type { Completion } from '../../runs/producer.ts';
import type { ResponseBody } from '../connection/content-coding.ts';
import { AnswerBody } from './answer-body.ts';
import type { AnswerDecoder } from './answer-decoder.ts';
import { finishReading } from './finish-reading.ts';
import { notAnAnswer } from './not-an-answer.ts';

/**
 * Reads an answer to its end, as a stream or as a whole. `alive` is called after each piece of data that arrives before
 * the answer is finished.
 */
export function readAnswer(
  body: ResponseBody,
  decoder: AnswerDecoder,
  alive: () => void = () => {},
): Promise<Completion> {
  return new Promise((resolve, reject) => {
    if (body.destroyed) {
      reject(new ProviderError('provider_unavailable', { providerMessage: 'The connection was closed.' }));
      return;
    }
    const answer = new AnswerBody(decoder, body.headers['content-type']);
    // A destroyed body may still emit data, so nothing is processed after the end.
    let over = false;
    const guarded = (work: () => void) => {
      if (over) return;
      try {
        work();
        if (!decoder.done) return;
        over = true;
        resolve(decoder.completion());
        // The rest is read so that the connection can be reused.
        finishReading(body);
      } catch (error) {
        over = true;
        body.destroy();
        reject(error instanceof ServiceError ? error : unreadable(error));
      }
    };
    body.on('data', (bytes: Buffer) => {
      const isSign = !decoder.finished;
      guarded(() => answer.push(bytes));
      if (isSign) alive();
    });
    body.on('end', () => guarded(() => answer.end()));
    body.on('error', (cause) =>
      guarded(() => {
        if (!decoder.finished) {
          throw new ProviderError('provider_unavailable', { cause, providerMessage: cause.message });
        }
        decoder.end();
      }),
    );
  });
}

/** A decoder failed on unexpected data: a failure of the provider, not of this server. */
function unreadable(cause: unknown): ProviderError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return notAnAnswer(`The answer could not be read: ${reason}`, cause);
}
