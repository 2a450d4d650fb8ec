/**
 * Calls `work` at once when `now()` says so, and for any number of `soon()` once per `everyMs`: never starved by what
 * comes faster than that, never late by more.
 */
export function throttled(everyMs: number, work: () => void) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const cancel = () => {
    clearTimeout(timer);
    timer = undefined;
  };
  const now = () => {
    cancel();
    work();
  };
  const soon = () => {
    timer ??= setTimeout(now, everyMs);
  };
  return { now, soon, cancel };
}
