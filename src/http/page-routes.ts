import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import express, { type Response, Router } from 'express';
import { NotFoundError } from '../errors.ts';
import { onlyMethods } from './errors.ts';
import { chatIdOf } from './request.ts';
import { workspaceIdOf } from './workspace-routes.ts';

/** Where `npm run build` puts the page, seen from dist/http and from src/http alike. */
const BUILT_PAGE = fileURLToPath(new URL('../../dist/web/', import.meta.url));

/**
 * What the page may do (WEB-1, WEB-2): run and fetch what this origin serves, and nothing else. Trusted Types are
 * required and no policy may be made, so that no string, wherever it comes from, can become markup or script.
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

const PAGE_HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'cache-control': 'no-cache',
  // The address of a chat is all that it takes to read it; links out of an answer must not give it away.
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
};

/**
 * The page, at `/`, `/view/{chatId}`, `/workspace` and `/workspace/{workspaceId}`: one HTML file that finds out from its
 * address what to show.
 */
export function pageRoutes(folder: string = BUILT_PAGE): Router {
  const router = Router();

  router
    .route(['/', '/view/:chatId', '/workspace', '/workspace/:workspaceId'])
    .get(async (request, response) => {
      if (request.params.chatId !== undefined) chatIdOf(request);
      if (request.params.workspaceId !== undefined) workspaceIdOf(request);
      const html = await readFile(`${folder}index.html`).catch(() => null);
      if (!html) throw new NotFoundError('The page (run `npm run build`)');
      // Of the content: dates and sizes can be the same in two releases, and then the old assets would be asked for.
      const etag = `"${createHash('sha256').update(html).digest('base64url').slice(0, 22)}"`;
      response
        .set({ ...PAGE_HEADERS, etag })
        .type('html')
        .send(html);
    })
    .all(onlyMethods('GET'));

  // The names carry a hash of the content, so that what a name stands for never changes.
  router.use(
    '/assets',
    express.static(`${folder}assets`, { immutable: true, maxAge: '1y', index: false, setHeaders }),
  );

  return router;
}

function setHeaders(response: Response): void {
  response.set({ 'cross-origin-resource-policy': 'same-origin' });
}
