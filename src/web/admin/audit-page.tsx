import type { Http } from '../../client/http.ts';
import { sentenceOf } from '../conversation/error-texts.ts';
import { PAGE_ITEMS, type Page } from '../shell/paged-list.ts';
import { PagedListEnd } from '../shell/paged-list-end.tsx';
import type { ServerWatch } from '../shell/server-monitor.ts';
import { moment } from '../shell/short-date.ts';
import { useStore } from '../shell/store.ts';
import { usePagedList } from '../shell/use-paged-list.ts';

interface AuditEntry {
  id: number;
  at: string;
  userId: string;
  /** Null: nobody was signed in, or it was the command line. */
  credential: { kind: string; id: string } | null;
  action: string;
  resource: string;
  resourceId: string;
  address: string | null;
}

/** What was done, in words. An action that is not among them is shown by its name. */
const ACTIONS: Readonly<Record<string, string>> = {
  'key.created': 'made an API key',
  'key.revoked': 'revoked an API key',
  'session.created': 'signed in',
  'session.ended': 'signed out',
  'session.refused': 'tried to sign in, and was refused',
  'share.created': 'made a link for others',
  'share.revoked': 'revoked a link',
  'chat.deleted': 'deleted a chat',
  'chat.exported': 'exported a chat',
  'workspace.deleted': 'deleted a workspace',
  'file.deleted': 'deleted a file',
  'admin.accessed': 'used something of another user',
};

/** Ids of sessions are as long as hashes; their beginning tells them apart. */
const ID_CHARS = 12;

/** Who did what, the newest first. */
export function AuditPage({ server }: { server: ServerWatch }) {
  const list = usePagedList((cursor, signal) => load(server.http, cursor, signal), sentenceOf);
  const { items } = useStore(list.state);
  return (
    <>
      <h2 id="audit-title">Audit log</h2>
      <p class="about">Who did what, the newest first. What was written is never part of it.</p>
      {items.length > 0 && (
        <table class="audit" aria-labelledby="audit-title">
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">Who</th>
              <th scope="col">What</th>
            </tr>
          </thead>
          <tbody>
            {items.map((entry) => (
              <AuditRow key={entry.id} entry={entry} />
            ))}
          </tbody>
        </table>
      )}
      <PagedListEnd list={list} empty="Nothing has happened yet." more="Show older entries" />
    </>
  );
}

function AuditRow({ entry }: { entry: AuditEntry }) {
  const { at, userId, credential, action, resource, resourceId, address } = entry;
  return (
    <tr>
      <td>
        <time dateTime={at}>{moment(at)}</time>
      </td>
      <td>
        <bdi>{userId}</bdi>
        {credential && (
          <span class="detail" title={credential.id}>
            {credential.kind} {short(credential.id)}
          </span>
        )}
        <span class="detail">{address ?? 'command line'}</span>
      </td>
      <td>
        {ACTIONS[action] ?? action}
        <span class="detail" title={resourceId}>
          {resource} {short(resourceId)}
        </span>
      </td>
    </tr>
  );
}

async function load(http: Http, cursor: string | null, signal: AbortSignal): Promise<Page<AuditEntry>> {
  const query = { limit: PAGE_ITEMS, ...(cursor === null ? {} : { cursor }) };
  const page = await http.json<{ entries: AuditEntry[]; nextCursor: string | null }>('/api/audit', {
    query,
    signal,
  });
  return { items: page.entries, nextCursor: page.nextCursor };
}

/** Ids of chats are shown whole: they are looked for in addresses. */
function short(id: string): string {
  return id.length > 40 ? `${id.slice(0, ID_CHARS)}…` : id;
}
