/**
 * Undecoded text, one character per byte (latin1). V8 stores such a string with one byte per character; a single emoji
 * would make it two, and all operations several times slower. Of a chunk's 600 bytes only the five of its token need
 * decoding.
 */
export type Binary = string;

const BEYOND_ASCII = /[\u0080-\u00ff]/;

/** Decodes the bytes; invalid UTF-8 becomes U+FFFD. */
export function utf8(bytes: Binary): string {
  return BEYOND_ASCII.test(bytes) ? Buffer.from(bytes, 'latin1').toString('utf8') : bytes;
}

/** From this length on V8 represents a slice as a view of the original string, which keeps that in memory. */
const SHORTEST_WINDOW = 13;

/**
 * The same for a slice that is stored: makes a copy. A token stays in a log for minutes, and must not keep the 700
 * bytes of its chunk in memory.
 */
export function utf8Copy(bytes: Binary): string {
  const window = bytes.length >= SHORTEST_WINDOW && !BEYOND_ASCII.test(bytes);
  return window ? Buffer.from(bytes, 'latin1').toString('latin1') : utf8(bytes);
}

export function binary(text: string): Binary {
  return Buffer.from(text, 'utf8').toString('latin1');
}
