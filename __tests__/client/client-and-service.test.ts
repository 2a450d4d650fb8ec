import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { type ChatClientOptions, createChatClient, type RunHandle } from '../../src/client/index.ts';
import { startCuttingProxy } from '../support/cutting-proxy.ts';
import { inTokens, writing } from '../support/edits.ts';
import { serverProcess } from '../support/server-process.ts';
import { type Service, startService } from '../support/service.ts';

const FAST = { baseMs: 1, capMs: 20, giveUpAfterMs: 100_000 };

const clientOf = (url: string, options: ChatClientOptions = {}) =>
  createChatClient({ baseUrl: url, reconnect: FAST, ...options });

const ask = (content: string, chatId?: string) => ({
  ...(chatId === undefined ? {} : { chatId }),
  messages: [{ role: 'user' as const, content }],
});

/** Waits for its first text, reading at full speed. */
async function begun(run: RunHandle): Promise<void> {
  run.done.catch(() => {});
  while (run.content === '') await new Promise((resolve) => setTimeout(resolve, 2));
}

describe('the client and the service', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service[Symbol.asyncDispose]());

  it('[CLIENT-1] asks, and has what the server has', async () => {
    const client = clientOf(service.url);
    const run = client.send(
      ask('[[simulate: chunks=["one\\n", "data: two", " 😀"], reasoning="hm", delay_ms=0]]'),
    );
    const terminal = await run.done;
    expect(terminal).toMatchObject({ type: 'complete', finalContentLength: 'one\ndata: two 😀'.length });
    const { messages, activeRun } = await client.chats.get(run.chatId ?? '');
    expect(activeRun).toBeNull();
    expect(messages.at(-1)).toMatchObject({ content: run.content, reasoning: 'hm', status: 'complete' });
    expect(run.reasoning).toBe('hm');
  });

  it('[CLIENT-2] has the stored text after cuts at any bytes, and began one run', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(3_000), { minLength: 1, maxLength: 8 }),
        fc.nat(),
        async (cuts, seed) => {
          await using proxy = await startCuttingProxy(
            () => service.url,
            (connection) => cuts[connection],
          );
          const script = `tokens=120, delay_ms=0, split=${seed % 1000}, reasoning="think"`;
          const run = clientOf(proxy.url).send(ask(`[[simulate: ${script}]]`));
          const { finalContentLength } = await run.done;
          expect(run.content).toHaveLength(finalContentLength);
          const { messages } = await clientOf(service.url).chats.get(run.chatId ?? '');
          expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant']);
          expect(messages.at(-1)).toMatchObject({ content: run.content, reasoning: run.reasoning });
        },
      ),
      { numRuns: 20 },
    );
  });

  it('[CLIENT-2] a question whose answer never arrived is asked once', async () => {
    const cuts = [0, 1, 40];
    await using proxy = await startCuttingProxy(
      () => service.url,
      (connection) => cuts[connection],
    );
    const before = (await clientOf(service.url).chats.list()).chats.length;
    const run = clientOf(proxy.url).send(ask('[[simulate: tokens=3, delay_ms=0]]'));
    expect(await run.done).toMatchObject({ type: 'complete' });
    expect(proxy.connections).toBe(4);
    expect((await clientOf(service.url).chats.list()).chats).toHaveLength(before + 1);
  });

  it('[CLIENT-2] stop() stops the run for everybody, and keeps its text', async () => {
    const client = clientOf(service.url);
    const run = client.send(ask('[[simulate: tokens=endless, delay_ms=5]]'));
    await begun(run);
    const other = clientOf(service.url).follow(run.runId ?? '');
    const ends = [run.done, other.done];
    await run.stop();
    const stopped = { type: 'stopped', cause: 'user_stop' };
    expect(await Promise.all(ends)).toMatchObject([stopped, stopped]);
    expect(other.content).toBe(run.content);
    const { messages } = await client.chats.get(run.chatId ?? '');
    expect(messages.at(-1)).toMatchObject({ status: 'stopped', content: run.content });
  });

  it('[CLIENT-2] leaves a run that goes on, and comes back to it with what it has', async () => {
    const client = clientOf(service.url);
    const first = client.send(ask('[[simulate: tokens=60, delay_ms=5]]'));
    for await (const event of first) if (event.type === 'content') break;
    const { chatId, content, reasoning, lastEventId, runId } = first;
    const again = client.follow({ runId: runId ?? '', lastEventId: lastEventId ?? '', content, reasoning });
    const fromTheStart = await client.followChat(chatId ?? '');
    await Promise.all([again.done, fromTheStart?.done]);
    const { messages } = await client.chats.get(chatId ?? '');
    expect(again.content).toBe(messages.at(-1)?.content);
    expect(fromTheStart?.content).toBe(again.content);
    expect(await client.followChat(chatId ?? '')).toBeNull();
  });

  it('[CLIENT-2] follows a run that another protocol began', async () => {
    const url = `${service.url}/v1/chat/completions`;
    const body = { stream: true, ...ask('[[simulate: tokens=40, delay_ms=5]]') };
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-chat-id': 'openai-chat' },
      body: JSON.stringify(body),
    });
    const run = clientOf(service.url).follow(response.headers.get('x-run-id') ?? '');
    expect(await run.done).toMatchObject({ type: 'complete' });
    await response.body?.cancel();
  });

  it('[CHAT-7] a busy chat refuses, and the refusal is not tried again', async () => {
    const client = clientOf(service.url);
    const run = client.send(ask('[[simulate: tokens=endless, delay_ms=5]]', 'busy'));
    await begun(run);
    const stopped = run.done;
    await expect(client.send(ask('x', 'busy')).done).rejects.toMatchObject({
      code: 'chat_busy',
      status: 409,
      retryable: false,
      requestId: expect.stringMatching(/./),
    });
    await run.stop();
    expect(await stopped).toMatchObject({ type: 'stopped' });
  });

  it('[CHAT-9] regenerates, edits, lists, renames, exports and deletes', async () => {
    const client = clientOf(service.url);
    const run = client.send(ask('first question', 'managed'));
    await run.done;
    await client.regenerate('managed').done;
    const { messages } = await client.chats.get('managed');
    expect(messages).toHaveLength(2);
    expect((await client.chats.get('managed', { superseded: true })).messages).toHaveLength(3);
    await client.edit('managed', messages[0]?.id ?? '', 'another question').done;
    expect((await client.chats.get('managed')).messages[0]).toMatchObject({ content: 'another question' });
    expect(await client.chats.rename('managed', 'A name')).toMatchObject({ id: 'managed', title: 'A name' });
    const { chats, nextCursor } = await client.chats.list({ limit: 1 });
    expect(chats).toMatchObject([{ id: 'managed', title: 'A name' }]);
    expect(nextCursor).not.toBeNull();
    expect(await client.chats.export('managed', { format: 'markdown' })).toMatch(/^# A name/);
    expect(JSON.parse(await client.chats.export('managed'))).toMatchObject({ chat: { id: 'managed' } });
    await client.chats.delete('managed');
    await expect(client.chats.get('managed')).rejects.toMatchObject({ code: 'not_found', status: 404 });
  });

  it('[PROV-3] lists the models', async () => {
    const [model] = await clientOf(service.url).models();
    expect(model).toMatchObject({ id: expect.any(String), provider: 'azure', supports: { streaming: true } });
  });

  it('[EDIT-2] [EDIT-5] makes a workspace, has the model edit it, and takes that back', async () => {
    const client = clientOf(service.url);
    const made = await client.workspaces.create({
      name: 'Ours',
      files: [{ name: 'a.txt', text: 'one\n' }],
    });
    const { id, files } = made.workspace;
    const [fileId = ''] = Object.keys(files);
    service.simulator.setBehaviour({
      chunks: inTokens(writing({ 'a.txt': 'one\ntwo\n' })),
      delayMs: 0,
      firstDelayMs: 0,
    });
    const seen: string[] = [];
    const run = client.editFiles(id, { prompt: 'Two' }, { onFile: ({ type }) => void seen.push(type) });
    const report = {
      outcome: 'applied',
      files: [{ fileId, name: 'a.txt', change: 'changed' }],
    };
    expect(await run.done).toMatchObject({ type: 'complete', edit: report });
    expect(seen).toEqual(['file_start', 'file_complete']);
    const after = await client.workspaces.get(id);
    expect([after.chatId, after.workspace.files[fileId]?.text]).toEqual([run.chatId, 'one\ntwo\n']);
    const { messages } = await client.chats.get(run.chatId ?? '');
    expect(messages.at(-1)).toMatchObject({ content: run.content, edits: report.files });

    expect(await client.workspaces.edits(id)).toMatchObject([
      { runId: run.runId, ...report, undoable: true },
    ]);
    expect(await client.workspaces.undo(id)).toEqual({ runId: run.runId, files: ['a.txt'] });
    await expect(client.workspaces.undo(id, run.runId ?? '')).rejects.toMatchObject({
      code: 'already_undone',
    });
    expect((await client.workspaces.rename(id, 'Mine')).workspace).toMatchObject({
      name: 'Mine',
      files: { [fileId]: { name: 'a.txt', text: 'one\n' } },
    });
    expect((await client.workspaces.list({ limit: 1 })).workspaces).toMatchObject([{ id, name: 'Mine' }]);
    await client.workspaces.delete(id);
    await expect(client.workspaces.get(id)).rejects.toMatchObject({ code: 'not_found' });
    service.simulator.setBehaviour({ delayMs: 0, firstDelayMs: 0 });
  });

  it('[ERR-1] says which field is wrong', async () => {
    await expect(clientOf(service.url).send(ask('  ')).done).rejects.toMatchObject({
      code: 'invalid_request',
      status: 400,
      details: [{ field: 'messages.0.content', message: 'must not be empty' }],
    });
  });
});

describe('the client and a server that goes away', () => {
  it('[CLIENT-2] after a shutdown in the middle it has the text that was saved', async () => {
    await using service = await startService();
    await using proxy = await startCuttingProxy(() => service.url);
    const run = clientOf(proxy.url).send(ask('[[simulate: tokens=endless, delay_ms=2]]'));
    for await (const event of run) {
      if (event.type !== 'content' || run.content.length < 50) continue;
      proxy.cutAll();
      await service.restart();
      break;
    }
    const { runId, chatId, lastEventId, content } = run;
    const rest = clientOf(proxy.url).follow({ runId: runId ?? '', lastEventId: lastEventId ?? '', content });
    expect(await rest.done).toMatchObject({ type: 'error', code: 'interrupted' });
    const { messages } = await clientOf(proxy.url).chats.get(chatId ?? '');
    expect(messages.at(-1)).toMatchObject({ status: 'interrupted', content: rest.content });
  });

  it('[CLIENT-2] after kill -9 it has no more than was saved, and goes on from there', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'client-'));
    await using server = await serverProcess({ DATABASE_URL: `file:${folder}/chat.db` });
    const client = clientOf(server.url);
    const cuts: number[] = [];
    const run = client.send(ask('[[simulate: tokens=endless, delay_ms=5]]'), {
      onCut: ({ to }) => cuts.push(to),
    });
    const done = run.done;
    while (run.content.length < 400) await new Promise((resolve) => setTimeout(resolve, 5));
    await server.kill();
    const seen = run.content;
    await server.start();
    expect(await done).toMatchObject({ type: 'error', code: 'interrupted', retryable: true });
    const { messages } = await client.chats.get(run.chatId ?? '');
    expect(messages.at(-1)).toMatchObject({ status: 'interrupted', content: run.content });
    expect(seen.startsWith(run.content)).toBe(true);
    expect(cuts).toEqual(seen.length > run.content.length ? [run.content.length] : []);
    await rm(folder, { recursive: true, force: true });
  });
});
