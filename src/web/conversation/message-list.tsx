import type { ComponentChildren } from 'preact';
import { memo } from 'preact/compat';
import { useState } from 'preact/hooks';
import type { Timeouts } from '../../client/index.ts';
import { CopyButton } from '../shell/copy-button.tsx';
import { Message } from '../shell/message.tsx';
import { Outcome } from '../shell/outcome.tsx';
import { Verdict } from '../structured/verdict.tsx';
import { AnsweringLine } from './answering-line.tsx';
import type { Answering, ShownMessage } from './conversation-state.ts';
import { EditForm } from './edit-form.tsx';

/** So many are drawn at first, and so many more each time. */
const STEP = 100;

interface Actions {
  /** Absent: answers are not given anew here. */
  onRegenerate?: (() => void) | undefined;
  /** Absent: questions are not asked differently here. */
  onEdit?: ((messageId: string, content: string) => void) | undefined;
  /** What else there is to say below an answer. Must stay the same function. */
  below?: ((message: ShownMessage) => ComponentChildren) | undefined;
}

interface Props extends Actions {
  messages: readonly ShownMessage[];
  answering: Answering | null;
  timeouts: Timeouts | null;
}

/** The conversation, its end first. */
export function MessageList({ messages, answering, timeouts, onRegenerate, onEdit, below }: Props) {
  const [most, setMost] = useState(STEP);
  const hidden = Math.max(0, messages.length - most);
  const shown = messages.slice(hidden);
  return (
    <>
      {hidden > 0 && (
        <p class="actions">
          <button type="button" class="quiet" onClick={() => setMost(most + STEP)}>
            Show earlier messages ({hidden})
          </button>
        </p>
      )}
      <ol class="messages">
        {shown.map((message, index) => {
          const isLast = index === shown.length - 1;
          return (
            <Row
              key={message.key}
              message={message}
              answering={isLast ? answering : null}
              timeouts={timeouts}
              isLast={isLast}
              idle={answering === null}
              onRegenerate={onRegenerate}
              onEdit={onEdit}
              below={below}
            />
          );
        })}
      </ol>
    </>
  );
}

interface RowProps extends Actions {
  message: ShownMessage;
  answering: Answering | null;
  timeouts: Timeouts | null;
  isLast: boolean;
  idle: boolean;
}

const Row = memo(({ message, answering, timeouts, isLast, idle, onRegenerate, onEdit, below }: RowProps) => {
  const [editing, setEditing] = useState(false);
  const { id, role, content, reasoning, status, reason, verdict, files } = message;
  const writing = files?.find(({ change }) => change === 'writing')?.name ?? null;
  if (role === 'user' && editing && id !== null && onEdit) {
    return (
      <li class="message user">
        <h2 class="unseen">Question</h2>
        <EditForm
          content={content}
          onCancel={() => setEditing(false)}
          onSave={(text) => {
            setEditing(false);
            onEdit(id, text);
          }}
        />
      </li>
    );
  }
  return (
    <Message role={role} content={content} reasoning={reasoning} live={status === 'streaming'}>
      {role === 'assistant' && answering && (
        <AnsweringLine
          answering={answering}
          characters={content.length}
          timeouts={timeouts}
          writing={writing}
        />
      )}
      {role === 'assistant' && !answering && <Outcome status={status} reason={reason} />}
      {verdict && <Verdict verdict={verdict} />}
      {role === 'assistant' && below?.(message)}
      {status !== 'streaming' && (
        <div class="tools">
          <CopyButton text={() => content}>
            Copy<span class="unseen"> {role === 'user' ? 'question' : 'answer'}</span>
          </CopyButton>
          {role === 'user' && id !== null && idle && onEdit && (
            <button type="button" class="quiet" onClick={() => setEditing(true)}>
              Edit<span class="unseen"> question</span>
            </button>
          )}
          {role === 'assistant' && isLast && idle && onRegenerate && (
            <button type="button" class="quiet" onClick={onRegenerate}>
              {status === 'complete' ? 'Answer again' : 'Try again'}
            </button>
          )}
        </div>
      )}
    </Message>
  );
});
