import { ProviderError } from '../errors.ts';
import type { Producer } from '../runs/producer.ts';
import { errorBodyOf } from './connection/error-body.ts';
import type { Delivery } from './provider.ts';

/**
 * Repeats the request once without streaming when the provider refuses to stream (PROV-4): some models cannot stream,
 * some accounts may not, and some gateways do not know the parameter. No text has arrived then, so none is repeated.
 */
export function streamedIfAllowed(delivery: Delivery, attempt: (delivery: Delivery) => Producer): Producer {
  const producer = attempt(delivery);
  if (delivery === 'whole') return producer;
  return async (sink, signal) => {
    try {
      return await producer(sink, signal);
    } catch (error) {
      if (signal.aborted || !refusesStreaming(error)) throw error;
      return await attempt('whole')(sink, signal);
    }
  };
}

const REFUSALS: ReadonlySet<number> = new Set([400, 403, 404, 405, 422, 501]);

/** `{error: {param: "stream"}}`, as OpenAI names what it refuses. */
const PARAMETER = /"param"\s*:\s*"([^"]+)"/;

/** `stream`, `streaming`, but neither `stream_options` nor another word that begins with `stream`. */
const NAMED = /\bstream(?:ing|ed)?\b/i;

/** How OpenAI, Azure, vLLM, LiteLLM, FastAPI and others say that it is not available. */
const REFUSED =
  /unsupported|n[o']t (?:be )?(?:support|allow|permit|available|enabled|possible|implement|recogni)|unrecogni|unknown|unexpected|invalid|disabled|must be (?:false|verified)|cannot/i;

function refusesStreaming(error: unknown): boolean {
  if (!(error instanceof ProviderError)) return false;
  const { status, headers } = propertiesOf(error.cause);
  if (typeof status !== 'number' || !REFUSALS.has(status)) return false;
  const body = headers instanceof Headers ? errorBodyOf(headers) : undefined;
  const parameter = PARAMETER.exec(body ?? '')?.[1];
  if (parameter !== undefined) return parameter === 'stream';
  const words = error.providerMessage ?? '';
  return NAMED.test(words) && REFUSED.test(words);
}

/** Properties of the errors of the SDKs. */
function propertiesOf(cause: unknown): { status?: unknown; headers?: unknown } {
  return typeof cause === 'object' && cause !== null ? { ...cause } : {};
}
