import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Modal } from './modal.tsx';

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
  const [failure, setFailure] = useState('');
  return (
    <Modal title={title} onClose={onClose}>
      {(close) => {
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
          <form
            onSubmit={(event) => {
              event.preventDefault();
              if (onSubmit) void attempt(onSubmit);
            }}
          >
            {children(close, (work) => void attempt(work))}
            {failure && (
              <p class="outcome bad" role="alert">
                {failure}
              </p>
            )}
          </form>
        );
      }}
    </Modal>
  );
}
