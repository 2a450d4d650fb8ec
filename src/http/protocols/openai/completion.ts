import type { Followable } from '../../../runs/followable.ts';
import type { RunDescription } from '../../../runs/store.ts';
import type { CompleteEvent, Usage } from '../../../wire/events.ts';

/** The first fields of chunks and of whole answers. OpenAI counts seconds. */
export function heading({ runId, createdAt, model }: RunDescription) {
  return { id: `chatcmpl-${runId}`, created: Math.floor(createdAt.getTime() / 1000), model };
}

export function openaiUsage({ promptTokens, completionTokens, totalTokens, reasoningTokens }: Usage) {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: totalTokens,
    completion_tokens_details: { reasoning_tokens: reasoningTokens },
  };
}

/** An answer with redacted text was cut by a content filter, whatever finish reason the provider gave (PROV-8). */
export function openaiFinishReason({ finishReason }: CompleteEvent, redacted: boolean): string {
  return redacted ? 'content_filter' : finishReason;
}

/** A whole answer, `chat.completion`. */
export function completion({ description, log }: Followable, terminal: CompleteEvent) {
  const { content, reasoning } = log.text();
  return {
    ...heading(description),
    object: 'chat.completion' as const,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant' as const,
          content,
          refusal: null,
          ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
        },
        logprobs: null,
        finish_reason: openaiFinishReason(terminal, log.isRedacted),
      },
    ],
    usage: openaiUsage(terminal.usage),
  };
}
