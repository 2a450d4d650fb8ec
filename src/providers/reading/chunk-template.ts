import { type Binary, binary, utf8, utf8Copy } from './binary.ts';

/** After this many chunks without a common template it stops trying. */
const MOST_ATTEMPTS = 4;

/** Maximum text length of `readEvent`; longer reads contain many events. Bytes. */
const LONGEST_PLAIN = 1024;

/** Longer chunks are rare, and comparing them costs more than it saves. Bytes. */
const LONGEST_LEARNED = 64 * 1024;

const PROBE = '<probe 7f3a91>';

/**
 * Extracts the text of chunks that differ only in it, as nearly all chunks of one answer do: the JSON before and after
 * the text is compared, not parsed. Azure's metadata makes a chunk forty times as long as its token, and parsing it was
 * the largest single cost of this server.
 *
 * This is exact: a chunk that consists of the known prefix, the inside of a JSON string and the known suffix is the
 * known object with that string as its content. The template itself is verified by parsing it with a probe in place of
 * the text.
 */
export class ChunkTemplate {
  #prefix: Binary = '';
  #suffix: Binary = '';
  #attempts = 0;
  /** The bytes of a whole event before and after the text. */
  #head: Buffer = Buffer.alloc(0);
  #tail: Buffer = Buffer.alloc(0);

  /** `key`: the JSON before the text, as in `"content":`. `lead`: the bytes of an event before its JSON. */
  constructor(
    private readonly contentOf: (chunk: unknown) => unknown,
    private readonly key = '"content":',
    private readonly lead = 'data: ',
  ) {}

  /** The text of a chunk that matches the template; undefined: it has to be parsed. */
  read(json: Binary): string | undefined {
    const prefix = this.#prefix;
    if (prefix === '') return undefined;
    const end = json.length - this.#suffix.length;
    if (end < prefix.length) return undefined;
    // V8 compares slices as memory, but startsWith by character, which is five times slower.
    if (json.slice(0, prefix.length) !== prefix || json.slice(end) !== this.#suffix) return undefined;
    const inside = json.slice(prefix.length, end);
    this.#attempts = 0;
    const text = utf8Copy(inside);
    return text.includes('"') || text.includes('\\') || hasControl(text) ? parsed(text) : text;
  }

  /**
   * The same for bytes that are exactly one event, as for most tokens, without making a string of them. Undefined: they
   * are something else, or more than one event.
   */
  readEvent(bytes: Buffer): string | undefined {
    const head = this.#head.length;
    const end = bytes.length - this.#tail.length;
    if (head === 0 || end < head || end - head > LONGEST_PLAIN) return undefined;
    if (bytes.compare(this.#tail, 0, this.#tail.length, end) !== 0) return undefined;
    if (bytes.compare(this.#head, 0, head, 0, head) !== 0) return undefined;
    const text = bytes.toString('utf8', head, end);
    // With a line break it is more than one event.
    if (text.includes('"') || text.includes('\\') || hasControl(text)) return undefined;
    this.#attempts = 0;
    return text;
  }

  /** Learns the template from a parsed chunk that contains only this text. */
  learn(json: Binary, content: string): void {
    if (this.#attempts >= MOST_ATTEMPTS || json.length > LONGEST_LEARNED) return;
    this.#attempts += 1;
    const literal = binary(JSON.stringify(content));
    const at = json.indexOf(this.key + literal);
    if (at === -1) return;
    const prefix = json.slice(0, at + this.key.length + 1);
    const suffix = json.slice(at + this.key.length + literal.length - 1);
    // With several lines of data the bytes of an event are different.
    if (prefix.includes('\n') || suffix.includes('\n')) return;
    try {
      if (this.contentOf(JSON.parse(utf8(prefix + PROBE + suffix))) !== PROBE) return;
    } catch {
      return;
    }
    this.#prefix = prefix;
    this.#suffix = suffix;
    this.#head = Buffer.from(this.lead + prefix, 'latin1');
    this.#tail = Buffer.from(`${suffix}\n\n`, 'latin1');
  }
}

/** Escapes need a parser; after an unescaped quote the chunk is another object. */
function parsed(inside: string): string | undefined {
  try {
    const value: unknown = JSON.parse(`"${inside}"`);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Raw control characters are invalid JSON, which the parser reports. */
function hasControl(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    if (text.charCodeAt(index) < 0x20) return true;
  }
  return false;
}
