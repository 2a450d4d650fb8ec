import { createChatClient } from 'llm-streaming-service/client';
import { useStreamingChat } from 'llm-streaming-service/react';
import { type FormEvent, useState } from 'react';

/** In memory only: scripts could read it from the page's storage. A service without authentication needs none. */
let apiKey = '';

// `baseUrl` is where the service is; without it, where this page came from. One client serves all components.
const client = createChatClient({
  // Called for each request, and with `refresh` when the service has refused the key. Instead of a key it may return
  // a token that your own server gives to whoever is signed in: `(await fetch('/token')).text()`.
  auth({ refresh }) {
    if (refresh) apiKey = prompt('API key') ?? '';
    return apiKey;
  },
});

/** What an answer may be long, in tokens: so there is a percentage of it. */
const MAX_OUTPUT_TOKENS = 1000;

export function Chat({ chatId }: { chatId?: string }) {
  const chat = useStreamingChat({ client, chatId });
  const [question, setQuestion] = useState('');

  const ask = (event: FormEvent) => {
    event.preventDefault();
    // False while an answer streams: nothing is sent twice.
    if (chat.send(question, { options: { maxOutputTokens: MAX_OUTPUT_TOKENS } })) setQuestion('');
  };

  // A chunk is a token, more or less.
  const percent = Math.min(100, (100 * (chat.progress?.chunksReceived ?? 0)) / MAX_OUTPUT_TOKENS);

  return (
    <>
      <h1>Chat</h1>
      <ol>
        {chat.messages.map(({ key, role, status, content }) => (
          <li key={key} className={`${role} ${status}`} style={{ whiteSpace: 'pre-wrap' }}>
            {content}
          </li>
        ))}
      </ol>
      <p role="status">
        {chat.connection.state === 'reconnecting' && `Reconnecting (attempt ${chat.connection.attempt}) …`}
        {chat.status?.message}
        {chat.error?.message}
      </p>
      {chat.streaming && (
        <p>
          <progress aria-label="Answer" max={100} value={percent} /> {percent.toFixed(1)}%
        </p>
      )}
      <form onSubmit={ask}>
        <input
          aria-label="Question"
          value={question}
          onChange={(event) => setQuestion(event.target.value)}
          required
        />
        <button type="submit" disabled={chat.phase !== 'idle'}>
          Ask
        </button>
        <button type="button" disabled={!chat.streaming} onClick={chat.stop}>
          Stop
        </button>
        <button
          type="button"
          disabled={chat.phase !== 'idle' || chat.messages.length === 0}
          onClick={() => chat.regenerate()}
        >
          Again
        </button>
      </form>
    </>
  );
}
