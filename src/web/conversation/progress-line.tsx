import { useEffect, useState } from 'preact/hooks';
import type { Answering, ConnectionState, StatusEvent, Timeouts } from '../../client/index.ts';

/** After this time without text, the timeout that will end the wait is shown. In ms. */
const ORDINARY_MS = 3_000;

interface Props {
  answering: Answering;
  connection: ConnectionState;
  /** UTF-16 units of the answer so far. */
  characters: number;
  timeouts: Timeouts | null;
  /** The name of the file that is being written; null: none. */
  writing?: string | null;
}

/** The progress of an answer, and, while no text arrives, the timeout that will end the wait. */
export function ProgressLine({ answering, connection, characters, timeouts, writing = null }: Props) {
  const now = useNow();
  // While the connection is lost, it is not known what the provider does.
  const clock = connection.state === 'open' ? clockOf(answering, characters, timeouts, now) : null;
  return (
    <>
      <p class="answering">
        {connecting(connection) ?? describe(answering, characters, writing, clock, now)}
      </p>
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

/** Null before `ORDINARY_MS`, and where the time is not known. */
function clockOf(
  { silentSince, stopping }: Answering,
  characters: number,
  timeouts: Timeouts | null,
  now: number,
): Clock | null {
  if (silentSince === null || !timeouts || stopping) return null;
  const silentMs = now - silentSince;
  const limitMs = characters === 0 ? timeouts.firstTokenMs : timeouts.idleMs;
  return silentMs < Math.min(ORDINARY_MS, limitMs / 2) ? null : { silentMs, limitMs };
}

function describe(
  { lastStatus, stopping, startedAt }: Answering,
  characters: number,
  writing: string | null,
  clock: Clock | null,
  now: number,
): string {
  if (stopping) return 'Stopping';
  const wait = clock && `${inSeconds(clock.silentMs)} of at most ${inSeconds(clock.limitMs)}`;
  const since = inSeconds(now - startedAt);
  if (writing !== null) return `Writing ${writing} · ${since}`;
  // The provider is retried only before its first token.
  if (characters === 0)
    return `${lastStatus ? said(lastStatus) : 'Waiting for the first word'} · ${wait ?? since}`;
  const written = `Answering · ${characters.toLocaleString()} characters`;
  return `${written} · ${wait ? `silent for ${wait}` : since}`;
}

/** Null while the connection needs no mention. */
function connecting(connection: ConnectionState): string | null {
  if (connection.state !== 'reconnecting') return null;
  return connection.offline ? 'Waiting for the network' : `Connecting again, attempt ${connection.attempt}`;
}

/** Another model that answers instead is not one of several attempts. */
function said({ message, attempt, of, model, provider }: StatusEvent): string {
  const isFallback = model !== undefined && provider !== undefined;
  return isFallback ? message : `${message} (attempt ${attempt} of ${of})`;
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
  // Events after the last tick must not be in the future.
  return Math.max(now, performance.now());
}
