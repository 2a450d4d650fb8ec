import { createChatClient } from 'llm-streaming-service/client';

/** In memory only: scripts could read it from the page's storage. A service without authentication needs none. */
let apiKey = '';

// `baseUrl` is where the service is; without it, where this page came from.
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

const form = document.querySelector('form');
const { question, ask, stop } = form.elements;
const answer = document.querySelector('#answer');
const progress = document.querySelector('progress');
const percent = document.querySelector('#percent');
const status = document.querySelector('[role=status]');
let chatId;
let run;

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  ask.disabled = true;
  stop.disabled = false;
  answer.textContent = '';
  percent.textContent = '';
  progress.value = 0;
  const messages = [{ role: 'user', content: question.value }];
  const options = { maxOutputTokens: MAX_OUTPUT_TOKENS };
  run = client.send(chatId ? { chatId, messages, options } : { messages, options }, {
    onProgress: ({ chunksReceived }) => {
      // A chunk is a token, more or less.
      progress.value = Math.min(100, (100 * chunksReceived) / MAX_OUTPUT_TOKENS);
      percent.textContent = `${progress.value.toFixed(1)}%`;
    },
    onConnection: ({ state }) => {
      status.textContent = state === 'reconnecting' ? 'Reconnecting …' : '';
    },
  });
  try {
    for await (const { type, message } of run) {
      if (type === 'status' || type === 'error') status.textContent = message;
      answer.textContent = run.content;
    }
    chatId = run.chatId;
    question.value = '';
  } catch (error) {
    status.textContent = error.message;
  } finally {
    ask.disabled = false;
    stop.disabled = true;
  }
});

stop.addEventListener('click', () => run?.stop());
