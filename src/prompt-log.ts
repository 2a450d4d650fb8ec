import type { Logger } from 'pino';
import type { ChatObserver } from './chat/chat-events.ts';

/**
 * Logs the conversation context at debug level (OPS-1): one line with the number of messages, and the index (from 1),
 * role and length of each. With `logContent` further lines have their text.
 */
export function logPrompt(logger: Logger, logContent: boolean): Required<ChatObserver>['promptBuilt'] {
  return ({ runId, chatId, requestId }, prompt) => {
    if (!logger.isLevelEnabled('debug')) return;
    const log = logger.child({ runId, chatId, requestId });
    const messages = prompt.map(({ role, content }, index) => ({
      index: index + 1,
      role,
      length: content.length,
    }));
    log.debug({ total_messages: prompt.length, messages }, `[${requestId}] Full conversation context:`);
    if (!logContent) return;
    for (const [index, { content }] of prompt.entries())
      log.debug({ ...messages[index], content }, 'context message');
  };
}
