import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { pagesOf } from '../../src/files/pdf-pages.ts';
import { leastCpuOf } from '../support/cpu-time.ts';
import { pdf } from '../support/sample-files.ts';

/** In µs. Where each count is looked for in everything after it, it is minutes. */
const MOST_CPU = 20_000_000;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llm-pdf-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(content: Buffer | string): Promise<string> {
  const path = join(folder, 'a.pdf');
  await writeFile(path, content);
  return path;
}

describe('the pages of a PDF', () => {
  it.each([0, 250, 256 * 1024 - 100, 256 * 1024, 600_000])(
    '[FILE-1] are found after %i bytes of something else, packed or not',
    async (padding) => {
      for (const packed of [false, true]) {
        expect(await pagesOf(await file(pdf(7, { padding, packed })))).toBe(7);
      }
    },
  );

  it('[FILE-1] are those of the whole tree, and unknown where there is none', async () => {
    const nodes = '<< /Count 3 /Type /Pages >> << /Type/Pages /Kids [] /Count 12 >>';
    expect(await pagesOf(await file(`%PDF-1.4 ${nodes.padEnd(900)} << /Count 800 >>`))).toBe(12);
    expect(await pagesOf(await file('%PDF-1.4 << /Count 12345 >>'))).toBeNull();
  });

  it('[LIMIT-2] are looked for in bounded time', async () => {
    const counts = '/Type /Pages '.padEnd(500).concat('/Count 123456789 '.repeat(30_000));
    const nodes = '/Type /Pages /Count 1 '.repeat(20_000);
    const stream = (text: string) => [
      Buffer.from('<< /Type /ObjStm >> stream\r\n', 'latin1'),
      deflateSync(Buffer.from(text)),
    ];
    const streams = Array.from({ length: 100 }, () => [...stream(counts), ...stream(nodes)]).flat();
    const path = await file(
      Buffer.concat([Buffer.from('%PDF-1.4\n'), ...streams, Buffer.from('/Type/ObjStm '.repeat(100_000))]),
    );
    expect(await leastCpuOf(() => pagesOf(path), { times: 3, enough: MOST_CPU })).toBeLessThan(MOST_CPU);
  });
});
