import { rmSync } from 'node:fs';
import { png } from '../support/sample-files.ts';
import { type Service, startService } from '../support/service.ts';
import { type UploadedFile, uploaded, uploadForm } from '../support/upload.ts';

let service: Service;
let text: UploadedFile;
let picture: UploadedFile;
beforeAll(async () => {
  service = await startService();
  text = await uploaded(uploadForm(service.url, '0123456789', { name: 'Größe "1".txt' }));
  picture = await uploaded(uploadForm(service.url, new Uint8Array(png(2, 2)), { name: 'a.png' }));
});
afterAll(() => service[Symbol.asyncDispose]());

const content = ({ id }: UploadedFile, headers: Record<string, string> = {}, method = 'GET') =>
  fetch(`${service.url}/api/files/${id}/content`, { method, headers });

describe('the content of a file', () => {
  it('[FILE-5] is never executed, and only pictures are shown', async () => {
    const [ofText, ofPicture] = await Promise.all([content(text), content(picture)]);
    for (const { headers } of [ofText, ofPicture]) {
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toBe("default-src 'none'; sandbox");
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
      expect(headers.get('cache-control')).toBe('private, no-cache');
    }
    expect(ofText.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(ofText.headers.get('content-disposition')).toMatch(
      /^attachment; .*filename\*=UTF-8''Gr%C3%B6%C3%9Fe/,
    );
    expect(ofPicture.headers.get('content-type')).toBe('image/png');
    expect(ofPicture.headers.get('content-disposition')).toBe('inline; filename=a.png');
    expect(await ofText.text()).toBe('0123456789');
    await ofPicture.arrayBuffer();
  });

  it('[FILE-1] comes in ranges', async () => {
    const middle = await content(text, { range: 'bytes=2-4' });
    expect([middle.status, await middle.text()]).toEqual([206, '234']);
    expect(middle.headers.get('content-range')).toBe('bytes 2-4/10');
    const end = await content(text, { range: 'bytes=-2' });
    expect([end.status, await end.text()]).toEqual([206, '89']);
    const beyond = await content(text, { range: 'bytes=10-' });
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, 'bytes */10']);
    expect(await beyond.json()).toMatchObject({ error: { code: 'range_not_satisfiable' } });
  });

  it('[FILE-1] is not sent to who has it', async () => {
    const etag = `"${text.sha256}"`;
    // Without the second header fetch asks for a new one in any case.
    const known = await content(text, { 'if-none-match': etag, 'cache-control': 'max-age=0' });
    expect([known.status, await known.text(), known.headers.get('etag')]).toEqual([304, '', etag]);
    const part = await content(text, { range: 'bytes=0-1', 'if-range': '"other"' });
    expect([part.status, await part.text()]).toEqual([200, '0123456789']);
    const head = await content(text, {}, 'HEAD');
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '10', '']);
  });

  it('[FILE-1] is not sent when it is another one than the client means', async () => {
    const answer = await content(text, { 'if-match': '"other"' });
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([412, 'no-store']);
    expect(await answer.json()).toMatchObject({ error: { code: 'precondition_failed' } });
  });

  it('[STORE-3] whose bytes cannot be read is a 503, without headers of a file', async () => {
    const lost = await uploaded(uploadForm(service.url, 'to be lost'));
    const [row] = service.query<{ place: string }>('SELECT place FROM File WHERE id = ?', lost.id);
    rmSync(`${service.databaseFile}.files/${row?.place.slice(0, 2)}/${row?.place}`);
    const answer = await content(lost);
    expect([answer.status, answer.headers.get('content-disposition')]).toEqual([503, null]);
    expect(await answer.json()).toMatchObject({ error: { code: 'storage_failed' } });
  });
});
