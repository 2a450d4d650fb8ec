let due: Array<() => void> = [];

/**
 * Runs the task at the end of this turn of the event loop. The check phase directly follows the poll phase, so that
 * chunks which arrive together are merged and a single one is not delayed (SSE-4). One immediate serves all tasks of a
 * turn, because with a thousand live runs a thousand immediates would cost more than the tasks.
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
