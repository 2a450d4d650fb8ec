/**
 * Words with the space before them, white space, single signs: together every character, in order, surrogates whole.
 */
const TOKEN = / ?[\p{L}\p{N}]{1,8}|\s+|[^\s\p{L}\p{N}]/gu;

/** Cuts a text into pieces of about a token's size; joined, they are the text. */
export function tokenize(text: string): string[] {
  return text.match(TOKEN) ?? [];
}

/** OpenAI's rule of thumb: four characters per token. */
export function estimateTokens(text: string): number {
  return Math.ceil(text.length / 4);
}

/** A numbered filler token, so that a test sees missing, doubled and reordered ones. */
export function fillerToken(index: number, characters?: number): string {
  const token = `${index} `;
  return characters === undefined ? token : token.slice(-characters).padStart(characters, '.');
}

export function* fillerTokens(count: number, characters?: number): Generator<string, void> {
  for (let index = 0; index < count; index += 1) yield fillerToken(index, characters);
}

/** At most `limit` of the tokens; returns whether any had to be left out. */
export function* upTo(limit: number, tokens: Iterable<string>): Generator<string, 'stop' | 'length'> {
  let count = 0;
  for (const token of tokens) {
    if (count === limit) return 'length';
    count += 1;
    yield token;
  }
  return 'stop';
}

/** The tokens before the first stop sequence, also if that sequence is spread over several tokens. */
export function* untilStop(sequences: readonly string[], tokens: Iterable<string>): Generator<string, void> {
  const sought = sequences.filter((sequence) => sequence !== '');
  const longest = Math.max(0, ...sought.map((sequence) => sequence.length));
  if (longest === 0) return yield* tokens;

  // Held back: text that may be the beginning of a stop sequence.
  const held: string[] = [];
  let text = '';
  for (const token of tokens) {
    held.push(token);
    text += token;
    const found = sought.map((sequence) => text.indexOf(sequence)).filter((index) => index !== -1);
    if (found.length > 0) return yield* firstCharacters(Math.min(...found), held);
    for (
      let [first] = held;
      first !== undefined && text.length - first.length >= longest - 1;
      [first] = held
    ) {
      yield first;
      held.shift();
      text = text.slice(first.length);
    }
  }
  yield* held;
}

function* firstCharacters(count: number, tokens: readonly string[]): Generator<string, void> {
  let left = count;
  for (const token of tokens) {
    if (left <= 0) return;
    yield token.slice(0, left);
    left -= token.length;
  }
}
