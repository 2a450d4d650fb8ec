import type { MessageStatus } from '../../client/index.ts';

const SENTENCES: Partial<Record<MessageStatus, string>> = {
  stopped: 'Stopped before its end.',
  interrupted: 'The server went away before this answer was complete. What had come is kept.',
  failed: 'This answer failed.',
};

interface Props {
  status: MessageStatus;
  /** What is known beyond the status: a complete answer may have been cut off, too. */
  reason?: string | undefined;
  /** Nothing of it is visible. */
  isEmpty: boolean;
}

/** How an answer ended, unless it ended normally. */
export function Outcome({ status, reason, isEmpty }: Props) {
  if (status === 'streaming') return null;
  const sentences = [SENTENCES[status], reason].filter((sentence) => sentence !== undefined);
  if (sentences.length === 0 && isEmpty) sentences.push('The answer is empty.');
  if (sentences.length === 0) return null;
  const isBad = status === 'failed' || status === 'interrupted';
  return <p class={`outcome ${isBad ? 'bad' : ''}`}>{sentences.join(' ')}</p>;
}
