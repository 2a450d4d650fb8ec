import type { Parameters } from '../chat/models.ts';
import { type ErrorDetail, InvalidRequestError } from '../errors.ts';
import type { ModelCard } from '../wire/models.ts';

/**
 * The given parameters, completed by the model's defaults (PROV-3). The maximum length is reduced to what the model can
 * write. Throws InvalidRequestError that names every parameter which the model does not support.
 */
export function applyDefaults(card: ModelCard, given: Parameters): Parameters {
  const refused = refusals(card, given);
  if (refused.length > 0) {
    const message = refused.map((detail) => `${detail.field}: ${detail.message}`).join('; ');
    throw new InvalidRequestError(message, { details: refused });
  }
  return completed(card, given);
}

/** The same for a fallback model: unsupported parameters are left out. Null: it cannot serve as a fallback. */
export function applyDefaultsForFallback(card: ModelCard, given: Parameters): Parameters | null {
  if (given.responseFormat && !card.supports.structuredOutput) return null;
  const kept = { ...given };
  for (const { field } of refusals(card, given)) Reflect.deleteProperty(kept, field.replace('options.', ''));
  return completed(card, kept);
}

function refusals({ id, supports }: ModelCard, given: Parameters): ErrorDetail[] {
  const refused: ErrorDetail[] = [];
  const refuse = (name: keyof Parameters, message: string) =>
    refused.push({ field: `options.${name}`, message });
  const { temperature, topP, stop, responseFormat } = given;
  if (!supports.temperature && !isNeutral(temperature)) refuse('temperature', `${id} does not take it`);
  if (!supports.temperature && !isNeutral(topP)) refuse('topP', `${id} does not take it`);
  if (!supports.stop && stop !== undefined) refuse('stop', `${id} does not take it`);
  if (!supports.structuredOutput && responseFormat) {
    refuse('responseFormat', `${id} has no structured output`);
  }
  return refused;
}

/** Models without temperature behave as with 1, so a request for 1 is accepted. */
function isNeutral(value: number | undefined): boolean {
  return value === undefined || value === 1;
}

function completed(card: ModelCard, given: Parameters): Parameters {
  const { supports, defaults, maxOutputTokens: most } = card;
  const temperature = given.temperature ?? (given.topP === undefined ? defaults.temperature : undefined);
  const limit = given.maxOutputTokens ?? defaults.maxOutputTokens;
  return {
    ...given,
    temperature: supports.temperature ? temperature : undefined,
    topP: supports.temperature ? (given.topP ?? defaults.topP) : undefined,
    maxOutputTokens: limit === undefined || most === null ? limit : Math.min(limit, most),
    stop: given.stop ?? defaults.stop,
    reasoningEffort: supports.reasoning ? defaults.reasoningEffort : undefined,
  };
}
