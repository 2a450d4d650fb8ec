/** `visit`: as long as the window; `always`: for the next visit, too. */
type HowLong = 'visit' | 'always';

/**
 * What this browser keeps for the page. Storage can be switched off, and full; then a thing lasts as long as its window
 * does, which is nothing to bother anybody with. What is read may be of an older version, or somebody's own work.
 */
export function recall(howLong: HowLong, key: string): string | null {
  try {
    return storage(howLong).getItem(key);
  } catch {
    return null;
  }
}

/** Null forgets it. */
export function remember(howLong: HowLong, key: string, value: string | null): void {
  try {
    if (value === null) storage(howLong).removeItem(key);
    else storage(howLong).setItem(key, value);
  } catch {}
}

function storage(howLong: HowLong): Storage {
  return howLong === 'visit' ? sessionStorage : localStorage;
}
