import { type FileHandle, open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { constants, inflate } from 'node:zlib';

const inflated = promisify(inflate);

/** The file is read in pieces of this many bytes, so that no PDF is in memory as a whole. */
const PIECE = 256 * 1024;
/** Longer than what the expressions below match, so that a match between two pieces is found. */
const OVERLAP = 1_024;
/** Object streams that are looked into, and how long each may be. A tree of pages needs few. In bytes. */
const MOST_STREAMS = 200;
const MOST_STREAM_BYTES = 256 * 1024;

/** The dictionary of a node of the tree of pages has both (ISO 32000-1, 7.7.3.2), in any order. */
const PAGES = /\/Type\s{0,9}\/Pages\b/g;
const COUNT = /\/Count\s{1,9}(\d{1,9})(?!\d)/g;
/** How far they are from each other at most. */
const NEAR = 400;

/** The dictionary of an object stream (ISO 32000-1, 7.5.7), whose objects are compressed. */
const OBJECT_STREAM = /\/Type\s{0,9}\/ObjStm\b[\s\S]{0,300}?stream\r?\n/g;

/**
 * The number of pages of a PDF: the largest count in its tree of pages, whose root counts all. Null: it is encrypted,
 * or its tree is where this does not look. Only compressed objects are decoded, never pages. Throws errors of the file
 * system.
 */
export async function pagesOf(path: string): Promise<number | null> {
  const file = await open(path);
  try {
    let most = 0;
    let streams = 0;
    for await (const { text, offset } of pieces(file)) {
      most = Math.max(most, largestCount(text));
      for (const { 0: head, index } of text.matchAll(OBJECT_STREAM)) {
        if (streams === MOST_STREAMS) break;
        streams += 1;
        most = Math.max(most, largestCount(await objectsAt(file, offset + index + head.length)));
      }
    }
    return most === 0 ? null : most;
  } finally {
    await file.close();
  }
}

async function* pieces(file: FileHandle): AsyncGenerator<{ text: string; offset: number }> {
  const bytes = Buffer.alloc(PIECE);
  for (let offset = 0; ; offset += PIECE - OVERLAP) {
    const { bytesRead } = await file.read(bytes, 0, PIECE, offset);
    yield { text: bytes.toString('latin1', 0, bytesRead), offset };
    if (bytesRead < PIECE) return;
  }
}

const HOW = { maxOutputLength: 2 * MOST_STREAM_BYTES, finishFlush: constants.Z_SYNC_FLUSH };

/** What follows the compressed bytes is ignored, and they may be cut. What cannot be decompressed has no objects. */
async function objectsAt(file: FileHandle, offset: number): Promise<string> {
  const bytes = Buffer.alloc(MOST_STREAM_BYTES);
  const { bytesRead } = await file.read(bytes, 0, MOST_STREAM_BYTES, offset);
  try {
    return (await inflated(bytes.subarray(0, bytesRead), HOW)).toString('latin1');
  } catch {
    return '';
  }
}

/** The largest count near a node of the tree; 0: there is none. Takes linear time. */
function largestCount(text: string): number {
  const nodes = Array.from(text.matchAll(PAGES), ({ index }) => index);
  const distance = (node: number, index: number) =>
    Math.abs((nodes[node] ?? Number.POSITIVE_INFINITY) - index);
  let most = 0;
  let nearest = 0;
  for (const { 1: count, index } of text.matchAll(COUNT)) {
    while (distance(nearest + 1, index) <= distance(nearest, index) && nearest + 1 < nodes.length)
      nearest += 1;
    if (distance(nearest, index) <= NEAR) most = Math.max(most, Number(count));
  }
  return most;
}
