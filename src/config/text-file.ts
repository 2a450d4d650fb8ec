import { readFileSync } from 'node:fs';
import { ConfigError, reasonOf } from './error.ts';

/**
 * Reads a configuration file, without byte order marks, which editors on Windows write at the beginning, and which
 * `cat` of two files leaves in the middle. `file`: its name in messages. Throws ConfigError.
 */
export function readTextFile(path: string, file: string): string {
  const bytes = read(path, file);
  const mark = bytes.toString('latin1', 0, 2);
  if (mark === '\xff\xfe' || mark === '\xfe\xff') throw notUtf8(file, 'is UTF-16');
  if (bytes.includes(0)) throw notUtf8(file, 'contains NUL bytes, as files in UTF-16 do');
  return bytes.toString('utf8').replaceAll(/^\uFEFF/gm, '');
}

function read(path: string, file: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new ConfigError(`${file} cannot be read: ${reasonOf(error)}.`);
  }
}

function notUtf8(file: string, what: string): ConfigError {
  return new ConfigError(`${file} ${what}; save it as UTF-8.`);
}
