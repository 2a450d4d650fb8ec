import type { ComponentChildren, RefObject } from 'preact';

interface Props {
  draft: string;
  answering: boolean;
  stopping: boolean;
  placeholder?: string;
  field: RefObject<HTMLTextAreaElement | null>;
  onDraft(draft: string): void;
  onSend(): void;
  onStop(): void;
  /** Below the field. */
  children: ComponentChildren;
}

/** Where questions are written. Enter sends, Shift+Enter begins a line, Escape stops the answer. */
export function Composer(props: Props) {
  const { draft, answering, stopping, placeholder = 'Ask something', field, children } = props;
  const { onDraft, onSend, onStop } = props;
  return (
    <footer class="composer">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onSend();
        }}
        onKeyDown={(event) => {
          if (event.key === 'Escape' && answering) onStop();
        }}
      >
        <label class="unseen" for="question">
          Message
        </label>
        <textarea
          id="question"
          ref={field}
          rows={1}
          dir="auto"
          placeholder={placeholder}
          value={draft}
          onInput={(event) => onDraft(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.shiftKey) return;
            event.preventDefault();
            onSend();
          }}
        />
        {answering ? (
          <button type="button" onClick={onStop} disabled={stopping}>
            {stopping ? 'Stopping' : 'Stop'}
          </button>
        ) : (
          <button type="submit" class="primary" disabled={draft.trim() === ''}>
            Send
          </button>
        )}
        <div class="hint">{children}</div>
      </form>
    </footer>
  );
}
