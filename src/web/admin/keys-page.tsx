import { useRef, useState } from 'preact/hooks';
import { sentenceOf } from '../conversation/error-texts.ts';
import { ConfirmedButton } from '../shell/confirmed-button.tsx';
import type { PagedList } from '../shell/paged-list.ts';
import { PagedListEnd } from '../shell/paged-list-end.tsx';
import type { ServerWatch } from '../shell/server-monitor.ts';
import { moment } from '../shell/short-date.ts';
import { useStore } from '../shell/store.ts';
import { usePagedList } from '../shell/use-paged-list.ts';
import { isValid, validity } from '../shell/validity.ts';
import { type ApiKey, Keys } from './keys.ts';
import { NewKeyDialog } from './new-key-dialog.tsx';

/** The API keys: make, list, revoke. */
export function KeysPage({ server }: { server: ServerWatch }) {
  const [keys] = useState(() => new Keys(server.http));
  const [making, setMaking] = useState(false);
  const list = usePagedList((cursor, signal) => keys.list(cursor, signal), sentenceOf);
  return (
    <>
      <div class="title-row">
        <h2>API keys</h2>
        <button type="button" class="primary" onClick={() => setMaking(true)}>
          New key
        </button>
      </div>
      <p class="about">
        Whoever has a key is its user: with it one signs in here, and programs send it. A key is shown when it
        is made, and never again.
      </p>
      <KeyList list={list} onRevoke={(id) => keys.revoke(id)} />
      {making && (
        <NewKeyDialog
          onCreate={async (request) => {
            const key = await keys.create(request);
            void list.refresh();
            return key;
          }}
          onClose={() => setMaking(false)}
        />
      )}
    </>
  );
}

function KeyList({ list, onRevoke }: { list: PagedList<ApiKey>; onRevoke(id: string): Promise<void> }) {
  const { items } = useStore(list.state);
  return (
    <>
      <ul class="records" aria-label="API keys">
        {items.map((key) => (
          <KeyRow
            key={key.id}
            apiKey={key}
            onRevoke={async () => {
              await onRevoke(key.id);
              list.change(key.id, { revokedAt: new Date().toISOString() });
            }}
          />
        ))}
      </ul>
      <PagedListEnd list={list} empty="There are no keys yet." more="Show more keys" />
    </>
  );
}

function KeyRow({ apiKey, onRevoke }: { apiKey: ApiKey; onRevoke(): Promise<void> }) {
  const row = useRef<HTMLLIElement>(null);
  const { id, name, userId, scopes, models, createdAt } = apiKey;
  const valid = isValid(apiKey);
  return (
    <li ref={row} tabIndex={-1} class={valid ? '' : 'over'}>
      <div class="record">
        <span class="what">
          <bdi>{name}</bdi> <code>{id}</code>
        </span>
        <span class="detail">
          user <bdi>{userId}</bdi> · {scopes.join(', ')} · {models ? models.join(', ') : 'all models'}
        </span>
        <span class="detail">
          made {moment(createdAt)} · {validity(apiKey)}
        </span>
      </div>
      {valid && (
        <ConfirmedButton
          label="Revoke"
          name={`Revoke the key ${name}`}
          question={`Who is signed in with “${name}” is signed out at once, and programs that send it are refused.`}
          sentenceOf={sentenceOf}
          onConfirm={async () => {
            await onRevoke();
            row.current?.focus();
          }}
        />
      )}
    </li>
  );
}
