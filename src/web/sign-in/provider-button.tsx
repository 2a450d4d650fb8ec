import { useState } from 'preact/hooks';
import { account } from '../shell/account.ts';
import { reasonOf } from './reason-of.ts';

/** Leads to the identity provider. `onFailure`: gets a sentence when it cannot be reached, '' before. */
export function ProviderButton({ name, onFailure }: { name: string; onFailure: (why: string) => void }) {
  const [busy, setBusy] = useState(false);
  const go = async () => {
    setBusy(true);
    onFailure('');
    try {
      await account.signInElsewhere();
    } catch (cause) {
      onFailure(reasonOf(cause));
      setBusy(false);
    }
  };
  return (
    <button
      type="button"
      class="primary provider"
      autofocus
      aria-disabled={busy}
      onClick={() => busy || void go()}
    >
      <span>
        Sign in with <bdi>{name}</bdi>
      </span>
    </button>
  );
}
