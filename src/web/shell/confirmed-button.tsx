import { useRef, useState } from 'preact/hooks';
import { takeFocus } from './focus.ts';

interface Props {
  label: string;
  /** What it is about, for those who do not see where it stands. */
  name: string;
  /** What would happen. */
  question: string;
  onConfirm(): Promise<void>;
  sentenceOf(cause: unknown): string;
}

/** A button that asks before it does something that cannot be taken back. */
export function ConfirmedButton({ label, name, question, onConfirm, sentenceOf }: Props) {
  const [asked, setAsked] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState('');
  /** The button comes back, and gets the focus back. */
  const wasAsked = useRef(false);
  const ask = (isAsked: boolean) => {
    wasAsked.current = true;
    setAsked(isAsked);
    setFailure('');
  };
  const confirm = async () => {
    setBusy(true);
    setFailure('');
    try {
      await onConfirm();
    } catch (cause) {
      setFailure(sentenceOf(cause));
    }
    setBusy(false);
  };
  if (!asked) {
    return (
      <button
        type="button"
        class="quiet"
        aria-label={name}
        ref={wasAsked.current ? takeFocus : null}
        onClick={() => ask(true)}
      >
        {label}
      </button>
    );
  }
  return (
    <fieldset class="confirm">
      <legend class="unseen">{name}</legend>
      <p>{question}</p>
      <div class="actions">
        <button type="button" ref={takeFocus} onClick={() => ask(false)}>
          Keep it
        </button>
        <button type="button" class="danger" disabled={busy} onClick={() => void confirm()}>
          {label}
        </button>
      </div>
      {failure && (
        <p class="outcome bad" role="alert">
          {failure}
        </p>
      )}
    </fieldset>
  );
}
