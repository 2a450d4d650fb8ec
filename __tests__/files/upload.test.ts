import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { jpeg, pdf, png, wav } from '../support/sample-files.ts';
import { type Service, startService } from '../support/service.ts';
import { uploaded, uploadForm } from '../support/upload.ts';

const MIB = 1024 * 1024;
const FORM = 'multipart/form-data; boundary=x';
/** A part with a file, without the boundary that ends it. */
const PART = (field: string) =>
  `--x\r\nContent-Disposition: form-data; name="${field}"; filename="a.txt"\r\n\r\nhello`;

let service: Service;
beforeAll(async () => {
  service = await startService({ config: { files: { bytes: 2 * MIB, bytesPerUser: 8 * MIB } } });
});
afterAll(() => service[Symbol.asyncDispose]());

const rows = () => service.query<{ id: string; place: string }>('SELECT id, place FROM File');

/** All files in the folder, with their permissions. */
function inFolder(): Array<{ name: string; mode: number }> {
  const folder = `${service.databaseFile}.files`;
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map(({ parentPath, name }) => ({ name, mode: statSync(join(parentPath, name)).mode & 0o777 }));
}

async function refused(
  response: Promise<Response>,
): Promise<[status: number, code: string, message: string]> {
  const answer = await response;
  const { error } = (await answer.json()) as { error: { code: string; message: string } };
  return [answer.status, error.code, error.message];
}

describe('a file', () => {
  it.each<[string, string, Buffer, object]>([
    ['picture.png', 'image/png', png(640, 480), { width: 640, height: 480 }],
    ['photo.jpg', 'image/jpeg', jpeg(4000, 3000, 12), { width: 4000, height: 3000 }],
    ['paper.pdf', 'application/pdf', pdf(12), { pages: 12 }],
    ['packed.pdf', 'application/pdf', pdf(31, { packed: true, padding: 600_000 }), { pages: 31 }],
    ['sound.wav', 'audio/wav', wav(), {}],
    ['text.md', 'text/plain', Buffer.from('# Überschrift 😀\n'), {}],
  ])(
    '[FILE-1] is stored as it is, and is what its bytes are: %s',
    async (name, mediaType, bytes, measures) => {
      const file = await uploaded(uploadForm(service.url, new Uint8Array(bytes), { name }));
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      expect(file).toEqual({
        id: expect.any(String),
        name,
        mediaType,
        bytes: bytes.length,
        sha256,
        ...measures,
      });
      const known = await fetch(`${service.url}/api/files/${file.id}`);
      expect(await known.json()).toEqual(file);
      const content = await fetch(`${service.url}/api/files/${file.id}/content`);
      expect(Buffer.from(await content.arrayBuffer()).equals(bytes)).toBe(true);
    },
  );

  it.each(['The free software', 'BMW is a car', 'MZ was here', 'ID3 is a tag', 'GIF87a or so', '{\\rtf1 }'])(
    '[FILE-1] is text, whatever its first words are: %s',
    async (text) => {
      const file = await uploaded(uploadForm(service.url, text, { name: 'a.txt', type: 'text/plain' }));
      expect(file.mediaType).toBe('text/plain');
    },
  );

  it('[FILE-2] that is sent again has its bytes again, if they were lost', async () => {
    const send = () => uploaded(uploadForm(service.url, 'to be lost', { name: 'lost.txt' }));
    const { id } = await send();
    const [row] = service.query<{ place: string }>('SELECT place FROM File WHERE id = ?', id);
    rmSync(`${service.databaseFile}.files/${row?.place.slice(0, 2)}/${row?.place}`);
    expect((await send()).id).toBe(id);
    expect(await (await fetch(`${service.url}/api/files/${id}/content`)).text()).toBe('to be lost');
  });

  it('[FILE-1] may be the whole body, with its name in the query', async () => {
    const body = new Uint8Array(png(3, 2));
    const file = await uploaded(
      fetch(`${service.url}/api/files?name=small.png`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'image/png' },
      }),
    );
    expect(file).toMatchObject({ name: 'small.png', mediaType: 'image/png', width: 3, height: 2 });
  });

  it('[FILE-2] is the same one when it is sent again, and its bytes are there once, for the owner of the process only', async () => {
    const send = (name: string) => uploaded(uploadForm(service.url, 'The same text.', { name }));
    const first = await send('a.txt');
    const again = await Promise.all(Array.from({ length: 20 }, () => send('a.txt')));
    expect(new Set(again.map(({ id }) => id))).toEqual(new Set([first.id]));
    const other = await send('b.txt');
    expect(other.id).not.toBe(first.id);
    const places = rows().filter(({ id }) => id === first.id || id === other.id);
    expect(new Set(places.map(({ place }) => place)).size).toBe(1);
    const files = inFolder();
    expect(files.filter(({ name }) => name === places[0]?.place)).toHaveLength(1);
    expect(files.every(({ mode }) => mode === 0o600)).toBe(true);

    // Its bytes stay as long as one of them is there.
    const remove = (id: string) => fetch(`${service.url}/api/files/${id}`, { method: 'DELETE' });
    expect((await remove(first.id)).status).toBe(204);
    expect((await fetch(`${service.url}/api/files/${other.id}/content`)).status).toBe(200);
    expect((await remove(other.id)).status).toBe(204);
    expect(inFolder().map(({ name }) => name)).not.toContain(places[0]?.place);
    expect((await remove(other.id)).status).toBe(404);
  });

  it.each([
    ['../../etc/passwd', 'passwd'],
    ['C:\\fakepath\\photo.txt', 'photo.txt'],
    ['line\r\nbreak\u0000\u202etxt.exe', 'linebreaktxt.exe'],
    ['..', 'file'],
    [`${'long'.repeat(100)}.txt`, 'long'.repeat(64).slice(0, 255)],
    ['Büro 😀.txt', 'Büro 😀.txt'],
  ])('[FILE-1] has a name that is no path: %j', async (said, name) => {
    const url = `${service.url}/api/files?name=${encodeURIComponent(said)}`;
    const file = await uploaded(fetch(url, { method: 'POST', body: `named ${name}` }));
    expect(file.name).toBe(name);
  });
});

describe('what is not accepted', () => {
  const stored = () => ({ rows: rows().length, files: inFolder().length });

  it.each<[string, () => Promise<Response>, number, string, string]>([
    [
      'HTML',
      () => uploadForm(service.url, '<!DOCTYPE html><script>1</script>'),
      415,
      'unsupported_media_type',
      'HTML',
    ],
    [
      'SVG',
      () => uploadForm(service.url, '<svg xmlns="http://www.w3.org/2000/svg"/>'),
      415,
      'unsupported_media_type',
      'SVG',
    ],
    [
      'XML',
      () => uploadForm(service.url, '\n  <?xml version="1.0"?><a/>'),
      415,
      'unsupported_media_type',
      'XML',
    ],
    [
      'a program',
      () => uploadForm(service.url, new Uint8Array(Buffer.from('MZ\x90\0\x03\0\0\0', 'latin1'))),
      415,
      'unsupported_media_type',
      'accepted are PNG',
    ],
    [
      'binary data',
      () => uploadForm(service.url, new Uint8Array([1, 0, 2, 255, 254])),
      415,
      'unsupported_media_type',
      'no known type',
    ],
    [
      'text cut in a character',
      () => uploadForm(service.url, new Uint8Array(Buffer.from('ä').subarray(0, 1))),
      415,
      'unsupported_media_type',
      'no known type',
    ],
    [
      'a type that lies',
      () => uploadForm(service.url, 'just text', { type: 'image/png' }),
      415,
      'unsupported_media_type',
      'is said to be image/png',
    ],
    [
      'a huge picture',
      () => uploadForm(service.url, new Uint8Array(png(50_000, 50_000))),
      415,
      'unsupported_media_type',
      '50000 × 50000',
    ],
    [
      'a broken picture',
      () => uploadForm(service.url, new Uint8Array(png(1, 1).subarray(0, 18))),
      415,
      'unsupported_media_type',
      'cannot be read',
    ],
    [
      'a PDF of 10,000 pages',
      () => uploadForm(service.url, new Uint8Array(pdf(10_000, { packed: true }))),
      415,
      'unsupported_media_type',
      '10000 pages',
    ],
    ['nothing', () => uploadForm(service.url, ''), 400, 'invalid_request', 'file: is empty'],
    [
      'too much',
      () => uploadForm(service.url, 'x'.repeat(2 * MIB + 1)),
      413,
      'payload_too_large',
      '2097152 bytes',
    ],
    [
      'far too much',
      () => uploadForm(service.url, 'x'.repeat(3 * MIB)),
      413,
      'payload_too_large',
      '2097152 bytes',
    ],
    ['another field', () => formOf([['picture', 'text']]), 400, 'invalid_request', 'file: is missing'],
    [
      'two files',
      () =>
        formOf([
          ['file', 'one'],
          ['file', 'two'],
        ]),
      400,
      'invalid_request',
      'not the only part',
    ],
    [
      'a multipart bomb',
      () => formOf(Array.from({ length: 5_000 }, () => ['x', null])),
      400,
      'invalid_request',
      'not the only part',
    ],
    [
      'a broken form',
      () => sendAs('multipart/form-data; boundary=b', '--b\r\nnonsense'),
      400,
      'invalid_request',
      'is not multipart/form-data',
    ],
    [
      'a form that is cut off',
      () => sendAs(FORM, PART('file')),
      400,
      'invalid_request',
      'is not multipart/form-data',
    ],
    [
      'a form that is cut off in another part',
      () => sendAs(FORM, PART('other')),
      400,
      'invalid_request',
      'is not multipart/form-data',
    ],
    [
      'a form with a broken part before the file',
      () => sendAs(FORM, `--x\r\nnonsense\r\n\r\nx\r\n${PART('file')}\r\n--x--\r\n`),
      400,
      'invalid_request',
      'is not multipart/form-data',
    ],
    [
      'a form without boundary',
      () => sendAs('multipart/form-data', 'x'),
      400,
      'invalid_request',
      'is not multipart/form-data',
    ],
    [
      'another multipart',
      () => sendAs('multipart/mixed; boundary=b', 'x'),
      400,
      'invalid_request',
      'Content-Type',
    ],
    [
      'a packed body',
      () => sendAs('text/plain', 'x', { 'content-encoding': 'gzip' }),
      400,
      'invalid_request',
      'Content-Encoding',
    ],
    [
      'an unknown parameter',
      () => fetch(`${service.url}/api/files?path=/etc`, { method: 'POST', body: 'x' }),
      400,
      'invalid_request',
      'path',
    ],
  ])(
    '[FILE-1] [LIMIT-2] is refused with a reason, and nothing is stored: %s',
    async (_, send, status, code, message) => {
      const was = stored();
      const [gotStatus, gotCode, gotMessage] = await refused(send());
      expect([gotStatus, gotCode]).toEqual([status, code]);
      expect(gotMessage).toContain(message);
      expect(stored()).toEqual(was);
    },
  );

  it('[FILE-2] when the disk takes nothing is a 503, and the connection goes on', async () => {
    const incoming = join(`${service.databaseFile}.files`, 'incoming');
    rmSync(incoming, { recursive: true });
    for (const body of ['short', 'x'.repeat(2 * MIB)]) {
      const form = uploadForm(service.url, body);
      const raw = fetch(`${service.url}/api/files`, { method: 'POST', body });
      for (const answer of [await refused(form), await refused(raw)]) {
        expect(answer.slice(0, 2)).toEqual([503, 'storage_failed']);
      }
    }
    mkdirSync(incoming);
    const again = await uploaded(uploadForm(service.url, 'after that'));
    expect(again.mediaType).toBe('text/plain');
  });

  it('[FILE-1] an upload that is cut off leaves nothing', async () => {
    const was = stored();
    const { port } = new URL(service.url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(
      `POST /api/files HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: text/plain\r\nContent-Length: 1000000\r\n\r\nSome text`,
    );
    // The file is begun.
    while (inFolder().length === was.files) await new Promise((resolve) => setTimeout(resolve, 10));
    socket.destroy();
    while (inFolder().length > was.files) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(stored()).toEqual(was);
  });

  it('[LIMIT-1] the 51st at a time is a 503, and the others go on', async () => {
    const was = stored();
    const { port } = new URL(service.url);
    const sockets = Array.from({ length: 50 }, () => {
      const socket = connect(Number(port), '127.0.0.1');
      socket.write(
        `POST /api/files HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\nSome`,
      );
      return socket;
    });
    while (inFolder().length < was.files + 50) await new Promise((resolve) => setTimeout(resolve, 10));
    for (const size of [10, MIB]) {
      const [status, code] = await refused(uploadForm(service.url, 'x'.repeat(size)));
      expect([status, code]).toEqual([503, 'overloaded']);
    }
    for (const socket of sockets) socket.destroy();
    while (inFolder().length > was.files) await new Promise((resolve) => setTimeout(resolve, 10));
    await uploaded(uploadForm(service.url, 'after them'));
  });

  it('[FILE-1] what one user has together is bounded, until something is deleted', async () => {
    const kept: string[] = [];
    const some = (index: number) => `${index}`.padEnd(2 * MIB, 'x');
    for (let index = 0; ; index += 1) {
      const answer = await uploadForm(service.url, some(index));
      const body = await answer.json();
      if (answer.status !== 201) {
        expect([answer.status, body.error.code]).toEqual([413, 'files_full']);
        expect(index).toBeGreaterThan(1);
        break;
      }
      kept.push(body.id);
    }
    for (const id of kept) {
      const answer = await fetch(`${service.url}/api/files/${id}`, { method: 'DELETE' });
      expect(answer.status).toBe(204);
    }
    const again = await uploaded(uploadForm(service.url, some(99)));
    await fetch(`${service.url}/api/files/${again.id}`, { method: 'DELETE' });
  });
});

function formOf(parts: ReadonlyArray<[field: string, text: string | null]>): Promise<Response> {
  const form = new FormData();
  for (const [field, text] of parts) {
    if (text === null) form.append(field, 'x');
    else form.append(field, new Blob([text]), 'a.txt');
  }
  return fetch(`${service.url}/api/files`, { method: 'POST', body: form });
}

function sendAs(type: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${service.url}/api/files`, {
    method: 'POST',
    body,
    headers: { 'content-type': type, ...headers },
  });
}
