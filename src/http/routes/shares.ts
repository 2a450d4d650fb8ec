import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { z } from 'zod';
import { chatShareSchema, workspaceShareSchema } from '../../auth/shares/share-request.ts';
import { SHARE_ID } from '../../auth/shares/share-token.ts';
import type { SharedResource, StoredShare } from '../../auth/shares/store.ts';
import type { RouteContext } from '../context.ts';
import { jsonBody, optionalJsonBody } from '../routing/body.ts';
import { EXAMPLE_CHAT, EXAMPLE_WORKSPACE, jsonReply } from '../routing/documentation.ts';
import { sendJson, sendNothing } from '../routing/reply.ts';
import { authorityOf } from '../routing/request-target.ts';
import { type FieldsSchema, type Route, route } from '../routing/route.ts';
import { newShareSchema, shareListSchema } from '../schemas/shares.ts';
import { chatParams, pageQuery, workspaceParams } from './parameters.ts';

const shareParams = { shareId: z.string().regex(SHARE_ID, 'must be the id of a share') };

/** What has shares. `Params`: those of its own path. */
interface Kind<Params> {
  readonly resource: SharedResource['resource'];
  readonly path: string;
  readonly params: FieldsSchema<Params>;
  readonly shareParams: FieldsSchema<Params & { shareId: string }>;
  readonly exampleParams: Readonly<Record<string, string>>;
  idOf(params: Params): string;
}

const CHATS: Kind<{ chatId: string }> = {
  resource: 'chat',
  path: '/chat/:chatId/shares',
  params: chatParams,
  shareParams: chatParams.extend(shareParams),
  exampleParams: { chatId: EXAMPLE_CHAT },
  idOf: ({ chatId }) => chatId,
};

const WORKSPACES: Kind<{ workspaceId: string }> = {
  resource: 'workspace',
  path: '/workspaces/:workspaceId/shares',
  params: workspaceParams,
  shareParams: workspaceParams.extend(shareParams),
  exampleParams: { workspaceId: EXAMPLE_WORKSPACE },
  idOf: ({ workspaceId }) => workspaceId,
};

/** Shares of chats and workspaces, for those who may write to them (AUTH-7). */
export function shareRoutes(context: RouteContext): Route[] {
  const { shares, settings } = context;
  return [
    route({
      method: 'POST',
      path: CHATS.path,
      needs: { action: 'write', resource: 'chat' },
      params: CHATS.params,
      body: optionalJsonBody('ChatShareRequest', chatShareSchema),
      doc: {
        tag: 'Shares',
        summary: 'Let others watch a chat without an account',
        description:
          'Whoever has the token sees the chat live, and nothing else, until the share expires or is revoked. The token is shown only in this reply.',
        replies: { 201: jsonReply('It is shared.', 'NewShare', newShareSchema) },
        examples: [
          {
            name: 'for some time',
            status: 201,
            params: CHATS.exampleParams,
            body: { expiresAt: '2099-01-31T00:00:00Z' },
          },
        ],
      },
      handle: async (call) => {
        const { principal, request, body } = call;
        const { chatId } = call.params;
        const of = { resource: 'chat', resourceId: chatId } as const;
        const { stored, token } = await shares.create(principal, of, { ...body, access: 'read' }, request);
        const url = `${settings.publicOrigin || originOf(request)}/view/${chatId}#${token}`;
        sendJson(call, { ...described(stored), token, url }, 201);
      },
    }),

    route({
      method: 'POST',
      path: WORKSPACES.path,
      needs: { action: 'write', resource: 'workspace' },
      params: WORKSPACES.params,
      body: jsonBody('WorkspaceShareRequest', workspaceShareSchema),
      doc: {
        tag: 'Shares',
        summary: 'Let others open a workspace without an account',
        description:
          'Whoever has the token can read its files as the ShareDB document `workspaces/{id}`, and with `write` change them, until the share expires or is revoked. The token is shown only in this reply.',
        replies: { 201: jsonReply('It is shared.', 'NewShare', newShareSchema) },
        examples: [
          { name: 'to edit', status: 201, params: WORKSPACES.exampleParams, body: { access: 'write' } },
        ],
      },
      handle: async (call) => {
        const { principal, request, body } = call;
        const of = { resource: 'workspace', resourceId: call.params.workspaceId } as const;
        const { stored, token } = await shares.create(principal, of, body, request);
        const url = `${settings.publicOrigin || originOf(request)}/workspace/${of.resourceId}#${token}`;
        sendJson(call, { ...described(stored), token, url }, 201);
      },
    }),

    ...routesOf(CHATS, context),
    ...routesOf(WORKSPACES, context),
  ];
}

/** What is the same for all of them. */
function routesOf<Params>(kind: Kind<Params>, { shares }: RouteContext): Route[] {
  const { resource, path, params, exampleParams } = kind;
  const needs = { action: 'write', resource } as const;
  const of = (given: Params): SharedResource => ({ resource, resourceId: kind.idOf(given) });
  return [
    route({
      method: 'GET',
      path,
      needs,
      params,
      query: pageQuery,
      doc: {
        tag: 'Shares',
        summary: `List the shares of a ${resource}, the oldest first`,
        replies: { 200: jsonReply('A page; revoked shares are part of it', 'ShareList', shareListSchema) },
        examples: [{ name: 'the first ten', status: 200, params: exampleParams, query: { limit: '10' } }],
      },
      handle: async (call) => {
        const { limit, cursor } = call.query;
        const { items, nextCursor } = await shares.list(of(call.params), limit, cursor ?? null);
        const listed = items.map((share) => ({ ...described(share), revokedAt: share.revokedAt }));
        sendJson(call, { shares: listed, nextCursor });
      },
    }),

    route({
      method: 'DELETE',
      path: `${path}/:shareId`,
      needs,
      params: kind.shareParams,
      doc: {
        tag: 'Shares',
        summary: `Revoke a share of a ${resource}`,
        description: 'Those who are connected with it are disconnected within a second.',
        replies: { 204: { description: 'It is revoked.' } },
        examples: [
          {
            name: 'one that there is not',
            status: 404,
            params: { ...exampleParams, shareId: '0000000000000000' },
          },
        ],
      },
      handle: async (call) => {
        await shares.revoke(call.principal, of(call.params), call.params.shareId, call.request);
        sendNothing(call);
      },
    }),
  ];
}

function described({ id, access, createdAt, expiresAt }: StoredShare) {
  return { id, access, createdAt, expiresAt };
}

/** Where the client has our page: what a browser says, else the host that it has asked. */
function originOf(request: IncomingMessage): string {
  const { origin } = request.headers;
  if (origin !== undefined && URL.canParse(origin)) return origin;
  const scheme = request.socket instanceof TLSSocket ? 'https' : 'http';
  return `${scheme}://${authorityOf(request) ?? ''}`;
}
