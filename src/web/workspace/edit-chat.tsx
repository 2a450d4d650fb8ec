import type { ComponentChildren } from 'preact';
import { useCallback, useRef } from 'preact/hooks';
import { Composer } from '../conversation/composer.tsx';
import type { ShownMessage } from '../conversation/conversation-state.ts';
import { MessageList } from '../conversation/message-list.tsx';
import { type AnswerSettings, currentModel } from '../settings/answer-settings.ts';
import { FollowingScroll } from '../shell/following-scroll.tsx';
import { Note } from '../shell/note.tsx';
import { SimulatorNote } from '../shell/simulator-note.tsx';
import { useStore } from '../shell/store.ts';
import type { EditSession } from './edit-session.ts';
import { EditSummary } from './edit-summary.tsx';

interface Props {
  session: EditSession;
  settings: AnswerSettings;
  draft: string;
  onDraft(draft: string): void;
  onOpenFile(fileId: string): void;
  /** Below the field. */
  children: ComponentChildren;
}

/** Where the model is asked to change files, and where it says what it does. */
export function EditChat({ session, settings, draft, onDraft, onOpenFile, children }: Props) {
  const { conversation } = session;
  const { opening, messages, answering, answerer, loading, failure } = useStore(conversation.state);
  const asked = useStore(settings.state);
  const { said } = useStore(session.state);
  const field = useRef<HTMLTextAreaElement>(null);
  const below = useCallback(
    (message: ShownMessage) => <EditSummary session={session} message={message} onOpen={onOpenFile} />,
    [session, onOpenFile],
  );
  const send = () => {
    if (answering || loading || draft.trim() === '') return;
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
      <FollowingScroll subject={`${opening}`} isMain={false}>
        {messages.length === 0 && !failure && (
          <div class="welcome">
            <h2>What should change?</h2>
            <p>Ask for an edit. Files change while the answer comes, for everybody who is here.</p>
          </div>
        )}
        <MessageList
          key={opening}
          messages={messages}
          answering={answering}
          timeouts={asked.timeouts}
          below={below}
        />
      </FollowingScroll>
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
    </section>
  );
}
