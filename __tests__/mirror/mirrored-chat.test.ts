import type { ChatState } from '../../src/chat/store.ts';
import type { ChatDocument } from '../../src/mirror/chat-document.ts';
import { FlushScheduler } from '../../src/mirror/flush-scheduler.ts';
import { MirroredChat } from '../../src/mirror/mirrored-chat.ts';
import { deferred } from '../../src/runs/deferred.ts';

const stateOf = (title: string): ChatState => ({
  chat: { id: 'chat', title, updatedAt: new Date(0) },
  messages: [],
});

describe('a chat whose database is slow to answer', () => {
  it('[MIRROR-2] does not take an answer that is older than what was stored meanwhile', async () => {
    using scheduler = new FlushScheduler(10);
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
      scheduler,
      documents: {
        read: async () => document,
        create: async (_chatId, created) => {
          document = created;
        },
        change: async () => {
          throw new Error('there is nothing to change yet');
        },
        remove: async () => {},
        forgetHistory: async () => {},
      },
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
