import { Router } from 'express';
import type { HttpContext } from '../context.ts';
import { onlyMethods } from '../errors.ts';
import { openapiDocument } from './document.ts';
import { openapiPage, PAGE_POLICY } from './page.ts';

/** The version of the HTTP interface; it changes when clients have to. */
const VERSION = '1.0.0';

/** What there is to ask, for tools at /openapi.json and for people at /docs (WIRE-6). */
export function openapiRoutes({ settings }: HttpContext): Router {
  const router = Router();
  const document = openapiDocument(settings, VERSION);
  const page = openapiPage(document);

  router
    .route('/openapi.json')
    .get((_request, response) => {
      response.json(document);
    })
    .all(onlyMethods('GET'));

  router
    .route('/docs')
    .get((_request, response) => {
      response.set({ 'content-security-policy': PAGE_POLICY, 'referrer-policy': 'no-referrer' });
      response.type('html').send(page);
    })
    .all(onlyMethods('GET'));

  return router;
}
