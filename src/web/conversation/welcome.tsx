/** Shown instead of messages in a chat that is new, or still loading. */
export function Welcome({ loading }: { loading: boolean }) {
  if (loading) return <p class="welcome">Loading the chat…</p>;
  return (
    <div class="welcome">
      <h2>What is on your mind?</h2>
      <p>What you ask and what is answered is kept on this server.</p>
    </div>
  );
}
