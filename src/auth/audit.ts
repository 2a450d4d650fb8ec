import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import type { Page } from '../chat/store.ts';
import type { AuditAction, AuditEntry, AuditStore } from './audit-entry.ts';
import type { ClientAddresses } from './client-addresses.ts';
import type { Principal } from './principal.ts';

/** Who did what to which resource (AUTH-12). */
export class Audit {
  constructor(
    private readonly store: AuditStore,
    private readonly addresses: ClientAddresses,
    private readonly logger: Logger,
  ) {}

  /**
   * Resolves when the entry is stored. Never rejects: what was done is done, so a failure is only logged. `request`:
   * absent when it did not come over the network.
   */
  async record(
    { tenantId, userId, credential }: Principal,
    action: AuditAction,
    resource: string,
    resourceId: string,
    request?: IncomingMessage,
  ): Promise<void> {
    const entry = {
      at: new Date(),
      tenantId,
      userId,
      credential: credential ? { kind: credential.kind, id: credential.id } : null,
      action,
      resource,
      resourceId,
      address: (request && this.addresses.of(request)) || null,
    };
    try {
      await this.store.append(entry);
    } catch (err) {
      this.logger.error({ err, ...entry }, 'an audit entry could not be stored');
    }
  }

  /** The entries of the caller's tenant; see `AuditStore.list`. */
  list({ tenantId }: Principal, limit: number, cursor: string | null): Promise<Page<AuditEntry>> {
    return this.store.list(tenantId, limit, cursor);
  }
}
