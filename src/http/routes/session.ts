import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import type { Principal } from '../../auth/principal.ts';
import { UnauthenticatedError } from '../../errors.ts';
import type { RouteContext } from '../context.ts';
import { comesFromHere, requireSameOrigin } from '../origins/same-origin.ts';
import { jsonBody } from '../routing/body.ts';
import { jsonReply } from '../routing/documentation.ts';
import { sendElsewhere, sendJson, sendNothing } from '../routing/reply.ts';
import { type Route, route } from '../routing/route.ts';
import { signedInSchema, signInAddressSchema } from '../schemas/session.ts';

/** Longer than any key. */
const MAX_KEY_CHARS = 1_000;

const signInSchema = z.strictObject({
  key: z.string().trim().min(1, 'must not be empty').max(MAX_KEY_CHARS, 'is too long for a key'),
});

const atProviderSchema = z.strictObject({
  return: z
    .string()
    .max(1_000, 'must be at most 1000 characters')
    .regex(/^\/(?!\/)[\x21-\x5b\x5d-\x7e]*$/, 'must be a path on this server, such as /?chat=id')
    .default('/'),
});

/** Signing in with a browser, and out (AUTH-5). Programs send their credential with each request instead. */
export function sessionRoutes({ signIn, gate }: RouteContext): Route[] {
  const stateOf = (principal: Principal | null) => ({
    user: principal && userOf(principal),
    methods: signIn.methods,
    identityProvider: signIn.identityProvider,
  });
  return [
    route({
      method: 'GET',
      path: '/session',
      needs: 'public',
      doc: {
        tag: 'Keys',
        summary: 'Who is signed in, and how one can sign in',
        replies: { 200: jsonReply('The user, or null', 'Session', signedInSchema) },
        examples: [{ name: 'who am I', status: 200 }],
      },
      handle: async (call) => {
        const principal = await gate.identify(call.request).catch(nobody);
        sendJson(call, stateOf(principal));
      },
    }),

    route({
      method: 'POST',
      path: '/session',
      needs: 'public',
      body: jsonBody('SignIn', signInSchema),
      bodyBytes: 2048,
      guard: notFromElsewhere,
      doc: {
        tag: 'Keys',
        summary: 'Sign in with an API key: exchange it for a session cookie',
        description:
          'The session can do what the key can, and ends with it, with `DELETE`, or when it has not been used for `auth.session_h`.',
        replies: { 201: jsonReply('Signed in; `Set-Cookie` has the cookie', 'Session', signedInSchema) },
        examples: [
          { name: 'where keys are not accepted', status: 404, body: { key: 'lss_0123456789ab_secret' } },
        ],
      },
      handle: async (call) => {
        const { principal, cookie } = await signIn.withKey(call.body.key, call.request);
        call.response.setHeader('set-cookie', cookie);
        sendJson(call, stateOf(principal), 201);
      },
    }),

    route({
      method: 'POST',
      path: '/session/oidc',
      needs: 'public',
      body: jsonBody('SignInAtProvider', atProviderSchema),
      bodyBytes: 2048,
      guard: notFromElsewhere,
      doc: {
        tag: 'Keys',
        summary: 'Begin to sign in at the identity provider',
        description:
          'Returns the address to which the browser goes, and binds the sign-in to this browser by a cookie, for ten minutes. 503 `auth_unavailable` when the provider cannot be used now.',
        replies: { 201: jsonReply('Where the browser goes', 'SignInAddress', signInAddressSchema) },
        examples: [{ name: 'where that is not accepted', status: 404, body: { return: '/?chat=example' } }],
      },
      handle: async (call) => {
        const { url, cookies } = await signIn.begin(call.body.return, call.request);
        call.response.setHeader('set-cookie', cookies);
        sendJson(call, { url }, 201);
      },
    }),

    route({
      method: 'GET',
      path: '/session/oidc/callback',
      needs: 'public',
      head: false,
      doc: {
        tag: 'Keys',
        summary: 'End to sign in: the identity provider sends the browser here',
        description:
          'The browser goes on to the page on which the sign-in began, with the cookie of a session, or with `?sign-in-failed=` and why.',
        replies: { 303: { description: 'The page to go to' } },
        examples: [{ name: 'where that is not accepted', status: 404 }],
      },
      handle: async (call) => {
        const { location, cookies } = await signIn.finish(call.request);
        if (cookies.length > 0) call.response.setHeader('set-cookie', cookies);
        sendElsewhere(call, location);
      },
    }),

    route({
      method: 'DELETE',
      path: '/session',
      needs: 'public',
      guard: (request) => {
        if (request.headers.cookie !== undefined) requireSameOrigin(request);
      },
      doc: {
        tag: 'Keys',
        summary: 'Sign out: end the session everywhere',
        description: 'Its streams and sockets are closed within a second; runs go on.',
        replies: { 204: { description: 'There is no session any more.' } },
        examples: [{ name: 'without a session', status: 204 }],
      },
      handle: async (call) => {
        call.response.setHeader('set-cookie', await signIn.end(call.request));
        sendNothing(call);
      },
    }),
  ];
}

/** Otherwise another site could sign a user in as somebody else, who then reads what is written here. */
function notFromElsewhere(request: IncomingMessage): void {
  if (comesFromHere(request) === false) requireSameOrigin(request, false);
}

function userOf({ userId, tenantId, name = userId, scopes }: Principal) {
  return { userId, tenantId, name, scopes };
}

function nobody(error: unknown): null {
  if (error instanceof UnauthenticatedError) return null;
  throw error;
}
