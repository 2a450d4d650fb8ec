/** In the place of the field, for users who may only read. */
export function NoWriting() {
  return (
    <footer class="composer">
      <p class="no-writing">You can read here, but not write: your account lacks the scope “chat”.</p>
    </footer>
  );
}
