import type { JWTPayload } from 'jose';
import { pino } from 'pino';
import { jwtMethod } from '../../src/auth/jwt/jwt-method.ts';
import { createChatClient } from '../../src/client/index.ts';
import { headerAuthenticator } from '../support/header-authenticator.ts';
import { type Service, startService } from '../support/service.ts';
import {
  keysReply,
  nowS,
  type SigningKey,
  signingKey,
  startIssuer,
  tokenOf,
} from '../support/token-issuer.ts';

describe('a service that accepts the tokens of an issuer', () => {
  let key: SigningKey;
  let issuer: Awaited<ReturnType<typeof startIssuer>>;
  let method: ReturnType<typeof jwtMethod>;
  let service: Service;
  const logger = pino({ level: 'silent' });

  beforeAll(async () => {
    key = await signingKey();
    issuer = await startIssuer(keysReply(key));
    method = jwtMethod(issuer.settings({ tenantClaim: 'org' }), logger);
    service = await startService({ authenticate: headerAuthenticator([method], logger) });
  });
  afterAll(async () => {
    await service[Symbol.asyncDispose]();
    method[Symbol.dispose]();
    await issuer.close();
  });

  const clientWith = async (claims: JWTPayload) =>
    createChatClient({ baseUrl: service.url, auth: await tokenOf(key, claims) });
  const question = { messages: [{ role: 'user' as const, content: 'Hi' }] };

  it('[AUTH-4] answers its user, whose chats other users and tenants do not have', async () => {
    const ada = await clientWith({ org: 'acme' });
    const run = ada.send(question);
    await run.done;
    const chatId = run.chatId ?? '';
    expect((await ada.chats.list()).chats).toHaveLength(1);
    // Another token of the same user.
    const again = await clientWith({ org: 'acme', exp: nowS() + 60 });
    expect(await again.chats.get(chatId)).toMatchObject({ chat: { id: chatId } });
    for (const claims of [{ org: 'acme', sub: 'eve' }, { org: 'other' }]) {
      const other = await clientWith(claims);
      await expect(other.chats.get(chatId)).rejects.toMatchObject({ code: 'not_found' });
      expect((await other.chats.list()).chats).toEqual([]);
    }
  });

  it('[AUTH-10] says which scope a token does not have', async () => {
    const reader = await clientWith({ org: 'acme', scope: 'openid read' });
    expect(await reader.chats.list()).toHaveProperty('chats');
    await expect(reader.send(question).done).rejects.toMatchObject({
      code: 'forbidden',
      status: 403,
      message: expect.stringContaining('"chat"'),
    });
  });

  it('[AUTH-4] replies 401 to a token that is not valid, and 503 to one whose key it cannot fetch', async () => {
    const reply = async (token: string) => {
      const response = await fetch(`${service.url}/api/chats`, {
        headers: { authorization: `Bearer ${token}` },
      });
      return { status: response.status, headers: response.headers, body: await response.json() };
    };
    for (const token of [
      'a.b.c',
      await tokenOf(key),
      await tokenOf(key, { org: 'acme', exp: nowS() - 60 }),
    ]) {
      const { status, headers, body } = await reply(token);
      expect(status).toBe(401);
      expect(headers.get('www-authenticate')).toContain('error="invalid_token"');
      expect(body).toMatchObject({ error: { code: 'unauthenticated' } });
    }
    await using gone = await startIssuer((response) => response.writeHead(500).end());
    using unable = jwtMethod(gone.settings(), logger);
    await using other = await startService({ authenticate: headerAuthenticator([unable], logger) });
    const response = await fetch(`${other.url}/api/chats`, {
      headers: { authorization: `Bearer ${await tokenOf(key)}` },
    });
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('30');
    expect(await response.json()).toMatchObject({ error: { code: 'auth_unavailable' } });
  });
});
