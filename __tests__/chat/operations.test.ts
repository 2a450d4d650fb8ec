import { randomUUID } from 'node:crypto';
import type { Message } from '../../src/chat/store.ts';
import { allEvents, ask, post, readEvents, terminalOf, textOf } from '../support/events.ts';
import { type Service, startService } from '../support/service.ts';

const NOW = { delayMs: 0, firstDelayMs: 0 };
const ENDLESS = { tokens: 'endless', delayMs: 3, firstDelayMs: 0 } as const;

type Wire<Row> = { [Key in keyof Row]: Row[Key] extends Date ? string : Row[Key] };

describe('chats', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService();
  });
  beforeEach(() => service.simulator.setBehaviour({ chunks: ['Hello', ' there'], ...NOW }));
  afterAll(() => service[Symbol.asyncDispose]());

  const runIdOf = (response: Response) => String(response.headers.get('x-run-id'));
  const answers = async (response: Promise<Response>) => {
    const events = await allEvents(response);
    return { terminal: terminalOf(events), text: textOf(events) };
  };
  /** A chat of so many finished turns. */
  const chatOf = async (chatId: string, ...questions: string[]) => {
    for (const question of questions) {
      service.simulator.setBehaviour({ chunks: [`about ${question}`], ...NOW });
      await allEvents(ask(service.url, question, { chatId }));
    }
  };
  const get = async (path: string) => {
    const response = await fetch(`${service.url}${path}`);
    return { status: response.status, body: await response.json() };
  };
  const messagesOf = async (chatId: string, query = '') => {
    const { body } = await get(`/api/chat/${chatId}${query}`);
    const messages: Array<Wire<Message>> = body.messages;
    return messages;
  };
  const outline = (messages: ReadonlyArray<{ position: number; content: string }>) =>
    messages.map(({ position, content }) => `${position} ${content}`);

  describe('one run at a time', () => {
    it('[CHAT-7] a second question is refused while the first is answered, and says by whom', async () => {
      service.simulator.setBehaviour(ENDLESS);
      const upstream = service.simulator.nextRequest();
      const first = await ask(service.url, 'One', { chatId: 'busy' });
      await upstream;
      const asked = service.simulator.requests.length;
      const second = await ask(service.url, 'Two', { chatId: 'busy' });
      expect(second.status).toBe(409);
      expect(second.headers.get('x-should-retry')).toBe('false');
      expect(second.headers.get('x-run-id')).toBe(runIdOf(first));
      expect(await second.json()).toMatchObject({ error: { code: 'chat_busy' } });
      for (const [path, body] of [
        ['regenerate', {}],
        ['edit', { messageId: 'any', content: 'Three' }],
      ] as const) {
        expect((await post(`${service.url}/api/chat/busy/${path}`, body)).status).toBe(409);
      }
      expect(service.simulator.requests.length).toBe(asked);
      await post(`${service.url}/api/runs/${runIdOf(first)}/stop`, {});
      await allEvents(first);
      expect(service.query("SELECT count(*) AS n FROM Message WHERE chatId = 'busy'")).toEqual([{ n: 2 }]);
    });

    it('[CHAT-7] [RUN-5] or it interrupts the first, whose text is kept', async () => {
      await using interrupting = await startService({
        config: { chat: { concurrency: 'interrupt' } },
        script: ENDLESS,
      });
      const first = await ask(interrupting.url, 'One', { chatId: 'busy' });
      const reading = allEvents(first);
      // Its first words are in the database's log by the time that a second reader has them.
      for await (const event of readEvents(
        await fetch(`${interrupting.url}/api/runs/${runIdOf(first)}/stream`),
      ))
        if (event.type === 'content') break;
      interrupting.simulator.setBehaviour({ chunks: ['Better'], ...NOW });
      const second = await allEvents(ask(interrupting.url, 'Two', { chatId: 'busy' }));
      const events = await reading;
      expect(terminalOf(events)).toMatchObject({ type: 'stopped', cause: 'superseded' });
      expect(terminalOf(second)).toMatchObject({ type: 'complete' });
      expect(
        interrupting.query("SELECT status, content FROM Message WHERE role = 'assistant' ORDER BY position"),
      ).toEqual([
        { status: 'stopped', content: textOf(events) },
        { status: 'complete', content: 'Better' },
      ]);
      expect(interrupting.simulator.requests.at(-1)?.body.messages.map(({ content }) => content)).toContain(
        textOf(events),
      );
    });

    it('[CHAT-7] chats do not wait for each other', async () => {
      service.simulator.setBehaviour(ENDLESS);
      const first = await ask(service.url, 'One', { chatId: 'waits' });
      service.simulator.setBehaviour({ chunks: ['quick'], ...NOW });
      expect((await answers(ask(service.url, 'Two', { chatId: 'does-not' }))).text).toBe('quick');
      await post(`${service.url}/api/runs/${runIdOf(first)}/stop`, {});
      await allEvents(first);
    });
  });

  describe('idempotency keys', () => {
    const body = (content: string, chatId?: string) => ({
      messages: [{ role: 'user', content }],
      ...(chatId === undefined ? {} : { chatId }),
    });
    const askOnce = (key: string, content: string, chatId?: string) =>
      post(`${service.url}/api/chat`, body(content, chatId), { 'idempotency-key': key });
    const runs = () => service.query<{ n: number }>('SELECT count(*) AS n FROM Run')[0]?.n ?? 0;

    it.each([
      ['with a chat id', 'keyed'],
      ['without one', undefined],
    ])('[CHAT-8] a repeat follows the first run from its start, %s', async (_what, chatId) => {
      const key = randomUUID();
      const before = runs();
      const first = await askOnce(key, 'Hi', chatId);
      const events = await allEvents(first);
      const second = await askOnce(key, 'Hi', chatId);
      expect(second.headers.get('x-run-id')).toBe(runIdOf(first));
      expect(second.headers.get('x-chat-id')).toBe(first.headers.get('x-chat-id'));
      const again = await allEvents(second);
      expect(again[0]).toEqual(events[0]);
      expect(textOf(again)).toBe(textOf(events));
      expect(terminalOf(again)).toEqual(terminalOf(events));
      expect(runs()).toBe(before + 1);
    });

    it('[CHAT-8] repeats at the same moment, and while it is live, are one run', async () => {
      service.simulator.setBehaviour({ tokens: 30, delayMs: 3, firstDelayMs: 0 });
      const key = randomUUID();
      const before = runs();
      const together = await Promise.all(Array.from({ length: 20 }, () => askOnce(key, 'Hi')));
      const live = await askOnce(key, 'Hi');
      const responses = [...together, live];
      expect(new Set(responses.map(runIdOf)).size).toBe(1);
      const texts = await Promise.all(responses.map((response) => answers(Promise.resolve(response))));
      expect(new Set(texts.map(({ text }) => text)).size).toBe(1);
      expect(runs()).toBe(before + 1);
    });

    it('[CHAT-8] the same key with another body is 422, at once and later', async () => {
      const key = randomUUID();
      const [first, second] = await Promise.all([askOnce(key, 'One'), askOnce(key, 'Two')]);
      expect([first.status, second.status].sort()).toEqual([200, 422]);
      await Promise.all([first, second].map((response) => response.text()));
      const third = await askOnce(key, 'Three');
      expect(third.status).toBe(422);
      expect(await third.json()).toMatchObject({ error: { code: 'idempotency_key_reused' } });
      // Keys are server-wide: another chat does not make it another key.
      expect((await askOnce(key, 'One', 'elsewhere')).status).toBe(422);
    });

    it('[CHAT-8] survives a restart', async () => {
      const key = randomUUID();
      const first = await askOnce(key, 'Hi');
      const { text } = await answers(Promise.resolve(first));
      const before = runs();
      await service.restart();
      const second = await askOnce(key, 'Hi');
      expect(runIdOf(second)).toBe(runIdOf(first));
      expect((await answers(Promise.resolve(second))).text).toBe(text);
      expect((await askOnce(key, 'Other')).status).toBe(422);
      expect(runs()).toBe(before);
    });

    it('[CHAT-8] a request that was refused leaves its key free', async () => {
      service.simulator.setBehaviour(ENDLESS);
      const running = await ask(service.url, 'One', { chatId: 'refused' });
      const key = randomUUID();
      expect((await askOnce(key, 'Two', 'refused')).status).toBe(409);
      await post(`${service.url}/api/runs/${runIdOf(running)}/stop`, {});
      await allEvents(running);
      service.simulator.setBehaviour({ chunks: ['ok'], ...NOW });
      expect((await answers(askOnce(key, 'Two', 'refused'))).text).toBe('ok');
    });

    it('[CHAT-8] a repeat follows the run also while its chat is busy with a later one', async () => {
      const key = randomUUID();
      const { text } = await answers(askOnce(key, 'Hi', 'moved-on'));
      service.simulator.setBehaviour(ENDLESS);
      const later = await ask(service.url, 'More', { chatId: 'moved-on' });
      expect((await answers(askOnce(key, 'Hi', 'moved-on'))).text).toBe(text);
      await post(`${service.url}/api/runs/${runIdOf(later)}/stop`, {});
      await allEvents(later);
    });

    it('[CHAT-8] holds for regenerate and edit too', async () => {
      await chatOf('keyed-again', 'One');
      const key = randomUUID();
      const again = () =>
        post(`${service.url}/api/chat/keyed-again/regenerate`, {}, { 'idempotency-key': key });
      const first = await again();
      await allEvents(first);
      const second = await again();
      await allEvents(second);
      expect(runIdOf(second)).toBe(runIdOf(first));
      const mixed = await post(`${service.url}/api/chat`, body('Hi'), { 'idempotency-key': key });
      expect(mixed.status).toBe(422);
    });
  });

  describe('answering again', () => {
    it('[CHAT-9] regenerates the last answer; the old one is superseded, and positions go on', async () => {
      await chatOf('again', 'One', 'Two');
      service.simulator.setBehaviour({ chunks: ['better'], ...NOW });
      await allEvents(post(`${service.url}/api/chat/again/regenerate`, {}));
      expect(outline(await messagesOf('again'))).toEqual(['0 One', '1 about One', '2 Two', '4 better']);
      expect(outline(await messagesOf('again', '?include=superseded'))).toEqual([
        '0 One',
        '1 about One',
        '2 Two',
        '3 about Two',
        '4 better',
      ]);
      const prompt = service.simulator.requests.at(-1)?.body.messages.map(({ content }) => content);
      expect(prompt?.slice(1)).toEqual(['One', 'about One', 'Two']);
    });

    it('[CHAT-9] regenerates an earlier answer, by its id or by that of its question', async () => {
      for (const [chatId, index] of [
        ['by-answer', 1],
        ['by-question', 0],
      ] as const) {
        await chatOf(chatId, 'One', 'Two');
        const messageId = (await messagesOf(chatId))[index]?.id;
        service.simulator.setBehaviour({ chunks: ['better'], ...NOW });
        await allEvents(post(`${service.url}/api/chat/${chatId}/regenerate`, { messageId }));
        expect(outline(await messagesOf(chatId))).toEqual(['0 One', '4 better']);
        expect(
          service.simulator.requests
            .at(-1)
            ?.body.messages.map(({ content }) => content)
            .slice(1),
        ).toEqual(['One']);
      }
    });

    it('[CHAT-9] edits a question: it and everything after it is superseded', async () => {
      await chatOf('edited', 'One', 'Two', 'Three');
      const messageId = (await messagesOf('edited'))[2]?.id;
      service.simulator.setBehaviour({ chunks: ['other'], ...NOW });
      await allEvents(
        post(`${service.url}/api/chat/edited/edit`, { messageId, content: 'Two, differently' }),
      );
      expect(outline(await messagesOf('edited'))).toEqual([
        '0 One',
        '1 about One',
        '6 Two, differently',
        '7 other',
      ]);
      const all = await messagesOf('edited', '?include=superseded');
      expect(all.map(({ position }) => position)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
      expect(all.map(({ supersededAt }) => supersededAt !== null)).toEqual([
        ...[false, false],
        ...[true, true, true, true],
        ...[false, false],
      ]);
      await chatOf('edited', 'Four');
      const prompt = service.simulator.requests.at(-1)?.body.messages.map(({ content }) => content);
      expect(prompt?.slice(1)).toEqual(['One', 'about One', 'Two, differently', 'other', 'Four']);
      expect((await messagesOf('edited')).at(-1)?.position).toBe(9);
    });

    it('[CHAT-9] never uses a position twice, whatever is edited and regenerated', async () => {
      await chatOf('positions', 'One');
      for (let turn = 0; turn < 5; turn += 1) {
        const [question] = await messagesOf('positions');
        await allEvents(post(`${service.url}/api/chat/positions/regenerate`, {}));
        await allEvents(
          post(`${service.url}/api/chat/positions/edit`, {
            messageId: question?.id,
            content: `Edit ${turn}`,
          }),
        );
      }
      const all = await messagesOf('positions', '?include=superseded');
      expect(all.map(({ position }) => position)).toEqual(all.map((_, index) => index));
      expect(all).toHaveLength(2 + 5 * 3);
      expect(await messagesOf('positions')).toHaveLength(2);
      const { body } = await get('/api/chats');
      expect(body.chats.find(({ id }: { id: string }) => id === 'positions')).toMatchObject({
        messageCount: 2,
      });
    });

    it.each([
      ['regenerate', {}, 404, 'never-was'],
      ['regenerate', { messageId: 'never-was' }, 404, 'refusing'],
      ['edit', { messageId: 'never-was', content: 'Hi' }, 404, 'refusing'],
      ['edit', { content: 'Hi' }, 400, 'refusing'],
      ['edit', { messageId: 'x', content: '' }, 400, 'refusing'],
      ['regenerate', { unknown: 1 }, 400, 'refusing'],
    ])('[CHAT-9] %s with %j is %d', async (operation, body, status, chatId) => {
      await chatOf('refusing', 'One');
      expect((await post(`${service.url}/api/chat/${chatId}/${operation}`, body)).status).toBe(status);
      // And leaves the chat free.
      expect((await answers(ask(service.url, 'Next', { chatId: 'refusing' }))).terminal.type).toBe(
        'complete',
      );
    });

    it('[CHAT-9] an answer cannot be edited, nor what is superseded', async () => {
      await chatOf('not-this', 'One');
      const [question, answer] = await messagesOf('not-this');
      const edit = (messageId: string | undefined) =>
        post(`${service.url}/api/chat/not-this/edit`, { messageId, content: 'Hi' });
      expect((await edit(answer?.id)).status).toBe(400);
      await allEvents(edit(question?.id));
      expect((await edit(question?.id)).status).toBe(404);
    });
  });

  describe('reading', () => {
    it('[CHAT-9] lists chats, newest first, page by page', async () => {
      await using library = await startService();
      const ids = Array.from({ length: 25 }, (_, index) => `chat-${String(index).padStart(2, '0')}`);
      for (const chatId of ids) await allEvents(ask(library.url, `Question of ${chatId}`, { chatId }));
      await allEvents(ask(library.url, 'Back to this one', { chatId: 'chat-03' }));
      const seen: string[] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const page = await (
          await fetch(`${library.url}/api/chats?limit=7${cursor === '' ? '' : `&cursor=${cursor}`}`)
        ).json();
        expect(page.chats.length).toBeLessThanOrEqual(7);
        seen.push(...page.chats.map(({ id }: { id: string }) => id));
        cursor = page.nextCursor;
      }
      expect(seen).toEqual(['chat-03', ...ids.filter((id) => id !== 'chat-03').reverse()]);
    });

    it('[CHAT-9] reads a chat page by page, the answer of its live run up to its position', async () => {
      await chatOf('pages', 'One', 'Two', 'Three');
      const seen: string[] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const { body } = await get(`/api/chat/pages?limit=4${cursor === '' ? '' : `&cursor=${cursor}`}`);
        expect(body.activeRun).toBeNull();
        seen.push(...outline(body.messages));
        cursor = body.nextCursor;
      }
      expect(seen).toEqual(['0 One', '1 about One', '2 Two', '3 about Two', '4 Three', '5 about Three']);
    });

    it.each([
      ['/api/chats?limit=0', 400],
      ['/api/chats?limit=501', 400],
      ['/api/chats?cursor=nonsense', 400],
      ['/api/chats?unknown=1', 400],
      ['/api/chat/pages?include=everything', 400],
      ['/api/chat/never-was', 404],
      ['/api/chat/not%20an%20id', 400],
      ['/api/chat/never-was/export', 404],
      ['/api/chat/pages/export?format=pdf', 400],
    ])('[CHAT-9] GET %s is %d', async (path, status) => {
      expect((await get(path)).status).toBe(status);
    });

    it('[CHAT-9] exports a chat as JSON and as Markdown', async () => {
      service.simulator.setBehaviour({ chunks: ['# Not a title\n\n', '```js\n1\n```'], ...NOW });
      await allEvents(ask(service.url, 'Show me', { chatId: 'exported' }));
      await chatOf('exported', 'Thanks');
      await allEvents(post(`${service.url}/api/chat/exported/regenerate`, {}));

      const json = await fetch(`${service.url}/api/chat/exported/export`);
      expect(json.headers.get('content-disposition')).toBe('attachment; filename=exported.json');
      const exported = await json.json();
      expect(exported.chat).toMatchObject({ id: 'exported', title: 'Show me' });
      expect(exported.messages).toEqual(await messagesOf('exported'));

      const markdown = await fetch(`${service.url}/api/chat/exported/export?format=markdown`);
      expect(markdown.headers.get('content-type')).toBe('text/markdown; charset=utf-8');
      expect(markdown.headers.get('content-disposition')).toBe('attachment; filename=exported.md');
      const text = await markdown.text();
      expect(text.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')).toBe(
        [
          ...['# Show me', '## User (TIME)', 'Show me'],
          ...['## Assistant (TIME)', '# Not a title\n\n```js\n1\n```'],
          ...['## User (TIME)', 'Thanks', '## Assistant (TIME)', 'about Thanks\n'],
        ].join('\n\n'),
      );
      const all = await (await fetch(`${service.url}/api/chat/exported/export?include=superseded`)).json();
      expect(all.messages).toHaveLength(5);
    });
  });

  it('[CHAT-9] renames a chat, and keeps its place in the list', async () => {
    await chatOf('named', 'A question');
    const rename = (chatId: string, body: unknown) =>
      fetch(`${service.url}/api/chat/${chatId}`, {
        method: 'PATCH',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const renamed = await rename('named', { title: 'Another name 😀' });
    expect(await renamed.json()).toMatchObject({ chat: { id: 'named', title: 'Another name 😀' } });
    await chatOf('named', 'Another question');
    expect((await get('/api/chat/named')).body.chat.title).toBe('Another name 😀');
    for (const body of [{ title: '' }, { title: 'x'.repeat(201) }, {}, { title: 'x', more: 1 }]) {
      expect((await rename('named', body)).status).toBe(400);
    }
    expect((await rename('never-was', { title: 'x' })).status).toBe(404);
  });

  describe('deleting', () => {
    const remove = (chatId: string) => fetch(`${service.url}/api/chat/${chatId}`, { method: 'DELETE' });
    const traces = (chatId: string) =>
      service.query<{ n: number }>(
        `SELECT (SELECT count(*) FROM Chat WHERE id = $1) + (SELECT count(*) FROM Message WHERE chatId = $1)
           + (SELECT count(*) FROM Run WHERE chatId = $1) + (SELECT count(*) FROM IdempotencyKey WHERE chatId = $1)
           + (SELECT count(*) FROM RunSegment s WHERE NOT EXISTS (SELECT 1 FROM Run WHERE id = s.runId)) AS n`,
        { 1: chatId },
      )[0]?.n;

    it('[CHAT-9] removes all of a chat, and its keys; then the id is free', async () => {
      const key = randomUUID();
      const asking = () =>
        post(
          `${service.url}/api/chat`,
          { chatId: 'gone', messages: [{ role: 'user', content: 'Hi' }] },
          { 'idempotency-key': key },
        );
      const first = await asking();
      await allEvents(first);
      expect((await remove('gone')).status).toBe(204);
      expect(traces('gone')).toBe(0);
      expect((await get('/api/chat/gone')).status).toBe(404);
      expect((await remove('gone')).status).toBe(404);
      expect((await fetch(`${service.url}/api/runs/${runIdOf(first)}/stream`)).status).toBe(404);
      const second = await asking();
      expect(runIdOf(second)).not.toBe(runIdOf(first));
      expect(terminalOf(await allEvents(second)).type).toBe('complete');
    });

    it('[CHAT-9] [RUN-5] stops what runs in it first, and tells its readers', async () => {
      service.simulator.setBehaviour(ENDLESS);
      const upstream = service.simulator.nextRequest();
      const running = await ask(service.url, 'Hi', { chatId: 'running' });
      const reading = allEvents(running);
      expect((await remove('running')).status).toBe(204);
      expect(terminalOf(await reading)).toMatchObject({ type: 'stopped', cause: 'deleted' });
      await (await upstream).closed;
      expect((await upstream).aborted).toBe(true);
      expect(traces('running')).toBe(0);
    });
  });
});
