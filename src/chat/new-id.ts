import { randomUUID } from 'node:crypto';

/**
 * A UUID of version 7 (RFC 9562, 5.7): it begins with the time, so that rows that are created together are adjacent in
 * an index. Node draws random bytes for 128 ids at a time; the package `uuid` does so for 16, which cost 40 µs per run.
 */
export function newId(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}
