import { CopyButton } from './copy-button.tsx';
import { takeFocus } from './focus.ts';

interface Props {
  label: string;
  secret: string;
}

/** A secret that was just made: the server shows it once. Its field has the focus, and is selected. */
export function SecretOnce({ label, secret }: Props) {
  return (
    <div class="once">
      <label for="secret-once">{label}</label>
      <div class="once-row">
        <input
          id="secret-once"
          type="text"
          readOnly
          ref={takeFocus}
          aria-describedby="about-secret"
          value={secret}
          onFocus={(event) => event.currentTarget.select()}
        />
        <CopyButton class="primary" text={() => secret}>
          Copy
        </CopyButton>
      </div>
      <p id="about-secret">Copy it now: it is shown only this once.</p>
    </div>
  );
}
