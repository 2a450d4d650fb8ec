import { useState } from 'preact/hooks';
import { MOST_STOPS, stopsOf, textOfStops } from './parameters.ts';

interface Props {
  stops: readonly string[] | undefined;
  onChange(stops: readonly string[] | undefined): void;
}

/** The field for stop sequences: answers end before any of them. */
export function StopField({ stops, onChange }: Props) {
  const [text, setText] = useState(textOfStops(stops));
  const tooMany = stopsOf(text).length > MOST_STOPS;
  return (
    <div class="field">
      <label for="parameter-stop">Stop at</label>
      <textarea
        id="parameter-stop"
        rows={2}
        spellcheck={false}
        dir="auto"
        placeholder="nothing"
        value={text}
        aria-invalid={tooMany}
        aria-describedby="about-stop"
        onInput={({ currentTarget: { value } }) => {
          setText(value);
          const typed = stopsOf(value);
          onChange(typed.length === 0 || typed.length > MOST_STOPS ? undefined : typed);
        }}
      />
      <p id="about-stop" class={tooMany ? 'problem' : 'about'}>
        {tooMany ? `At most ${MOST_STOPS} lines.` : 'One sequence a line; \\n is a line break.'}
      </p>
    </div>
  );
}
