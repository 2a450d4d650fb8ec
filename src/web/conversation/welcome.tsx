import { account } from '../shell/account.ts';

/** Shown instead of messages in a chat that is new, or still loading. */
export function Welcome({ loading }: { loading: boolean }) {
  if (loading) return <p class="welcome">Loading the chat…</p>;
  return (
    <div class="welcome">
      <h2>What is on your mind?</h2>
      <p>
        What you ask and what is answered is kept on this server.{' '}
        {account.isGuarded
          ? 'You can read it, those to whom you give a link, and administrators.'
          : 'Everybody who can open this page can read it.'}
      </p>
    </div>
  );
}
