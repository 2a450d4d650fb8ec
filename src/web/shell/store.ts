import { useEffect, useState } from 'preact/hooks';

/** Something that changes, and says so. */
export interface Store<Value> {
  readonly value: Value;
  /** Answers its own undo. */
  subscribe(listener: () => void): () => void;
}

/** A store that whoever made it sets. */
export class Cell<Value> implements Store<Value> {
  #value: Value;
  readonly #listeners = new Set<() => void>();

  constructor(value: Value) {
    this.#value = value;
  }

  get value(): Value {
    return this.#value;
  }

  set(value: Value): void {
    this.#value = value;
    for (const listener of this.#listeners) listener();
  }

  update(change: Partial<Value>): void {
    this.set({ ...this.#value, ...change });
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** What a store holds now; the component is drawn again when that changes. */
export function useStore<Value>(store: Store<Value>): Value {
  const [value, setValue] = useState(store.value);
  useEffect(() => {
    setValue(() => store.value);
    return store.subscribe(() => setValue(() => store.value));
  }, [store]);
  return value;
}
