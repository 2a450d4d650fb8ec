import type { LiveState } from '../../client/live/live-socket.ts';

/** Whether the shown document is live. */
export function LinkBadge({ link }: { link: LiveState }) {
  if (link.state === 'open') return <span class="state good">Live</span>;
  if (link.state === 'connecting') return <span class="state">Connecting</span>;
  if (link.state === 'refused') return <span class="state warn">Not valid</span>;
  return <span class="state warn">{link.offline ? 'Offline' : 'Not connected'}</span>;
}

/** A notice while it is not. */
export function LinkNote({ link }: { link: LiveState }) {
  if (link.state === 'refused') {
    return (
      <p class="note warn" role="status">
        This link is not valid any more.
      </p>
    );
  }
  if (link.state !== 'reconnecting') return null;
  return (
    <p class="note warn" role="status">
      {link.offline
        ? 'You are offline. What you see is how it was; it goes on when the network is back.'
        : 'The server cannot be reached. What you see is how it was; trying again by itself.'}
    </p>
  );
}
