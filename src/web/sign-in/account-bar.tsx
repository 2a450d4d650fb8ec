import { useState } from 'preact/hooks';
import { account, isAdmin } from '../shell/account.ts';
import { useStore } from '../shell/store.ts';
import '../styles/account.css';

/** Who is signed in, the way to what administrators look after, and the way out. */
export function AccountBar() {
  const state = useStore(account.state);
  const { user, methods } = state;
  const [failed, setFailed] = useState(false);
  if (!user) return null;
  const signOut = () => {
    setFailed(false);
    account.signOut().catch(() => setFailed(true));
  };
  return (
    <span class="account">
      <bdi class="roomy" title={`Signed in as ${user.userId}`}>
        {user.name}
      </bdi>
      {isAdmin(state) && !location.pathname.startsWith('/admin/') && (
        <a class="button quiet" href={methods.includes('keys') ? '/admin/keys' : '/admin/audit'}>
          Administration
        </a>
      )}
      {methods.length > 0 && (
        <button type="button" class="quiet" onClick={signOut}>
          Sign out
        </button>
      )}
      {failed && (
        <span class="bad" role="alert">
          Not signed out: the server cannot be reached.
        </span>
      )}
    </span>
  );
}
