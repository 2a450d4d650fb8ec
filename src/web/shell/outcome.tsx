import type { MessageStatus } from '../../client/index.ts';

const SENTENCES: Partial<Record<MessageStatus, string>> = {
  stopped: 'Stopped before its end.',
  interrupted: 'The server went away before this answer was complete. What had come is kept.',
  failed: 'This answer failed.',
};

/** How an answer ended, if it did not end well. `reason`: what is known beyond that. */
export function Outcome({ status, reason }: { status: MessageStatus; reason?: string | undefined }) {
  const sentence = SENTENCES[status];
  if (!sentence) return null;
  return (
    <p class={`outcome ${status === 'stopped' ? '' : 'bad'}`}>
      {sentence} {reason}
    </p>
  );
}
