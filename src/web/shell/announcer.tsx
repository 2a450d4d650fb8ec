/**
 * What a screen reader says, politely: a sentence when something begins or ends. The answers themselves stand outside
 * of live regions, or every token would be read out.
 */
export function Announcer({ text }: { text: string }) {
  return (
    <div role="status" class="unseen">
      {text}
    </div>
  );
}
