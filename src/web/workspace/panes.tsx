import type { ComponentChildren } from 'preact';

interface Props<Name extends string> {
  /** By the name of the pane: what its button says. */
  names: Readonly<Record<Name, ComponentChildren>>;
  shown: Name;
  onShow(pane: Name): void;
}

/** On a phone: which part of a workspace is shown. */
export function Panes<Name extends string>({ names, shown, onShow }: Props<Name>) {
  const panes = Object.keys(names) as Name[];
  return (
    <fieldset class="panes">
      <legend class="unseen">What is shown</legend>
      {panes.map((each) => (
        <button key={each} type="button" aria-pressed={each === shown} onClick={() => onShow(each)}>
          {names[each]}
        </button>
      ))}
    </fieldset>
  );
}
