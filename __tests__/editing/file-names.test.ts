import { checkNames, faultOfName, nameKey } from '../../src/editing/file-names.ts';
import { makeWorkspace } from '../support/editor.ts';
import { edit, inTokens, reportOf, statusesOf, writing } from '../support/edits.ts';
import { post, textOf } from '../support/events.ts';
import { type Service, startService } from '../support/service.ts';

const HOSTILE: Array<[string, string]> = [
  ['a way out', '../../etc/passwd'],
  ['a way out in the middle', 'src/../../x.js'],
  ['an absolute path', '/etc/passwd'],
  ['a drive', 'C:\\Windows\\x.dll'],
  ['backslashes', '..\\..\\x.js'],
  ['the prototype', '__proto__'],
  ['a prototype in a path', 'a/__proto__/b.js'],
  ['the constructor', 'constructor/x.js'],
  ['a device', 'con.txt'],
  ['another device', 'src/LPT1.md'],
  ['a stream', 'a.txt:hidden'],
  ['text that turns around', 'invoice\u202Efdp.exe'],
  ['a character that is not seen', 'a\u200B.js'],
  ['a control character', 'a\u0007.js'],
  ['a decomposed name', 'e\u0301.js'],
  ['an end that is not seen', 'a.js.'],
  ['an empty part', 'a//b.js'],
  ['a name that is endless', `${'x'.repeat(300)}.js`],
];

describe('the name of a file', () => {
  it.each(HOSTILE)('[EDIT-6] is not %s', (_what, name) => {
    expect(faultOfName(name)).toEqual(expect.any(String));
  });

  it.each([
    'a.js',
    'src/deep/er/index.html',
    'Makefile',
    '.gitignore',
    'é.js',
    '日本語.md',
    'a b.txt',
    'x…y.js',
    '😀.md',
  ])('[EDIT-6] can be %s', (name) => {
    expect(faultOfName(name)).toBeNull();
  });

  it.each([
    ['case', 'README.md', 'readme.MD'],
    ['the German case', 'straße.txt', 'STRASSE.TXT'],
    ['width', 'ａ.js', 'a.js'],
    ['a ligature', 'ﬁle.js', 'file.js'],
  ])('[EDIT-6] is the same in another %s', (_what, one, other) => {
    expect(nameKey(one)).toBe(nameKey(other));
    expect(() => checkNames([one, other], 'files')).toThrow('files.1.name: is the name of files.0');
  });
});

describe('an answer with', () => {
  let service: Service;
  let chunks: string[];
  beforeAll(async () => {
    service = await startService({
      config: { workspaces: { maxFiles: 3, fileChars: 2_000, totalChars: 4_000 } },
      script: () => ({ chunks, firstDelayMs: 0, delayMs: 0 }),
    });
  });
  afterAll(() => service[Symbol.asyncDispose]());

  const filesOf = async (id: string): Promise<Record<string, string>> => {
    const { workspace } = await (await fetch(`${service.url}/api/workspaces/${id}`)).json();
    const files: Array<{ name: string; text: string }> = Object.values(workspace.files);
    return Object.fromEntries(files.map(({ name, text }) => [name, text]));
  };

  // What cannot stand in bold, on a line, is prose.
  it.each(HOSTILE)('[EDIT-6] %s for a name leaves that file out, and says so', async (_what, name) => {
    const { id } = await makeWorkspace(service.url, { 'a.txt': 'one\n' });
    chunks = [writing({ [name]: 'evil\n', 'b.txt': 'good\n' })];
    const events = await edit(service.url, id);
    expect(await filesOf(id)).toEqual({ 'a.txt': 'one\n', 'b.txt': 'good\n' });
    expect(reportOf(events)).toMatchObject({ outcome: 'applied' });
    expect(reportOf(events)?.files).toMatchObject([{ change: 'left_out', name }, { name: 'b.txt' }]);
    expect(statusesOf(events)).toEqual([expect.stringMatching(/ was left out: it must /)]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is the point
    expect(statusesOf(events)[0]).not.toMatch(/[\u0000-\u001f\u200b\u202e]/);
    expect({}).not.toHaveProperty('text');
  });

  it('[EDIT-6] one name in two cases has one file', async () => {
    const { id, ids } = await makeWorkspace(service.url, { 'README.md': 'one\n' });
    chunks = [writing({ 'readme.md': 'two\n', 'Readme.MD': 'three\n' })];
    const events = await edit(service.url, id);
    expect(await filesOf(id)).toEqual({ 'README.md': 'three\n' });
    expect(reportOf(events)?.files).toEqual([
      { fileId: ids['README.md'], name: 'README.md', change: 'changed' },
    ]);
  });

  it('[EDIT-6] more files than there may be, too long ones and binary ones has the others', async () => {
    const { id, ids } = await makeWorkspace(service.url, { 'long.txt': 'short\n', 'b.txt': 'two\n' });
    chunks = [
      writing({
        'long.txt': 'x\n'.repeat(1_200),
        'b.txt': 'two\n\0\n',
        'c.txt': 'three\n',
        'd.txt': 'four\n',
      }),
    ];
    const events = await edit(service.url, id);
    expect(await filesOf(id)).toEqual({ 'long.txt': 'short\n', 'b.txt': 'two\n', 'c.txt': 'three\n' });
    expect(reportOf(events)?.files).toEqual([
      {
        fileId: ids['long.txt'],
        name: 'long.txt',
        change: 'left_out',
        reason: expect.stringContaining('longer'),
      },
      { fileId: ids['b.txt'], name: 'b.txt', change: 'left_out', reason: 'is binary' },
      { fileId: expect.any(String), name: 'c.txt', change: 'created' },
      { fileId: '', name: 'd.txt', change: 'left_out', reason: expect.stringContaining('one file more') },
    ]);
  });

  it('[EDIT-6] files that are too long together has those for which there is room', async () => {
    const long = 'x\n'.repeat(800);
    const { id, ids } = await makeWorkspace(service.url, { 'a.txt': long, 'b.txt': 'two\n' });
    chunks = [writing({ 'b.txt': long, 'c.txt': long, 'a.txt': `y\n${long}`.slice(0, -2) })];
    const events = await edit(service.url, id);
    expect(await filesOf(id)).toEqual({ 'a.txt': `y\n${long}`.slice(0, -2), 'b.txt': long });
    const left = {
      name: 'c.txt',
      change: 'left_out',
      reason: expect.stringContaining('4000 characters of a workspace'),
    };
    expect(reportOf(events)?.files).toMatchObject([
      { fileId: ids['b.txt'], change: 'changed' },
      left,
      { fileId: ids['a.txt'], change: 'changed' },
    ]);
  });

  it('[RUN-12] [EDIT-6] a line without an end leaves its file out, and ends when the answer is long enough', async () => {
    await using small = await startService({
      config: { workspaces: { fileChars: 2_000 }, limits: { answerChars: 5_000 } },
      // Nothing more comes after that, not even an end: who waits for one waits in vain.
      script: () => ({ chunks, firstDelayMs: 0, delayMs: 0, fault: { kind: 'stall', at: 40 } }),
    });
    const { id, ids } = await makeWorkspace(small.url, { 'a.txt': 'one\n' });
    chunks = ['**a.txt**\n```\n', ...Array.from({ length: 50 }, () => 'x'.repeat(500))];
    const events = await edit(small.url, id);
    expect(events.at(-1)).toMatchObject({ type: 'complete', finishReason: 'length' });
    expect(reportOf(events)?.files).toMatchObject([
      { fileId: ids['a.txt'], change: 'left_out', reason: expect.stringContaining('longer') },
    ]);
  });

  it('[EDIT-2] files that the model was not shown leaves them as they are', async () => {
    await using small = await startService({
      config: { chat: { maxContextTokens: 900 } },
      script: () => ({ chunks, firstDelayMs: 0, delayMs: 0 }),
    });
    const { id, ids } = await makeWorkspace(small.url, {
      'big.txt': 'word '.repeat(2_000),
      'a.txt': 'one\n',
    });
    chunks = [writing({ 'big.txt': 'small\n', 'a.txt': 'two\n' })];
    const events = await edit(small.url, id);
    expect(JSON.stringify(small.simulator.requests.at(-1)?.body)).toContain('big.txt (10000 characters)');
    expect(reportOf(events)?.files).toEqual([
      {
        fileId: ids['big.txt'],
        name: 'big.txt',
        change: 'left_out',
        reason: expect.stringContaining('shown'),
      },
      { fileId: ids['a.txt'], name: 'a.txt', change: 'changed' },
    ]);
  });

  it('[EDIT-3] blocks of code that are no files has them in the message', async () => {
    const { id } = await makeWorkspace(service.url, {});
    const answer = [
      '**Usage**',
      '```sh\nnpm start\n```',
      '**How to run it:**',
      '~~~\n**a.txt**\n~~~',
      '* a list\n** no name **\n`code`',
      '**Not a file** but prose.',
      '**Step 1. Install Node.js**',
      '```\nsteps\n```',
      '```\nunnamed\n```',
    ].join('\n\n');
    chunks = inTokens(answer, 3);
    const events = await edit(service.url, id);
    expect(textOf(events)).toBe(answer);
    expect(await filesOf(id)).toEqual({});
  });

  it('[EDIT-6] [ERR-1] a wish that is none is refused by name', async () => {
    const { id } = await makeWorkspace(service.url, {});
    for (const [body, field] of [
      [{}, 'prompt'],
      [{ prompt: '' }, 'prompt'],
      [{ prompt: 'x', chatId: '../x' }, 'chatId'],
      [{ prompt: 'x', model: 'nothing' }, 'model'],
      [
        { prompt: 'x', options: { responseFormat: { type: 'json_schema', schema: 'weather' } } },
        'options.responseFormat',
      ],
      [{ prompt: 'x', files: [] }, 'files'],
    ] as const) {
      const response = await post(`${service.url}/api/workspaces/${id}/edit`, body);
      const { error } = await response.json();
      expect([response.status, error.details[0].field]).toEqual([400, field]);
    }
    expect((await post(`${service.url}/api/workspaces/none/edit`, { prompt: 'x' })).status).toBe(404);
    expect(service.query('SELECT * FROM Chat WHERE title = ?', 'x')).toEqual([]);
  });
});
