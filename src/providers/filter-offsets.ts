/** As Azure's asynchronous content filter sends them. */
export interface FilterOffsets {
  /** How much is moderated for good; recordings show it to stay where the answer begins. */
  check_offset: number;
  start_offset: number;
  end_offset: number;
}

/** Offsets in the content, `to` excluded. */
export interface Region {
  from: number;
  to: number;
}

/**
 * Where in the answer Azure's asynchronous filter points to (PROV-8). Its offsets count characters from the beginning of
 * the prompt, as the server renders it, which no client knows ("low-granularity offsets in text, with 0 at beginning of
 * prompt", https://learn.microsoft.com/azure/foundry/openai/concepts/content-streaming). The lowest offset of all
 * annotations so far is therefore taken for the beginning of the answer. In doubt the region becomes larger, never
 * smaller: what was to be taken back must not stay.
 */
export class FilterRegions {
  #base: number | null = null;

  /** `promptChars`: the prompt is at least so long; what lies below that cannot be counted from its beginning. */
  constructor(private readonly promptChars: number) {}

  /** The filter found nothing there. */
  passed({ check_offset: check, start_offset: start }: FilterOffsets): void {
    this.#base = Math.min(this.#base ?? start, check, start);
  }

  /** What has to be taken back of `length` units of content. */
  violated(offsets: FilterOffsets, length: number): Region {
    const { check_offset: check, start_offset: start, end_offset: end } = offsets;
    if (this.#base === null && check >= start) {
      const fromAnswer = end <= length && start < this.promptChars;
      // Nothing says where the answer begins: then all that can have been meant.
      if (!fromAnswer) return { from: 0, to: Math.min(end, length) };
      this.#base = 0;
    }
    this.#base = Math.min(this.#base ?? check, check, start);
    const from = start - this.#base;
    const to = Math.min(end - this.#base, length);
    return from < to ? { from, to } : { from: 0, to: length };
  }
}
