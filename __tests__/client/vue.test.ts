import '../support/dom.ts';
import { createChatClient } from '../../src/client/index.ts';
import type { StreamingChat, StreamingChatOptions } from '../../src/client/vue.ts';
import { ScriptedServer, scripted } from '../support/scripted-server.ts';
import { type Service, startService } from '../support/service.ts';

// Imported late: Vue looks for a document when it is loaded, which for CommonJS is before any module is evaluated.
const { createApp, defineComponent, h, nextTick, ref } = await import('vue');
const { useStreamingChat } = await import('../../src/client/vue.ts');

/** A component that shows the texts of a chat, mounted. */
function mount(options: StreamingChatOptions) {
  const root = document.createElement('div');
  let chat: StreamingChat | undefined;
  const app = createApp(
    defineComponent(() => {
      chat = useStreamingChat(options);
      const { chat: shown } = chat;
      return () =>
        h(
          'ol',
          shown.value.messages.map(({ content }) => h('li', content)),
        );
    }),
  );
  app.mount(root);
  if (!chat) throw new Error('the component was not set up');
  return { app, root, ...chat };
}

async function eventually(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
  await nextTick();
}

describe('useStreamingChat in Vue', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service[Symbol.asyncDispose]());

  it('[AUTH-2] sends a credential, gets another one when it is refused, and shows when that is, too', async () => {
    const accepts = new Set(['token-1']);
    await using server = await ScriptedServer.start(scripted(['Hello']), { accepts });
    const client = createChatClient({
      baseUrl: server.url,
      auth: ({ refresh }) => (refresh ? 'token-1' : 'token-0'),
    });
    const { app, chat, send } = mount({ client });
    expect(send('question')).toBe(true);
    await eventually(() => chat.value.phase === 'idle');
    expect(chat.value.messages.at(-1)).toMatchObject({ status: 'complete', content: 'Hello' });
    accepts.clear();
    expect(send('question')).toBe(true);
    await eventually(() => chat.value.phase === 'idle');
    expect(chat.value).toMatchObject({ error: { code: 'unauthenticated' }, failedStep: 'asking' });
    app.unmount();
  });

  it('[CLIENT-4] streams, refuses a second send, stops, regenerates', async () => {
    const { app, root, chat, send, stop, regenerate } = mount({
      client: createChatClient({ baseUrl: service.url }),
    });
    expect(send('[[simulate: tokens=endless, delay_ms=2]]')).toBe(true);
    expect(send('twice')).toBe(false);
    await eventually(() => (chat.value.progress?.chunksReceived ?? 0) > 10);
    expect(root.querySelectorAll('li')).toHaveLength(2);
    expect(root.textContent).toContain('0 1 2 3 ');
    expect(chat.value.connection.state).toBe('open');
    await stop();
    await eventually(() => chat.value.phase === 'idle');
    expect(chat.value.messages.at(-1)?.status).toBe('stopped');
    expect(regenerate()).toBe(true);
    await eventually(() => chat.value.streaming?.content.startsWith('0 1 ') ?? false);
    await stop();
    await eventually(() => chat.value.phase === 'idle');
    expect(chat.value.messages).toHaveLength(2);
    app.unmount();
  });

  it('[CLIENT-4] loads the chat that it is given, and another one when that changes', async () => {
    const client = createChatClient({ baseUrl: service.url });
    const ask = (chatId: string) =>
      client.send({ chatId, messages: [{ role: 'user', content: chatId }] }).done;
    await Promise.all([ask('vue-1'), ask('vue-2')]);
    const chatId = ref('vue-1');
    const { app, root, chat } = mount({ client, chatId, request: { systemPrompt: 'x' } });
    await eventually(() => chat.value.messages.length === 2);
    expect(root.textContent).toContain('vue-1');
    chatId.value = 'vue-2';
    await eventually(() => chat.value.messages[0]?.content === 'vue-2');
    expect(root.textContent).not.toContain('vue-1');
    app.unmount();
  });

  it('[CLIENT-4] edits a question', async () => {
    const { app, chat, send, edit } = mount({ client: createChatClient({ baseUrl: service.url }) });
    send('[[simulate: chunks=["one"], delay_ms=0]]');
    await eventually(
      () => chat.value.phase === 'idle' && chat.value.messages.every(({ isStored }) => isStored),
    );
    expect(edit(chat.value.messages[0]?.id ?? '', '[[simulate: chunks=["two"], delay_ms=0]]')).toBe(true);
    await eventually(() => chat.value.phase === 'idle');
    expect(chat.value.messages.map(({ content }) => content)).toEqual([expect.any(String), 'two']);
    app.unmount();
  });

  it('[CLIENT-4] releases everything on unmount', async () => {
    await using server = await ScriptedServer.start(scripted(['some text']), { holdAfter: 2 });
    const { app, chat, send } = mount({ client: createChatClient({ baseUrl: server.url }) });
    send('question');
    await eventually(() => chat.value.streaming?.content === 'some text');
    expect(server.openStreams).toBe(1);
    app.unmount();
    await eventually(() => server.openStreams === 0);
    expect(server.requests).toHaveLength(1);
  });
});
