import type { Reachability } from '../shell/health.ts';
import { Note } from '../shell/note.tsx';
import { SimulatorNote } from '../shell/simulator-note.tsx';
import type { Answerer, Failure } from './conversation-state.ts';

interface Props {
  reachability: Reachability;
  answerer: Answerer | null;
  failure: Failure | null;
  onDismiss(): void;
}

/** What has to be said about the server, the provider, or what just went wrong. */
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
