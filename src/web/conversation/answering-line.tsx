import { useEffect, useState } from 'preact/hooks';
import type { Timeouts } from '../../client/index.ts';
import type { Answering } from './conversation-state.ts';

/** A wait is ordinary for so long; then the clock that will end it is shown. In ms. */
const ORDINARY_MS = 3_000;

interface Props {
  answering: Answering;
  /** UTF-16 units of the answer so far. */
  characters: number;
  timeouts: Timeouts | null;
  /** The name of the file that is being written; null: none. */
  writing?: string | null;
}

/** How it stands with an answer that is on its way, and, if nothing comes, how much longer it is waited for. */
export function AnsweringLine({ answering, characters, timeouts, writing = null }: Props) {
  const now = useNow();
  const clock = clockOf(answering, characters, timeouts, now);
  return (
    <>
      <p class="answering">{describe(answering, characters, writing, clock, now)}</p>
      {clock && (
        <progress
          class="clock"
          max={clock.limitMs}
          value={Math.min(clock.silentMs, clock.limitMs)}
          aria-label="Until the provider is given up"
        />
      )}
    </>
  );
}

interface Clock {
  silentMs: number;
  limitMs: number;
}

/** Null while nothing is out of the ordinary, or not known. */
function clockOf(
  { silentSince, stopping, connection }: Answering,
  characters: number,
  timeouts: Timeouts | null,
  now: number,
): Clock | null {
  // While the connection is lost, nobody here knows what the provider does.
  if (silentSince === null || !timeouts || stopping || connection.state !== 'open') return null;
  const silentMs = now - silentSince;
  const limitMs = characters === 0 ? timeouts.firstTokenMs : timeouts.idleMs;
  return silentMs < Math.min(ORDINARY_MS, limitMs / 2) ? null : { silentMs, limitMs };
}

function describe(
  { connection, remark, stopping, startedAt }: Answering,
  characters: number,
  writing: string | null,
  clock: Clock | null,
  now: number,
): string {
  if (connection.state === 'reconnecting') {
    return connection.offline ? 'Waiting for the network' : `Connecting again, attempt ${connection.attempt}`;
  }
  if (stopping) return 'Stopping';
  const wait = clock && `${inSeconds(clock.silentMs)} of at most ${inSeconds(clock.limitMs)}`;
  const since = inSeconds(now - startedAt);
  if (writing !== null) return `Writing ${writing} · ${since}`;
  // The provider is tried again only before its first word.
  if (characters === 0) return `${remark ?? 'Waiting for the first word'} · ${wait ?? since}`;
  const written = `Answering · ${characters.toLocaleString()} characters`;
  return `${written} · ${wait ? `silent for ${wait}` : since}`;
}

function inSeconds(ms: number): string {
  return `${Math.max(0, Math.round(ms / 1_000)).toLocaleString()} s`;
}

function useNow(): number {
  const [now, setNow] = useState(performance.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  // What happened after the last tick must not lie in the future of the clock.
  return Math.max(now, performance.now());
}
