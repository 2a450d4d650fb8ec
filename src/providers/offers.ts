import type { Abilities, ModelCard } from '../chat/models.ts';
import { type Config, ConfigError, type ModelEntry } from '../config.ts';
import type { Provider } from './provider.ts';

/** A model, and who provides it. */
export interface Offer {
  card: ModelCard;
  provider: Provider;
  /** What the provider calls it. */
  name: string;
}

type Settings = Pick<Config, 'azure' | 'openai' | 'models'>;

/** What is not in the catalogue gets what it is asked for; the provider will say what it does not take. */
const UNKNOWN_ABILITIES: Abilities = {
  streaming: true,
  structuredOutput: true,
  reasoning: false,
  temperature: true,
  stop: true,
};

/**
 * The models of the catalogue whose provider is there, the default one first: Azure's deployment, else `openai.model`,
 * else the first of all. The simulator stands in for everybody. Throws ConfigError when there would be none.
 */
export function offersOf(providers: readonly Provider[], settings: Settings): [Offer, ...Offer[]] {
  const find = (name: string) => providers.find((provider) => provider.name === name);
  const simulator = find('simulator');
  const listed = Object.entries(settings.models).flatMap(([id, entry]) => {
    const provider = simulator ?? find(entry.provider);
    return entry.enabled && provider ? [offerOf(id, entry, provider, settings)] : [];
  });
  const first = defaultOffer(listed, settings, find('azure') ?? simulator ?? find('openai'));
  return [first, ...listed.filter(({ card }) => card.id !== first.card.id)];
}

function defaultOffer(listed: readonly Offer[], settings: Settings, provider: Provider | undefined): Offer {
  const id = settings.azure?.deployment ?? settings.openai.model;
  const known = listed.find(({ card }) => card.id === id);
  // A deployment may have the name of a model that somebody else provides, too.
  if (known && (provider?.name !== 'azure' || known.provider === provider)) return known;
  if (provider) return unlisted(id, provider, settings);
  const [first] = listed;
  if (first && Object.hasOwn(settings.models, id)) return first;
  const allowed = listed.map(({ card }) => card.id).join(', ') || 'a model whose provider is configured';
  throw new ConfigError(`openai.model is ${JSON.stringify(id)}; allowed is one of ${allowed}.`);
}

function offerOf(id: string, entry: ModelEntry, provider: Provider, { openai }: Settings): Offer {
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

/** A deployment or a model that the catalogue does not have, or has of another provider: then its abilities are the same. */
function unlisted(id: string, provider: Provider, settings: Settings): Offer {
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
  const known = entry ? { ...entry, name: null, fallbacks: [], prices: bare.prices } : bare;
  return offerOf(id, known, provider, settings);
}
