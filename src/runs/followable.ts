import type { RunLog } from './log.ts';
import type { RunDescription } from './store.ts';

/** A run that can be followed: live or restored from the database. */
export interface Followable {
  readonly description: RunDescription;
  readonly log: RunLog;
  /** Live runs only: registers an attached reader (RUN-1). Returns an idempotent detach function. */
  attach?(): () => void;
}
