import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { authenticatePeople, headersOf, type Person } from '../support/people.ts';
import { codeIn, RawViewer } from '../support/raw-viewer.ts';
import { type Service, startService } from '../support/service.ts';
import { share, ticketWith } from '../support/shares.ts';

let service: Service;
let chatId: string;
let workspaceId: string;
beforeAll(async () => {
  service = await startService({ authenticate: authenticatePeople });
  const headers = { ...headersOf('owner'), 'content-type': 'application/json' };
  const asked = await fetch(`${service.url}/api/chat`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ messages: [{ role: 'user', content: 'Hello' }] }),
  });
  await asked.text();
  chatId = asked.headers.get('x-chat-id') ?? '';
  const created = await fetch(`${service.url}/api/workspaces`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ name: 'Notes', files: [{ name: 'a.md', text: 'text' }] }),
  });
  workspaceId = ((await created.json()) as { workspace: { id: string } }).workspace.id;
});
afterAll(() => service[Symbol.asyncDispose]());

async function withViewer<Result>(who: Person, use: (viewer: RawViewer) => Promise<Result>): Promise<Result> {
  const viewer = await RawViewer.open(service.url, headersOf(who));
  try {
    return await use(viewer);
  } finally {
    viewer.close();
  }
}

type Action = (collection: string, id: string) => Record<string, unknown>;

const READS: ReadonlyArray<[string, Action]> = [
  ['fetch', (c, d) => ({ a: 'f', c, d, v: null })],
  ['subscribe', (c, d) => ({ a: 's', c, d, v: null })],
  ['fetch of the ops since a version', (c, d) => ({ a: 'f', c, d, v: 0 })],
  ['presence', (c, d) => ({ a: 'ps', ch: `${c}/${d}`, seq: 1 })],
  ['presence of the document', (c, d) => ({ a: 'ps', ch: `${c}.${d}`, seq: 1 })],
  ['submitted presence', (c, d) => ({ a: 'p', ch: `${c}/${d}`, id: 'one', p: { name: 'Eve' }, pv: 1 })],
];
const OP: [string, Action] = [
  'op',
  (c, d) => ({ a: 'op', c, d, v: 1, seq: 1, op: [{ p: ['name'], t: 'text0', o: [] }] }),
];

describe('a WebSocket', () => {
  it('[AUTH-2] [AUTH-10] needs a credential', async () => {
    const response = await fetch(`${service.url}/api/chats`);
    expect(response.status).toBe(401);
    await expect(RawViewer.open(service.url)).rejects.toThrow('401');
  });

  describe.each<Person>(['other', 'stranger', 'foreignAdmin'])('of %s', (who) => {
    it.each([...READS, OP])(
      '[AUTH-6] is told the same of what is not theirs and of nothing: %s',
      async (_, ask) => {
        const collections: ReadonlyArray<[string, string]> = [
          ['workspaces', workspaceId],
          ...(ask === OP[1] ? [] : [['chats', chatId] as [string, string]]),
        ];
        for (const [collection, id] of collections) {
          const absent = randomUUID();
          const [foreign, none] = await withViewer(who, async (viewer) => [
            await viewer.ask(ask(collection, id), hasError),
            await viewer.ask(ask(collection, absent), hasError),
          ]);
          expect(codeIn(foreign)).toBe('not_found');
          expect(JSON.stringify(foreign).replaceAll(id, 'ID')).toBe(
            JSON.stringify(none).replaceAll(absent, 'ID'),
          );
        }
      },
    );

    it('[AUTH-6] gets nothing of them in bulk', async () => {
      await withViewer(who, async (viewer) => {
        const refused = await viewer.ask({ a: 'bs', c: 'chats', b: [chatId] }, hasError);
        expect(codeIn(refused)).toBe('not_found');
        expect(JSON.stringify(viewer.heard)).not.toContain('Hello');
      });
    });

    it('[AUTH-6] has no presence where there is no document', async () => {
      await withViewer(who, async (viewer) => {
        const refused = await viewer.ask({ a: 'ps', ch: chatId, seq: 1 }, hasError);
        expect(codeIn(refused)).toBe('not_found');
      });
    });
  });

  it.each(READS)('[AUTH-6] of the owner may: %s', async (_, ask) => {
    await withViewer('owner', async (viewer) => {
      viewer.say(ask('workspaces', workspaceId));
      const fetched = await viewer.ask(
        { a: 'f', c: 'workspaces', d: workspaceId, v: null },
        ({ a, data }) => a === 'f' && data !== undefined,
      );
      expect(fetched).toMatchObject({ data: { data: { name: 'Notes' } } });
      expect(viewer.heard.filter(hasError)).toEqual([]);
    });
  });

  it('[AUTH-6] of the owner writes, and of one who may only read does not', async () => {
    const op = (seq: number) => ({
      ...OP[1]('workspaces', workspaceId),
      v: null,
      seq,
      op: [{ p: ['name'], od: 'Notes', oi: 'Notes' }],
    });
    await withViewer('reader', async (viewer) => {
      expect(await viewer.ask({ a: 'f', c: 'workspaces', d: workspaceId, v: null })).toHaveProperty('data');
      expect(codeIn(await viewer.ask(op(1), hasError))).toBe('not_found');
    });
    await withViewer('owner', async (viewer) => {
      expect(codeIn(await viewer.ask(op(1)))).toBeUndefined();
    });
  });

  it('[AUTH-6] shows others the name of the principal, whatever it says', async () => {
    await withViewer('owner', async (watching) => {
      await watching.ask({ a: 'ps', ch: `workspaces/${workspaceId}`, seq: 1 });
      await withViewer('owner', async (viewer) => {
        viewer.say({
          a: 'p',
          ch: `workspaces/${workspaceId}`,
          id: 'one',
          p: { name: 'Somebody else' },
          pv: 1,
        });
        const heard = await watching.ask({ a: 'pp' }, ({ a, p }) => a === 'p' && p !== null);
        expect(heard).toMatchObject({ p: { name: 'alice' } });
      });
    });
  });

  it('[AUTH-6] gets nothing of a later chat with the id of one that was theirs', async () => {
    const ask = (who: Person, content: string) =>
      fetch(`${service.url}/api/chat`, {
        method: 'POST',
        headers: { ...headersOf(who), 'content-type': 'application/json' },
        body: JSON.stringify({ chatId: 'reused', messages: [{ role: 'user', content }] }),
      }).then((response) => response.text());
    await ask('owner', 'Hello');
    await withViewer('owner', async (viewer) => {
      await viewer.ask({ a: 's', c: 'chats', d: 'reused', v: null });
      const closed = once(viewer.socket, 'close');
      await fetch(`${service.url}/api/chat/reused`, { method: 'DELETE', headers: headersOf('owner') });
      await ask('other', 'Something else');
      await withViewer('other', (other) => other.ask({ a: 's', c: 'chats', d: 'reused', v: null }));
      expect(await closed).toEqual([1012, expect.anything()]);
      expect(JSON.stringify(viewer.heard)).not.toContain('Something else');
    });
  });
});

describe('a WebSocket of the holder of a share', () => {
  const SHARES = [
    ['a chat', 'chats', {}],
    ['a workspace, to read', 'workspaces', { access: 'read' }],
    ['a workspace, to write', 'workspaces', { access: 'write' }],
  ] as const;

  describe.each(SHARES)('of %s', (_, collection, body) => {
    const idOf = (name: string) => (name === 'chats' ? chatId : workspaceId);
    const isWritable = 'access' in body && body.access === 'write';

    async function withHolder<Result>(use: (viewer: RawViewer) => Promise<Result>): Promise<Result> {
      const of = collection === 'chats' ? `chat/${chatId}` : `workspaces/${workspaceId}`;
      const made = await share(service.url, of, headersOf('owner'), body);
      const viewer = await RawViewer.open(service.url, {}, `?ticket=${await ticketWith(service.url, made)}`);
      try {
        return await use(viewer);
      } finally {
        viewer.close();
      }
    }

    it.each(READS)('[AUTH-7] may: %s, but not what was before', async (name, ask) => {
      await withHolder(async (viewer) => {
        viewer.say(ask(collection, idOf(collection)));
        const fetched = await viewer.ask({ a: 'f', c: collection, d: idOf(collection), v: null }, (reply) =>
          Boolean(reply.a === 'f' && reply.data),
        );
        expect(fetched).toHaveProperty('data.data');
        const isPast = name === 'fetch of the ops since a version';
        expect(viewer.heard.filter(hasError).map(codeIn)).toEqual(isPast ? ['document_too_old'] : []);
      });
    });

    it.each([...READS, OP])('[AUTH-7] is told of nothing else that there is: %s', async (_, ask) => {
      const other = collection === 'chats' ? 'workspaces' : 'chats';
      const others: Array<[string, string]> = [
        [other, idOf(other)],
        [collection, collection === 'chats' ? workspaceId : chatId],
      ];
      for (const [name, id] of others) {
        if (ask === OP[1] && name === 'chats') continue;
        const absent = randomUUID();
        const [foreign, none] = await withHolder(async (viewer) => [
          await viewer.ask(ask(name, id), hasError),
          await viewer.ask(ask(name, absent), hasError),
        ]);
        expect(codeIn(foreign)).toBe('not_found');
        expect(JSON.stringify(foreign).replaceAll(id, 'ID')).toBe(
          JSON.stringify(none).replaceAll(absent, 'ID'),
        );
      }
    });

    it('[AUTH-7] changes only the text of a workspace that is shared to write', async () => {
      const op = {
        ...OP[1](collection, idOf(collection)),
        v: null,
        op: [{ p: ['name'], od: 'Notes', oi: 'Notes' }],
      };
      const reply = await withHolder(async (viewer) => {
        await viewer.ask({ a: 'f', c: collection, d: idOf(collection), v: null });
        return viewer.ask(op, ({ a, error }) => a === 'op' || error !== undefined);
      });
      const refusal = collection === 'chats' ? 'read_only' : 'not_found';
      expect(codeIn(reply)).toBe(isWritable ? undefined : refusal);
    });

    it('[AUTH-7] is shown to others as a guest', async () => {
      const channel = `${collection}/${idOf(collection)}`;
      await withViewer('owner', async (watching) => {
        await watching.ask({ a: 'ps', ch: channel, seq: 1 });
        await withHolder(async (viewer) => {
          viewer.say({ a: 'p', ch: channel, id: 'one', p: { name: 'alice' }, pv: 1 });
          const heard = await watching.ask({ a: 'pp' }, ({ a, p }) => a === 'p' && p !== null);
          expect(heard).toMatchObject({ p: { name: 'guest' } });
        });
      });
    });
  });
});

function hasError(message: Record<string, unknown>): boolean {
  return message.error !== undefined;
}
