import type { ComponentChildren } from 'preact';
import { account } from './account.ts';
import { useStore } from './store.ts';

interface Props {
  what: 'chat' | 'workspace';
  /** What else the address may mean. */
  children?: ComponentChildren;
  next: { label: string; run(): void } | { label: string; href: string };
}

/**
 * In the place of a chat or workspace that does not exist for this user. Nobody can tell from it whether it exists for
 * somebody else (AUTH-6).
 */
export function NothingHere({ what, children, next }: Props) {
  const { user } = useStore(account.state);
  return (
    <div class="welcome">
      <h2>There is no {what} here</h2>
      <p>
        {user
          ? 'It was deleted, its address is not complete, or it belongs to somebody who has not shared it with you.'
          : 'It was deleted, or its address is not complete.'}{' '}
        {children}
      </p>
      {user && (
        <p>
          You are signed in as <bdi>{user.name}</bdi>. Ask its owner for a link, or sign in as somebody else.
        </p>
      )}
      <p>
        {'href' in next ? (
          <a class="button" href={next.href}>
            {next.label}
          </a>
        ) : (
          <button type="button" onClick={next.run}>
            {next.label}
          </button>
        )}
      </p>
    </div>
  );
}

/** In the place of what a link no longer opens. */
export function LinkOver() {
  return (
    <div class="welcome">
      <h2>This link is not valid any more</h2>
      <p>
        It has expired, was revoked, or was not copied as a whole. Ask whoever gave it to you for another one.
      </p>
      <p>
        <a class="button" href={location.pathname}>
          {account.asksWho ? 'Open it with an account of this server' : 'Open it without this link'}
        </a>
      </p>
    </div>
  );
}
