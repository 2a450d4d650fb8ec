import { account, mayWrite } from '../shell/account.ts';
import { useStore } from '../shell/store.ts';

/** Whether this user can share what is theirs. Without authentication whoever has an address may open it anyway. */
export function useMayShare(): boolean {
  const state = useStore(account.state);
  return account.isGuarded && mayWrite(state);
}
