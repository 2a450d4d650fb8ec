import { z } from 'zod';
import type { Principal } from '../../auth/principal.ts';
import { UnauthenticatedError } from '../../errors.ts';
import type { RouteContext } from '../context.ts';
import { comesFromHere, requireSameOrigin } from '../origins/same-origin.ts';
import { jsonBody } from '../routing/body.ts';
import { jsonReply } from '../routing/documentation.ts';
import { sendJson, sendNothing } from '../routing/reply.ts';
import { type Route, route } from '../routing/route.ts';
import { signedInSchema } from '../schemas/session.ts';

/** Longer than any key. */
const MAX_KEY_CHARS = 1_000;

const signInSchema = z.strictObject({
  key: z.string().trim().min(1, 'must not be empty').max(MAX_KEY_CHARS, 'is too long for a key'),
});

/** Signing in with a browser, and out (AUTH-5). Programs send their credential with each request instead. */
export function sessionRoutes({ signIn, gate }: RouteContext): Route[] {
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
        sendJson(call, { user: principal && userOf(principal), methods: signIn.methods });
      },
    }),

    route({
      method: 'POST',
      path: '/session',
      needs: 'public',
      body: jsonBody('SignIn', signInSchema),
      bodyBytes: 2048,
      // Otherwise another site could sign a user in as somebody else, who then reads what is written here.
      guard: (request) => {
        if (comesFromHere(request) === false) requireSameOrigin(request, false);
      },
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
        sendJson(call, { user: userOf(principal), methods: signIn.methods }, 201);
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

function userOf({ userId, tenantId, name = userId, scopes }: Principal) {
  return { userId, tenantId, name, scopes };
}

function nobody(error: unknown): null {
  if (error instanceof UnauthenticatedError) return null;
  throw error;
}
