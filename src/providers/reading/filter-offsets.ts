import { fieldsOf } from './fields.ts';

/** As Azure's asynchronous content filter sends them. */
export interface FilterOffsets {
  /** The end of the finally moderated text; in recordings it stays at the start of the answer. */
  check_offset: number;
  start_offset: number;
  end_offset: number;
}

/** Null: there are none; `odd`: they are unusable. */
export function filterOffsetsOf({
  content_filter_offsets,
}: {
  content_filter_offsets?: unknown;
}): FilterOffsets | 'odd' | null {
  if (typeof content_filter_offsets !== 'object' || content_filter_offsets === null) return null;
  const { check_offset, start_offset, end_offset } = fieldsOf<FilterOffsets>(content_filter_offsets);
  if (!isOffset(check_offset) || !isOffset(start_offset) || !isOffset(end_offset)) return 'odd';
  return { check_offset, start_offset, end_offset };
}

function isOffset(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

/** Offsets in the content, `to` excluded. */
export interface Region {
  from: number;
  to: number;
}

/**
 * Translates offsets of Azure's asynchronous filter to offsets in the answer (PROV-8). They count characters from the
 * beginning of the prompt as rendered by the server, which clients do not know ("low-granularity offsets in text, with
 * 0 at beginning of prompt", https://learn.microsoft.com/azure/foundry/openai/concepts/content-streaming). So the
 * lowest offset of all annotations so far is taken as the start of the answer. In doubt the region becomes larger,
 * never smaller: text that should be redacted must not stay.
 */
export class FilterRegions {
  #base: number | null = null;

  /** `promptChars`: minimum length of the prompt; lower offsets cannot count from its beginning. */
  constructor(private readonly promptChars: number) {}

  /** The filter found no violation there. */
  passed({ check_offset: check, start_offset: start }: FilterOffsets): void {
    this.#base = Math.min(this.#base ?? start, check, start);
  }

  /** The region to redact in `length` units of content. */
  violated(offsets: FilterOffsets, length: number): Region {
    const { check_offset: check, start_offset: start, end_offset: end } = offsets;
    if (this.#base === null && check >= start) {
      const fromAnswer = end <= length && start < this.promptChars;
      // The start of the answer is unknown: the largest possible region.
      if (!fromAnswer) return { from: 0, to: end > 0 ? Math.min(end, length) : length };
      this.#base = 0;
    }
    this.#base = Math.min(this.#base ?? check, check, start);
    const from = start - this.#base;
    const to = Math.min(end - this.#base, length);
    return from < to ? { from, to } : { from: 0, to: length };
  }
}
