import type { ComponentChildren } from 'preact';
import type { LiveState } from '../../client/live/live-socket.ts';
import { NothingHere } from '../shell/nothing-here.tsx';
import { AccountBar } from '../sign-in/account-bar.tsx';

/** Shown instead of a workspace. */
export function Instead({ children }: { children: ComponentChildren }) {
  return (
    <div class="conversation">
      <header class="topbar">
        <h1>Workspace</h1>
        <AccountBar />
      </header>
      <main class="column">{children}</main>
    </div>
  );
}

/** Shown instead of a workspace that does not exist for this user. */
export function Missing() {
  return (
    <Instead>
      <NothingHere what="workspace" next={{ label: 'All workspaces', href: '/workspace' }} />
    </Instead>
  );
}

/** A notice while the server cannot be reached. */
export function Away({ link }: { link: LiveState }) {
  if (link.state === 'refused') {
    return (
      <p class="note warn" role="status">
        This link is not valid any more. What you see is how it was.
      </p>
    );
  }
  if (link.state !== 'reconnecting') return null;
  return (
    <p class="note warn" role="status">
      {link.offline
        ? 'You are offline. What you type stays here, and is sent when the network is back.'
        : 'The server cannot be reached; trying again by itself. What you type stays here, and is sent when it is back.'}
    </p>
  );
}
