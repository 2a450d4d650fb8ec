import { useState } from 'preact/hooks';
import type { Model } from '../../client/index.ts';
import { defaultOf, isAllowed, type NumberParameter } from './parameters.ts';

interface Props {
  model: Model;
  parameter: NumberParameter;
  /** Absent: the default. */
  value: number | undefined;
  onChange(value: number | undefined): void;
}

/** One parameter. An empty field is the default, which it shows; 0 is a value. */
export function NumberField({ model, parameter, value, onChange }: Props) {
  const { name, label, about, min, max, whole } = parameter;
  const [problem, setProblem] = useState('');
  const take = ({ value: text, validity, valueAsNumber }: HTMLInputElement) => {
    const isEmpty = text === '' && !validity.badInput;
    const isGood = isEmpty || isAllowed(parameter, valueAsNumber);
    setProblem(
      isGood ? '' : `${whole ? 'A whole number' : 'A number'} from ${min} to ${max.toLocaleString()}.`,
    );
    // An invalid value is not in effect: the default is, and the field says what is wrong.
    onChange(isGood && !isEmpty ? valueAsNumber : undefined);
  };
  return (
    <div class="field">
      <label for={`parameter-${name}`}>{label}</label>
      <input
        id={`parameter-${name}`}
        type="number"
        inputMode={whole ? 'numeric' : 'decimal'}
        min={min}
        max={max}
        step={whole ? 1 : 0.1}
        placeholder={defaultOf(model, parameter)}
        defaultValue={value === undefined ? '' : String(value)}
        aria-invalid={problem !== ''}
        aria-describedby={`about-${name}`}
        onInput={(event) => take(event.currentTarget)}
      />
      <p id={`about-${name}`} class={problem ? 'problem' : 'about'}>
        {problem || `${about} Default: ${defaultOf(model, parameter)}.`}
      </p>
    </div>
  );
}
