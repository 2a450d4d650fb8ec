import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { jest } from '@jest/globals';
import { exportJWK } from 'jose';
import type { OidcSettings } from '../../src/config.ts';
import { signingKey } from './token-issuer.ts';

const CLIENT_ID = 'llm-streaming-service';
export const CLIENT_SECRET = 'the-secret-of-the-client';

export interface RunningProvider extends AsyncDisposable {
  readonly issuer: string;
  readonly settings: Partial<OidcSettings>;
}

/**
 * A real provider of OpenID Connect, on a free port of another host name than the service's. Its pages take any name
 * and password; the user `ada` is called Ada Lovelace.
 */
export async function startIdentityProvider(redirectUri: string): Promise<RunningProvider> {
  const server = createServer();
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
  const { privateKey } = await signingKey('RS256');
  const configuration = {
    clients: [{ client_id: CLIENT_ID, client_secret: CLIENT_SECRET, redirect_uris: [redirectUri] }],
    jwks: { keys: [{ ...(await exportJWK(privateKey)), use: 'sig', alg: 'RS256', kid: 'first' }] },
    cookies: { keys: ['of-the-tests'] },
    claims: { openid: ['sub'], profile: ['name'] },
    features: { devInteractions: { enabled: true } },
    pkce: { required: () => true },
    findAccount: (_: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id, name: id === 'ada' ? 'Ada Lovelace' : id }),
    }),
    ttl: {
      Interaction: 600,
      Session: 600,
      Grant: 600,
      AccessToken: 600,
      IdToken: 600,
      AuthorizationCode: 60,
    },
  };
  // It warns of Node 20, and of being used as it is here.
  const quiet = jest.spyOn(console, 'warn').mockImplementation(() => {});
  const { default: Provider } = await import('oidc-provider');
  const provider = new Provider(issuer, configuration);
  quiet.mockRestore();
  server.on('request', provider.callback());
  return {
    issuer,
    settings: { issuer, clientId: CLIENT_ID, providerName: 'Example' },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
