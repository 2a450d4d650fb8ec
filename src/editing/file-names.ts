import { InvalidRequestError } from '../errors.ts';

/** UTF-16 units of a whole name; what file systems and browsers can be expected to take. */
const NAME_CHARS = 255;

/** Controls, characters that are not seen or turn the text around them (bidirectional, zero width), and half characters. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** What no file system of Windows takes, and what the model's format has no way to write. */
const FORBIDDEN = /[<>:"|?*`\\]/;

/** Names that Windows keeps for devices, with any ending. */
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;

/** Parts that mean something else to JavaScript objects than to whoever wrote them. */
const PROTOTYPE = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * What is wrong with the name of a file, in words that go after the name; null: nothing (EDIT-6). A name is a relative
 * path with `/`, such as `src/main.js`; it stays what it is on every file system, and is seen as what it is.
 */
export function faultOfName(name: string): string | null {
  if (name === '') return 'must not be empty';
  if (name.length > NAME_CHARS) return `must be at most ${NAME_CHARS} characters`;
  if (UNSEEN.test(name)) return 'must not contain characters that are not seen';
  if (FORBIDDEN.test(name)) return 'must not contain any of < > : " | ? * ` \\';
  if (name.normalize('NFC') !== name) return 'must be in Unicode normal form C';
  if (name.startsWith('/')) return 'must be a relative path';
  for (const part of name.split('/')) {
    if (part === '') return 'must not have an empty part between its slashes';
    if (part === '.' || part === '..') return 'must not lead out of its folder';
    if (part !== part.trim()) return 'must not have a part that begins or ends with a space';
    if (part.endsWith('.')) return 'must not have a part that ends with a dot';
    if (DEVICE.test(part)) return 'must not be the name of a device';
    if (PROTOTYPE.has(part)) return `must not be named ${part}`;
  }
  return null;
}

/** What two names have in common that some file system takes for the same. */
export function nameKey(name: string): string {
  return name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
}

/** Throws InvalidRequestError for a name that is no name, or is that of an earlier one in the list. `field`: of the list. */
export function checkNames(names: readonly string[], field: string): void {
  const taken = new Map<string, number>();
  for (const [index, name] of names.entries()) {
    const fault = faultOfName(name);
    if (fault) throw InvalidRequestError.field(`${field}.${index}.name`, fault);
    const key = nameKey(name);
    const earlier = taken.get(key);
    if (earlier !== undefined) {
      throw InvalidRequestError.field(`${field}.${index}.name`, `is the name of ${field}.${earlier}`);
    }
    taken.set(key, index);
  }
}
