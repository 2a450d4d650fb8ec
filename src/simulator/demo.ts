/** Maximum length of the echoed question. */
const ECHO_CHARACTERS = 280;

/**
 * The answer without a directive. It must not look like a model's answer (PROV-9).
 *
 * @param question the user's words; @param messages how many messages came with the request.
 */
export function demoAnswer(question: string, messages: number): string {
  return `This answer comes from the built-in simulator: no provider is configured, so no language model has read your message.

You wrote:

${quote(question)}

${context(messages)} A real model would think about that now. Meanwhile, this is how an answer travels:

- **Token by token**, at about the pace of the real thing
- Stored while it streams, so that a reload or a lost network loses nothing
- To everybody who watches the chat, at the same time

To talk to a model, put your credentials into the environment and start again:

\`\`\`sh
export AZURE_OPENAI_ENDPOINT=https://<resource>.openai.azure.com
export AZURE_OPENAI_API_KEY=<key>
export AZURE_OPENAI_DEPLOYMENT_NAME=<deployment>
\`\`\`
`;
}

function quote(question: string): string {
  const characters = [...question.trim()];
  const shown =
    characters.slice(0, ECHO_CHARACTERS).join('') + (characters.length > ECHO_CHARACTERS ? '…' : '');
  return (shown || '(nothing)').replace(/^/gm, '> ');
}

function context(messages: number): string {
  return messages === 1
    ? 'It is the only message that came with the request.'
    : `With the context, ${messages} messages came with the request.`;
}
