import type { IncomingMessage } from 'node:http';
import { UnauthenticatedError } from '../errors.ts';
import type { Access, Permission } from './access.ts';
import type { Authenticate } from './authenticate.ts';
import type { OpenConnections } from './open-connections.ts';
import { presentedSecret } from './presented-secret.ts';
import { LOCAL, type Principal } from './principal.ts';
import { ticketIn } from './tickets/ticket-text.ts';

/** Where requests and sockets come in: who they are from, and whether they may do what they ask for. */
export class Gate {
  /**
   * `authenticate`: null for a server without authentication, where everybody is `local`. `isOpen`: whether the
   * configuration says that this is wanted (`auth.open`).
   */
  constructor(
    readonly access: Access,
    private readonly authenticate: Authenticate | null,
    private readonly connections: OpenConnections,
    private readonly isOpen: boolean,
  ) {}

  /** Whether a credential is needed. */
  get authenticates(): boolean {
    return this.authenticate !== null;
  }

  /** Throws when everybody may come in and nobody has said that this is wanted (AUTH-11). */
  requirePurpose(): void {
    if (this.authenticate || this.isOpen) return;
    throw new Error(
      'Everybody could use this API: give createService an `authenticate`, list auth.methods, or set auth.open = true.',
    );
  }

  /** Throws UnauthenticatedError, and what `authenticate` throws. */
  async identify(request: IncomingMessage): Promise<Principal> {
    if (!this.authenticate) return LOCAL;
    const principal = await this.authenticate(request);
    if (!principal) {
      throw new UnauthenticatedError(ticketIn(request) !== null || presentedSecret(request) !== null);
    }
    return principal;
  }

  /** See `OpenConnections.add`. */
  opened(principal: Principal, close: () => void): () => void {
    return this.connections.add(principal, close);
  }

  /** See `Access.require`. */
  async admit(request: IncomingMessage, permission: Permission, id: string | undefined): Promise<Principal> {
    const principal = await this.identify(request);
    await this.access.require({ principal, request }, permission, id);
    return principal;
  }
}
