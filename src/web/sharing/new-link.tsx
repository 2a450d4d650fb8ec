import { useState } from 'preact/hooks';
import type { ShareAccess as Access } from '../../client/tickets.ts';
import { ExpiryField, expiryAfter, type Span } from '../shell/expiry-field.tsx';
import { SecretOnce } from '../shell/secret-once.tsx';

const SPANS: readonly Span[] = ['hour', 'day', 'week', 'never'];

interface Props {
  /** Whether links differ in what they allow. */
  hasAccess: boolean;
  /** Resolves with the link. */
  onCreate(access: Access, expiresAt: string | null): Promise<string>;
  sentenceOf(cause: unknown): string;
}

/** Makes a link, and shows it. */
export function NewLink({ hasAccess, onCreate, sentenceOf }: Props) {
  const [access, setAccess] = useState<Access>('read');
  const [span, setSpan] = useState<Span>('week');
  const [link, setLink] = useState('');
  const [failure, setFailure] = useState('');
  const [busy, setBusy] = useState(false);
  const create = async () => {
    if (busy) return;
    setBusy(true);
    setFailure('');
    try {
      setLink(await onCreate(access, expiryAfter(span)));
    } catch (cause) {
      setFailure(sentenceOf(cause));
    }
    setBusy(false);
  };
  return (
    <form
      class="new-link"
      onSubmit={(event) => {
        event.preventDefault();
        void create();
      }}
    >
      <div class="choices">
        {hasAccess && (
          <label>
            Allows
            <select
              value={access}
              onChange={(event) => setAccess(event.currentTarget.value === 'write' ? 'write' : 'read')}
            >
              <option value="read">to look</option>
              <option value="write">to change, add and delete files</option>
            </select>
          </label>
        )}
        <ExpiryField spans={SPANS} value={span} onChange={setSpan} />
        <button type="submit" class={link ? '' : 'primary'} disabled={busy}>
          {link ? 'Create another link' : 'Create link'}
        </button>
      </div>
      {failure && (
        <p class="outcome bad" role="alert">
          {failure}
        </p>
      )}
      {link && <SecretOnce key={link} label="The link" secret={link} />}
    </form>
  );
}
