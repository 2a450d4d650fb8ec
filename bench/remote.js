// Calls from the benchmark to the processes it has started, over Node's IPC channel.

/** @typedef {{ id: number, name: string, argument?: unknown }} Call */
/** @typedef {{ id: number, value?: unknown, error?: string }} Reply */

/**
 * In a child: answers the parent's calls, and ends when the parent is gone.
 * @param {Record<string, (argument: any) => unknown>} calls
 */
export function answer(calls) {
  process.on('message', async (/** @type {Call} */ { id, name, argument }) => {
    /** @type {Reply} */
    let reply;
    try {
      reply = { id, value: await calls[name](argument) };
    } catch (error) {
      reply = { id, error: error instanceof Error ? error.message : String(error) };
    }
    process.send?.(reply);
  });
  process.on('disconnect', () => process.exit());
}

/**
 * In the parent: calls a child.
 * @param {import('node:child_process').ChildProcess} child started with an IPC channel
 * @returns {(name: string, argument?: unknown) => Promise<any>} rejects when the call fails or the child ends first
 */
export function caller(child) {
  /** @type {Map<number, { resolve: (value: unknown) => void, reject: (error: Error) => void }>} */
  const open = new Map();
  let calls = 0;
  child.on('message', (/** @type {Reply} */ { id, value, error }) => {
    const call = open.get(id);
    open.delete(id);
    if (error === undefined) call?.resolve(value);
    else call?.reject(new Error(error));
  });
  child.on('exit', (code, signal) => {
    for (const { reject } of open.values())
      reject(new Error(`the process ended (${signal ?? `code ${code}`})`));
    open.clear();
  });
  return (name, argument) =>
    new Promise((resolve, reject) => {
      const id = calls++;
      open.set(id, { resolve, reject });
      child.send({ id, name, argument }, (error) => error && reject(error));
    });
}
