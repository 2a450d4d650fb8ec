/** `GET /healthz` */
export interface Aliveness {
  status: 'alive';
}

/** The state of the database. `moved`: its file was moved, replaced or deleted. `taken`: another server uses it. */
export interface DatabaseCondition {
  database: 'reachable' | 'unreachable' | 'moved' | 'taken';
  lastWrite: 'stored' | 'failed';
}

/** Whether the server can take requests (`GET /readyz`), and why not. */
export interface Readiness extends DatabaseCondition {
  status: 'ready' | 'not ready';
  /** It is being stopped. */
  draining: boolean;
  liveRuns: number;
  /** State of each provider's circuit breaker: `closed`, `open` (it fails too often), or `half_open` (on trial). */
  providers: Record<string, string>;
}
