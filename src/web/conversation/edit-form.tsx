import { useLayoutEffect, useRef, useState } from 'preact/hooks';

interface Props {
  content: string;
  onSave(content: string): void;
  onCancel(): void;
}

/** The form that edits a question. */
export function EditForm({ content, onSave, onCancel }: Props) {
  const [text, setText] = useState(content);
  const field = useRef<HTMLTextAreaElement>(null);
  // Before the first paint, or the first key presses would be lost.
  useLayoutEffect(() => {
    field.current?.focus();
    field.current?.setSelectionRange(content.length, content.length);
  }, [content]);
  const save = () => {
    if (text.trim() !== '') onSave(text);
  };
  return (
    <form
      class="edit-form"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onCancel();
      }}
    >
      <textarea
        ref={field}
        rows={Math.min(12, text.split('\n').length + 1)}
        aria-label="Question"
        dir="auto"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.shiftKey) return;
          event.preventDefault();
          save();
        }}
      />
      <p class="actions">
        <button type="button" onClick={onCancel}>
          Cancel
        </button>
        <button type="submit" class="primary" disabled={text.trim() === ''}>
          Ask again
        </button>
      </p>
    </form>
  );
}
