import type { z } from 'zod';

/**
 * Controls, ends of lines, and what turns the text around it (Unicode's bidirectional embeddings, overrides, isolates).
 */
const UNPLAIN = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu;

/** For names and titles that people see in lists, logs and windows: one line that is seen as what it is. */
export function plainLine(schema: z.ZodString): z.ZodString {
  return schema.refine((text) => text.search(UNPLAIN) < 0, 'must be one line of plain text');
}

/** The same of a text that was not meant to be a name. */
export function asPlainLine(text: string): string {
  return text.replace(UNPLAIN, ' ').trim();
}
