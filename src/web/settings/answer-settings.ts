import type { ChatClient, GenerationOptions, Model, Timeouts } from '../../client/index.ts';
import { recall, remember } from '../shell/browser-storage.ts';
import { Cell } from '../shell/store.ts';
import { type OutputFormat, outputFormatFrom, responseFormatOf, TEXT } from './output-format.ts';
import { type Parameters, parametersFrom, takenBy } from './parameters.ts';

const MODEL_KEY = 'model';
const PARAMETERS_KEY = 'parameters';
const FORMAT_KEY = 'output-format';

export interface AnswerSettingsState {
  /** The server's default first; empty until they are known. */
  models: readonly Model[];
  /** Null: the server's default. */
  chosen: string | null;
  /** Null until they are known. */
  timeouts: Timeouts | null;
  /** By the id of the model: each has its own. */
  parameters: Readonly<Record<string, Parameters>>;
  format: OutputFormat;
}

/**
 * Settings of requests. Model and parameters are kept for the next visit, the output format only as long
 * as the window: JSON is rarely wanted on the next visit.
 */
export class AnswerSettings {
  readonly state: Cell<AnswerSettingsState>;
  /** Whether an output format can be chosen. */
  readonly hasForms: boolean;
  readonly #client: ChatClient;
  readonly #lifetime = new AbortController();

  constructor(client: ChatClient, { hasForms = true } = {}) {
    this.#client = client;
    this.hasForms = hasForms;
    this.state = new Cell<AnswerSettingsState>({
      models: [],
      chosen: recall('always', MODEL_KEY),
      timeouts: null,
      parameters: recalledParameters(),
      format: hasForms ? outputFormatFrom(parsed(recall('visit', FORMAT_KEY))) : TEXT,
    });
  }

  /** Loads the catalogue, unless it is loaded. */
  async load(): Promise<void> {
    if (this.state.value.models.length > 0) return;
    try {
      const { models, timeouts } = await this.#client.catalogue({ signal: this.#lifetime.signal });
      const { chosen } = this.state.value;
      // A model that was removed since then is not chosen any more.
      this.state.update({ models, timeouts, chosen: models.some(({ id }) => id === chosen) ? chosen : null });
    } catch {
      // Without the catalogue the server's defaults apply; it is loaded again when the server can be reached.
    }
  }

  choose(id: string): void {
    const chosen = id === this.state.value.models[0]?.id ? null : id;
    this.state.update({ chosen });
    remember('always', MODEL_KEY, chosen);
  }

  /** Sets parameters of the chosen model. `undefined` is its default. */
  set(change: { [Name in keyof Parameters]: Parameters[Name] | undefined }): void {
    const model = currentModel(this.state.value);
    if (!model) return;
    const before = this.state.value.parameters;
    const values = Object.entries({ ...before[model.id], ...change });
    const set = Object.fromEntries(values.filter(([, value]) => value !== undefined));
    const { [model.id]: _, ...others } = before;
    const parameters = Object.keys(set).length === 0 ? others : { ...others, [model.id]: set };
    this.state.update({ parameters });
    const isEmpty = Object.keys(parameters).length === 0;
    remember('always', PARAMETERS_KEY, isEmpty ? null : JSON.stringify(parameters));
  }

  format(change: Partial<OutputFormat>): void {
    const format = { ...this.state.value.format, ...change };
    this.state.update({ format });
    remember('visit', FORMAT_KEY, JSON.stringify(format));
  }

  /** Back to the model's defaults, and text. The user's own schema is kept. */
  reset(): void {
    this.set({ temperature: undefined, topP: undefined, maxOutputTokens: undefined, stop: undefined });
    if (this.hasForms) this.format({ name: TEXT.name });
  }

  /** For the body of a request: what the model supports, without its defaults. */
  generation(): { model?: string; options?: GenerationOptions } {
    const { chosen } = this.state.value;
    const options = optionsIn(this.state.value);
    return {
      ...(chosen === null ? {} : { model: chosen }),
      ...(Object.keys(options).length === 0 ? {} : { options }),
    };
  }

  close(): void {
    this.#lifetime.abort();
  }
}

/** Undefined until the catalogue is loaded. */
export function currentModel({ models, chosen }: AnswerSettingsState): Model | undefined {
  return models.find(({ id }) => id === chosen) ?? models[0];
}

/** What differs from the defaults of the chosen model, and is in effect. */
export function optionsIn(state: AnswerSettingsState): GenerationOptions {
  const model = currentModel(state);
  if (!model) return {};
  const { stop, ...numbers } = takenBy(model, state.parameters[model.id] ?? {});
  const responseFormat = model.supports.structuredOutput ? responseFormatOf(state.format) : null;
  return { ...numbers, ...(stop ? { stop: [...stop] } : {}), ...(responseFormat ? { responseFormat } : {}) };
}

function recalledParameters(): Readonly<Record<string, Parameters>> {
  const stored = parsed(recall('always', PARAMETERS_KEY));
  if (typeof stored !== 'object' || stored === null) return {};
  return Object.fromEntries(Object.entries(stored).map(([id, value]) => [id, parametersFrom(value)]));
}

function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return null;
  }
}
