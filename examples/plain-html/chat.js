import { createChatClient } from 'llm-streaming-service/client';

// `baseUrl` is where the service is; without it, where this page came from.
const client = createChatClient();

const form = document.querySelector('form');
const { question, ask, stop } = form.elements;
const answer = document.querySelector('#answer');
const status = document.querySelector('[role=status]');
let chatId;
let run;

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  ask.disabled = true;
  stop.disabled = false;
  answer.textContent = '';
  const messages = [{ role: 'user', content: question.value }];
  run = client.send(chatId ? { chatId, messages } : { messages }, {
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
