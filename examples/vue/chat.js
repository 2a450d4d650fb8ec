import { createChatClient } from 'llm-streaming-service/client';
import { useStreamingChat } from 'llm-streaming-service/vue';
import { computed, ref } from 'vue';

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

export const Chat = {
  props: { chatId: String },

  setup(props) {
    // biome-ignore lint/correctness/useHookAtTopLevel: it is one of Vue's, and in its place.
    const { chat, send, stop, regenerate } = useStreamingChat({ client, chatId: () => props.chatId });
    const question = ref('');
    const ask = () => {
      // False while an answer streams: nothing is sent twice.
      if (send(question.value, { options: { maxOutputTokens: MAX_OUTPUT_TOKENS } })) question.value = '';
    };
    // A chunk is a token, more or less.
    const percent = computed(() =>
      Math.min(100, (100 * (chat.value.progress?.chunksReceived ?? 0)) / MAX_OUTPUT_TOKENS),
    );
    return { chat, percent, question, ask, stop, regenerate };
  },

  template: `
    <h1>Chat</h1>
    <ol>
      <li v-for="message in chat.messages" :key="message.key" :class="[message.role, message.status]"
        style="white-space: pre-wrap">{{ message.content }}</li>
    </ol>
    <p role="status">
      <template v-if="chat.connection.state === 'reconnecting'">
        Reconnecting (attempt {{ chat.connection.attempt }}) …
      </template>
      {{ chat.status?.message }} {{ chat.error?.message }}
    </p>
    <p v-if="chat.streaming">
      <progress aria-label="Answer" max="100" :value="percent"></progress> {{ percent.toFixed(1) }}%
    </p>
    <form @submit.prevent="ask">
      <input v-model="question" aria-label="Question" required>
      <button type="submit" :disabled="chat.phase !== 'idle'">Ask</button>
      <button type="button" :disabled="!chat.streaming" @click="stop()">Stop</button>
      <button type="button" :disabled="chat.phase !== 'idle' || !chat.messages.length" @click="regenerate()">
        Again
      </button>
    </form>`,
};
