import fc from 'fast-check';
import type { ChatStore } from '../../src/chat/store.ts';
import { InvalidRequestError, StorageError } from '../../src/errors.ts';
import type { Journal, RunStore, Segment } from '../../src/runs/store.ts';
import { aQuestion, aRun, aRunResult, aTurn, at, OWNER } from './store-samples.ts';

export interface Stores extends AsyncDisposable {
  chats: ChatStore;
  runs: RunStore;
}

const ALL = { limit: 100, cursor: null, superseded: false };

/** The contract of every store. `open` returns an empty one. */
export function storeContract(name: string, open: () => Promise<Stores>): void {
  describe(`the ports of chats and runs, on ${name}`, () => {
    let stores: Stores;
    let chats: ChatStore;
    let runs: RunStore;

    beforeEach(async () => {
      stores = await open();
      ({ chats, runs } = stores);
    });

    afterEach(() => stores[Symbol.asyncDispose]());

    /** A chat with one finished turn. */
    async function answeredChat(content = 'I am a service.') {
      const turn = aTurn();
      await chats.begin(turn);
      await runs.settle(aRunResult(turn.run, { content }));
      return turn;
    }

    describe('a turn', () => {
      it('[CHAT-4] stores question, placeholder and run together', async () => {
        const asked = aQuestion({ content: 'Who?', clientId: 'client-1' });
        const turn = aTurn({ asked });
        const { run } = turn;
        await chats.begin({ ...turn, chat: { ...turn.chat, systemPrompt: 'Be brief.' } });

        expect(await chats.head(run.chatId)).toEqual({
          id: run.chatId,
          ownerId: OWNER,
          title: 'A chat',
          systemPrompt: 'Be brief.',
          nextPosition: 2,
          createdAt: at(0),
          updatedAt: at(0),
        });
        const { items } = await chats.messages(run.chatId, ALL);
        const shared = {
          chatId: run.chatId,
          reasoning: null,
          cause: null,
          edits: null,
          createdAt: at(0),
          supersededAt: null,
        };
        expect(items).toEqual([
          { ...asked, ...shared, position: 0, runId: null },
          {
            ...shared,
            id: run.messageId,
            position: 1,
            role: 'assistant',
            status: 'streaming',
            content: '',
            tokens: null,
            clientId: null,
            runId: run.runId,
          },
        ]);
        expect(await runs.load(run.runId)).toEqual({ ...run, status: 'streaming' });
        expect(await runs.unsettled(10)).toEqual([{ ...run, segments: [] }]);
      });

      it('[CHAT-4] stores nothing when a part of it cannot be stored', async () => {
        const { messages } = await answeredChat();
        const turn = aTurn({
          asked: messages[0] ?? null,
          idempotency: { ownerId: OWNER, key: 'key', bodyHash: 'hash' },
        });
        await expect(chats.begin(turn)).rejects.toThrow(StorageError);
        expect(await chats.head(turn.run.chatId)).toBeNull();
        expect(await runs.load(turn.run.runId)).toBeNull();
        expect(await chats.findKey(OWNER, 'key')).toBeNull();
      });

      it('[CHAT-3] imports history in its order', async () => {
        const run = aRun();
        const history = ['a', 'b', 'c'].map((content) => aQuestion({ content }));
        const placeholder = aTurn({ run, asked: null }).messages;
        await chats.begin({ ...aTurn({ run }), messages: [...history, ...placeholder] });
        const { items } = await chats.messages(run.chatId, ALL);
        expect(items.map(({ position, content }) => [position, content])).toEqual([
          [0, 'a'],
          [1, 'b'],
          [2, 'c'],
          [3, ''],
        ]);
      });

      it('[CHAT-2] keeps the stored system prompt unless it has one', async () => {
        const first = aTurn();
        const id = first.run.chatId;
        await chats.begin({ ...first, chat: { ...first.chat, systemPrompt: 'One.' } });
        await runs.settle(aRunResult(first.run));
        const next = aTurn({
          chat: { id, create: null },
          firstPosition: 2,
          run: aRun({ chatId: id }),
          now: at(9),
        });
        await chats.begin(next);
        expect(await chats.head(id)).toMatchObject({
          systemPrompt: 'One.',
          nextPosition: 4,
          updatedAt: at(9),
        });
        await runs.settle(aRunResult(next.run));
        const chat = { id, create: null, systemPrompt: null };
        await chats.begin(aTurn({ chat, firstPosition: 4, run: aRun({ chatId: id }) }));
        expect(await chats.head(id)).toMatchObject({ systemPrompt: null, nextPosition: 6 });
      });

      it('refuses a further turn in a deleted chat', async () => {
        const chat = { id: 'gone', create: null };
        await expect(chats.begin(aTurn({ chat, firstPosition: 2 }))).rejects.toThrow(StorageError);
        expect(await chats.head('gone')).toBeNull();
      });
    });

    describe('edit and regeneration', () => {
      it('[CHAT-9] supersede what they replace, and reuse no position', async () => {
        const first = await answeredChat();
        const id = first.run.chatId;
        const again = aTurn({
          chat: { id, create: null },
          asked: null,
          firstPosition: 2,
          supersedeFrom: 1,
          run: aRun({ chatId: id }),
          now: at(5),
        });
        await chats.begin(again);
        await runs.settle(aRunResult(again.run, { content: 'Another answer.' }));

        const current = await chats.messages(id, ALL);
        expect(current.items.map(({ position }) => position)).toEqual([0, 2]);
        const all = await chats.messages(id, { ...ALL, superseded: true });
        expect(all.items.map(({ position, supersededAt }) => [position, supersededAt])).toEqual([
          [0, null],
          [1, at(5)],
          [2, null],
        ]);
        expect((await chats.recent(id, 3, 10)).map(({ content }) => content)).toEqual([
          'Another answer.',
          'What are you?',
        ]);
        expect((await chats.list(OWNER, 1, null)).items[0]?.messageCount).toBe(2);
      });

      it('[WIRE-2] a message may take over the client id of the one that it replaces', async () => {
        const asked = aQuestion({ clientId: 'same' });
        const first = aTurn({ asked });
        const id = first.run.chatId;
        await chats.begin(first);
        await runs.settle(aRunResult(first.run));
        const edited = aQuestion({ clientId: 'same', content: 'Edited.' });
        const chat = { id, create: null };
        const run = aRun({ chatId: id });
        await chats.begin(aTurn({ chat, asked: edited, firstPosition: 2, supersedeFrom: 0, run }));
        expect(await chats.message(id, 'same')).toMatchObject({ id: edited.id, content: 'Edited.' });
        expect(await chats.message(id, asked.id)).toMatchObject({ clientId: null });
      });
    });

    describe('the context', () => {
      it('[CHAT-2] is settled, not superseded messages before a position, newest first', async () => {
        const first = await answeredChat('First.');
        const id = first.run.chatId;
        const run = aRun({ chatId: id });
        await chats.begin(aTurn({ chat: { id, create: null }, firstPosition: 2, run }));
        expect(await chats.recent(id, 4, 10)).toEqual([
          { position: 2, role: 'user', content: 'What are you?', tokens: 4 },
          { position: 1, role: 'assistant', content: 'First.', tokens: 4 },
          { position: 0, role: 'user', content: 'What are you?', tokens: 4 },
        ]);
        expect((await chats.recent(id, 2, 1)).map(({ position }) => position)).toEqual([1]);
        expect(await chats.recent('another', 4, 10)).toEqual([]);
      });
    });

    describe('idempotency keys', () => {
      it('[CHAT-8] are stored with the turn, once, and forgotten by age', async () => {
        const idempotency = { ownerId: OWNER, key: 'key', bodyHash: 'hash' };
        const turn = aTurn({ idempotency, now: at(10) });
        await chats.begin(turn);
        const { runId, chatId } = turn.run;
        expect(await chats.findKey(OWNER, 'key')).toEqual({ runId, chatId, bodyHash: 'hash' });

        const second = aTurn({ idempotency });
        await expect(chats.begin(second)).rejects.toThrow(StorageError);
        expect(await runs.load(second.run.runId)).toBeNull();

        expect(await chats.forgetKeys(at(10))).toBe(0);
        expect(await chats.forgetKeys(at(11))).toBe(1);
        expect(await chats.findKey(OWNER, 'key')).toBeNull();
      });
    });

    describe('a live run', () => {
      const text = (runId: string, position: number, content: string): Segment => ({
        runId,
        position,
        kind: 'content',
        text: content,
      });

      it('[RUN-6] has what its checkpoints stored, in the order of positions', async () => {
        const { run } = await begun();
        const { runId } = run;
        const event: Segment = {
          runId,
          position: 5,
          kind: 'event',
          text: '{"type":"redact","from":0,"to":1}',
        };
        await runs.checkpoint([text(runId, 6, 'world'), event]);
        await runs.checkpoint([text(runId, 0, 'Hello')]);
        const segments = [text(runId, 0, 'Hello'), event, text(runId, 6, 'world')];
        expect(await runs.load(runId)).toEqual({ ...run, status: 'streaming' });
        expect(await runs.unsettled(10)).toEqual([{ ...run, segments }]);
      });

      it('a repeated checkpoint changes nothing', async () => {
        const { run } = await begun();
        await runs.checkpoint([text(run.runId, 0, 'Hel')]);
        await runs.checkpoint([text(run.runId, 0, 'Hello')]);
        expect(await runs.unsettled(10)).toMatchObject([{ segments: [text(run.runId, 0, 'Hello')] }]);
      });

      it('[PROV-8] keeps nothing of redacted segments, even when both are written in one transaction', async () => {
        const { run } = await begun();
        const { runId } = run;
        const clean = text(runId, 0, '██████');
        await Promise.all([
          runs.checkpoint([text(runId, 0, 'sec')]),
          runs.checkpoint([text(runId, 3, 'ret')]),
          runs.replace(runId, [clean]),
        ]);
        expect(await runs.unsettled(10)).toMatchObject([{ segments: [clean] }]);
      });

      it('[RUN-6] unsettled runs are returned oldest first, a bounded number at a time', async () => {
        for (const seconds of [3, 1, 2]) await begun(at(seconds));
        const times = (await runs.unsettled(2)).map(({ createdAt }) => createdAt);
        expect(times).toEqual([at(1), at(2)]);
      });

      async function begun(createdAt = at(0)) {
        const turn = aTurn({ run: aRun({ createdAt }) });
        await chats.begin(turn);
        return turn;
      }
    });

    describe('a settled run', () => {
      it('[RUN-3] [RUN-11] stores message, run and usage together, and removes its segments', async () => {
        const turn = aTurn();
        const { run } = turn;
        await chats.begin(turn);
        await runs.checkpoint([{ runId: run.runId, position: 0, kind: 'content', text: 'I am' }]);
        const journal: Journal = [
          { reasoning: 3 },
          { content: 15 },
          { event: { type: 'redact', from: 0, to: 2 } },
        ];
        const settlement = aRunResult(run, { reasoning: 'Hm.', journal, endedAt: at(4) });
        await runs.settle(settlement);

        const { status, cause, terminal, content, reasoning, endedAt, usage } = settlement;
        expect(await runs.load(run.runId)).toEqual({
          ...run,
          promptTokens: usage.promptTokens,
          status,
          cause,
          terminal,
          content,
          reasoning,
          journal,
          endedAt,
        });
        expect(await chats.message(run.chatId, run.messageId)).toMatchObject({
          status,
          content,
          reasoning,
          tokens: 4,
        });
        expect(await chats.head(run.chatId)).toMatchObject({ updatedAt: at(4) });
        expect(await runs.unsettled(10)).toEqual([]);
      });

      it('[RUN-5] keeps its first result when it is settled again', async () => {
        const { run } = await answeredChat('First.');
        const late = aRunResult(run, { status: 'interrupted', cause: 'crash', content: 'Second.' });
        await runs.settle(late);
        await runs.checkpoint([{ runId: run.runId, position: 0, kind: 'content', text: 'Late.' }]);
        expect(await runs.load(run.runId)).toMatchObject({
          status: 'complete',
          cause: 'stop',
          content: 'First.',
        });
        expect(await chats.recent(run.chatId, 2, 1)).toMatchObject([{ content: 'First.' }]);
      });

      it('does not exist before it began', async () => {
        expect(await runs.load('none')).toBeNull();
      });

      it('returns any text as it was stored', async () => {
        const anyText = fc
          .string({ unit: 'grapheme', maxLength: 60 })
          .map((value) => value.replaceAll('\0', ''));
        await fc.assert(
          fc.asyncProperty(anyText, anyText, anyText, async (question, answer, thought) => {
            const asked = aQuestion({ content: question });
            const turn = aTurn({ asked });
            const { run } = turn;
            await chats.begin(turn);
            await runs.checkpoint([{ runId: run.runId, position: 0, kind: 'content', text: answer }]);
            expect(await runs.unsettled(1)).toMatchObject([
              { runId: run.runId, segments: [{ text: answer }] },
            ]);
            await runs.settle(aRunResult(run, { content: answer, reasoning: thought }));
            expect(await runs.load(run.runId)).toMatchObject({ content: answer, reasoning: thought });
            expect(await chats.message(run.chatId, asked.id)).toMatchObject({ content: question });
          }),
          {
            numRuns: 60,
            examples: [
              ['line\nline\r\n', '"quoted" \\ \'single\' \\u0041', '👩‍👩‍👧‍👦 é \u2028'],
              ['', '123', 'null'],
              ['[1]', '{"a":1}', 'true'],
            ],
          },
        );
      });
    });

    describe('lists', () => {
      it('[CHAT-9] chats come newest first, page by page, each once', async () => {
        const ids: string[] = [];
        for (const seconds of [1, 3, 2, 3, 3]) {
          const turn = aTurn({ now: at(seconds) });
          await chats.begin(turn);
          ids.push(turn.run.chatId);
        }
        const whole = (await chats.list(OWNER, 10, null)).items;
        expect(whole.map(({ updatedAt }) => updatedAt)).toEqual([at(3), at(3), at(3), at(2), at(1)]);
        expect(whole.every(({ messageCount, title }) => messageCount === 2 && title === 'A chat')).toBe(true);

        const paged: string[] = [];
        let cursor: string | null = null;
        do {
          const page = await chats.list(OWNER, 2, cursor);
          paged.push(...page.items.map(({ id }) => id));
          cursor = page.nextCursor;
        } while (cursor !== null);
        expect(paged).toEqual(whole.map(({ id }) => id));
        expect(new Set(paged)).toEqual(new Set(ids));
      });

      it('[CHAT-9] messages come in order, page by page', async () => {
        const run = aRun();
        const history = Array.from({ length: 5 }, (_, index) => aQuestion({ content: String(index) }));
        await chats.begin({
          ...aTurn({ run }),
          messages: [...history, ...aTurn({ run, asked: null }).messages],
        });
        const first = await chats.messages(run.chatId, { ...ALL, limit: 4 });
        const second = await chats.messages(run.chatId, { ...ALL, limit: 4, cursor: first.nextCursor });
        expect([...first.items, ...second.items].map(({ position }) => position)).toEqual([0, 1, 2, 3, 4, 5]);
        expect(second.nextCursor).toBeNull();
      });

      it('[CHAT-9] the longest chat id gives a cursor that fits into a query', async () => {
        for (const letter of ['a', 'b'])
          await chats.begin(aTurn({ run: aRun({ chatId: letter.repeat(128) }) }));
        const { nextCursor } = await chats.list(OWNER, 1, null);
        expect(nextCursor?.length).toBeLessThanOrEqual(200);
        expect((await chats.list(OWNER, 1, nextCursor)).items).toHaveLength(1);
      });

      it.each(['x', '!', '', 'bWVzc2FnZSAw=', Buffer.from('chat x y').toString('base64url')])(
        '[CHAT-9] the cursor %j is refused',
        async (cursor) => {
          await expect(chats.list(OWNER, 1, cursor)).rejects.toThrow(InvalidRequestError);
          await expect(chats.messages('a', { ...ALL, cursor })).rejects.toThrow(InvalidRequestError);
        },
      );

      it('[CHAT-9] a cursor of one list is refused by another', async () => {
        const { run } = await answeredChat();
        await answeredChat();
        const { nextCursor: ofChats } = await chats.list(OWNER, 1, null);
        const { nextCursor: ofMessages } = await chats.messages(run.chatId, { ...ALL, limit: 1 });
        await expect(chats.list(OWNER, 1, ofMessages)).rejects.toThrow(InvalidRequestError);
        await expect(chats.messages(run.chatId, { ...ALL, cursor: ofChats })).rejects.toThrow(
          InvalidRequestError,
        );
      });
    });

    describe('one chat', () => {
      it('[WIRE-2] finds its messages by either id, and no others', async () => {
        const asked = aQuestion({ clientId: 'client-1' });
        const turn = aTurn({ asked });
        await chats.begin(turn);
        const { chatId } = turn.run;
        expect(await chats.message(chatId, asked.id)).toMatchObject({ clientId: 'client-1' });
        expect(await chats.message(chatId, 'client-1')).toMatchObject({ id: asked.id });
        expect(await chats.message('another', asked.id)).toBeNull();
        expect(await chats.message('another', 'client-1')).toBeNull();
        expect(await chats.message(chatId, 'none')).toBeNull();
      });

      it('[CHAT-9] is renamed, without moving in the list', async () => {
        const { run } = await answeredChat();
        expect(await chats.rename(run.chatId, 'Renamed')).toBe(true);
        expect(await chats.head(run.chatId)).toMatchObject({ title: 'Renamed', updatedAt: at(2) });
        expect(await chats.rename('none', 'Renamed')).toBe(false);
      });

      it('[CHAT-9] is deleted with all that belongs to it, and nothing else', async () => {
        const kept = await answeredChat();
        const turn = aTurn({ idempotency: { ownerId: OWNER, key: 'key', bodyHash: 'hash' } });
        const { chatId, runId } = turn.run;
        await chats.begin(turn);
        await runs.checkpoint([{ runId, position: 0, kind: 'content', text: 'x' }]);
        expect(await chats.delete(chatId)).toBe(true);
        expect(await chats.head(chatId)).toBeNull();
        expect((await chats.messages(chatId, { ...ALL, superseded: true })).items).toEqual([]);
        expect(await runs.load(runId)).toBeNull();
        expect(await chats.findKey(OWNER, 'key')).toBeNull();
        expect(await chats.delete(chatId)).toBe(false);
        expect(await runs.load(kept.run.runId)).not.toBeNull();
      });
    });
  });
}
