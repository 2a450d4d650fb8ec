import { Http } from '../../client/http.ts';
import { forgetVisit, recall, remember } from './browser-storage.ts';
import { shareToken } from './share-token.ts';
import { Cell } from './store.ts';

const TIMEOUT_MS = 15_000;

/** Of whom this visit has kept something, also when the page was left to sign in elsewhere. */
const VISITOR = 'visitor';

interface User {
  userId: string;
  tenantId: string;
  name: string;
  /** What the credential allows: `chat`, `read`, `usage`, `admin`. */
  scopes: readonly string[];
}

/** The reply of `/api/session`. */
interface Session {
  user: User | null;
  /** What can be signed in with. */
  methods: readonly string[];
  /** The name of the identity provider; null: there is none. */
  identityProvider: string | null;
}

interface AccountState extends Session {
  /** Whether the server has said who is signed in. */
  isKnown: boolean;
  /** Nobody is signed in, but somebody has to be. */
  isOut: boolean;
  /** Of whom the page shows something; null: it shows nothing. What was typed stays in it when a session ends. */
  shownTo: string | null;
}

/** Whether the server wants to know who this is. Set by the server in the page. */
const asksWho = document.documentElement.hasAttribute('data-sign-in');

/** The name by which others see guests. */
const GUEST = 'guest';

/** Who uses the page. Without authentication everybody may, and no request is made. */
class Account {
  readonly state: Cell<AccountState>;
  /** Guests have no account: the link that they follow lets them in. */
  readonly #isGuarded = asksWho && shareToken() === null;
  readonly #http = new Http({ baseUrl: '', timeoutMs: TIMEOUT_MS });
  readonly #returns = new Set<() => void>();
  #checking: Promise<void> | null = null;

  constructor() {
    const isKnown = !this.#isGuarded;
    this.state = new Cell<AccountState>({
      user: null,
      methods: [],
      identityProvider: null,
      isKnown,
      isOut: false,
      shownTo: isKnown ? '' : null,
    });
    document.addEventListener('visibilitychange', () => {
      // Somebody may have signed in in another window.
      if (!document.hidden && this.state.value.isOut) void this.check();
    });
  }

  /** Whether there is authentication. */
  readonly asksWho = asksWho;

  /** Whether users of this window sign in, and see what is theirs. */
  get isGuarded(): boolean {
    return this.#isGuarded;
  }

  /** Finds out who is signed in: at the beginning, and when a request was refused or a socket was lost. */
  check(): Promise<void> {
    if (!this.#isGuarded) return Promise.resolve();
    this.#checking ??= this.#ask().finally(() => {
      this.#checking = null;
    });
    return this.#checking;
  }

  /** `listener` is called when the same user has signed in again. Returns a function that unsubscribes. */
  onReturn(listener: () => void): () => void {
    this.#returns.add(listener);
    return () => this.#returns.delete(listener);
  }

  /** Throws a ChatClientError. */
  async signIn(key: string): Promise<void> {
    this.#set(await this.#http.json<Session>('/api/session', { method: 'POST', body: { key } }));
  }

  /** Leaves the page for the identity provider, which leads back to it. Throws a ChatClientError. */
  async signInElsewhere(): Promise<void> {
    const body = { return: `${location.pathname}${location.search}` };
    const { url } = await this.#http.json<{ url: string }>('/api/session/oidc', { method: 'POST', body });
    location.assign(url);
  }

  /** Throws a ChatClientError. */
  async signOut(): Promise<void> {
    await this.#http.request('/api/session', { method: 'DELETE' }, () => {});
    forgetVisit();
    this.state.update({ user: null, isOut: true, shownTo: null });
  }

  async #ask(): Promise<void> {
    try {
      this.#set(await this.#http.json<Session>('/api/session'));
    } catch {
      // The page itself says that the server cannot be reached, and asks again.
      this.state.update({ isKnown: true, shownTo: this.state.value.shownTo ?? '' });
    }
  }

  #set({ user, ...ways }: Session): void {
    const before = this.state.value;
    const isOut = user === null;
    const shownTo = user ? `${user.tenantId}/${user.userId}` : before.shownTo;
    const visitor = before.shownTo || recall('visit', VISITOR);
    const isOther = user !== null && visitor !== null && visitor !== shownTo;
    // What somebody else has typed here.
    if (isOther) forgetVisit();
    if (user) remember('visit', VISITOR, shownTo);
    this.state.set({ user, ...ways, isKnown: true, isOut, shownTo });
    if (before.isOut && !isOut && !isOther) for (const listener of this.#returns) listener();
  }
}

export const account = new Account();

/** Whether this user may change what is theirs. */
export function mayWrite({ user }: Pick<AccountState, 'user'>): boolean {
  return !account.isGuarded || hasScope(user, 'chat');
}

export function isAdmin({ user }: Pick<AccountState, 'user'>): boolean {
  return account.isGuarded && hasScope(user, 'admin');
}

/** The name by which others see this user. Null: the one that is chosen here. */
export function nameForOthers({ user }: Pick<AccountState, 'user'>): string | null {
  if (!asksWho) return null;
  return account.isGuarded ? (user?.name ?? '') : GUEST;
}

function hasScope(user: User | null, scope: string): boolean {
  return user?.scopes.some((given) => given === scope || given === 'admin') ?? false;
}
