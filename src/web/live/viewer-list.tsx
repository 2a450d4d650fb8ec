import { useState } from 'preact/hooks';
import { account, nameForOthers } from '../shell/account.ts';
import { useStore } from '../shell/store.ts';
import { MOST_NAME_CHARS, type Viewer, type Viewers } from './viewers.ts';

/** More than these are counted, not listed. */
const MOST_SHOWN = 12;

interface Props {
  viewers: Viewers;
  /** The file in which a viewer is. */
  where?(viewer: Viewer): string | null;
}

/** The viewers, and a field for the user's own name where the server does not know it. */
export function People({ viewers, where }: Props) {
  const others = useStore(viewers.others);
  const known = nameForOthers(useStore(account.state));
  const chosen = useStore(viewers.name);
  return (
    <section class="viewers" aria-label="Who is here">
      <ul>
        <li class="self">
          <bdi class="name">{(known ?? chosen) || 'Guest'}</bdi>
          <span class="you"> (you)</span>
        </li>
        {others.slice(0, MOST_SHOWN).map((viewer) => (
          <Person key={viewer.id} viewer={viewer} where={where?.(viewer) ?? null} coloured={Boolean(where)} />
        ))}
        {others.length > MOST_SHOWN && <li>and {others.length - MOST_SHOWN} more</li>}
      </ul>
      {known === null && <NameField viewers={viewers} name={chosen} />}
    </section>
  );
}

function NameField({ viewers, name }: { viewers: Viewers; name: string }) {
  const [draft, setDraft] = useState(name);
  const rename = () => {
    if (draft !== name) viewers.rename(draft);
  };
  return (
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
        dir="auto"
        autocomplete="nickname"
        placeholder="Guest"
        maxLength={MOST_NAME_CHARS}
        value={draft}
        onInput={(event) => setDraft(event.currentTarget.value)}
        onBlur={rename}
      />
    </form>
  );
}

function Person({ viewer, where, coloured }: { viewer: Viewer; where: string | null; coloured: boolean }) {
  const { name, colour } = viewer;
  return (
    <li
      class={coloured ? `person peer-${colour}` : ''}
      title={where === null ? name : `${name}, in ${where}`}
    >
      <bdi class="name">{name}</bdi>
      {where !== null && (
        <span class="where">
          {' in '}
          <bdi>{where}</bdi>
        </span>
      )}
    </li>
  );
}
