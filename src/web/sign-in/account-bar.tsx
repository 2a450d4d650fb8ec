import { useState } from 'preact/hooks';
import { account } from '../shell/account.ts';
import { useStore } from '../shell/store.ts';
import '../styles/account.css';

/** Who is signed in, and the way out. Nothing where nobody can sign in. */
export function AccountBar() {
  const { user, methods } = useStore(account.state);
  const [failed, setFailed] = useState(false);
  if (!user || methods.length === 0) return null;
  const signOut = () => {
    setFailed(false);
    account.signOut().catch(() => setFailed(true));
  };
  return (
    <span class="account">
      <bdi class="roomy" title={`Signed in as ${user.userId}`}>
        {user.name}
      </bdi>
      <button type="button" class="quiet" onClick={signOut}>
        Sign out
      </button>
      {failed && (
        <span class="bad" role="alert">
          Not signed out: the server cannot be reached.
        </span>
      )}
    </span>
  );
}
