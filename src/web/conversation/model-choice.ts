import type { ChatClient, Model } from '../../client/index.ts';
import { Cell } from '../shell/store.ts';

const STORED_CHOICE = 'model';

export interface ModelChoiceState {
  /** The server's default first; empty until they are known. */
  models: readonly Model[];
  /** Null: the server's default. */
  chosen: string | null;
}

/** Which model is to answer. The choice is kept for the next visit. */
export class ModelChoice {
  readonly state = new Cell<ModelChoiceState>({ models: [], chosen: null });
  readonly #client: ChatClient;

  constructor(client: ChatClient) {
    this.#client = client;
  }

  async load(): Promise<void> {
    try {
      const models = await this.#client.models();
      const remembered = recall();
      // A model that is gone since then is no choice any more.
      const chosen = models.some(({ id }) => id === remembered) ? remembered : null;
      this.state.set({ models, chosen });
    } catch {
      // Without a choice the server's default answers.
    }
  }

  choose(id: string): void {
    const isDefault = id === this.state.value.models[0]?.id;
    this.state.update({ chosen: isDefault ? null : id });
    try {
      if (isDefault) localStorage.removeItem(STORED_CHOICE);
      else localStorage.setItem(STORED_CHOICE, id);
    } catch {
      // Storage can be switched off; then the choice lasts as long as its window.
    }
  }
}

function recall(): string | null {
  try {
    return localStorage.getItem(STORED_CHOICE);
  } catch {
    return null;
  }
}
