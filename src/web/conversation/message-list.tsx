import type { ComponentChildren } from 'preact';
import { memo } from 'preact/compat';
import { useState } from 'preact/hooks';
import type { Answering, ChatMessage, ConnectionState, Timeouts } from '../../client/index.ts';
import { CopyButton } from '../shell/copy-button.tsx';
import { Message } from '../shell/message.tsx';
import { Outcome } from '../shell/message-outcome.tsx';
import { usePrinting } from '../shell/printing.ts';
import { isJsonText } from '../structured/json-text.ts';
import { SchemaCheck } from '../structured/schema-check.tsx';
import { EditForm } from './edit-form.tsx';
import { reasonOf, schemaResultOf } from './message-end.ts';
import { ProgressLine } from './progress-line.tsx';

/** How many messages are rendered at first, and how many more on each click. */
const STEP = 100;

interface Actions {
  /** Absent: answers cannot be regenerated here. */
  onRegenerate?: (() => void) | undefined;
  /** Absent: answers that were cut off cannot be continued here. */
  onContinue?: (() => void) | undefined;
  /** Absent: questions cannot be edited here. */
  onEdit?: ((messageId: string, content: string) => void) | undefined;
  /** Renders more below an answer. Must stay the same function. */
  below?: ((message: ChatMessage) => ComponentChildren) | undefined;
}

interface Props extends Actions {
  messages: readonly ChatMessage[];
  answering: Answering | null;
  connection: ConnectionState;
  timeouts: Timeouts | null;
}

/** The messages; only the last ones of a long chat are rendered at first. */
export function MessageList({ messages, answering, connection, timeouts, ...actions }: Props) {
  const [most, setMost] = useState(STEP);
  const printing = usePrinting();
  const hidden = printing ? 0 : Math.max(0, messages.length - most);
  const shown = messages.slice(hidden);
  return (
    <>
      {hidden > 0 && (
        <p class="actions earlier">
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
              connection={isLast ? connection : null}
              timeouts={timeouts}
              isLast={isLast}
              idle={answering === null}
              {...actions}
            />
          );
        })}
      </ol>
    </>
  );
}

interface RowProps extends Actions {
  message: ChatMessage;
  answering: Answering | null;
  /** Null in rows that do not show it. */
  connection: ConnectionState | null;
  timeouts: Timeouts | null;
  isLast: boolean;
  idle: boolean;
}

const Row = memo(({ message, answering, connection, timeouts, isLast, idle, ...actions }: RowProps) => {
  const { onRegenerate, onContinue, onEdit, below } = actions;
  const [editing, setEditing] = useState(false);
  const { id, isStored, role, content, reasoning, status, files } = message;
  const schemaResult = schemaResultOf(message);
  const writing = files.find(({ change }) => change === 'writing')?.name ?? null;
  if (role === 'user' && editing && isStored && onEdit) {
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
      {role === 'assistant' && answering && connection && (
        <ProgressLine
          answering={answering}
          connection={connection}
          characters={content.length}
          timeouts={timeouts}
          writing={writing}
        />
      )}
      {role === 'assistant' && !answering && (
        <Outcome status={status} reason={reasonOf(message, timeouts)} isEmpty={isEmpty(message)} />
      )}
      {schemaResult && <SchemaCheck result={schemaResult} />}
      {role === 'assistant' && below?.(message)}
      {status !== 'streaming' && (
        <div class="tools">
          <CopyButton text={() => content}>
            Copy<span class="unseen"> {role === 'user' ? 'question' : 'answer'}</span>
          </CopyButton>
          {role === 'user' && isStored && idle && onEdit && (
            <button type="button" class="quiet" onClick={() => setEditing(true)}>
              Edit<span class="unseen"> question</span>
            </button>
          )}
          {isLast && idle && onContinue && canContinue(message) && (
            <button type="button" onClick={onContinue}>
              Continue
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

function isEmpty({ content, reasoning, files, statusUpdates }: ChatMessage): boolean {
  return content === '' && !reasoning && files.length === 0 && statusUpdates.length === 0;
}

/** Only a text that the length limit cut off: JSON cannot be put together from two answers. */
function canContinue({ role, cause, content }: ChatMessage): boolean {
  return role === 'assistant' && cause === 'length' && content !== '' && !isJsonText(content);
}
