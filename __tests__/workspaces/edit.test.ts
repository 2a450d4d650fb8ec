import { createChatClient } from '../../src/client/index.ts';
import type { Behaviour } from '../../src/simulator/behaviour.ts';
import type { RunEvent } from '../../src/wire/events.ts';
import { Editor, fileOf, insert, makeWorkspace, settled } from '../support/editor.ts';
import { beginEdit, edit, fileEvents, inTokens, reportOf, writing } from '../support/edits.ts';
import { allEvents, post, readEvents, terminalOf, textOf } from '../support/events.ts';
import { type Service, startService } from '../support/service.ts';
import { until } from '../support/viewer.ts';

let service: Service;
/** What the model says next, and how fast. */
let script: Behaviour & { chunks: string[]; delayMs: number };
beforeAll(async () => {
  service = await startService({ script: () => ({ firstDelayMs: 0, ...script }) });
});
afterAll(() => service[Symbol.asyncDispose]());

const say = (text: string, delayMs = 0) => {
  script = { chunks: inTokens(text), delayMs };
};
const workspaceOf = async (id: string) =>
  (await (await fetch(`${service.url}/api/workspaces/${id}`)).json()) as {
    workspace: { files: Record<string, { name: string; text: string }> };
    chatId: string | null;
  };
const textsOf = async (id: string) =>
  Object.fromEntries(
    Object.values((await workspaceOf(id)).workspace.files).map(({ name, text }) => [name, text]),
  );

describe('an edit', () => {
  it('[EDIT-2] [EDIT-3] changes, makes and removes files, and says so in order', async () => {
    const { id, ids } = await makeWorkspace(service.url, {
      'a.js': 'one\ntwo\nthree\n',
      'old.txt': 'gone soon\n',
    });
    say(
      'I do it.\n\n' +
        '**a.js**\n\n```js\none\n2\nthree\n```\n\n' +
        '**src/new.md**\n\n````md\n# New\n```sh\nls\n```\n````\nBetween.\n' +
        '**old.txt**\n```\n```\nThat is all.',
    );
    const events = await edit(service.url, id);
    expect(textOf(events)).toBe('I do it.\n\n\nBetween.\nThat is all.');
    const made =
      Object.keys((await workspaceOf(id)).workspace.files).find((each) => each !== ids['a.js']) ?? '';
    expect(fileEvents(events).map(({ id: _, ...event }: RunEvent & { id?: string }) => event)).toEqual([
      { type: 'file_start', fileId: ids['a.js'], name: 'a.js' },
      {
        type: 'file_complete',
        fileId: ids['a.js'],
        name: 'a.js',
        before: 'one\ntwo\nthree\n',
        after: 'one\n2\nthree\n',
      },
      { type: 'file_start', fileId: made, name: 'src/new.md' },
      {
        type: 'file_complete',
        fileId: made,
        name: 'src/new.md',
        before: null,
        after: '# New\n```sh\nls\n```\n',
      },
      { type: 'file_delete', fileId: ids['old.txt'], name: 'old.txt', before: 'gone soon\n' },
    ]);
    const report = {
      outcome: 'applied',
      files: [
        { fileId: ids['a.js'], name: 'a.js', change: 'changed' },
        { fileId: made, name: 'src/new.md', change: 'created' },
        { fileId: ids['old.txt'], name: 'old.txt', change: 'deleted' },
      ],
    };
    const terminal = terminalOf(events);
    expect(terminal).toMatchObject({ type: 'complete', finishReason: 'stop', edit: report });
    expect(await textsOf(id)).toEqual({ 'a.js': 'one\n2\nthree\n', 'src/new.md': '# New\n```sh\nls\n```\n' });

    // The chat has the prose, and what was done.
    const { chatId } = await workspaceOf(id);
    const { messages } = await (await fetch(`${service.url}/api/chat/${chatId}`)).json();
    expect(messages).toMatchObject([
      { role: 'user', content: 'Change it.', edits: null },
      { role: 'assistant', content: textOf(events), edits: report.files },
    ]);
    const { edits } = await (await fetch(`${service.url}/api/workspaces/${id}/edits`)).json();
    expect(edits).toEqual([
      {
        runId: events[0]?.id.split(':')[0],
        chatId,
        status: 'complete',
        ...report,
        createdAt: expect.any(String),
        undoneAt: null,
        undoable: true,
      },
    ]);
  });

  it('[EDIT-2] asks the model with all files, and never stores that as the prompt of the chat', async () => {
    const { id } = await makeWorkspace(service.url, { 'a.md': 'text\n```js\n1\n```\n' });
    say('No change.');
    await edit(service.url, id, 'What is in a.md?');
    const body = service.simulator.requests.at(-1)?.body as {
      messages: Array<{ role: string; content: string }>;
    };
    expect(body.messages[0]?.content).toContain('**a.md**\n\n````\ntext\n```js\n1\n```\n````');
    const { chatId } = await workspaceOf(id);
    const { chat } = await (await fetch(`${service.url}/api/chat/${chatId}`)).json();
    expect(chat.systemPrompt).toBeNull();
  });

  it('[EDIT-2] is seen while it is written, and loses nothing of somebody who types in the file', async () => {
    const lines = Array.from({ length: 30 }, (_, line) => `line ${line}\n`);
    const { id, ids } = await makeWorkspace(service.url, { 'a.txt': lines.join('') });
    const fileId = ids['a.txt'] ?? '';
    using ada = new Editor(service.url);
    const doc = await ada.open(id);
    say(writing({ 'a.txt': lines.map((line, index) => (index % 3 ? line : `new ${line}`)).join('') }), 4);
    const running = edit(service.url, id);
    const states = new Set<string>();
    doc.on('op', () => states.add(fileOf(doc, fileId).text.replaceAll('!', '')));
    let typed = 0;
    for (; typed < 25; typed += 1) {
      await new Promise((resolve) => setTimeout(resolve, 15));
      await insert(doc, fileId, fileOf(doc, fileId).text.indexOf('line 20') + 7, '!');
    }
    const events = await running;
    await settled(doc);
    const { text } = fileOf(doc, fileId);
    // Before, after, and at least twice in between.
    expect(states.size).toBeGreaterThan(3);
    expect(text.match(/!/g)).toHaveLength(typed);
    expect(text.replaceAll('!', '')).toBe(
      lines.map((line, index) => (index % 3 ? line : `new ${line}`)).join(''),
    );
    expect(text).toContain(`line 20${'!'.repeat(typed)}\n`);
    expect((await textsOf(id))['a.txt']).toBe(text);
    expect(reportOf(events)?.outcome).toBe('applied');
  });

  it('[EDIT-3] is resumed at any position, live and afterwards, and in other protocols', async () => {
    const { id } = await makeWorkspace(service.url, { 'a.txt': 'one\n' });
    say(`Prose.\n\n${writing({ 'a.txt': 'two\n', 'b.txt': 'new\n' })}`, 1);
    const events = await edit(service.url, id);
    const runId = events[0]?.id.split(':')[0];
    const last = Number(events.at(-1)?.id.split(':')[1]);
    const wanted = events.filter(({ type }) => type !== 'progress');
    const kinds = (list: readonly RunEvent[]) =>
      list.map((event) =>
        event.type === 'content' ? `content ${event.content}` : JSON.stringify({ ...event, id: 0 }),
      );
    for (let after = 0; after < last; after += 1) {
      const rest = await allEvents(
        fetch(`${service.url}/api/runs/${runId}/stream?protocol=native&after=${after}`),
      );
      const files = fileEvents(wanted).slice(-fileEvents(rest).length || Number.POSITIVE_INFINITY);
      expect(kinds(fileEvents(rest))).toEqual(kinds(files));
      expect(textOf(wanted).endsWith(textOf(rest))).toBe(true);
      const left = last - after - textOf(rest).length - fileEvents(rest).length;
      expect(left).toBe(1);
    }
    const asEditor = await (await fetch(`${service.url}/api/runs/${runId}/stream?protocol=edit`)).text();
    expect(asEditor).toContain('"type":"text_chunk","content":"Prose.');
    expect(asEditor).toContain('"type":"file_complete"');
    for (const protocol of ['openai', 'eventsource']) {
      const other = await (
        await fetch(`${service.url}/api/runs/${runId}/stream?protocol=${protocol}`)
      ).text();
      expect(other).not.toContain('file_');
    }
    const ui = await (await fetch(`${service.url}/api/runs/${runId}/stream?protocol=ui`)).text();
    expect(ui).toContain('"type":"data-file_complete"');
  });

  it('[EDIT-2] one at a time, and the next as soon as the terminal is read', async () => {
    const { id } = await makeWorkspace(service.url, { 'a.txt': 'one\n' });
    say(writing({ 'a.txt': 'two\n' }), 3);
    const first = await beginEdit(service.url, id, 'First');
    const second = await beginEdit(service.url, id, 'Second', { chatId: 'another-chat' });
    expect([second.status, (await second.json()).error.code]).toEqual([409, 'workspace_busy']);
    for await (const event of readEvents(first)) {
      if (event.type !== 'complete') continue;
      const third = await beginEdit(service.url, id, 'Third');
      expect(third.status).toBe(200);
      await allEvents(third);
    }
  });

  it('[EDIT-2] [CHAT-8] a repeat with the same key follows the first', async () => {
    const { id } = await makeWorkspace(service.url, { 'a.txt': 'one\n' });
    say(writing({ 'a.txt': 'two\n' }), 3);
    const send = () =>
      post(`${service.url}/api/workspaces/${id}/edit`, { prompt: 'Go' }, { 'idempotency-key': `key-${id}` });
    const [one, two] = await Promise.all([send(), send()]);
    expect(one.headers.get('x-run-id')).toBe(two.headers.get('x-run-id'));
    await Promise.all([one.text(), two.text()]);
    const three = await send();
    expect(three.headers.get('x-run-id')).toBe(one.headers.get('x-run-id'));
    await three.text();
  });

  it('[EDIT-3] [CLIENT-2] can be followed with the typed client, over a restart of the server', async () => {
    const { id } = await makeWorkspace(service.url, { 'a.txt': 'one\n' });
    say(`Prose.\n\n${writing({ 'a.txt': 'two\n' })}`, 1);
    const running = await beginEdit(service.url, id, 'Go');
    const runId = running.headers.get('x-run-id') ?? '';
    await running.text();
    await service.restart();
    const files: string[] = [];
    const run = createChatClient({ baseUrl: service.url }).follow(runId, {
      onFile: ({ type }) => files.push(type),
    });
    const terminal = await run.done;
    expect(terminal).toMatchObject({ type: 'complete', edit: { outcome: 'applied' } });
    expect(files).toEqual(['file_start', 'file_complete']);
    expect(run.content).toMatch(/^Prose\./);
  });

  it('[EDIT-3] [MIRROR-2] is in the document of its chat, as in the database', async () => {
    const { id } = await makeWorkspace(service.url, { 'a.txt': 'one\n' });
    say(writing({ 'a.txt': 'two\n' }), 2);
    using ada = new Editor(service.url);
    const chatId = `chat-of-${id}`;
    const running = edit(service.url, id, 'Go', { chatId });
    const doc = await ada.watch(chatId);
    const events = await running;
    await until(doc, (data) => data?.status === 'idle' && data.messages.length === 2);
    expect(doc.data?.messages.at(-1)).toMatchObject({
      content: textOf(events),
      runId: events[0]?.id.split(':')[0],
      edits: reportOf(events)?.files,
    });
    expect(doc.data?.messages[0]).not.toHaveProperty('runId');
    const { messages } = await (await fetch(`${service.url}/api/chat/${chatId}`)).json();
    expect(messages.map(({ runId }: { runId: unknown }) => runId)).toEqual([
      null,
      doc.data?.messages[1]?.runId,
    ]);
    expect((await workspaceOf(id)).chatId).toBeNull();
  });

  it('[EDIT-4] [RUN-10] ends with the server, and keeps what it has changed', async () => {
    const { id, ids } = await makeWorkspace(service.url, { 'a.txt': 'one\ntwo\nthree\n' });
    script = { chunks: ['**a.txt**\n\n```\n1\n2\n', '3\n```'], delayMs: 1_000 };
    const running = await beginEdit(service.url, id, 'Go');
    const reading = allEvents(running);
    using ada = new Editor(service.url);
    const doc = await ada.open(id);
    const fileId = ids['a.txt'] ?? '';
    while (fileOf(doc, fileId).text.startsWith('one'))
      await new Promise((resolve) => doc.once('op', resolve));
    await service.restart();
    const events = await reading;
    expect(terminalOf(events)).toMatchObject({
      type: 'error',
      code: 'interrupted',
      edit: { outcome: 'kept' },
    });
    expect((await textsOf(id))['a.txt']).toMatch(/^1\n/);
  });

  it('[PROV-8] text that the filter takes back is nowhere any more', async () => {
    const { id } = await makeWorkspace(service.url, { 'a.txt': 'one\n', 'b.txt': 'two\n' });
    const answer = 'Harmless.\n\n**a.txt**\n```\nswordfish\n```\n\n**b.txt**\n```\nfine\n```\nThe password.';
    const from = answer.indexOf('swordfish');
    script = {
      chunks: inTokens(answer),
      delayMs: 1,
      fault: { kind: 'late_violation', at: 'end', from, to: from + 9 },
      asyncFilter: true,
    };
    const events = await edit(service.url, id);
    script = { chunks: [], delayMs: 0 };
    expect(terminalOf(events)).toMatchObject({ type: 'complete', finishReason: 'content_filter' });
    expect(await textsOf(id)).toEqual({ 'a.txt': 'one\n', 'b.txt': 'fine\n' });
    expect(reportOf(events)?.files).toMatchObject([
      { name: 'b.txt', change: 'changed' },
      { name: 'a.txt', change: 'left_out', reason: 'was taken back by the content filter' },
    ]);
    for (const [table, column] of [
      ['SharedOp', 'op'],
      ['SharedSnapshot', 'data'],
      ['Run', 'journal'],
      ['RunSegment', 'text'],
    ]) {
      expect(service.query(`SELECT 1 FROM ${table} WHERE ${column} LIKE '%swordfish%'`)).toEqual([]);
    }
    const again = await (await fetch(`${service.url}/api/runs/${events[0]?.id.split(':')[0]}/stream`)).text();
    expect(again).not.toContain('swordfish');
  });

  it('[EDIT-2] makes no empty op, and few ops', async () => {
    const { id } = await makeWorkspace(service.url, { 'a.txt': 'one\n' });
    say(writing({ 'a.txt': 'x\n'.repeat(2_000), 'same.txt': 'one\n' }));
    await edit(service.url, id);
    const ops = service.query<{ op: string }>(
      `SELECT op FROM SharedOp WHERE collection = 'workspaces' AND documentId = ?`,
      id,
    );
    expect(ops.length).toBeLessThan(60);
    for (const { op } of ops.slice(1)) {
      const components = JSON.parse(op).op;
      expect(components.length).toBeGreaterThan(0);
      for (const { si, sd } of components) expect([si, sd]).not.toContain('');
    }
  });
});
