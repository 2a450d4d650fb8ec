import { useState } from 'preact/hooks';
import { useStore } from '../shell/store.ts';
import { MOST_NAME_CHARS, type Viewers } from './viewers.ts';

/** More than these are counted, not named. */
const MOST_SHOWN = 12;

/** Who is here, and a field for one's own name. */
export function ViewerBar({ viewers }: { viewers: Viewers }) {
  const others = useStore(viewers.others);
  const name = useStore(viewers.name);
  const [draft, setDraft] = useState(name);
  const rename = () => {
    if (draft !== name) viewers.rename(draft);
  };
  return (
    <footer class="composer">
      <section class="viewers" aria-label="Who is here">
        <ul>
          <li>{name || 'Guest'} (you)</li>
          {others.slice(0, MOST_SHOWN).map((viewer) => (
            <li key={viewer.id}>{viewer.name}</li>
          ))}
          {others.length > MOST_SHOWN && <li>and {others.length - MOST_SHOWN} more</li>}
        </ul>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            rename();
          }}
        >
          <label for="viewer-name">Your name</label>
          <input
            id="viewer-name"
            type="text"
            autocomplete="nickname"
            placeholder="Guest"
            maxLength={MOST_NAME_CHARS}
            value={draft}
            onInput={(event) => setDraft(event.currentTarget.value)}
            onBlur={rename}
          />
        </form>
      </section>
    </footer>
  );
}
