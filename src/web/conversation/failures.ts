import { ChatClientError, type ChatSnapshot } from '../../client/index.ts';
import { sentenceOf } from './error-texts.ts';

/**
 * What went wrong, in a sentence, and what its button does about it. `passing`: it is over when the server can be
 * reached, or the user has signed in, again; `chat_gone`: a question was refused because its chat was deleted.
 */
export interface Failure {
  kind: 'passing' | 'chat_gone' | 'other';
  message: string;
  remedy: { label: string; run(): void } | null;
}

interface Remedies {
  retry(): void;
  askAsNew(question: string): void;
}

/** What went wrong in a chat; null where nothing did, or where the message itself says it. */
export function failureIn(
  { error, failedStep, unsent, missing }: ChatSnapshot,
  { retry, askAsNew }: Remedies,
): Failure | null {
  if (!error || failedStep === 'answer') return null;
  // The page says so in the place of the messages.
  if (missing && failedStep === 'loading') return null;
  if (unsent && error.code === 'not_found') {
    return missing ? chatGone(() => askAsNew(unsent.content)) : MESSAGE_GONE;
  }
  const isRetried = failedStep === 'loading' || (failedStep !== 'stopping' && error.retryable);
  return failureOf(error, isRetried ? retry : null);
}

function failureOf(cause: unknown, retry: (() => void) | null): Failure {
  const { retryable, status } = ChatClientError.from(cause);
  return {
    // There was no response, or one of something between, or the session has ended.
    kind: status === 401 || (retryable && (status === null || status >= 500)) ? 'passing' : 'other',
    message: sentenceOf(cause),
    remedy: retry && { label: 'Try again', run: retry },
  };
}

function chatGone(askAsNew: () => void): Failure {
  return {
    kind: 'chat_gone',
    message: 'This chat was deleted. Ask as a new chat?',
    remedy: { label: 'Ask as a new chat', run: askAsNew },
  };
}

/** The message that a request was about does not exist any more, but its chat does. */
const MESSAGE_GONE: Failure = {
  kind: 'other',
  message: 'This question was changed in another window. Here is the chat as it is now.',
  remedy: null,
};
