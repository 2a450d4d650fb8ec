export type Path = Array<string | number>;

/** The components of json0 that this server writes: text is inserted or deleted, list items and fields come and go. */
export type Component =
  | { p: Path; si: string }
  | { p: Path; sd: string }
  | { p: Path; li: unknown }
  | { p: Path; ld: unknown }
  | { p: Path; oi: unknown; od?: unknown }
  | { p: Path; od: unknown };

/** json0, the OT type of all our documents, by the URI under which ShareDB knows it. */
export const JSON0 = 'http://sharejs.org/types/JSONv0';

/** Components in one op of a viewer. Each copies a text twice, and is transformed against each concurrent component. */
export const MAX_COMPONENTS = 256;

/** Characters of text that a viewer's op carries; for an op that has not been validated yet. */
export function charactersOf(op: unknown): number {
  let total = 0;
  for (const component of Array.isArray(op) ? op.slice(0, MAX_COMPONENTS) : []) {
    const { si, sd, oi, od } = { ...component };
    for (const value of [si, sd, oi, od]) {
      const text = typeof value === 'object' && value ? value.text : value;
      if (typeof text === 'string') total += text.length;
    }
  }
  return total;
}
