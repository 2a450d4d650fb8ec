import type { Answerer } from '../../client/index.ts';
import { Note } from '../shell/notice.tsx';
import type { Reachability } from '../shell/server-monitor.ts';
import { SimulatorNote } from '../shell/simulator-note.tsx';
import type { Failure } from './failures.ts';

interface Props {
  reachability: Reachability;
  answerer: Answerer | null;
  failure: Failure | null;
  onDismiss(): void;
}

/** Notices about the server, the provider, or the last failure. */
export function Notes({ reachability, answerer, failure, onDismiss }: Props) {
  return (
    <section class="notes" aria-label="Notices">
      <SimulatorNote provider={answerer?.provider} />
      <div role="status">
        {reachability === 'offline' && (
          <p class="note warn">
            You are offline. What you see stays, and it goes on when the network is back.
          </p>
        )}
        {reachability === 'unreachable' && (
          <p class="note warn">The server cannot be reached. Trying again by itself; nothing is lost.</p>
        )}
      </div>
      {failure && <Note text={failure.message} isBad remedy={failure.remedy} onDismiss={onDismiss} />}
    </section>
  );
}
