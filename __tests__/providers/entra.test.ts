import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configFrom } from '../../src/config.ts';
import { startServer } from '../../src/server.ts';
import { startSimulator } from '../../src/simulator/server.ts';
import { allEvents, ask, terminalOf, textOf } from '../support/events.ts';

/** A managed identity as App Service has it: https://learn.microsoft.com/azure/app-service/overview-managed-identity */
async function startIdentity() {
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    const resource = new URL(request.url ?? '', 'http://localhost').searchParams.get('resource');
    const known = request.headers['x-identity-header'] === 'identity-header';
    const expires_on = String(Math.floor(Date.now() / 1000) + 3600);
    response
      .writeHead(known ? 200 : 401, { 'content-type': 'application/json' })
      .end(
        JSON.stringify(
          known ? { access_token: 'entra-token', expires_on, resource, token_type: 'Bearer' } : {},
        ),
      );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/msi/token`,
    requests: () => requests,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

describe('[PROV-1] Azure with Entra ID', () => {
  const before = { ...process.env };
  afterEach(() => {
    process.env = { ...before };
  });

  it("sends a token of the process's identity, requests it once, and reports a failure", async () => {
    await using identity = await startIdentity();
    await using simulator = await startSimulator({
      apiKey: 'entra-token',
      script: { chunks: ['Hello'], delayMs: 0, firstDelayMs: 0 },
    });
    process.env = {
      ...before,
      AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential',
      IDENTITY_ENDPOINT: identity.url,
      IDENTITY_HEADER: 'identity-header',
    };
    const folder = await mkdtemp(join(tmpdir(), 'entra-'));
    const start = () =>
      startServer(
        configFrom({
          environment: 'test',
          server: { port: 0 },
          logging: { level: 'silent' },
          database: { url: `file:${folder}/chat.db` },
          azure: { endpoint: simulator.url, apiKey: null, deployment: 'mine', apiVersion: '2024-10-21' },
        }),
      );
    {
      await using server = await start();
      for (let time = 0; time < 2; time += 1) {
        expect(textOf(await allEvents(ask(server.url, 'Hi')))).toBe('Hello');
      }
      expect(simulator.requests[0]?.headers.authorization).toBe('Bearer entra-token');
      expect(simulator.requests[0]?.headers['api-key']).toBeUndefined();
      expect(identity.requests()).toBe(1);
    }
    process.env.AZURE_TOKEN_CREDENTIALS = 'EnvironmentCredential';
    {
      await using server = await start();
      const terminal = terminalOf(await allEvents(ask(server.url, 'Hi')));
      expect(terminal).toMatchObject({ type: 'error', code: 'provider_auth_failed' });
    }
    await rm(folder, { recursive: true });
  });
});
