import type { IncomingMessage, ServerResponse } from 'node:http';
import { InvalidRequestError, MethodNotAllowedError } from '../errors.ts';
import { type BodyRules, readJson } from './json-body.ts';
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

interface HandlerOptions {
  /** The path that the routes are below; '' (the default) if what stands before them has taken it off already. */
  at?: string;
  /** As in `BodyRules`; false by default. Only where pages of strangers are kept out. */
  plainText?: boolean;
}

/** Routes as a handler of plain requests. A body that something before has parsed (`request.body`) is taken as it is. */
export function handlerOf(
  routes: readonly Route[],
  { settings, logger }: ErrorReport & { settings: { bodyBytes: number } },
  { at = '', plainText = false }: HandlerOptions = {},
): Handler {
  const patterns = routes.map((route): Pattern => ({ route, pattern: patternOf(at + route.path) }));
  const rules: BodyRules = { limit: settings.bodyBytes, plainText };

  return async (request, response) => {
    const [path = ''] = (request.url ?? '').split('?', 1);
    const { method = 'GET' } = request;
    const { target, allowed } = lookUp(patterns, method, path);
    if (!target && allowed.length === 0) return false;
    try {
      if (!target) throw new MethodNotAllowedError(method, allowed);
      const { route, params } = target;
      const body = route.method === 'GET' ? undefined : await bodyOf(request, rules);
      await route.answer({ request, response, params: decoded(params), body });
    } catch (error) {
      reportError(error, { request, response }, { settings, logger });
    }
    return true;
  };
}

/** Who answers; or, when nobody does, the methods that the path knows. */
function lookUp(
  patterns: readonly Pattern[],
  method: string,
  path: string,
): { target: Target | null; allowed: string[] } {
  const asked = method === 'HEAD' ? 'GET' : method;
  const allowed: string[] = [];
  for (const { route, pattern } of patterns) {
    const match = pattern.exec(path);
    if (!match) continue;
    if (route.method === asked) return { target: { route, params: { ...match.groups } }, allowed };
    allowed.push(route.method);
  }
  return { target: null, allowed };
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

async function bodyOf(request: IncomingMessage, rules: BodyRules): Promise<unknown> {
  return 'body' in request && request.body !== undefined ? request.body : readJson(request, rules);
}
