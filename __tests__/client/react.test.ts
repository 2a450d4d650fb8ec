import '../support/dom.ts';
import { act, cleanup, configure, renderHook, waitFor } from '@testing-library/react';
import { StrictMode } from 'react';
import { createChatClient } from '../../src/client/index.ts';
import { type StreamingChatOptions, useStreamingChat } from '../../src/client/react.ts';
import { ScriptedServer, scripted } from '../support/scripted-server.ts';
import { type Service, startService } from '../support/service.ts';

function render(options: StreamingChatOptions, strict = false) {
  return renderHook((props: StreamingChatOptions) => useStreamingChat(props), {
    initialProps: options,
    ...(strict ? { wrapper: StrictMode } : {}),
  });
}

// A busy machine may take its time; what is waited for comes, or never.
configure({ asyncUtilTimeout: 10_000 });

describe('useStreamingChat in React', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService();
  });
  // Updates come from the network, as they do in a browser: nobody can wrap those in act().
  beforeEach(() => Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: false }));
  afterEach(cleanup);
  afterAll(() => service[Symbol.asyncDispose]());

  it.each([false, true])(
    '[CLIENT-4] streams, refuses a second send, regenerates (strict mode: %s)',
    async (strict) => {
      const { result, unmount } = render({ client: createChatClient({ baseUrl: service.url }) }, strict);
      expect(result.current).toMatchObject({ phase: 'idle', messages: [], chatId: null });
      const sent: boolean[] = [];
      act(() => {
        sent.push(result.current.send('[[simulate: tokens=60, delay_ms=25]]'), result.current.send('twice'));
      });
      expect(sent).toEqual([true, false]);
      expect(result.current).toMatchObject({ phase: 'answering', messages: { length: 2 } });
      await waitFor(() => expect(result.current.streaming?.content).toMatch(/^0 1 /));
      await waitFor(() => expect(result.current.progress?.chunksReceived).toBeGreaterThan(4));
      expect(result.current.connection.state).toBe('open');
      await waitFor(() => expect(result.current.phase).toBe('idle'));
      const { id } = result.current.messages.at(-1) ?? {};
      act(() => {
        result.current.regenerate();
      });
      await waitFor(() => expect(result.current.phase).toBe('idle'));
      expect(result.current.messages).toHaveLength(2);
      expect(result.current.messages.at(-1)?.id).not.toBe(id);
      unmount();
    },
  );

  it('[AUTH-2] sends a credential, gets another one when it is refused, and shows when that is, too', async () => {
    const accepts = new Set(['token-1']);
    await using server = await ScriptedServer.start(scripted(['Hello']), { accepts });
    const client = createChatClient({
      baseUrl: server.url,
      auth: ({ refresh }) => (refresh ? 'token-1' : 'token-0'),
    });
    const { result, unmount } = render({ client });
    act(() => {
      result.current.send('question');
    });
    await waitFor(() => expect(result.current.messages.at(-1)).toMatchObject({ status: 'complete' }));
    await waitFor(() => expect(result.current.phase).toBe('idle'));
    accepts.clear();
    act(() => {
      result.current.send('question');
    });
    await waitFor(() => expect(result.current.error?.code).toBe('unauthenticated'));
    expect(result.current).toMatchObject({ phase: 'idle', failedStep: 'asking' });
    unmount();
  });

  it('[CLIENT-4] loads the chat that it is given, and another one when that changes', async () => {
    const client = createChatClient({ baseUrl: service.url });
    const ask = (chatId: string) =>
      client.send({ chatId, messages: [{ role: 'user', content: chatId }] }).done;
    await Promise.all([ask('react-1'), ask('react-2')]);
    const { result, rerender, unmount } = render({ client, chatId: 'react-1' });
    await waitFor(() => expect(result.current.messages[0]?.content).toBe('react-1'));
    rerender({ client, chatId: 'react-2' });
    expect(result.current.messages).toEqual([]);
    await waitFor(() => expect(result.current.messages[0]?.content).toBe('react-2'));
    unmount();
  });

  it('[CLIENT-4] passes the parameters of the component and of the call', async () => {
    const client = createChatClient({ baseUrl: service.url });
    const { result, unmount } = render({ client, systemPrompt: 'Be brief.', options: { temperature: 0.1 } });
    const options = { temperature: 0.2, maxOutputTokens: 7 };
    const request = service.simulator.nextRequest();
    act(() => {
      result.current.send('question', { options });
    });
    const { body } = await request;
    expect(body).toMatchObject({
      temperature: 0.2,
      messages: [{ role: 'system', content: 'Be brief.' }, {}],
    });
    await waitFor(() => expect(result.current.phase).toBe('idle'));
    unmount();
  });

  it('[CLIENT-4] edits a question, and calls the callbacks of the latest render', async () => {
    const client = createChatClient({ baseUrl: service.url });
    const ends: string[] = [];
    const optionsOf = (name: string) => ({ client, onEnd: () => ends.push(name) });
    const { result, rerender, unmount } = render(optionsOf('first'));
    act(() => {
      result.current.send('[[simulate: chunks=["one"], delay_ms=0]]');
    });
    await waitFor(() =>
      expect(result.current.messages.map(({ isStored }) => isStored)).toEqual([true, true]),
    );
    const [question] = result.current.messages;
    rerender(optionsOf('second'));
    act(() => {
      expect(result.current.edit(question?.id ?? '', '[[simulate: chunks=["two"], delay_ms=0]]')).toBe(true);
    });
    await waitFor(() => expect(ends).toEqual(['first', 'second']));
    expect(result.current.messages.map(({ content }) => content)).toEqual([expect.any(String), 'two']);
    unmount();
  });

  it('[CLIENT-4] stops, and shows errors', async () => {
    const { result, unmount } = render({ client: createChatClient({ baseUrl: service.url }) });
    act(() => {
      result.current.send('[[simulate: tokens=endless, delay_ms=3]]');
    });
    await waitFor(() => expect(result.current.streaming?.content).toMatch(/^0 1 /));
    await act(() => result.current.stop());
    await waitFor(() => expect(result.current.messages.at(-1)?.status).toBe('stopped'));
    act(() => {
      result.current.send(' ');
    });
    await waitFor(() => expect(result.current.error?.code).toBe('invalid_request'));
    unmount();
  });

  it('[CLIENT-4] releases everything on unmount', async () => {
    await using server = await ScriptedServer.start(scripted(['some text']), { holdAfter: 2 });
    const { result, unmount } = render({ client: createChatClient({ baseUrl: server.url }) });
    act(() => {
      result.current.send('question');
    });
    await waitFor(() => expect(result.current.streaming?.content).toBe('some text'));
    expect(server.openStreams).toBe(1);
    unmount();
    await waitFor(() => expect(server.openStreams).toBe(0));
    expect(server.requests).toHaveLength(1);
  });
});
