/** Units `[from, to)` of an answer: content of the message from offset `content` on, or text of a file. */
type Region = { from: number; to: number } & ({ content: number } | { fileId: string | null });

/** What redacted units of an answer were: a range of the message's content, or a file. */
export type RedactedRegion = { from: number; to: number } | { fileId: string };

/** Records where each part of an answer went, because redactions name offsets of the whole answer. */
export class AnswerRegions {
  readonly #regions: Region[] = [];
  #contentLength = 0;

  /** Text at an offset of the answer that went into the message. */
  content(text: string, offset: number): void {
    const last = this.#regions.at(-1);
    if (last && 'content' in last && last.to === offset) last.to += text.length;
    else this.#regions.push({ from: offset, to: offset + text.length, content: this.#contentLength });
    this.#contentLength += text.length;
  }

  /** The block of a file; null: nothing of it went into a file. */
  file(from: number, to: number, fileId: string | null): void {
    this.#regions.push({ from, to, fileId });
  }

  within(from: number, to: number): RedactedRegion[] {
    return this.#regions.flatMap((region): RedactedRegion[] => {
      const start = Math.max(from, region.from);
      const end = Math.min(to, region.to);
      if (start >= end) return [];
      if ('content' in region) {
        const shift = region.content - region.from;
        return [{ from: start + shift, to: end + shift }];
      }
      return region.fileId === null ? [] : [{ fileId: region.fileId }];
    });
  }
}
