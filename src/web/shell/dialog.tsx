import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

interface Props {
  title: ComponentChildren;
  /** The label of its submit button. Null: it has none. */
  onSubmit: (() => Promise<void>) | null;
  /** Why it failed, in a sentence. */
  sentenceOf(cause: unknown): string;
  onClose(): void;
  children(close: () => void, attempt: (work: () => Promise<void>) => void): ComponentChildren;
}

/** A modal dialog that closes when its work is done, and shows why it failed. */
export function Dialog({ title, onSubmit, sentenceOf, onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [failure, setFailure] = useState('');
  useLayoutEffect(() => dialog.current?.showModal(), []);
  const close = () => dialog.current?.close();
  const attempt = async (work: () => Promise<void>) => {
    setFailure('');
    try {
      await work();
      close();
    } catch (cause) {
      setFailure(sentenceOf(cause));
    }
  };
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="dialog-title">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (onSubmit) void attempt(onSubmit);
        }}
      >
        <h2 id="dialog-title">{title}</h2>
        {children(close, (work) => void attempt(work))}
        {failure && (
          <p class="outcome bad" role="alert">
            {failure}
          </p>
        )}
      </form>
    </dialog>
  );
}
