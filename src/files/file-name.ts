const LONGEST = 255;

/** Control characters, and those that turn the direction of text. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** A name for people, from what a client says: without folders, at most 255 characters. */
export function fileName(said: string | undefined): string {
  const last =
    (said ?? '')
      .slice(-4 * LONGEST)
      .split(/[/\\]/)
      .at(-1) ?? '';
  const name = last.toWellFormed().replace(UNSAFE, '').trim().slice(0, LONGEST).toWellFormed();
  return name === '' || name === '.' || name === '..' ? 'file' : name;
}
