/** Offsets in a text, `to` excluded. */
export interface Region {
  readonly from: number;
  readonly to: number;
}

/** A set of offsets, stored as disjoint regions. */
export class Regions {
  /** In ascending order. */
  #regions: Region[] = [];

  /** Adds a region. Returns the parts of it that were not in the set. */
  add({ from, to }: Region): Region[] {
    if (from >= to) return [];
    const first = this.#firstTouching(from);
    const added: Region[] = [];
    let start = from;
    let end = to;
    let reached = from;
    let next = first;
    for (; next < this.#regions.length; next += 1) {
      const region = this.#regions[next];
      if (!region || region.from > to) break;
      if (region.from > reached) added.push({ from: reached, to: region.from });
      reached = Math.max(reached, region.to);
      start = Math.min(start, region.from);
      end = Math.max(end, region.to);
    }
    if (reached < to) added.push({ from: reached, to });
    if (added.length > 0) this.#regions.splice(first, next - first, { from: start, to: end });
    return added;
  }

  /** The text with `unit` in place of each unit whose offset is in the set. */
  over(text: string, unit: string): string {
    let result = '';
    let reached = 0;
    for (const { from, to } of this.#regions) {
      const end = Math.min(to, text.length);
      if (from >= end) break;
      result += text.slice(reached, from) + unit.repeat(end - from);
      reached = end;
    }
    return result + text.slice(reached);
  }

  /** The index of the first region that ends at or after the offset. */
  #firstTouching(offset: number): number {
    let low = 0;
    let high = this.#regions.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#regions[middle]?.to ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
