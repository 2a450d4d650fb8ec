/** The parts of a json0 component that say what it changes. */
interface Component {
  p: ReadonlyArray<string | number>;
  li?: unknown;
  ld?: unknown;
  lm?: unknown;
}

/**
 * json0 changes a document in place. This copies what it is going to change, the containers along the paths, and shares
 * the rest with the previous version: a token in a chat of 500 messages copies three small containers, not 500
 * messages.
 */
export function unshare(data: unknown, components: readonly Component[]): unknown {
  const copies = new Set<object>();
  /** Lists whose items have moved: indexes in later paths mean other items than now, so all items are copied. */
  const moved = new Set<object>();
  const root = copyOf(data, copies);
  for (const { p: path, li, ld, lm } of components) {
    let container = root;
    for (const key of path.slice(0, -1)) {
      if (!isContainer(container) || !Object.hasOwn(container, key)) break;
      if (moved.has(container)) {
        for (const [index, entry] of Object.entries(container)) container[index] = deepCopyOf(entry);
        moved.delete(container);
        break;
      }
      const child = copyOf(container[key], copies);
      container[key] = child;
      container = child;
    }
    if (isContainer(container) && (li !== undefined || ld !== undefined || lm !== undefined)) {
      moved.add(container);
    }
  }
  return root;
}

type Container = Record<string | number, unknown>;

function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null;
}

function copyOf(value: unknown, copies: Set<object>): unknown {
  if (!isContainer(value) || copies.has(value)) return value;
  const copy = Array.isArray(value) ? [...value] : { ...value };
  copies.add(copy);
  return copy;
}

/** A copy by way of JSON: that is also how data comes out of the database. */
export function deepCopyOf(data: unknown): unknown {
  return data === undefined ? data : JSON.parse(JSON.stringify(data));
}
