import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { ChatClientError } from '../../client/index.ts';
import { sentenceOf } from '../conversation/error-texts.ts';
import { account } from '../shell/account.ts';
import { useStore } from '../shell/store.ts';
import '../styles/sign-in.css';

/** Covers the page until somebody is signed in. What is below stays as it is. */
export function SignIn() {
  const { methods, shownTo } = useStore(account.state);
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    // Gives the focus back to what had it.
    return () => shown?.close();
  }, []);
  useEffect(() => {
    const before = document.title;
    document.title = 'Sign in';
    return () => {
      document.title = before;
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class="sign-in"
      aria-labelledby="sign-in-title"
      onCancel={(event) => event.preventDefault()}
      // A second Escape closes it all the same.
      onClose={() => dialog.current?.isConnected && dialog.current.showModal()}
    >
      <h1 id="sign-in-title">Sign in</h1>
      {shownTo !== null && <p>Your session has ended. What you have written here is kept.</p>}
      {methods.includes('keys') ? <KeyForm /> : <p>This server has no way to sign in here.</p>}
    </dialog>
  );
}

function KeyForm() {
  const [key, setKey] = useState('');
  const [failure, setFailure] = useState('');
  const [busy, setBusy] = useState(false);
  const submit = async () => {
    if (busy || key.trim() === '') return;
    setBusy(true);
    setFailure('');
    try {
      await account.signIn(key.trim());
    } catch (cause) {
      setFailure(reasonOf(cause));
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
          autofocus
          required
          aria-describedby="sign-in-hint"
          value={key}
          onInput={(event) => setKey(event.currentTarget.value)}
        />
      </label>
      <p id="sign-in-hint" class="hint">
        A key is made on the machine of the server: <code>make key NAME=me</code>
      </p>
      {failure && (
        <p class="outcome bad" role="alert">
          {failure}
        </p>
      )}
      <button type="submit" class="primary" disabled={busy || key.trim() === ''}>
        {busy ? 'Signing in' : 'Sign in'}
      </button>
    </form>
  );
}

function reasonOf(cause: unknown): string {
  const { status, retryAfterMs } = ChatClientError.from(cause);
  if (status === 401) return 'This key is wrong, has expired or was revoked.';
  if (status === 429) {
    const wait = retryAfterMs === null ? 'a minute' : `${Math.ceil(retryAfterMs / 1_000)} s`;
    return `Too many wrong keys came from here. Try again in ${wait}.`;
  }
  return sentenceOf(cause);
}
