export type Path = Array<string | number>;

/** The components of json0 that the mirror writes: text is inserted, list entries come and go, fields are set. */
export type Component =
  | { p: Path; si: string }
  | { p: Path; sd: string }
  | { p: Path; li: unknown }
  | { p: Path; ld: unknown }
  | { p: Path; oi: unknown; od?: unknown }
  | { p: Path; od: unknown };

/** json0, the type of all our documents, by the name under which ShareDB knows it. */
export const JSON0 = 'http://sharejs.org/types/JSONv0';
