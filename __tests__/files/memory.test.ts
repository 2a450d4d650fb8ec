import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { availableServer, ServerProcess } from '../../scripts/survival/server-process.ts';
import { residentBytes, USAGE_IS_KNOWN } from '../../scripts/survival/usage.ts';
import { pdf } from '../support/sample-files.ts';
import { uploaded, uploadForm } from '../support/upload.ts';

const MIB = 1024 * 1024;
const AT_ONCE = 20;

const onLinux = USAGE_IS_KNOWN ? describe : describe.skip;

onLinux('uploads of 20 MiB', () => {
  it('[FILE-1] [LIMIT-2] take no memory for their bytes: 20 at once at most 128 MiB', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'llm-files-memory-'));
    await using server = await ServerProcess.start({
      command: availableServer(),
      databaseFile: join(folder, 'chat.db'),
      simulatorUrl: 'http://127.0.0.1:9',
    });
    const big = (index: number) => {
      const bytes = new Uint8Array(pdf(3 + index, { packed: true, padding: 20 * MIB - 600 }));
      return uploaded(uploadForm(server.url, bytes, { name: `${index}.pdf` }));
    };
    await big(0);
    const before = residentBytes(server.pid);
    let most = before;
    const look = setInterval(() => {
      most = Math.max(most, residentBytes(server.pid));
    }, 10);
    const files = await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => big(index + 1)));
    clearInterval(look);
    if (process.env.FIGURES) console.log({ before: before / MIB, grown: (most - before) / MIB });
    expect(files.map(({ pages }) => pages)).toEqual(Array.from({ length: AT_ONCE }, (_, index) => index + 4));
    expect(most - before).toBeLessThan(128 * MIB);
    await rm(folder, { recursive: true, force: true });
  });
});
