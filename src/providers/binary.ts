/**
 * Text as it came over the wire, one character a byte (latin1): not yet read as UTF-8. A string of V8 is one byte a
 * character until a single emoji makes it two, and then everything that is done with it costs several times as much; of
 * a chunk's 600 bytes only the five of its token need to be read.
 */
export type Binary = string;

const BEYOND_ASCII = /[\u0080-\u00ff]/;

/** What the bytes say; what is not UTF-8 becomes U+FFFD. */
export function utf8(bytes: Binary): string {
  return BEYOND_ASCII.test(bytes) ? Buffer.from(bytes, 'latin1').toString('utf8') : bytes;
}

export function binary(text: string): Binary {
  return Buffer.from(text, 'utf8').toString('latin1');
}
