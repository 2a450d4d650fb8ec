import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { AttemptLimit } from './attempts/attempt-limit.ts';
import { Audit } from './audit.ts';
import type { AuditStore } from './audit-entry.ts';
import type { Authenticate, CredentialMethod } from './authenticate.ts';
import { ClientAddresses } from './client-addresses.ts';
import { ApiKeys } from './keys/api-keys.ts';
import { KeyAdministration } from './keys/key-administration.ts';
import type { KeyStore } from './keys/store.ts';
import type { OidcSignIn } from './oidc/oidc-sign-in.ts';
import { OpenConnections, type RevokedByKind } from './open-connections.ts';
import { secretVerifier } from './secret-verifier.ts';
import { bySecretOrSession, type RequireSameOrigin } from './sessions/by-secret-or-session.ts';
import { Cookies } from './sessions/cookies.ts';
import { SessionCookie } from './sessions/session-cookie.ts';
import { MAX_UNKNOWN_SESSIONS, Sessions } from './sessions/sessions.ts';
import { SignIn } from './sessions/sign-in.ts';
import type { SessionStore } from './sessions/store.ts';
import { ShareHolders } from './shares/share-holders.ts';
import type { ShareStore } from './shares/store.ts';
import { ticketAuthenticator } from './tickets/ticket-authenticator.ts';
import { Tickets } from './tickets/tickets.ts';

const HOUR_MS = 60 * 60 * 1000;

/** What is stored of credentials. */
export interface CredentialStores {
  readonly keys: KeyStore;
  readonly sessions: SessionStore;
  readonly shares: ShareStore;
  readonly audit: AuditStore;
}

type CredentialConfig = Pick<Config, 'auth' | 'jwt' | 'oidc' | 'oidcSecret' | 'server'>;

type JwtMethod = CredentialMethod & Disposable;

interface OtherParts {
  readonly requireSameOrigin: RequireSameOrigin;
  /** How an application authenticates, in place of the configured methods. */
  readonly own: Authenticate | undefined;
}

/** What is made for the configured methods only: loading their libraries takes a tenth of a start each. */
interface LoadedMethods {
  readonly jwt: JwtMethod | null;
  readonly oidc: OidcSignIn | null;
  readonly addresses: ClientAddresses;
  readonly limit: AttemptLimit;
  readonly cookies: Cookies;
}

/** The configured ways to be authenticated (`auth.methods`), and what belongs to them. Dispose of it to end them. */
export class Credentials implements Disposable {
  /** Null: there is none. */
  readonly authenticate: Authenticate | null;
  readonly audit: Audit;
  readonly addresses: ClientAddresses;
  readonly keys: KeyAdministration;
  readonly signIn: SignIn;
  readonly tickets = new Tickets();
  readonly shareHolders: ShareHolders;
  readonly connections: OpenConnections;
  readonly #jwt: JwtMethod | null;

  /** Throws ConfigError when what is configured cannot be used. */
  static async open(
    config: CredentialConfig,
    stores: CredentialStores,
    others: OtherParts,
    logger: Logger,
  ): Promise<Credentials> {
    const { auth, oidcSecret: secret, server } = config;
    const addresses = new ClientAddresses(server.trustedProxies);
    const limit = new AttemptLimit(addresses, logger);
    const cookies = new Cookies(server.publicOrigin);
    const oidc = auth.methods.includes('oidc')
      ? new (await import('./oidc/oidc-sign-in.ts')).OidcSignIn({
          settings: config.oidc,
          secret,
          publicOrigin: server.publicOrigin,
          cookies,
          limit,
          logger,
        })
      : null;
    // The last step: what fetches keys has to be disposed of.
    const jwt = auth.methods.includes('jwt')
      ? (await import('./jwt/jwt-method.ts')).jwtMethod(config.jwt, logger)
      : null;
    return new Credentials(config, stores, { ...others, jwt, oidc, addresses, limit, cookies }, logger);
  }

  private constructor(
    { auth }: CredentialConfig,
    stores: CredentialStores,
    { requireSameOrigin, own, jwt, oidc, addresses, limit, cookies }: OtherParts & LoadedMethods,
    logger: Logger,
  ) {
    const apiKeys = auth.methods.includes('keys') ? new ApiKeys(stores.keys) : null;
    this.#jwt = jwt;
    const methods = [apiKeys, jwt].filter((method) => method !== null);
    this.addresses = addresses;
    const verify = secretVerifier(methods, limit);
    const sessions = new Sessions(
      stores.sessions,
      auth.sessionH * HOUR_MS,
      new AttemptLimit(addresses, logger, MAX_UNKNOWN_SESSIONS),
      logger,
    );
    const cookie = new SessionCookie(cookies);
    const configured =
      auth.methods.length > 0 ? bySecretOrSession(verify, sessions, cookie, requireSameOrigin) : null;
    this.shareHolders = new ShareHolders(stores.shares, limit);
    const revoked: RevokedByKind = {
      // An application's credentials are its own, whatever kind it says they are.
      ...(apiKeys && !own ? { key: (ids) => apiKeys.revoked(ids) } : {}),
      ...(own ? {} : { session: (ids) => sessions.revoked(ids) }),
      share: (ids) => this.shareHolders.revoked(ids),
    };
    const others = own ?? configured;
    this.authenticate = others && ticketAuthenticator({ tickets: this.tickets, limit, revoked }, others);
    this.audit = new Audit(stores.audit, this.addresses, logger);
    this.keys = new KeyAdministration(stores.keys, this.audit, apiKeys);
    const accepted = own ? [] : auth.methods;
    this.signIn = new SignIn({
      methods: accepted,
      sessions,
      verify,
      oidc: own ? null : oidc,
      cookie,
      addresses,
      audit: this.audit,
    });
    this.connections = new OpenConnections(revoked, logger);
  }

  [Symbol.dispose](): void {
    this.#jwt?.[Symbol.dispose]();
    this.connections[Symbol.dispose]();
  }
}
