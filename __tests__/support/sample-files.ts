import { deflateSync } from 'node:zlib';

/** A PNG of one grey row after the other, whose header says these dimensions. */
export function png(width: number, height: number, rows = 1): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 0, 0, 0, 0], 8);
  const pixels = deflateSync(Buffer.alloc((width + 1) * rows));
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', pixels),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Nothing here checks the sum at its end. */
function chunk(type: string, data: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  return Buffer.concat([length, Buffer.from(type, 'latin1'), data, Buffer.alloc(4)]);
}

/** A JPEG as far as it is looked at: `segments` of 64 KB, such as profiles, and the header of a frame. */
export function jpeg(width: number, height: number, segments = 1): Buffer {
  const profile = Buffer.alloc(2 + 65_535);
  profile.set([0xff, 0xe2, 0xff, 0xff]);
  const frame = Buffer.from([0xff, 0xc0, 0, 17, 8, height >> 8, height & 0xff, width >> 8, width & 0xff]);
  const profiles = Array.from({ length: segments }, () => profile);
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    ...profiles,
    Buffer.from([0xff]),
    frame,
    Buffer.alloc(20),
  ]);
}

/** A PDF with so many pages. `packed`: its objects are in a compressed stream, as most programs write them. */
export function pdf(pages: number, { packed = false, padding = 0 } = {}): Buffer {
  const tree = `<< /Type /Pages /Kids [4 0 R] /Count ${pages} >>`;
  const head = `%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n`;
  const filler = `% ${'x'.repeat(padding)}\n`;
  const end = '\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n';
  if (!packed) return Buffer.from(`${head}${filler}2 0 obj\n${tree}\nendobj${end}`, 'latin1');
  const objects = deflateSync(Buffer.from(`2 0 ${tree}`));
  const dictionary = `<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length ${objects.length} >>`;
  return Buffer.concat([
    Buffer.from(`${head}${filler}3 0 obj\n${dictionary}\nstream\r\n`, 'latin1'),
    objects,
    Buffer.from(`\nendstream\nendobj${end}`, 'latin1'),
  ]);
}

/** Half a second of silence. */
export function wav(): Buffer {
  const data = Buffer.alloc(4_000);
  const header = Buffer.alloc(44);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(36 + data.length, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(8_000, 24);
  header.writeUInt32LE(8_000, 28);
  header.writeUInt16LE(1, 32);
  header.writeUInt16LE(8, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(data.length, 40);
  return Buffer.concat([header, data]);
}
