import { InvalidRequestError } from '../errors.ts';

/** UTF-16 units of a whole name that file systems and browsers can be expected to accept. */
const NAME_CHARS = 255;

/** Control characters, invisible ones (zero width), those that change text direction, and lone surrogates. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** Not allowed in names on Windows, or impossible to write in the model's format. */
const FORBIDDEN = /[<>:"|?*`\\]/;

/** Names that Windows reserves for devices, with any extension. */
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;

/** Keys with a meaning of their own on JavaScript objects. */
const PROTOTYPE = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * What is wrong with the name of a file, as a phrase that follows the name; null: nothing (EDIT-6). A name is a
 * relative path with `/`, such as `src/main.js`, that means the same on every file system and looks like what it is.
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

/** The same for two names that some file system takes for the same (case, compatibility forms). */
export function nameKey(name: string): string {
  return name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
}

/**
 * Throws InvalidRequestError for an invalid name, or one that occurs twice. `field`: where the list is in the request.
 */
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
