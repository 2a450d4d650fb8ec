import { InvalidRequestError } from '../../errors.ts';

/** Depth of nesting. Recursive readers (JSON, schemas, hashes) can take thousands of levels. */
const MOST_LEVELS = 200;

/** Objects, lists and fields of objects: these cost up to a microsecond each to parse and to validate. */
const MOST_NODES = 50_000;

/** Elements of lists, and fields; numbers and short texts cost little. */
const MOST_ELEMENTS = 200_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);

/**
 * Counts the nodes of a JSON text while it arrives, before it is parsed: a few megabytes of `[[[[` or of `{},` would
 * take a second and a hundred megabytes to parse (LIMIT-2).
 */
export class JsonShape {
  #levels = 0;
  #nodes = 0;
  #elements = 0;
  #inText = false;
  #escaped = false;

  /** The next bytes, split anywhere; no multi-byte UTF-8 sequence contains these bytes. Throws InvalidRequestError. */
  push(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (this.#inText) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) this.#inText = false;
      } else if (byte === QUOTE) this.#inText = true;
      else if (byte === COLON) this.#nodes += 1;
      else if (byte === COMMA) this.#elements += 1;
      else if (OPENING.has(byte)) {
        this.#nodes += 1;
        this.#levels += 1;
        if (this.#levels > MOST_LEVELS) throw tooDeep();
      } else if (CLOSING.has(byte)) this.#levels -= 1;
    }
    if (this.#nodes > MOST_NODES || this.#elements > MOST_ELEMENTS) throw tooMany();
  }
}

/** The same check of a value that something else has parsed. Throws InvalidRequestError. */
export function checkShape(value: unknown): void {
  let nodes = 0;
  let elements = 0;
  let level: object[] = isContainer(value) ? [value] : [];
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > MOST_LEVELS) throw tooDeep();
    const next: object[] = [];
    for (const container of level) {
      const children: unknown[] = Array.isArray(container) ? container : Object.values(container);
      nodes += Array.isArray(container) ? 1 : 1 + children.length;
      elements += children.length;
      if (nodes > MOST_NODES || elements > MOST_ELEMENTS) throw tooMany();
      for (const child of children) if (isContainer(child)) next.push(child);
    }
    level = next;
  }
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function tooDeep(): InvalidRequestError {
  return InvalidRequestError.field('body', `must be at most ${MOST_LEVELS} levels deep`);
}

function tooMany(): InvalidRequestError {
  return InvalidRequestError.field(
    'body',
    `must have at most ${MOST_NODES} objects, lists and fields, and ${MOST_ELEMENTS} elements`,
  );
}
