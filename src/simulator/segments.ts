import { type Step, send } from './steps.ts';

/** Where to cut a buffer: ascending indices within it. */
type Cuts = (bytes: Buffer) => Iterable<number>;

/** Batch size: splits may fall anywhere, also across events, without much delay. */
const BATCH_BYTES = 4096;

/**
 * Sends the same bytes in other pieces, each separately. Data without a pause in between is joined first, so that a
 * piece may begin in one event and end in the next.
 */
export function* inSegments(steps: Iterable<Step>, split: number | 'utf8'): Generator<Step, void> {
  const cuts = split === 'utf8' ? insideCharacters : seededCuts(split);
  let batch: Buffer[] = [];
  let size = 0;
  for (const step of steps) {
    if (step.kind === 'send') {
      const bytes = Buffer.from(step.data);
      batch.push(bytes);
      size += bytes.length;
      if (size < BATCH_BYTES) continue;
    }
    yield* pieces(Buffer.concat(batch), cuts);
    batch = [];
    size = 0;
    if (step.kind !== 'send') yield step;
  }
  yield* pieces(Buffer.concat(batch), cuts);
}

function* pieces(bytes: Buffer, cuts: Cuts): Generator<Step, void> {
  if (bytes.length === 0) return;
  let start = 0;
  for (const cut of cuts(bytes)) {
    yield send(bytes.subarray(start, cut));
    yield { kind: 'flush' };
    start = cut;
  }
  yield send(bytes.subarray(start));
  yield { kind: 'flush' };
}

/** After the first byte of each multi-byte character. */
function* insideCharacters(bytes: Buffer): Generator<number, void> {
  // 0b11xxxxxx starts a character of several bytes.
  for (const [index, byte] of bytes.entries()) if (byte >= 0b1100_0000) yield index + 1;
}

/** Pieces of 1 to 64 bytes, small ones the most frequent; the same for the same seed. */
function seededCuts(seed: number): Cuts {
  const random = randomNumbers(seed);
  return function* (bytes) {
    for (let cut = size(random()); cut < bytes.length; cut += size(random())) yield cut;
  };
}

function size(random: number): number {
  return 1 + Math.floor(random * random * 64);
}

/** mulberry32: a seeded generator of numbers in [0, 1) that is small and good enough to choose cuts. */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
