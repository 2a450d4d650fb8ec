import type { Model } from '../../client/index.ts';
import { useStore } from '../shell/store.ts';
import type { ModelChoice } from './model-choice.ts';

/** A choice where there is one: which model answers, and what it is good for. */
export function ModelSelect({ choice }: { choice: ModelChoice }) {
  const { models, chosen } = useStore(choice.state);
  const [first] = models;
  // The simulator says the same by every name.
  if (!first || models.length === 1 || first.provider === 'simulator') return null;
  const current = models.find(({ id }) => id === chosen) ?? first;
  return (
    <label class="model" title={describe(current)}>
      Model
      <select value={current.id} onChange={(event) => choice.choose(event.currentTarget.value)}>
        {models.map((model) => (
          <option key={model.id} value={model.id}>
            {model.id}
          </option>
        ))}
      </select>
      <span class="about">{describe(current)}</span>
    </label>
  );
}

const NUMBER = new Intl.NumberFormat();

function describe({ provider, contextWindow, strengths }: Model): string {
  const context = contextWindow === null ? [] : [`${NUMBER.format(contextWindow)} tokens of context`];
  return [provider, ...context, strengths.join(', ')].filter((each) => each !== '').join(' · ');
}
