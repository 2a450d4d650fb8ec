import type { ErrorDialect } from './report.ts';
import type { Route, RouteGroup } from './route.ts';

/** All routes of one path. */
interface PathRoutes {
  /** HEAD included, where it is served. */
  readonly byMethod: ReadonlyMap<string, Route>;
  /** The methods, in the order of the table, for `Allow`. */
  readonly allowed: readonly string[];
  readonly errors: ErrorDialect | undefined;
}

interface PathMatch {
  readonly routes: PathRoutes;
  /** As they stand in the path: still encoded. */
  readonly params: Readonly<Record<string, string>>;
}

/** Compiles paths once. As in Express, a slash at the end makes no difference, nor does the case of fixed parts. */
export function pathTable(groups: readonly RouteGroup[]): (path: string) => PathMatch | null {
  const fixed = new Map<string, PathMatch>();
  const patterns: Array<{ pattern: RegExp; routes: PathRoutes }> = [];
  for (const { at, routes, errors } of groups) {
    for (const path of new Set(routes.map((route) => route.path))) {
      const entry = entryOf(
        routes.filter((route) => route.path === path),
        errors,
      );
      if (/[:*]/.test(path)) patterns.push({ pattern: patternOf(at, path), routes: entry });
      else fixed.set(withoutEndSlash((at + path).toLowerCase()), { routes: entry, params: {} });
    }
  }
  return (path) => {
    const known = fixed.get(withoutEndSlash(path.toLowerCase()));
    if (known) return known;
    for (const { pattern, routes } of patterns) {
      const match = pattern.exec(path);
      if (match) return { routes, params: match.groups ?? {} };
    }
    return null;
  };
}

function entryOf(routes: readonly Route[], errors: ErrorDialect | undefined): PathRoutes {
  const byMethod = new Map<string, Route>();
  for (const route of routes) {
    byMethod.set(route.method, route);
    if (route.head) byMethod.set('HEAD', route);
  }
  return { byMethod, allowed: [...byMethod.keys()], errors };
}

function withoutEndSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

function patternOf(at: string, path: string): RegExp {
  const named = escaped(path)
    .replace(/:(\w+)/g, '(?<$1>[^/]+)')
    .replace(/\\\*(\w+)$/, '(?<$1>.+?)');
  return new RegExp(`^${escaped(at)}${named}/?$`, 'i');
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
