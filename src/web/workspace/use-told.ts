import { useState } from 'preact/hooks';
import type { LiveConnection } from '../live/live-connection.ts';

/** A notice, and changes whose refusal becomes one where nobody waits for it. */
export function useTold(live: LiveConnection, first: string | null) {
  const [notice, setNotice] = useState(first);
  /** What the server says to it is waited for while there is a server; without one it is sent later. */
  const told = async (work: Promise<void>) => {
    if (live.link.value.state === 'open') return work;
    work.catch((error: Error) => setNotice(error.message));
  };
  return { notice, setNotice, told };
}
