import { ChatClientError } from './errors.ts';

/**
 * An API key or a token, or a function that returns one, which is called for each request and may cache. `refresh`: the
 * server has refused the last one, so another one is needed. An empty text: none is sent.
 */
export type AuthSource = string | ((request: { refresh: boolean }) => string | Promise<string>);

/** A credential as it was sent, to be replaced if the server refuses it. */
export interface SentCredential {
  /** Of the header `Authorization`; null: none is sent. */
  readonly header: string | null;
  /** How many had been replaced before. */
  readonly age: number;
}

/** What the requests of a client are authenticated by. Requests that are refused together get one new credential. */
export class Credentials {
  readonly #source: AuthSource;
  #replaced = 0;
  #replacing: Promise<SentCredential> | null = null;

  constructor(source: AuthSource = '') {
    this.#source = source;
  }

  /** Whether there may be another one when the server has refused one. */
  get isReplaceable(): boolean {
    return typeof this.#source === 'function';
  }

  async current(): Promise<SentCredential> {
    const age = this.#replaced;
    return { header: headerOf(await this.#ask(false)), age };
  }

  /** After the server has refused `sent`. */
  async replacing(sent: SentCredential): Promise<SentCredential> {
    // Another request was refused before, and its function has a new one by now.
    if (sent.age < this.#replaced) return this.current();
    this.#replacing ??= this.#replace().finally(() => {
      this.#replacing = null;
    });
    return this.#replacing;
  }

  async #replace(): Promise<SentCredential> {
    const header = headerOf(await this.#ask(true));
    this.#replaced += 1;
    return { header, age: this.#replaced };
  }

  async #ask(refresh: boolean): Promise<string> {
    return typeof this.#source === 'function' ? this.#source({ refresh }) : this.#source;
  }
}

/** Throws a ChatClientError whose message does not have the credential, as that of `Headers` does. */
function headerOf(credential: string): string | null {
  const text = credential.trim();
  if (text === '') return null;
  if (/^[\x21-\x7e]+$/.test(text)) return `Bearer ${text}`;
  throw new ChatClientError('unauthenticated', 'The credential has characters that a header cannot have.');
}
