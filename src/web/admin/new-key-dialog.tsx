import { useState } from 'preact/hooks';
import { ChatClientError } from '../../client/index.ts';
import { sentenceOf } from '../conversation/error-texts.ts';
import { account } from '../shell/account.ts';
import { ExpiryField, expiryAfter, type Span } from '../shell/expiry-field.tsx';
import { Modal } from '../shell/modal.tsx';
import { SecretOnce } from '../shell/secret-once.tsx';
import { type KeyRequest, SCOPES, type Scope } from './keys.ts';

const SPANS: readonly Span[] = ['day', 'week', 'month', 'year', 'never'];

/** The server accepts no longer ones. */
const MOST_NAME_CHARS = 100;
const MOST_USER_CHARS = 256;

interface Props {
  /** Resolves with the key. */
  onCreate(request: KeyRequest): Promise<string>;
  onClose(): void;
}

/** Makes a key, and shows it once. */
export function NewKeyDialog({ onCreate, onClose }: Props) {
  const [made, setMade] = useState<{ key: string; name: string } | null>(null);
  return (
    <Modal title={made ? 'The key is made' : 'New API key'} class="new-key" onClose={onClose}>
      {(close) =>
        made ? (
          <>
            <SecretOnce label={`Key “${made.name}”`} secret={made.key} />
            <p class="about">
              Hand it over in a safe way: whoever has it can do what it allows. If it is lost, revoke it and
              make another.
            </p>
            <div class="actions">
              <button type="button" onClick={close}>
                Done
              </button>
            </div>
          </>
        ) : (
          <KeyForm
            onCancel={close}
            onCreate={async (request) => setMade({ key: await onCreate(request), name: request.name })}
          />
        )
      }
    </Modal>
  );
}

interface FormProps {
  onCreate(request: KeyRequest): Promise<void>;
  onCancel(): void;
}

function KeyForm({ onCreate, onCancel }: FormProps) {
  const [name, setName] = useState('');
  const [userId, setUserId] = useState(account.state.value.user?.userId ?? '');
  const [scopes, setScopes] = useState<readonly Scope[]>(['chat']);
  const [span, setSpan] = useState<Span>('month');
  const [failure, setFailure] = useState('');
  const [busy, setBusy] = useState(false);
  const isReady = name.trim() !== '' && userId.trim() !== '' && scopes.length > 0;
  const submit = async () => {
    if (busy || !isReady) return;
    setBusy(true);
    setFailure('');
    try {
      await onCreate({ name: name.trim(), userId: userId.trim(), scopes, expiresAt: expiryAfter(span) });
    } catch (cause) {
      setFailure(reasonOf(cause));
      setBusy(false);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <label>
        Name, for example where it is used
        <input
          type="text"
          required
          dir="auto"
          autocomplete="off"
          maxLength={MOST_NAME_CHARS}
          placeholder="laptop"
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <label>
        User whose chats it opens
        <input
          type="text"
          required
          dir="auto"
          autocomplete="off"
          spellcheck={false}
          maxLength={MOST_USER_CHARS}
          value={userId}
          onInput={(event) => setUserId(event.currentTarget.value)}
        />
      </label>
      <ScopeFields scopes={scopes} onChange={setScopes} />
      <ExpiryField spans={SPANS} value={span} onChange={setSpan} />
      {failure && (
        <p class="outcome bad" role="alert">
          {failure}
        </p>
      )}
      <div class="actions">
        <button type="button" onClick={onCancel}>
          Cancel
        </button>
        <button type="submit" class="primary" disabled={busy || !isReady}>
          Create key
        </button>
      </div>
    </form>
  );
}

interface ScopeProps {
  scopes: readonly Scope[];
  onChange(scopes: readonly Scope[]): void;
}

function ScopeFields({ scopes, onChange }: ScopeProps) {
  return (
    <fieldset class="scopes">
      <legend>It allows to</legend>
      {SCOPES.map(({ scope, about }) => (
        <label key={scope} class="check">
          <input
            type="checkbox"
            checked={scopes.includes(scope)}
            onChange={({ currentTarget: { checked } }) =>
              onChange(checked ? [...scopes, scope] : scopes.filter((other) => other !== scope))
            }
          />
          <span>
            <code>{scope}</code> {about}
          </span>
        </label>
      ))}
    </fieldset>
  );
}

/** The server names the field that it does not accept. */
function reasonOf(cause: unknown): string {
  const { code, details } = ChatClientError.from(cause);
  const [detail] = details;
  return code === 'invalid_request' && detail ? `${detail.field}: ${detail.message}` : sentenceOf(cause);
}
