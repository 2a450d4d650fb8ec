import type { GenerationOptions } from '../../client/index.ts';
import { useStore } from '../shell/store.ts';
import { type AnswerSettings, currentModel, optionsIn } from './answer-settings.ts';

/** Opens the settings, and shows what differs from the defaults: nothing is in effect unseen. */
export function SettingsButton({ settings, onOpen }: { settings: AnswerSettings; onOpen(): void }) {
  const state = useStore(settings.state);
  if (!currentModel(state)) return null;
  const differences = summary(optionsIn(state), state.format.name);
  return (
    <button type="button" class="quiet settings-button" onClick={onOpen}>
      <span class="word">Settings</span>
      {differences.map((difference) => (
        <span key={difference} class="difference">
          {difference}
        </span>
      ))}
    </button>
  );
}

function summary(options: GenerationOptions, format: string): string[] {
  const { temperature, topP, maxOutputTokens, stop, responseFormat } = options;
  return [
    ...(responseFormat ? [`JSON: ${format}`] : []),
    ...(temperature === undefined ? [] : [`temperature ${temperature}`]),
    ...(topP === undefined ? [] : [`top P ${topP}`]),
    ...(maxOutputTokens === undefined ? [] : [`up to ${maxOutputTokens.toLocaleString()} tokens`]),
    ...(stop === undefined ? [] : [`${[stop].flat().length} stop`]),
  ];
}
