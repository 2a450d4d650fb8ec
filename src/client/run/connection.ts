/** How a run is connected. `reconnecting`: the attempt that comes next, 1, 2, 3 … since something last arrived. */
export type ConnectionState =
  | { state: 'connecting' }
  | { state: 'open' }
  | { state: 'reconnecting'; attempt: number; retryInMs: number; offline: boolean }
  | { state: 'closed' };
