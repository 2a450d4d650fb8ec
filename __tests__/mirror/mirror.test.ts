import { toColumn } from '../../src/store/writes/statement.ts';
import { openStage, type Stage } from '../support/stage.ts';
import { isIdle, lastText, until, Viewer } from '../support/viewer.ts';

let stage: Stage;
let viewer: Viewer;
beforeAll(async () => {
  stage = await openStage({ mirror: { maxMessages: 4 } });
});
afterAll(() => stage[Symbol.asyncDispose]());
beforeEach(() => {
  viewer = new Viewer(stage.url);
});
afterEach(() => viewer[Symbol.dispose]());

/** A chat with one settled turn. */
async function answered(chatId: string, text = 'An answer'): Promise<void> {
  const answer = await stage.ask(chatId, `Question in ${chatId}`);
  answer.sink.content(text);
  answer.complete();
  await answer.over();
}

describe('watching a chat', () => {
  it('[MIRROR-1] shows what is there, and then every piece of the answer as it comes', async () => {
    const answer = await stage.ask('live', 'Hello?');
    const doc = await viewer.watch('live');
    expect(doc.data).toEqual({
      id: 'live',
      title: 'Hello?',
      status: 'streaming',
      activeRunId: answer.run.description.runId,
      messages: [
        expect.objectContaining({ role: 'user', content: 'Hello?', status: 'complete', position: 0 }),
        expect.objectContaining({ role: 'assistant', content: '', status: 'streaming', position: 1 }),
      ],
      updatedAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    for (const text of ['One', 'One two', 'One two 😀']) {
      answer.sink.content(text.slice(lastText(doc)?.length));
      await until(doc, (data) => data?.messages.at(-1)?.content === text);
    }
    answer.complete();
    await until(doc, isIdle);
    expect(doc.data).toEqual(stage.expected('live'));
    expect(doc.data?.activeRunId).toBeNull();
  });

  it('[MIRROR-3] inserts text where it belongs, and never sends an op that changes nothing', async () => {
    const answer = await stage.ask('inserts', 'Hello?');
    const doc = await viewer.watch('inserts');
    const ops: unknown[] = [];
    doc.on('op batch', (batch) => ops.push(...batch));
    answer.sink.reasoning('Hm. ');
    answer.sink.content('Yes');
    await until(doc, (data) => data?.messages.at(-1)?.content === 'Yes');
    answer.run.log.append({ type: 'status', message: 'nothing', attempt: 1, of: 3, retryInMs: 0 });
    answer.sink.content(', of course');
    await until(doc, (data) => data?.messages.at(-1)?.content === 'Yes, of course');
    expect(ops).toEqual([
      { p: ['messages', 1, 'reasoning'], oi: 'Hm. ' },
      { p: ['messages', 1, 'content', 0], si: 'Yes' },
      { p: ['messages', 1, 'content', 3], si: ', of course' },
    ]);
    answer.complete();
    await until(doc, isIdle);
    expect(doc.data).toEqual(stage.expected('inserts'));
  });

  it('[MIRROR-3] gathers text for a period at most, however fast it comes', async () => {
    const answer = await stage.ask('fast', 'Hello?');
    const doc = await viewer.watch('fast');
    const seen = new Set<string | undefined>();
    doc.on('op batch', () => seen.add(lastText(doc)));
    const begin = performance.now();
    const elapsed = () => performance.now() - begin;
    // A debounce would never send anything.
    for (let tokens = 0; elapsed() < 300 || seen.size <= 5; tokens += 1) {
      answer.sink.content(`${tokens} `);
      await new Promise(setImmediate);
    }
    // Periods of 10 ms; an op for each token would be hundreds of times as many.
    expect(seen.size).toBeLessThan(elapsed() / 5);
    answer.complete();
    await until(doc, isIdle);
    expect(doc.data).toEqual(stage.expected('fast'));
  });

  it('[MIRROR-6] has the text so far when somebody begins to watch in the middle', async () => {
    const answer = await stage.ask('middle', 'Hello?');
    answer.sink.reasoning('Thinking');
    answer.sink.content('The first half, ');
    await new Promise(setImmediate);
    const doc = await viewer.watch('middle');
    expect(doc.data?.messages.at(-1)).toMatchObject({ content: 'The first half, ', reasoning: 'Thinking' });
    answer.sink.content('the second half');
    answer.complete();
    await until(doc, isIdle);
    expect(lastText(doc)).toBe('The first half, the second half');
    expect(doc.data).toEqual(stage.expected('middle'));
  });

  it('[MIRROR-6] costs nothing when nobody watches, and two ops when somebody did just now', async () => {
    const answer = await stage.ask('unwatched', 'Hello?');
    for (let part = 0; part < 20; part += 1) {
      answer.sink.content(`part ${part} `);
      await new Promise(setImmediate);
    }
    answer.complete();
    await answer.over();
    await stage.mirror.settled();
    expect(stage.ops('unwatched')).toHaveLength(0);
    expect(await viewer.fetch('unwatched')).toEqual(stage.expected('unwatched'));
    const before = stage.ops('unwatched').length;
    const again = await stage.ask('unwatched', 'And?');
    again.sink.content('That was it');
    again.complete();
    await again.over();
    await stage.mirror.settled();
    expect(stage.ops('unwatched')).toHaveLength(before + 2);
    expect(await viewer.fetch('unwatched')).toEqual(stage.expected('unwatched'));
  });

  it('[MIRROR-6] sends no more text when the last viewer has left', async () => {
    const answer = await stage.ask('left', 'Hello?');
    const doc = await viewer.watch('left');
    answer.sink.content('watched ');
    await until(doc, (data) => data?.messages.at(-1)?.content === 'watched ');
    await new Promise<void>((resolve) => doc.unsubscribe(() => resolve()));
    const before = stage.ops('left').length;
    for (let part = 0; part < 20; part += 1) {
      answer.sink.content(`part ${part} `);
      await new Promise(setImmediate);
    }
    answer.complete();
    await answer.over();
    await stage.mirror.settled();
    expect(stage.ops('left')).toHaveLength(before + 1);
    expect(await viewer.fetch('left')).toEqual(stage.expected('left'));
  });

  it('[MIRROR-1] begins when the chat does, for somebody who was there before', async () => {
    const doc = await viewer.watch('later');
    expect(doc.type).toBeNull();
    const answer = await stage.ask('later', 'Hello?');
    await until(doc, (data) => data?.status === 'streaming');
    answer.sink.content('Here');
    answer.complete();
    await until(doc, isIdle);
    expect(doc.data).toEqual(stage.expected('later'));
  });
});

describe('what a document says', () => {
  it('[MIRROR-1] is the newest messages, without those that were superseded, and without the system prompt', async () => {
    const doc = await viewer.watch('window');
    for (const text of ['one', 'two', 'three']) await answered('window', text);
    await until(doc, (data) => isIdle(data) && data?.messages.at(-1)?.content === 'three');
    expect(doc.data?.messages.map(({ content }) => content)).toEqual([
      'Question in window',
      'two',
      'Question in window',
      'three',
    ]);
    const again = await stage.regenerate('window');
    again.sink.content('three, said better');
    again.complete();
    await until(doc, (data) => isIdle(data) && data?.messages.at(-1)?.content === 'three, said better');
    expect(doc.data).toEqual(stage.expected('window'));
    const [question] = doc.data?.messages ?? [];
    const edited = await stage.edit('window', question?.id ?? '', 'Something else');
    edited.complete();
    await until(doc, (data) => isIdle(data) && data?.messages.at(-2)?.content === 'Something else');
    expect(doc.data).toEqual(stage.expected('window'));
  });

  it.each(['complete', 'stopped', 'failed', 'interrupted'])(
    '[MIRROR-2] equals the database when an answer is %s',
    async (status) => {
      const chatId = `ends-${status}`;
      const answer = await stage.ask(chatId, 'Hello?');
      const doc = await viewer.watch(chatId);
      answer.sink.content('Half an answer');
      if (status === 'complete') answer.complete();
      if (status === 'stopped') answer.run.stop('user_stop');
      if (status === 'failed') answer.fail(new Error('broken'));
      if (status === 'interrupted') answer.run.interrupt();
      await until(doc, isIdle);
      expect(doc.data?.messages.at(-1)?.status).toBe(status);
      expect(doc.data).toEqual(stage.expected(chatId));
    },
  );

  it('[MIRROR-2] equals the database after a rename', async () => {
    await answered('renamed');
    const doc = await viewer.watch('renamed');
    await stage.chats.rename('renamed', 'Another title');
    await until(doc, (data) => data?.title === 'Another title');
    expect(doc.data).toEqual(stage.expected('renamed'));
  });

  it('[MIRROR-2] is made from the database when there is none, and only for chats that exist', async () => {
    const now = new Date();
    await stage.database.commits.exclusive((connection) =>
      connection
        .prepare('INSERT INTO Chat (id, title, createdAt, updatedAt) VALUES (?, ?, ?, ?)')
        .run('unmirrored', 'From before', toColumn(now), toColumn(now)),
    );
    expect(await viewer.fetch('never-there')).toBeUndefined();
    expect(stage.ops('never-there')).toEqual([]);
    expect(await viewer.fetch('unmirrored')).toEqual(stage.expected('unmirrored'));
    expect(stage.ops('unmirrored')).toHaveLength(1);
  });

  it('[CHAT-9] goes with the chat, and nothing of it stays behind', async () => {
    await answered('deleted', 'a secret');
    const doc = await viewer.watch('deleted');
    const version = doc.version ?? 0;
    await stage.chats.delete('deleted');
    await until(doc, (data) => data === undefined);
    await stage.mirror.settled();
    const left = stage.database.query<object>(
      `SELECT op AS text FROM SharedOp WHERE documentId = 'deleted'
       UNION ALL SELECT data FROM SharedSnapshot WHERE documentId = 'deleted'`,
    );
    expect(JSON.stringify(left)).not.toContain('secret');
    // [MIRROR-5] versions never go backwards, not even when the chat comes back
    await answered('deleted', 'begun again');
    await until(doc, (data) => data?.messages.at(-1)?.content === 'begun again' && isIdle(data));
    expect(doc.version).toBeGreaterThan(version + 1);
    expect(doc.data).toEqual(stage.expected('deleted'));
  });
});

describe('text that was taken back', () => {
  it('[PROV-8] is overwritten for those who watch, and is in no op that is kept', async () => {
    const answer = await stage.ask('redacted', 'Hello?');
    const doc = await viewer.watch('redacted');
    answer.sink.content('The password is swordfish, ');
    await until(doc, (data) => data?.messages.at(-1)?.content.endsWith(', ') ?? false);
    answer.sink.content('remember it');
    answer.sink.redact(16, 25);
    const overwritten = `The password is ${'█'.repeat(9)}, remember it`;
    await until(doc, (data) => data?.messages.at(-1)?.content === overwritten);
    answer.complete();
    await until(doc, isIdle);
    await stage.mirror.settled();
    expect(doc.data).toEqual(stage.expected('redacted'));
    expect(stage.database.query('SELECT * FROM SharedOp WHERE op LIKE ?', '%swordfish%')).toEqual([]);
    expect(stage.database.query('SELECT * FROM SharedSnapshot WHERE data LIKE ?', '%swordfish%')).toEqual([]);
  });

  it('[PROV-8] never reaches a viewer who comes after', async () => {
    const answer = await stage.ask('redacted-early', 'Hello?');
    answer.sink.content('The password is swordfish');
    answer.sink.redact(16, 25);
    const doc = await viewer.watch('redacted-early');
    expect(lastText(doc)).toBe(`The password is ${'█'.repeat(9)}`);
    answer.complete();
    await until(doc, isIdle);
    expect(doc.data).toEqual(stage.expected('redacted-early'));
  });
});
