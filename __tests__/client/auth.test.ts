import { inspect } from 'node:util';
import {
  ChatClientError,
  type ChatClientOptions,
  ChatSession,
  createChatClient,
} from '../../src/client/index.ts';
import { until } from '../support/chat-sessions.ts';
import { type Behaviour, RUN_ID, ScriptedServer, scripted } from '../support/scripted-server.ts';

const PIECES = ['Hello', ', ', 'world'];
const TEXT = PIECES.join('');
const FAST = { baseMs: 1, capMs: 4, giveUpAfterMs: 100_000 };
const question = { messages: [{ role: 'user' as const, content: 'Hi' }] };

const guarded = (accepts: Set<string>, behaviour: Behaviour = {}) =>
  ScriptedServer.start(scripted(PIECES), { ...behaviour, accepts });

function clientOf(
  { url }: { url: string },
  auth: ChatClientOptions['auth'],
  options: ChatClientOptions = {},
) {
  return createChatClient({
    baseUrl: url,
    reconnect: FAST,
    ...options,
    ...(auth === undefined ? {} : { auth }),
  });
}

const sentBy = (server: ScriptedServer) => server.requests.map(({ headers }) => headers.authorization);

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => error,
  );

describe('[AUTH-2] the credential of a client', () => {
  it('is sent with every request: questions, resumes, lists, stops, workspaces; never in an address', async () => {
    await using server = await guarded(new Set(['key-1']), { cuts: [300] });
    const client = clientOf(server, 'key-1');
    const run = client.send(question);
    expect(await run.done).toMatchObject({ type: 'complete' });
    expect(run.content).toBe(TEXT);
    await client.stop(RUN_ID);
    await client.run(RUN_ID);
    await client.follow(RUN_ID).done;
    for (const work of [
      client.chats.list(),
      client.chats.get('a'),
      client.chats.rename('a', 'b'),
      client.chats.export('a'),
      client.chats.delete('a'),
      client.workspaces.list(),
      client.workspaces.undo('a'),
      client.models(),
      client.editFiles('a', { prompt: 'b' }).done,
      client.regenerate('a').done,
      client.edit('a', 'b', 'c').done,
    ])
      await failureOf(work);
    expect(server.requests.length).toBeGreaterThanOrEqual(16);
    expect(new Set(sentBy(server))).toEqual(new Set(['Bearer key-1']));
    expect(server.requests.filter(({ path }) => path.includes('key-1'))).toEqual([]);
  });

  it('replaces another one among the headers, and is left out when empty', async () => {
    await using server = await guarded(new Set(['key-1', '']));
    const headers = { authorization: 'Bearer other', 'x-tenant': 'acme' };
    await failureOf(clientOf(server, ' key-1\n', { headers }).chats.list());
    await failureOf(clientOf(server, () => '').chats.list());
    await failureOf(clientOf(server, undefined, { headers: { authorization: 'Bearer key-1' } }).chats.list());
    expect(sentBy(server)).toEqual(['Bearer key-1', undefined, 'Bearer key-1']);
    expect(server.requests[0]?.headers['x-tenant']).toBe('acme');
  });

  it('that is refused ends a question at once, if there is no other', async () => {
    await using server = await guarded(new Set(['key-1']));
    const run = clientOf(server, 'key-2').send(question);
    expect(await failureOf(run.done)).toMatchObject({
      code: 'unauthenticated',
      status: 401,
      retryable: false,
      requestId: 'request-1',
    });
    expect(server.requests).toHaveLength(1);
  });

  it('that a proxy refuses, with a page of its own, is the same error', async () => {
    await using server = await ScriptedServer.start(scripted(PIECES), {
      instead: ({ response }) => {
        response.writeHead(401, { 'content-type': 'text/html' }).end('<h1>Sign in</h1>');
        return true;
      },
    });
    expect(await failureOf(clientOf(server, 'key-2').chats.list())).toMatchObject({
      code: 'unauthenticated',
      message: 'The server answered 401.',
    });
  });

  it('is in no error', async () => {
    await using server = await guarded(new Set());
    const errors = [
      await failureOf(clientOf(server, 'secret-1').chats.list()),
      await failureOf(clientOf(server, 'secret-1\nx: y').chats.list()),
      await failureOf(clientOf(server, 'secret-1 ü').send(question).done),
      await failureOf(clientOf({ url: 'http://127.0.0.1:1' }, 'secret-1').chats.list()),
    ];
    for (const error of errors) {
      expect(error).toBeInstanceOf(ChatClientError);
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('secret-1');
    }
    expect(server.requests).toHaveLength(1);
    expect(() => createChatClient({ baseUrl: 'http://user:secret-1@localhost' })).toThrow(/^(?!.*secret)/);
  });
});

describe('[AUTH-2] a function that returns the credential', () => {
  /** Tokens by number; the function caches the newest one. */
  function tokens(accepted: Set<string>) {
    const calls: boolean[] = [];
    let newest = 1;
    return {
      calls,
      auth: async ({ refresh }: { refresh: boolean }) => {
        calls.push(refresh);
        await new Promise(setImmediate);
        if (refresh) {
          newest += 1;
          accepted.add(`token-${newest}`);
        }
        return `token-${newest}`;
      },
      expire: () => accepted.delete(`token-${newest}`),
    };
  }

  it('is called for each request, and once more when the server refuses the credential', async () => {
    const accepted = new Set(['token-1']);
    await using server = await guarded(accepted);
    const { auth, calls, expire } = tokens(accepted);
    const client = clientOf(server, auth);
    await client.send(question).done;
    expire();
    expect(await client.send(question).done).toMatchObject({ type: 'complete' });
    expect(await client.run(RUN_ID)).toHaveProperty('terminal');
    expect(calls).toEqual([false, false, true, false]);
    expect(sentBy(server)).toEqual([1, 1, 2, 2].map((number) => `Bearer token-${number}`));
    const keys = server.requests.slice(1, 3).map(({ headers, body }) => [headers['idempotency-key'], body]);
    expect(keys[0]).toEqual(keys[1]);
  });

  it('is called once for requests that are refused together', async () => {
    const accepted = new Set(['token-1']);
    await using server = await guarded(accepted);
    const { auth, calls, expire } = tokens(accepted);
    const client = clientOf(server, auth);
    expire();
    await Promise.all(Array.from({ length: 5 }, () => client.run(RUN_ID)));
    expect(calls.filter((refresh) => refresh)).toHaveLength(1);
  });

  it('continues a run whose stream was closed because its token expired', async () => {
    const accepted = new Set(['token-1']);
    let expired = () => {};
    await using server = await guarded(accepted, {
      cuts: [330],
      instead: () => {
        expired();
        return false;
      },
    });
    const { auth, calls, expire } = tokens(accepted);
    expired = expire;
    const run = clientOf(server, auth).send(question);
    expect(await run.done).toMatchObject({ type: 'complete' });
    expect(run.content).toBe(TEXT);
    expect(calls).toEqual([false, false, true]);
  });

  it('whose second credential is refused, too, ends a run that is followed; its position is kept', async () => {
    const accepted = new Set(['token-1']);
    await using server = await guarded(accepted, {
      cuts: [450],
      instead: () => {
        accepted.clear();
        return false;
      },
    });
    const calls: boolean[] = [];
    const client = clientOf(server, ({ refresh }) => {
      calls.push(refresh);
      return 'token-1';
    });
    const errors: unknown[] = [];
    const run = client.send(question, { onError: (error) => errors.push(error) });
    const failure = await failureOf(run.done);
    expect(failure).toMatchObject({ code: 'unauthenticated', status: 401 });
    expect(errors).toEqual([failure]);
    expect(calls).toEqual([false, false, true]);
    expect(server.requests).toHaveLength(3);
    const { content, lastEventId } = run;
    expect(content.length).toBeGreaterThan(0);
    expect(content.length).toBeLessThan(TEXT.length);
    expect(lastEventId).toBe(`${RUN_ID}:${content.length}`);
    // Somebody has signed in again.
    accepted.add('token-2');
    const progress = { runId: RUN_ID, lastEventId: lastEventId ?? '', content };
    const resumed = clientOf(server, 'token-2').follow(progress);
    await resumed.done;
    expect(resumed.content).toBe(TEXT);
  });

  it('that fails is tried again like a lost connection, unless it says that nobody is signed in', async () => {
    await using server = await guarded(new Set(['token-1']));
    let attempts = 0;
    const run = clientOf(server, async () => {
      attempts += 1;
      if (attempts === 1) throw new TypeError('fetch failed');
      return 'token-1';
    }).send(question);
    expect(await run.done).toMatchObject({ type: 'complete' });
    const signedOut = new ChatClientError('unauthenticated', 'Sign in, please.');
    const refused = clientOf(server, () => Promise.reject(signedOut)).send(question);
    expect(await failureOf(refused.done)).toBe(signedOut);
    expect(server.requests).toHaveLength(1);
  });
});

describe('[AUTH-2] a session', () => {
  it('shows that the credential was refused, and continues after another sign-in', async () => {
    const accepted = new Set<string>();
    await using server = await guarded(accepted);
    let token = 'token-1';
    const session = new ChatSession({ client: clientOf(server, () => token), refreshMs: 1 });
    session.open();
    expect(session.send('Hi')).toBe(true);
    const { error, failedStep, unsent } = await until(session, ({ phase }) => phase === 'idle');
    expect({ error, failedStep, unsent }).toMatchObject({
      error: { code: 'unauthenticated' },
      failedStep: 'asking',
      unsent: { content: 'Hi' },
    });
    token = 'token-2';
    accepted.add(token);
    expect(session.send('Hi')).toBe(true);
    const { messages } = await until(session, ({ phase }) => phase === 'idle');
    expect(messages.at(-1)).toMatchObject({ role: 'assistant', content: TEXT, status: 'complete' });
    session.close();
  });
});
