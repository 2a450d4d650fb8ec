import { useState } from 'preact/hooks';
import { account } from '../shell/account.ts';
import { reasonOf } from './reason-of.ts';

/** `isFirst`: whether it is the only way to sign in. `onFailure`: gets a sentence when it failed, '' before. */
export function KeyForm({ isFirst, onFailure }: { isFirst: boolean; onFailure: (why: string) => void }) {
  const [key, setKey] = useState('');
  const [busy, setBusy] = useState(false);
  const submit = async () => {
    if (busy || key.trim() === '') return;
    setBusy(true);
    onFailure('');
    try {
      await account.signIn(key.trim());
    } catch (cause) {
      onFailure(reasonOf(cause));
    }
    setBusy(false);
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <label>
        API key
        <input
          type="password"
          autocomplete="current-password"
          spellcheck={false}
          autofocus={isFirst}
          required
          aria-describedby="sign-in-hint"
          value={key}
          onInput={(event) => setKey(event.currentTarget.value)}
        />
      </label>
      <p id="sign-in-hint" class="hint">
        A key is made on the machine of the server: <code>make key NAME=me</code>
      </p>
      <button type="submit" class={isFirst ? 'primary' : ''} disabled={busy || key.trim() === ''}>
        {busy ? 'Signing in' : isFirst ? 'Sign in' : 'Sign in with a key'}
      </button>
    </form>
  );
}
