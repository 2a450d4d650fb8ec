import { open } from 'node:fs/promises';

/** Segments before the frame; profiles and previews are in some dozens of them. */
const MOST_SEGMENTS = 1_000;

/** The marker of a segment, its length, and as much of a frame's header as has the size. */
const HEAD = 9;

/**
 * The size of a JPEG, from the header of its frame (ISO/IEC 10918-1, B.2.2); null: it has none. Reads a few bytes of
 * each segment before it, however long they are. Throws errors of the file system.
 */
export async function jpegPixels(path: string): Promise<{ width: number; height: number } | null> {
  const file = await open(path);
  const head = Buffer.alloc(HEAD);
  try {
    let offset = 2;
    for (let segment = 0; segment < MOST_SEGMENTS; segment += 1) {
      const { bytesRead } = await file.read(head, 0, HEAD, offset);
      if (bytesRead < HEAD || head[0] !== 0xff) return null;
      const marker = head[1] ?? 0;
      // Bytes may fill the space before a marker.
      if (marker === 0xff) offset += 1;
      else if (isFrame(marker)) return { width: head.readUInt16BE(7), height: head.readUInt16BE(5) };
      else offset += 2 + head.readUInt16BE(2);
    }
    return null;
  } finally {
    await file.close();
  }
}

/** SOF0 to SOF15, without DHT, JPG and DAC, which are between them. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}
