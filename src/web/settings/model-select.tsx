import type { Model } from '../../client/index.ts';
import { useStore } from '../shell/store.ts';
import { type AnswerSettings, currentModel } from './answer-settings.ts';

/** A choice of the model, if there are several. */
export function ModelSelect({ settings }: { settings: AnswerSettings }) {
  const state = useStore(settings.state);
  const current = currentModel(state);
  if (!current || state.models.length === 1) return null;
  return (
    <label class="model" title={describe(current)}>
      Model
      <select value={current.id} onChange={(event) => settings.choose(event.currentTarget.value)}>
        {state.models.map(({ id }) => (
          <option key={id} value={id}>
            {id}
          </option>
        ))}
      </select>
      <span class="about">{describe(current)}</span>
    </label>
  );
}

const NUMBER = new Intl.NumberFormat();

/** Provider, context window and strengths of a model. */
export function describe({ provider, contextWindow, strengths }: Model): string {
  const context = contextWindow === null ? [] : [`${NUMBER.format(contextWindow)} tokens of context`];
  return [provider, ...context, strengths.join(', ')].filter((each) => each !== '').join(' · ');
}
