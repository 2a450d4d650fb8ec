import { createChatClient } from 'llm-streaming-service/client';
import { useStreamingChat } from 'llm-streaming-service/vue';
import { ref } from 'vue';

// `baseUrl` is where the service is; without it, where this page came from. One client serves all components.
const client = createChatClient();

export const Chat = {
  props: { chatId: String },

  setup(props) {
    // biome-ignore lint/correctness/useHookAtTopLevel: it is one of Vue's, and in its place.
    const { chat, send, stop, regenerate } = useStreamingChat({ client, chatId: () => props.chatId });
    const question = ref('');
    const ask = () => {
      // False while an answer streams: nothing is sent twice.
      if (send(question.value)) question.value = '';
    };
    return { chat, question, ask, stop, regenerate };
  },

  template: `
    <h1>Chat</h1>
    <ol>
      <li v-for="message in chat.messages" :key="message.id" :class="[message.role, message.status]"
        style="white-space: pre-wrap">{{ message.content }}</li>
    </ol>
    <p role="status">
      <template v-if="chat.connection.state === 'reconnecting'">
        Reconnecting (attempt {{ chat.connection.attempt }}) …
      </template>
      {{ chat.status?.message }} {{ chat.error?.message }}
    </p>
    <progress v-if="chat.streaming" aria-label="Answer"></progress>
    <form @submit.prevent="ask">
      <input v-model="question" aria-label="Question" required>
      <button type="submit" :disabled="chat.phase !== 'idle'">Ask</button>
      <button type="button" :disabled="!chat.streaming" @click="stop()">Stop</button>
      <button type="button" :disabled="chat.phase !== 'idle' || !chat.messages.length" @click="regenerate()">
        Again
      </button>
    </form>`,
};
