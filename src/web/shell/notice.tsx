interface Props {
  text: string;
  isBad?: boolean;
  remedy?: { label: string; run(): void } | null;
  onDismiss(): void;
}

/** A result or a failure, until it is dismissed. */
export function Note({ text, isBad = false, remedy = null, onDismiss }: Props) {
  return (
    <div class={`note ${isBad ? 'bad' : ''}`} role={isBad ? 'alert' : 'status'}>
      <span>{text}</span>
      <span>
        {remedy && (
          <button type="button" onClick={remedy.run}>
            {remedy.label}
          </button>
        )}
        <button type="button" class="quiet" onClick={onDismiss}>
          Dismiss
        </button>
      </span>
    </div>
  );
}
