import type { ChatDocument } from '../src/mirror/chat-document.ts';
import { type ChatOp, MirroredChat } from '../src/mirror/mirrored-chat.ts';
import { Pulse } from '../src/mirror/pulse.ts';
import type { ChatState } from '../src/mirror/store.ts';
import { deferred } from '../src/runs/deferred.ts';

const stateOf = (title: string): ChatState => ({
  chat: { id: 'chat', title, updatedAt: new Date(0) },
  messages: [],
});

describe('a chat whose database is slow to answer', () => {
  it('[MIRROR-2] does not take an answer that is older than what was stored meanwhile', async () => {
    using pulse = new Pulse(10);
    const asked: Array<ReturnType<typeof deferred<ChatState>>> = [];
    let document: ChatDocument | null = null;
    const chat = new MirroredChat('chat', {
      source: {
        newest: () => {
          const answer = deferred<ChatState>();
          asked.push(answer);
          return answer.promise;
        },
      },
      maxMessages: 10,
      pulse,
      read: async () => document,
      submit: async (_chatId, op: ChatOp) => {
        if (!('create' in op)) throw new Error('there is nothing to change yet');
        document = op.create.data;
      },
      forgetHistory: async () => {},
      onFailure: (_chatId, error) => {
        throw error;
      },
      onIdle: () => {},
    });
    const prepared = chat.prepare();
    const renamed = chat.refresh();
    asked[0]?.resolve(stateOf('before the rename'));
    await new Promise(setImmediate);
    asked[1]?.resolve(stateOf('after it'));
    await Promise.all([prepared, renamed]);
    expect(document).toMatchObject({ title: 'after it' });
    expect(asked).toHaveLength(2);
  });
});
