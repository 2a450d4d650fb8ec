import { useState } from 'preact/hooks';
import type { Http } from '../../client/http.ts';
import { ChatClientError } from '../../client/index.ts';
import { sentenceOf } from '../conversation/error-texts.ts';
import { Modal } from '../shell/modal.tsx';
import { usePagedList } from '../shell/use-paged-list.ts';
import { NewLink } from './new-link.tsx';
import { ShareList } from './share-list.tsx';
import { type Shareable, Shares } from './shares.ts';
import '../styles/records.css';
import '../styles/sharing.css';

export interface ShareProps {
  of: Shareable;
  http: Http;
  onClose(): void;
}

/** What somebody with a link can see. */
const SEEN: Record<Shareable['kind'], string> = {
  chat: 'Whoever has a link can watch this chat live, without signing in: its title, its messages, and who else is here. They cannot write, and see nothing else of yours.',
  workspace:
    'Whoever has a link can open these files live, without signing in, and sees who else is here. They see neither the chat with the model nor anything else of yours.',
};

/** Dialog for the links that let others see a chat or workspace: make, list, revoke. */
export function ShareForm({ of, http, onClose }: ShareProps) {
  const [shares] = useState(() => new Shares(http, of));
  const said = (cause: unknown) =>
    ChatClientError.from(cause).code === 'not_found'
      ? `This ${of.kind} does not exist, or was deleted.`
      : sentenceOf(cause);
  const list = usePagedList((cursor, signal) => shares.list(cursor, signal), said);
  return (
    <Modal title={`Share this ${of.kind}`} class="sharing" onClose={onClose}>
      {(close) => (
        <>
          <p class="about">{SEEN[of.kind]}</p>
          <NewLink
            hasAccess={of.kind === 'workspace'}
            sentenceOf={said}
            onCreate={async (access, expiresAt) => {
              const { url, ...share } = await shares.create(access, expiresAt);
              list.add({ ...share, revokedAt: null });
              return url;
            }}
          />
          <ShareList
            list={list}
            showsAccess={of.kind === 'workspace'}
            sentenceOf={said}
            onRevoke={async (id) => {
              await shares.revoke(id);
              list.change(id, { revokedAt: new Date().toISOString() });
            }}
          />
          <div class="actions">
            <button type="button" onClick={close}>
              Close
            </button>
          </div>
        </>
      )}
    </Modal>
  );
}
