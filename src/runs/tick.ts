let due: Array<() => void> = [];

/**
 * Runs the task when everything that this turn of the event loop brought has been read: the check phase follows the
 * poll phase at once, so that chunks which came together are merged and a lone one is not held back (SSE-4).
 * One immediate serves all tasks of a turn, because with a thousand live runs a thousand immediates would cost more
 * than what they do.
 */
export function atEndOfTick(task: () => void): void {
  if (due.length === 0) setImmediate(runDue);
  due.push(task);
}

function runDue(): void {
  const tasks = due;
  due = [];
  for (const task of tasks) task();
}
