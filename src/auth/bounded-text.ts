/** The whole text of a reply that may have so many bytes. Throws an Error for more; the rest is not read. */
export async function boundedText(body: AsyncIterable<Uint8Array>, most: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    // Leaving the loop cancels the rest.
    if (bytes > most) throw tooLong(most);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

export function tooLong(most: number): Error {
  return new Error(`it has more than ${most} bytes`);
}
