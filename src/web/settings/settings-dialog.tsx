import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Model } from '../../client/index.ts';
import { useStore } from '../shell/store.ts';
import { type AnswerSettings, currentModel } from './answer-settings.ts';
import { FormatFields } from './format-fields.tsx';
import { describe } from './model-select.tsx';
import { NumberField } from './number-field.tsx';
import { numbersOf } from './parameters.ts';
import { StopField } from './stop-field.tsx';
import '../styles/settings.css';

interface Props {
  settings: AnswerSettings;
  onClose(): void;
}

/** Settings of the next requests. Changes are in effect at once: there is no Save that could be forgotten. */
export function SettingsDialog({ settings, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const state = useStore(settings.state);
  const model = currentModel(state);
  useLayoutEffect(() => dialog.current?.showModal(), []);
  if (!model) return null;
  const parameters = state.parameters[model.id] ?? {};
  const refused = notTaken(model);

  return (
    <dialog ref={dialog} class="settings" onClose={onClose} aria-labelledby="settings-title">
      <form method="dialog" noValidate>
        <h2 id="settings-title">How to answer</h2>
        {state.models.length > 1 && (
          <label>
            Model
            <select value={model.id} onChange={(event) => settings.choose(event.currentTarget.value)}>
              {state.models.map(({ id }) => (
                <option key={id} value={id}>
                  {id}
                </option>
              ))}
            </select>
          </label>
        )}
        <p class="about">{describe(model)}</p>
        <fieldset key={model.id}>
          <legend>Parameters of {model.id}</legend>
          {numbersOf(model).map((parameter) => (
            <NumberField
              key={parameter.name}
              model={model}
              parameter={parameter}
              value={parameters[parameter.name]}
              onChange={(value) => settings.set({ [parameter.name]: value })}
            />
          ))}
          {model.supports.stop && (
            <StopField stops={parameters.stop} onChange={(stop) => settings.set({ stop })} />
          )}
          {refused && <p class="about">{refused}</p>}
        </fieldset>
        {settings.hasForms && (
          <FormatFields
            format={state.format}
            possible={model.supports.structuredOutput}
            model={model.id}
            onChange={(change) => settings.format(change)}
          />
        )}
        <div class="actions">
          <button
            type="button"
            onClick={() => {
              settings.reset();
              dialog.current?.close();
            }}
          >
            Back to the defaults
          </button>
          <button type="submit" class="primary">
            Done
          </button>
        </div>
      </form>
    </dialog>
  );
}

/** Why some fields are missing. */
function notTaken({ id, supports }: Model): string | null {
  const lacks = [
    ...(supports.temperature ? [] : ['temperature', 'top P']),
    ...(supports.stop ? [] : ['stop sequences']),
  ];
  return lacks.length === 0 ? null : `${id} takes no ${new Intl.ListFormat('en').format(lacks)}.`;
}
