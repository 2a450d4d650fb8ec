/**
 * A polite live region: a sentence when something begins or ends. The answers themselves are outside
 * of live regions, or every token would be read aloud.
 */
export function Announcer({ text }: { text: string }) {
  return (
    <div role="status" class="unseen">
      {text}
    </div>
  );
}
