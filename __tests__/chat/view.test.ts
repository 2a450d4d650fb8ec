import { viewChat } from '../../src/chat/view.ts';
import type { Run } from '../../src/runs/run.ts';
import { temporaryDatabase } from '../support/store-database.ts';
import { aTurn } from '../support/store-samples.ts';

describe('[CHAT-9] a chat as it is at this moment', () => {
  it('has the message of a run that begins while its messages are read', async () => {
    await using database = await temporaryDatabase();
    const turn = aTurn();
    const { chats } = database;
    await chats.begin(turn);
    const log = { terminal: null, text: () => ({ content: 'Hi', reasoning: '', position: 2 }) };
    const run = { description: turn.run, log };
    let active: typeof run | undefined;
    const store = {
      head: chats.head.bind(chats),
      messages: async (...parameters: Parameters<typeof chats.messages>) => {
        const page = await chats.messages(...parameters);
        if (active) return page;
        active = run;
        return { ...page, items: [] };
      },
    };
    const options = { limit: 10, cursor: null, superseded: false };
    const view = await viewChat(
      store,
      { activeIn: () => active as unknown as Run },
      turn.run.chatId,
      options,
    );
    expect(view?.activeRun?.runId).toBe(turn.run.runId);
    expect(view?.messages.map(({ content }) => content)).toEqual(['What are you?', 'Hi']);
  });
});
