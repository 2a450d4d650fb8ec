import OpenAI from 'openai';
import { OPENAI_OPTIONS } from './client-options.ts';
import { chatCompletion, type Dialect } from './openai-client.ts';
import type { Provider } from './provider.ts';

/** https://docs.ollama.com/api/openai-compatibility knows `max_tokens` only; thoughts come as `reasoning`. */
const DIALECT: Dialect = { limit: 'max_tokens' };

/** Models on a machine of one's own. `baseUrl`: with `/v1`, as in `http://127.0.0.1:11434/v1`. It takes no key. */
export function ollama({ baseUrl }: { baseUrl: string }): Provider {
  // The SDK insists on one, and Ollama ignores it.
  const client = new OpenAI({ ...OPENAI_OPTIONS, apiKey: 'none', baseURL: baseUrl });
  return {
    name: 'ollama',
    attempt: (model, prompt, delivery) => chatCompletion(client, model, prompt, delivery, DIALECT),
  };
}
