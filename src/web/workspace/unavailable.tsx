import type { LinkState } from '../live/reconnecting-socket.ts';

/** Shown instead of a workspace that does not exist. */
export function Missing() {
  return (
    <div class="conversation">
      <header class="topbar">
        <a class="button quiet" href="/workspace">
          <span aria-hidden="true">‹</span> Workspaces
        </a>
        <h1>Workspace</h1>
      </header>
      <main class="welcome">
        <h2>There is no workspace here</h2>
        <p>It was deleted, or its address is not complete.</p>
      </main>
    </div>
  );
}

/** A notice while the server cannot be reached. */
export function Away({ link }: { link: LinkState }) {
  if (link.state !== 'reconnecting') return null;
  return (
    <p class="note warn" role="status">
      {link.offline
        ? 'You are offline. What you type stays here, and is sent when the network is back.'
        : 'The server cannot be reached; trying again by itself. What you type stays here, and is sent when it is back.'}
    </p>
  );
}
