import type { Run } from './run.ts';
import type { RunResult } from './store.ts';

/** Is notified of every run of this process. Its methods return at once and do not throw. */
export interface RunObserver {
  /** A run has started; its log is still empty. */
  runStarted(run: Run): void;
  /** The result of a run is stored; its terminal event follows. */
  resultStored(result: RunResult): void;
}
