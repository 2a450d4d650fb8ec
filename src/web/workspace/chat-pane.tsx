import type { ComponentChildren } from 'preact';
import { useCallback, useRef } from 'preact/hooks';
import type { ChatMessage } from '../../client/index.ts';
import { Composer } from '../conversation/composer.tsx';
import { MessageList } from '../conversation/message-list.tsx';
import { NoWriting } from '../conversation/no-writing.tsx';
import { type AnswerSettings, currentModel } from '../settings/answer-settings.ts';
import { account, mayWrite } from '../shell/account.ts';
import { FollowingScroll } from '../shell/following-scroll.tsx';
import { Note } from '../shell/notice.tsx';
import { SimulatorNote } from '../shell/simulator-note.tsx';
import { useStore } from '../shell/store.ts';
import { EditSummary } from './edit-summary.tsx';
import type { WorkspaceChat } from './workspace-chat.ts';

interface Props {
  session: WorkspaceChat;
  settings: AnswerSettings;
  draft: string;
  onDraft(draft: string): void;
  onOpenFile(fileId: string): void;
  /** Below the field. */
  children: ComponentChildren;
}

/** The chat beside the files, in which the model is asked for edits. */
export function ChatPane({ session, settings, draft, onDraft, onOpenFile, children }: Props) {
  const { conversation } = session;
  const {
    opening,
    asked: questions,
    messages,
    answering,
    answerer,
    connection,
    phase,
    failure,
  } = useStore(conversation.state);
  const asked = useStore(settings.state);
  const canWrite = mayWrite(useStore(account.state));
  const { said } = useStore(session.state);
  const field = useRef<HTMLTextAreaElement>(null);
  const below = useCallback(
    (message: ChatMessage) => <EditSummary session={session} message={message} onOpen={onOpenFile} />,
    [session, onOpenFile],
  );
  const send = () => {
    if (phase !== 'idle' || draft.trim() === '') return;
    conversation.send(draft);
    onDraft('');
  };
  return (
    <section class="edit-chat" aria-label="Chat with the model">
      <div class="notes">
        <SimulatorNote provider={answerer?.provider ?? currentModel(asked)?.provider} />
        {failure && (
          <Note
            text={failure.message}
            isBad
            onDismiss={() => conversation.dismiss()}
            remedy={failure.remedy}
          />
        )}
        {said && <Note text={said} onDismiss={() => session.dismiss()} />}
      </div>
      <FollowingScroll subject={`${opening} ${questions}`} isMain={false}>
        {messages.length === 0 && !failure && canWrite && (
          <div class="welcome">
            <h2>What should change?</h2>
            <p>Ask for an edit. Files change while the answer comes, for everybody who is here.</p>
          </div>
        )}
        <MessageList
          key={opening}
          messages={messages}
          answering={answering}
          connection={connection}
          timeouts={asked.timeouts}
          below={below}
        />
      </FollowingScroll>
      {canWrite ? (
        <Composer
          draft={draft}
          answering={answering !== null}
          stopping={answering?.stopping ?? false}
          placeholder="Ask for an edit"
          field={field}
          onDraft={onDraft}
          onSend={send}
          onStop={() => void conversation.stop()}
        >
          {children}
        </Composer>
      ) : (
        <NoWriting />
      )}
    </section>
  );
}
