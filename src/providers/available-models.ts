import { type Config, ConfigError, type ModelEntry } from '../config.ts';
import type { Abilities, ModelCard } from '../wire/models.ts';
import type { Provider } from './provider.ts';

/** A model that can be asked, and its provider. */
export interface AvailableModel {
  card: ModelCard;
  provider: Provider;
  /** The provider's own name of the model. */
  name: string;
}

type Settings = Pick<Config, 'azure' | 'openai' | 'models'>;

/**
 * For a model without a catalogue entry: all parameters are passed on, and the provider refuses what it does not
 * support.
 */
const UNKNOWN_ABILITIES: Abilities = {
  streaming: true,
  structuredOutput: true,
  reasoning: false,
  temperature: true,
  stop: true,
};

/**
 * The models of the catalogue whose provider is configured, the default one first: Azure's deployment, else
 * `openai.model`, else the first of all. The simulator replaces every provider. Throws ConfigError if there is no
 * model.
 */
export function availableModels(
  providers: readonly Provider[],
  settings: Settings,
): [AvailableModel, ...AvailableModel[]] {
  const find = (name: string) => providers.find((provider) => provider.name === name);
  const simulator = find('simulator');
  const listed = Object.entries(settings.models).flatMap(([id, entry]) => {
    const provider = simulator ?? find(entry.provider);
    return entry.enabled && provider ? [availableModel(id, entry, provider, settings)] : [];
  });
  const first = defaultModel(listed, settings, find('azure') ?? simulator ?? find('openai'));
  return [first, ...listed.filter(({ card }) => card.id !== first.card.id)];
}

function defaultModel(
  listed: readonly AvailableModel[],
  settings: Settings,
  provider: Provider | undefined,
): AvailableModel {
  const id = settings.azure?.deployment ?? settings.openai.model;
  const known = listed.find(({ card }) => card.id === id);
  // A deployment may have the name of a model that another provider has in the catalogue.
  if (known && (provider?.name !== 'azure' || known.provider === provider)) return known;
  if (provider) return unlisted(id, provider, settings);
  const [first] = listed;
  if (first && Object.hasOwn(settings.models, id)) return first;
  const allowed = listed.map(({ card }) => card.id).join(', ') || 'a model whose provider is configured';
  throw new ConfigError(`openai.model is ${JSON.stringify(id)}; allowed is one of ${allowed}.`);
}

function availableModel(
  id: string,
  entry: ModelEntry,
  provider: Provider,
  { openai }: Settings,
): AvailableModel {
  const { name, defaults, prices, contextWindow, maxOutputTokens, strengths, fallbacks } = entry;
  const own = provider.name === entry.provider;
  const lacking = (provider.lacks ?? []).map((ability) => [ability, false]);
  const supports: Abilities = { ...entry.supports, ...Object.fromEntries(lacking) };
  const limit = openai.maxOutputTokens || (provider.needsLimit ? maxOutputTokens : null);
  return {
    provider,
    name: name ?? id,
    card: {
      id,
      provider: provider.name,
      contextWindow,
      maxOutputTokens,
      strengths,
      supports,
      defaults: {
        ...(supports.temperature ? { temperature: openai.temperature } : {}),
        ...(limit ? { maxOutputTokens: limit } : {}),
        ...defaults,
      },
      prices: own ? prices : { input: null, output: null },
      fallbacks,
    },
  };
}

/** A model without a catalogue entry, or with one for another provider, whose abilities are then assumed. */
function unlisted(id: string, provider: Provider, settings: Settings): AvailableModel {
  const entry = settings.models[id];
  const bare: ModelEntry = {
    enabled: true,
    provider: 'azure',
    name: null,
    contextWindow: null,
    maxOutputTokens: null,
    strengths: [],
    supports: UNKNOWN_ABILITIES,
    defaults: {},
    prices: { input: null, output: null },
    fallbacks: [],
  };
  if (entry) {
    return availableModel(
      id,
      { ...entry, name: null, fallbacks: [], prices: bare.prices },
      provider,
      settings,
    );
  }
  const model = availableModel(id, bare, provider, settings);
  // Newer models refuse every temperature except their own, so no default one is sent.
  const { temperature: _, ...defaults } = model.card.defaults;
  return { ...model, card: { ...model.card, defaults } };
}
