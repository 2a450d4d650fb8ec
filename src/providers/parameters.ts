import type { ModelCard, Parameters } from '../chat/models.ts';
import { type ErrorDetail, InvalidRequestError } from '../errors.ts';

/**
 * What a model is asked for: what was given, and the model's defaults for the rest (PROV-3). An answer longer than the
 * model can write is cut to what it can. Throws InvalidRequestError that names every parameter which it does not take.
 */
export function fitted(card: ModelCard, given: Parameters): Parameters {
  const refused = refusals(card, given);
  if (refused.length > 0) {
    const message = refused.map((detail) => `${detail.field}: ${detail.message}`).join('; ');
    throw new InvalidRequestError(message, { details: refused });
  }
  return completed(card, given);
}

/** The same for a model that stands in for another: what it does not take is left out. Null: then it is no substitute. */
export function fittedLeniently(card: ModelCard, given: Parameters): Parameters | null {
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

/** Models without temperature behave as if it were 1: who asks for that gets it. */
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
