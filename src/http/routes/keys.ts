import { z } from 'zod';
import { keyRequestSchema } from '../../auth/keys/key-request.ts';
import { KEY_ID } from '../../auth/keys/key-text.ts';
import { ownerOf } from '../../auth/keys/owner.ts';
import type { StoredKey } from '../../auth/keys/store.ts';
import type { RouteContext } from '../context.ts';
import { jsonBody } from '../routing/body.ts';
import { jsonReply } from '../routing/documentation.ts';
import { sendJson, sendNothing } from '../routing/reply.ts';
import { type Route, route } from '../routing/route.ts';
import { auditSchema, keyListSchema, newKeySchema } from '../schemas/keys.ts';
import { pageQuery } from './parameters.ts';

const keyParams = z.object({ keyId: z.string().regex(KEY_ID, 'must be the id of a key') });

/** API keys of the caller's tenant, and who did what in it (AUTH-3, AUTH-12). */
export function keyRoutes({ keys, audit }: RouteContext): Route[] {
  return [
    route({
      method: 'POST',
      path: '/keys',
      needs: { action: 'write', resource: 'key' },
      body: jsonBody('KeyRequest', keyRequestSchema),
      doc: {
        tag: 'Keys',
        summary: 'Make an API key',
        description:
          'The key is shown only in this reply. `userId` is the caller by default, `scopes` is `["chat"]`; without `models` it is good for all, and without `expiresAt` until it is revoked.',
        replies: { 201: jsonReply('It is there.', 'NewKey', newKeySchema) },
        examples: [
          { name: 'for oneself', status: 201, body: { name: 'laptop' } },
          {
            name: 'for somebody, to read only',
            status: 201,
            body: { name: 'reports', userId: 'ada', scopes: ['read'], expiresAt: '2099-01-31T00:00:00Z' },
          },
        ],
      },
      handle: async (call) => {
        const { stored, text } = await keys.create(call.principal, call.body, call.request);
        sendJson(call, { ...described(stored), key: text }, 201);
      },
    }),

    route({
      method: 'GET',
      path: '/keys',
      needs: { action: 'list', resource: 'key' },
      query: pageQuery,
      doc: {
        tag: 'Keys',
        summary: 'List the API keys of the tenant, by user, then the oldest first',
        replies: { 200: jsonReply('A page; revoked keys are part of it', 'KeyList', keyListSchema) },
        examples: [{ name: 'the first ten', status: 200, query: { limit: '10' } }],
      },
      handle: async (call) => {
        const { limit, cursor } = call.query;
        const { items, nextCursor } = await keys.list(call.principal, limit, cursor ?? null);
        const listed = items.map((key) => ({ ...described(key), revokedAt: key.revokedAt }));
        sendJson(call, { keys: listed, nextCursor });
      },
    }),

    route({
      method: 'DELETE',
      path: '/keys/:keyId',
      needs: { action: 'write', resource: 'key' },
      params: keyParams,
      doc: {
        tag: 'Keys',
        summary: 'Revoke an API key',
        description: 'One that is revoked already stays so.',
        replies: { 204: { description: 'It is revoked.' } },
        examples: [{ name: 'one that there is not', status: 404, params: { keyId: '000000000000' } }],
      },
      handle: async (call) => {
        await keys.revoke(call.principal, call.params.keyId, call.request);
        sendNothing(call);
      },
    }),

    route({
      method: 'GET',
      path: '/audit',
      needs: { action: 'list', resource: 'audit' },
      query: pageQuery,
      doc: {
        tag: 'Keys',
        summary: 'Who did what to which resource, the newest first',
        replies: { 200: jsonReply('A page', 'AuditLog', auditSchema) },
        examples: [{ name: 'the last ten', status: 200, query: { limit: '10' } }],
      },
      handle: async (call) => {
        const { limit, cursor } = call.query;
        const { items, nextCursor } = await audit.list(call.principal, limit, cursor ?? null);
        const entries = items.map(({ tenantId: _, ...entry }) => entry);
        sendJson(call, { entries, nextCursor });
      },
    }),
  ];
}

function described({ id, name, ownerId, scopes, models, createdAt, expiresAt }: StoredKey) {
  return { id, name, userId: ownerOf(ownerId).userId, scopes, models, createdAt, expiresAt };
}
