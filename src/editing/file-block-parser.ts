import { StreamingMarkdownParser } from 'llm-code-format';
import { MAX_MARKUP_CHARS } from './fence.ts';

/** A name in bold, with nothing beside it but a remark in parentheses. */
const HEADER = /^\s*\*\*([^\n*`]+?)\*\*\s*(?:\([^)]*\)\s*)?(?::\s*)?$/;

const FENCE_LINE = '```\n';

/** Put before a line of code that llm-code-format would take for a fence. */
const MASK = '|';

/**
 * llm-code-format, for what it decides: which name a header states, what a line of code is, and whether a block was
 * empty. Where blocks begin and end is decided by its caller, so it gets a plain fence exactly there (decision 11).
 */
export class FileBlockParser {
  readonly #parser: StreamingMarkdownParser;
  #name: string | null = null;
  #isEmpty = false;
  #isMasked = false;

  constructor(onLine: (line: string) => void) {
    this.#parser = new StreamingMarkdownParser({
      onFileNameChange: async (name) => {
        this.#name = name;
      },
      onCodeLine: async (line) => onLine(this.#isMasked ? line.slice(MASK.length) : line),
      onFileDelete: async () => {
        this.#isEmpty = true;
      },
    });
  }

  /**
   * The names that a line may state as a header, as written and without a remark; none: it is no header. The parser
   * always takes what stands in parentheses for a remark, but a name may have parentheses, too.
   */
  async namesIn(line: string): Promise<string[]> {
    const header = line.length <= MAX_MARKUP_CHARS ? HEADER.exec(line) : null;
    if (!header) return [];
    this.#name = null;
    await this.#parser.processChunk(`${line}\n`);
    return [header[1]?.trim(), this.#name].filter((name) => name !== undefined && name !== null);
  }

  /** Begins the block of the newest header. */
  async open(): Promise<void> {
    this.#isEmpty = false;
    await this.#parser.processChunk(FENCE_LINE);
  }

  /** A line of code, without its end. */
  async line(line: string): Promise<void> {
    this.#isMasked = line.trimStart().startsWith('```');
    await this.#parser.processChunk(`${this.#isMasked ? MASK : ''}${line}\n`);
  }

  /** Ends the block. Returns whether it was empty. */
  async close(): Promise<boolean> {
    await this.#parser.processChunk(FENCE_LINE);
    return this.#isEmpty;
  }
}
