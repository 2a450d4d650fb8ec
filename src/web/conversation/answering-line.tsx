import { useEffect, useState } from 'preact/hooks';
import type { Answering } from './conversation-state.ts';

/** How it stands with an answer that is on its way. */
export function AnsweringLine({ answering, characters }: { answering: Answering; characters: number }) {
  const seconds = useSeconds(answering.startedAt);
  return <p class="answering">{describe(answering, characters, seconds)}</p>;
}

function describe({ connection, remark, stopping }: Answering, characters: number, seconds: number): string {
  if (connection.state === 'reconnecting') {
    return connection.offline ? 'Waiting for the network' : `Connecting again, attempt ${connection.attempt}`;
  }
  if (stopping) return 'Stopping';
  // The provider is tried again only before its first word.
  if (characters === 0) return remark ?? `Waiting for the first word · ${seconds} s`;
  return `Answering · ${characters.toLocaleString()} characters · ${seconds} s`;
}

function useSeconds(since: number): number {
  const [now, setNow] = useState(performance.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return Math.max(0, Math.round((now - since) / 1_000));
}
