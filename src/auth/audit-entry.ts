import type { Page } from '../chat/store.ts';
import type { Credential } from './principal.ts';

/** What is audited (AUTH-12). `admin.accessed`: an administrator reached a resource of somebody else. */
export type AuditAction =
  | 'key.created'
  | 'key.revoked'
  | 'session.created'
  | 'session.ended'
  | 'session.refused'
  | 'share.created'
  | 'share.revoked'
  | 'chat.deleted'
  | 'chat.exported'
  | 'workspace.deleted'
  | 'file.deleted'
  | 'admin.accessed';

/** Who did what to which resource. Never the content of anything. */
export interface NewAuditEntry {
  readonly at: Date;
  readonly tenantId: string;
  readonly userId: string;
  /** Null: a server without authentication, or the command line. */
  readonly credential: Pick<Credential, 'kind' | 'id'> | null;
  readonly action: AuditAction;
  /** Its kind: `key`, `session`, `share`, `chat`, `run`, `workspace`, `file`. */
  readonly resource: string;
  readonly resourceId: string;
  /** The client's network address. Null: it did not come over the network. */
  readonly address: string | null;
}

/** As it is read: names of actions and credentials may be those of another version. */
export interface AuditEntry extends Omit<NewAuditEntry, 'credential' | 'action'> {
  /** They only grow. */
  readonly id: number;
  readonly credential: { readonly kind: string; readonly id: string } | null;
  readonly action: string;
}

/** The append-only table of audit entries. Both methods throw StorageError. */
export interface AuditStore {
  append(entry: NewAuditEntry): Promise<void>;
  /** Newest first. Throws InvalidRequestError for a cursor that it did not make. */
  list(tenantId: string, limit: number, cursor: string | null): Promise<Page<AuditEntry>>;
}
