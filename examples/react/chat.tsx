import { createChatClient } from 'llm-streaming-service/client';
import { useStreamingChat } from 'llm-streaming-service/react';
import { type FormEvent, useState } from 'react';

// `baseUrl` is where the service is; without it, where this page came from. One client serves all components.
const client = createChatClient();

export function Chat({ chatId }: { chatId?: string }) {
  const chat = useStreamingChat({ client, chatId });
  const [question, setQuestion] = useState('');

  const ask = (event: FormEvent) => {
    event.preventDefault();
    // False while an answer streams: nothing is sent twice.
    if (chat.send(question)) setQuestion('');
  };

  return (
    <>
      <h1>Chat</h1>
      <ol>
        {chat.messages.map(({ id, role, status, content }) => (
          <li key={id} className={`${role} ${status}`} style={{ whiteSpace: 'pre-wrap' }}>
            {content}
          </li>
        ))}
      </ol>
      <p role="status">
        {chat.connection.state === 'reconnecting' && `Reconnecting (attempt ${chat.connection.attempt}) …`}
        {chat.status?.message}
        {chat.error?.message}
      </p>
      {chat.streaming && <progress aria-label="Answer" />}
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
