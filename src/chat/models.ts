import type { Producer } from '../runs/producer.ts';
import type { Role } from '../wire/messages.ts';
import type { ModelCard, ModelParameters } from '../wire/models.ts';

export interface PromptMessage {
  role: Role | 'system';
  content: string;
}

/** A schema that the answer must fit (PROV-7). */
export interface ResponseFormat {
  type: 'json_schema';
  name: string;
  schema: Readonly<Record<string, unknown>>;
}

/** Parameters of a generation. Absent ones: the model's or the configured default. */
export interface Parameters extends ModelParameters {
  responseFormat?: ResponseFormat | undefined;
}

export interface Prompt {
  messages: readonly PromptMessage[];
  parameters: Parameters;
}

/** An available model, with parameters. */
export interface Model extends ModelCard {
  /**
   * Checks asynchronously what `resolve` did not check: a response format's schema. Absent when there is no such check.
   * Throws InvalidRequestError.
   */
  ready?(): Promise<void>;
  /** Uses the parameters that were given to `resolve`. */
  answer(messages: readonly PromptMessage[]): Producer;
}

export interface Models {
  /**
   * Returns the model of that name, or the default one, with these parameters. Throws InvalidRequestError, which lists
   * the available models or names the parameter that the model does not support.
   */
  resolve(name: string | undefined, parameters: Parameters): Model;
  /** All available models, the default one first. */
  list(): readonly Model[];
}
