import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { NotFoundError } from '../../errors.ts';
import type { Exchange } from '../routing/exchange.ts';
import { sendText } from '../routing/reply.ts';
import { type FieldsSchema, type RouteGroup, route } from '../routing/route.ts';
import { chatParams, workspaceParams } from './parameters.ts';

/**
 * What the page may do (WEB-1, WEB-2): run and fetch what this origin serves, and nothing else. Trusted Types are
 * required and no policy may be created, so that no string, wherever it comes from, can become markup or script.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  // Covers ws: and wss: of the same host and port as well (CSP level 3).
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const PAGE_HEADERS = Object.entries({
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'cache-control': 'no-cache',
  // Whoever knows the address of a chat can read it; links out of an answer must not reveal it.
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
});

/**
 * The page: one HTML file, which decides by its address what to show. `folder`: where the built page is.
 * `isGuarded`: whether users have to sign in, which the page then asks for before it shows anything.
 */
export function pageApi(folder: string, isGuarded: boolean): RouteGroup {
  const page = (path: string, params?: FieldsSchema<unknown>) =>
    route({ method: 'GET', path, needs: 'public', ...(params ? { params } : {}), handle: send });
  return {
    at: '',
    routes: [
      page('/'),
      page('/view/:chatId', chatParams),
      page('/workspace'),
      page('/workspace/:workspaceId', workspaceParams),
      page('/admin/keys'),
      page('/admin/audit'),
    ],
  };

  async function send(call: Exchange): Promise<void> {
    const { request, response } = call;
    const built = await readFile(`${folder}index.html`, 'utf8').catch(() => null);
    if (!built) throw new NotFoundError('The page (run `npm run build`)');
    const html = isGuarded ? built.replace('<html ', '<html data-sign-in ') : built;
    // Made from the content: dates and sizes can be equal in two releases, and the old assets would be asked for.
    const etag = `"${createHash('sha256').update(html).digest('base64url').slice(0, 22)}"`;
    for (const [name, value] of PAGE_HEADERS) response.setHeader(name, value);
    response.setHeader('etag', etag);
    if (isCached(request, etag)) response.writeHead(304).end();
    else sendText(call, 'text/html; charset=utf-8', html);
  }
}

/** Whether the client has the content of this tag already (RFC 9110, 13.1.2). A reload asks for it all the same. */
function isCached({ headers }: IncomingMessage, etag: string): boolean {
  const { 'if-none-match': known, 'cache-control': caching = '' } = headers;
  if (known === undefined || /\bno-cache\b/.test(caching)) return false;
  return known === '*' || known.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}
