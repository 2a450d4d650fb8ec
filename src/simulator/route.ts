import type { IncomingMessage } from 'node:http';

/** The deployment of a request, if its URL names it. */
export interface Route {
  /** null on the v1 path, where the body's `model` names it. */
  readonly deployment: string | null;
  readonly apiVersion: string | null;
}

const DATED = /^\/openai\/deployments\/([^/]+)\/chat\/completions\/?$/;
const V1 = /^\/openai\/v1\/chat\/completions\/?$/;

/** null for URLs that Azure does not have either, and for the dated one without `api-version`. */
export function routeOf(request: IncomingMessage): Route | null {
  if (request.method !== 'POST') return null;
  const [path = '', query = ''] = (request.url ?? '').split('?', 2);
  if (V1.test(path)) return { deployment: null, apiVersion: null };
  const [, deployment] = DATED.exec(path) ?? [];
  const apiVersion = new URLSearchParams(query).get('api-version');
  if (deployment === undefined || apiVersion === null) return null;
  return { deployment: decoded(deployment), apiVersion };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** From `api-key`, or as a bearer token, which both of Azure's paths take too. '' if there is none. */
export function keyOf({ headers }: IncomingMessage): string {
  const key = headers['api-key'];
  if (typeof key === 'string') return key;
  return /^Bearer\s+(.*)$/i.exec(headers.authorization ?? '')?.[1] ?? '';
}
