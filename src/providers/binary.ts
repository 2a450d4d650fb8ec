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

/** From this length on V8 makes a slice a window into the string that it was cut from, and so keeps all of that one. */
const SHORTEST_WINDOW = 13;

/**
 * The same for a slice that is to stay: as a string of its own. A token waits in a log for minutes, and must not keep the
 * 700 bytes of the chunk that it came in.
 */
export function utf8Copy(bytes: Binary): string {
  const window = bytes.length >= SHORTEST_WINDOW && !BEYOND_ASCII.test(bytes);
  return window ? Buffer.from(bytes, 'latin1').toString('latin1') : utf8(bytes);
}

export function binary(text: string): Binary {
  return Buffer.from(text, 'utf8').toString('latin1');
}
