import { useRef } from 'preact/hooks';
import type { ShareAccess as Access } from '../../client/tickets.ts';
import { ConfirmedButton } from '../shell/confirmed-button.tsx';
import type { PagedList } from '../shell/paged-list.ts';
import { PagedListEnd } from '../shell/paged-list-end.tsx';
import { moment } from '../shell/short-date.ts';
import { useStore } from '../shell/store.ts';
import { isValid, validity } from '../shell/validity.ts';
import type { Share } from './shares.ts';

const ALLOWS: Record<Access, string> = { read: 'to look', write: 'to edit' };

interface Props {
  list: PagedList<Share>;
  showsAccess: boolean;
  onRevoke(id: string): Promise<void>;
  sentenceOf(cause: unknown): string;
}

/** The links that were made, the newest first, those that are over as well. */
export function ShareList({ list, ...rest }: Props) {
  const { items } = useStore(list.state);
  return (
    <section aria-labelledby="shares-title">
      <h3 id="shares-title">Links</h3>
      <ul class="records">
        {[...items].reverse().map((share) => (
          <ShareRow key={share.id} share={share} {...rest} />
        ))}
      </ul>
      <PagedListEnd list={list} empty="There are none yet." more="Show more links" />
    </section>
  );
}

interface RowProps extends Omit<Props, 'list'> {
  share: Share;
}

function ShareRow({ share, showsAccess, onRevoke, sentenceOf }: RowProps) {
  const row = useRef<HTMLLIElement>(null);
  const made = moment(share.createdAt);
  return (
    <li ref={row} tabIndex={-1} class={isValid(share) ? '' : 'over'}>
      <div class="record">
        <span class="what">Made {made}</span>
        <span class="detail">
          {showsAccess && `${ALLOWS[share.access]} · `}
          {validity(share)}
        </span>
      </div>
      {isValid(share) && (
        <ConfirmedButton
          label="Revoke"
          name={`Revoke the link made ${made}`}
          question="Whoever uses this link is disconnected at once, and cannot come back with it."
          sentenceOf={sentenceOf}
          onConfirm={async () => {
            await onRevoke(share.id);
            row.current?.focus();
          }}
        />
      )}
    </li>
  );
}
