import { randomUUID } from 'node:crypto';
import { allEvents, terminalOf, textOf } from '../support/events.ts';
import { authenticatePeople, headersOf, type Person } from '../support/people.ts';
import { type Service, startService } from '../support/service.ts';

const RACES = 60;
const AT_ONCE = 6;

const questionOf = (who: Person) => `A secret of ${who}`;

/** How a first question names its chat, in each protocol that can. */
const REQUESTS = [
  (chatId: string, who: Person) => ({ chatId, messages: [{ role: 'user', content: questionOf(who) }] }),
  (chatId: string, who: Person) => ({
    id: chatId,
    trigger: 'submit-message',
    messages: [{ id: 'm1', role: 'user', parts: [{ type: 'text', text: questionOf(who) }] }],
  }),
];

describe.each(['reject', 'interrupt'] as const)('[AUTH-6] two owners and one new id, policy %s', (policy) => {
  let service: Service;
  beforeAll(async () => {
    service = await startService({
      authenticate: authenticatePeople,
      config: { chat: { concurrency: policy } },
      script: { tokens: 6, delayMs: 1, firstDelayMs: 0 },
    });
  });
  afterAll(() => service[Symbol.asyncDispose]());

  const post = (who: Person, path: string, body: unknown) =>
    fetch(`${service.url}${path}`, {
      method: 'POST',
      headers: { ...headersOf(who), 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  async function race(number: number): Promise<Person> {
    const chatId = randomUUID();
    const bodyOf = REQUESTS[number % REQUESTS.length] as (typeof REQUESTS)[number];
    // Each is the first one in half of the races.
    const people: Person[] = number % 4 < 2 ? ['owner', 'other'] : ['other', 'owner'];
    const replies = await Promise.all(
      people.map(async (who) => ({ who, reply: await post(who, '/api/chat', bodyOf(chatId, who)) })),
    );
    const winner = replies.find(({ reply }) => reply.status === 200);
    const loser = replies.find(({ reply }) => reply.status === 404);
    if (!winner || !loser) throw new Error(replies.map(({ reply }) => reply.status).join());
    const read = winner.reply.text();
    const refused = await loser.reply.text();
    expect(JSON.parse(refused)).toMatchObject({ error: { code: 'not_found', message: expect.any(String) } });
    expect(`${refused} ${JSON.stringify([...loser.reply.headers])}`).not.toContain(
      winner.reply.headers.get('x-run-id') ?? 'a run',
    );
    expect(await read).not.toContain('"stopped"');
    const chats = service.query('SELECT ownerId FROM Chat WHERE id = ?', chatId);
    expect(chats).toEqual([{ ownerId: winner.who === 'owner' ? 'default/alice' : 'default/bob' }]);
    expect(
      service.query('SELECT role, status FROM Message WHERE chatId = ? ORDER BY position', chatId),
    ).toEqual([
      { role: 'user', status: 'complete' },
      { role: 'assistant', status: 'complete' },
    ]);
    const [asked] = service.query<{ content: string }>(
      "SELECT content FROM Message WHERE chatId = ? AND role = 'user'",
      chatId,
    );
    expect(asked?.content).toBe(questionOf(winner.who));
    expect(service.query('SELECT id FROM Run WHERE chatId = ?', chatId)).toHaveLength(1);
    return winner.who;
  }

  it('one creates the chat, and the other gets 404 and has no effect', async () => {
    const winners = new Set<Person>();
    for (let number = 0; number < RACES; number += AT_ONCE) {
      const races = Array.from({ length: AT_ONCE }, (_, index) => race(number + index));
      for (const winner of await Promise.all(races)) winners.add(winner);
    }
    expect(winners).toEqual(new Set(['owner', 'other']));
  });

  it('an owner who asks twice at once is told as ever', async () => {
    const chatId = randomUUID();
    const body = { chatId, messages: [{ role: 'user', content: 'Mine' }] };
    const replies = await Promise.all([
      post('owner', '/api/chat', body),
      post('owner', '/api/chat', body),
      post('other', '/api/chat', body),
    ]);
    expect(replies[2]?.status === 404 || replies[0]?.status === 404).toBe(true);
    const own = replies.filter(({ status }) => status !== 404).map(({ status }) => status);
    if (replies[2]?.status === 404) expect(own.sort()).toEqual(policy === 'reject' ? [200, 409] : [200, 200]);
    for (const reply of replies) await reply.text();
  });

  it('the same with the id of a workspace', async () => {
    for (let number = 0; number < RACES / 6; number++) {
      const id = randomUUID();
      const replies = await Promise.all(
        (['owner', 'other', 'stranger'] as const).map((who) =>
          post(who, '/api/workspaces', { id, name: who, files: [{ name: 'a.txt', text: who }] }),
        ),
      );
      expect(replies.map(({ status }) => status).sort()).toEqual([201, 404, 404]);
      expect(service.query('SELECT id FROM Workspace WHERE id = ?', id)).toHaveLength(1);
      for (const reply of replies) await reply.text();
    }
  });

  it('who asks while the other asks again and again neither stops it nor is answered', async () => {
    service.simulator.setBehaviour({ tokens: 40, delayMs: 2, firstDelayMs: 0 });
    const chatId = randomUUID();
    const body = { chatId, messages: [{ role: 'user', content: 'Mine' }] };
    const first = await post('owner', '/api/chat', body);
    const events = allEvents(first);
    const foreign = await Promise.all(Array.from({ length: 5 }, () => post('other', '/api/chat', body)));
    expect(foreign.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404]);
    for (const reply of foreign) await reply.text();
    expect(terminalOf(await events)).toMatchObject({ type: 'complete' });
    expect(textOf(await events)).not.toBe('');
  });
});
