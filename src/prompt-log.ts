import type { Logger } from 'pino';
import type { PromptObserver } from './chat/service.ts';

/** The conversation context at debug level (OPS-1): how many, then index, role, length; text only if it is wanted. */
export function logPrompt(logger: Logger, logContent: boolean): PromptObserver {
  return ({ runId, chatId, requestId }, prompt) => {
    if (!logger.isLevelEnabled('debug')) return;
    const log = logger.child({ runId, chatId, requestId });
    log.debug({ total: prompt.length }, 'context');
    for (const [index, { role, content }] of prompt.entries()) {
      const text = logContent ? { content } : {};
      log.debug({ index, role, length: content.length, ...text }, 'context message');
    }
  };
}
