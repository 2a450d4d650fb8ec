import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { openapiDocument } from '../openapi/document.ts';
import { openapiPage, PAGE_POLICY } from '../openapi/page.ts';
import { sendText } from '../routing/reply.ts';
import { type RouteGroup, route } from '../routing/route.ts';

/** The package's own; the same path from src and from dist. */
const VERSION = versionIn(new URL('../../../package.json', import.meta.url));

/** The OpenAPI document of all routes, for tools at /openapi.json and for people at /docs (WIRE-6). */
export function docsApi(groups: readonly RouteGroup[], authenticates: boolean): RouteGroup {
  const document = openapiDocument(groups, VERSION, authenticates);
  const json = JSON.stringify(document);
  const page = openapiPage(document);
  const routes = [
    route({
      method: 'GET',
      path: '/openapi.json',
      needs: 'public',
      handle: (call) => sendText(call, 'application/json; charset=utf-8', json),
    }),

    route({
      method: 'GET',
      path: '/docs',
      needs: 'public',
      handle: (call) => {
        call.response.setHeader('content-security-policy', PAGE_POLICY);
        call.response.setHeader('referrer-policy', 'no-referrer');
        sendText(call, 'text/html; charset=utf-8', page);
      },
    }),
  ];
  return { at: '', routes };
}

function versionIn(packageFile: URL): string {
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(packageFile, 'utf8'))).version;
}
