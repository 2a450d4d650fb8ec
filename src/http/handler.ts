import type { IncomingMessage, ServerResponse } from 'node:http';
import { InvalidRequestError, MethodNotAllowedError } from '../errors.ts';
import { readJson } from './json-body.ts';
import { type ErrorReport, reportError } from './report.ts';
import type { Route } from './route.ts';

/**
 * Answers a request if it is for one of its routes; answers false, with nothing read and nothing sent, if it is not.
 * Never rejects: what goes wrong is answered in the one JSON shape.
 */
export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

interface Pattern {
  route: Route;
  pattern: RegExp;
}

interface Target {
  route: Route;
  params: Record<string, string>;
}

/**
 * Routes as a handler of plain requests. `at`: the path that they are below, '' if what stands before them has taken it
 * off already. A body that something before has parsed (`request.body`) is taken as it is.
 */
export function handlerOf(
  routes: readonly Route[],
  { settings, logger }: ErrorReport & { settings: { bodyBytes: number } },
  at = '',
): Handler {
  const patterns = routes.map((route): Pattern => ({ route, pattern: patternOf(at + route.path) }));

  return async (request, response) => {
    const [path = ''] = (request.url ?? '').split('?', 1);
    const { method = 'GET' } = request;
    const target = targetOf(patterns, method, path);
    if (Array.isArray(target) && target.length === 0) return false;
    try {
      if (Array.isArray(target)) throw new MethodNotAllowedError(method, target);
      const { route, params } = target;
      const body = route.method === 'GET' ? undefined : await bodyOf(request, settings.bodyBytes);
      await route.answer({ request, response, params: decoded(params), body });
    } catch (error) {
      reportError(error, { request, response }, { settings, logger });
    }
    return true;
  };
}

/** Who answers; or else the methods that the path knows. */
function targetOf(patterns: readonly Pattern[], method: string, path: string): Target | string[] {
  const asked = method === 'HEAD' ? 'GET' : method;
  const allowed: string[] = [];
  for (const { route, pattern } of patterns) {
    const match = pattern.exec(path);
    if (!match) continue;
    if (route.method === asked) return { route, params: { ...match.groups } };
    allowed.push(route.method);
  }
  return allowed;
}

/** As in Express, a slash at the end makes no difference, nor does the case of what is not a name. */
function patternOf(path: string): RegExp {
  const escaped = path.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replace(/:(\w+)/g, '(?<$1>[^/]+)')}/?$`, 'i');
}

function decoded(params: Record<string, string>): Record<string, string> {
  try {
    return Object.fromEntries(
      Object.entries(params).map(([name, value]) => [name, decodeURIComponent(value)]),
    );
  } catch {
    throw InvalidRequestError.field('request', 'has a path that is not properly encoded');
  }
}

async function bodyOf(request: IncomingMessage, limit: number): Promise<unknown> {
  return 'body' in request && request.body !== undefined ? request.body : readJson(request, limit);
}
