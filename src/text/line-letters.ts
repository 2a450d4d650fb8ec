/**
 * Encodes each line as one character, equal lines as the same one: so a diff of the two strings is a diff of the lines.
 * For fewer than 55,000 different lines; more would need surrogates.
 */
export function linesAsLetters(before: readonly string[], after: readonly string[]): [string, string] {
  const letters = new Map<string, string>();
  const letterOf = (line: string) => {
    const known = letters.get(line);
    if (known !== undefined) return known;
    const letter = String.fromCharCode(letters.size + 1);
    letters.set(line, letter);
    return letter;
  };
  return [before.map(letterOf).join(''), after.map(letterOf).join('')];
}
