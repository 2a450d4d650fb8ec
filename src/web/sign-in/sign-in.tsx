import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { account } from '../shell/account.ts';
import { takeFailure } from '../shell/failed-sign-in.ts';
import { useStore } from '../shell/store.ts';
import '../styles/sign-in.css';
import { KeyForm } from './key-form.tsx';
import { ProviderButton } from './provider-button.tsx';

/** Covers the page until somebody is signed in. What is below stays as it is. */
export function SignIn() {
  const { methods, identityProvider, shownTo } = useStore(account.state);
  const [failure, setFailure] = useState(takeFailure);
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
  const byKey = methods.includes('keys');
  return (
    <dialog
      ref={dialog}
      class="sign-in"
      aria-labelledby="sign-in-title"
      aria-describedby={failure ? 'sign-in-failure' : undefined}
      onCancel={(event) => event.preventDefault()}
      // A second Escape closes it all the same.
      onClose={() => dialog.current?.isConnected && dialog.current.showModal()}
    >
      <h1 id="sign-in-title">Sign in</h1>
      {shownTo !== null && <p>Your session has ended. What you have written here is kept.</p>}
      {failure && (
        <p id="sign-in-failure" class="outcome bad" role="alert">
          {failure}
        </p>
      )}
      {identityProvider !== null && <ProviderButton name={identityProvider} onFailure={setFailure} />}
      {identityProvider !== null && byKey && <p class="or">or</p>}
      {byKey && <KeyForm isFirst={identityProvider === null} onFailure={setFailure} />}
      {identityProvider === null && !byKey && <p>This server has no way to sign in here.</p>}
    </dialog>
  );
}
