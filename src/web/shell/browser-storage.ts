/** `visit`: session storage; `always`: local storage. */
type HowLong = 'visit' | 'always';

/**
 * Values in the browser's storage. Storage can be disabled or full; then a value lasts as long as its window,
 * which is no error. A stored value may be of an older version, or made by hand: it must be validated.
 */
export function recall(howLong: HowLong, key: string): string | null {
  try {
    return storage(howLong).getItem(key);
  } catch {
    return null;
  }
}

/** Null removes it. */
export function remember(howLong: HowLong, key: string, value: string | null): void {
  try {
    if (value === null) storage(howLong).removeItem(key);
    else storage(howLong).setItem(key, value);
  } catch {}
}

/** Removes everything of this visit. */
export function forgetVisit(): void {
  try {
    sessionStorage.clear();
  } catch {}
}

function storage(howLong: HowLong): Storage {
  return howLong === 'visit' ? sessionStorage : localStorage;
}
