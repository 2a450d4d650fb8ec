import { EXAMPLE_SCHEMA, FORMATS, type FormatName, type OutputFormat, problemOf } from './output-format.ts';

interface Props {
  format: OutputFormat;
  /** Whether the model supports it. */
  possible: boolean;
  model: string;
  onChange(change: Partial<OutputFormat>): void;
}

const LABELS: Record<FormatName, string> = {
  text: 'Text',
  weather: 'JSON: weather',
  analysis: 'JSON: analysis of a text',
  own: 'JSON: a schema of your own',
};

const ABOUT: Record<FormatName, string> = {
  text: 'Answers are Markdown.',
  weather: 'Location, temperature, conditions, humidity, wind and a forecast.',
  analysis: 'Summary, sentiment, topics, key points and confidence.',
  own: 'Answers are checked against it when they are complete.',
};

/** The output format: text, or JSON that fits a schema. */
export function FormatFields({ format, possible, model, onChange }: Props) {
  const problem = problemOf(format);
  return (
    <fieldset>
      <legend>Form of the answer</legend>
      <div class="field">
        <label for="format">Form</label>
        <select
          id="format"
          value={possible ? format.name : 'text'}
          disabled={!possible}
          aria-describedby="about-format"
          onChange={({ currentTarget: { value } }) => {
            const name = FORMATS.find((known) => known === value) ?? 'text';
            onChange({ name, ...(name === 'own' && format.schema === '' ? { schema: EXAMPLE_SCHEMA } : {}) });
          }}
        >
          {FORMATS.map((name) => (
            <option key={name} value={name}>
              {LABELS[name]}
            </option>
          ))}
        </select>
        <p id="about-format" class="about">
          {possible ? ABOUT[format.name] : `${model} has no structured output: it answers in text.`}
        </p>
      </div>
      {possible && format.name === 'own' && (
        <div class="field wide">
          <label for="schema">JSON Schema</label>
          <textarea
            id="schema"
            class="schema"
            rows={9}
            spellcheck={false}
            value={format.schema}
            aria-invalid={problem !== null}
            aria-describedby="about-schema"
            onInput={(event) => onChange({ schema: event.currentTarget.value })}
          />
          <p id="about-schema" class={problem ? 'problem' : 'about'}>
            {problem ? `${problem} Until this is a schema, answers are text.` : 'Draft 2020-12.'}
          </p>
        </div>
      )}
    </fieldset>
  );
}
