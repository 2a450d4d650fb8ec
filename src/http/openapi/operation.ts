import type { Documentation, NamedSchema } from '../routing/documentation.ts';
import type { FieldsSchema, Needs, Route, RouteGroup } from '../routing/route.ts';

/** A route as the OpenAPI document describes it. */
export interface Operation extends Documentation {
  readonly method: 'get' | 'post' | 'patch' | 'delete';
  /** `/api/chat/{chatId}` */
  readonly path: string;
  readonly needs: Needs;
  readonly params: FieldsSchema<unknown> | undefined;
  readonly query: FieldsSchema<unknown> | undefined;
  /** Whether its body is a file. */
  readonly upload: boolean;
  readonly body: { schemas: readonly NamedSchema[]; required: boolean } | undefined;
  /** The body of its errors. Absent: the one shape. */
  readonly error: NamedSchema | undefined;
}

const METHODS = { GET: 'get', POST: 'post', PATCH: 'patch', DELETE: 'delete' } as const;

/** All routes that are documented, in an order in which their examples can be sent: what deletes comes last. */
export function operationsOf(groups: readonly RouteGroup[]): Operation[] {
  const operations = groups.flatMap((group) =>
    group.routes.flatMap((route) => (route.doc ? [operationOf(group, route, route.doc)] : [])),
  );
  const deletes = ({ method }: Operation) => method === 'delete';
  return [...operations.filter((each) => !deletes(each)), ...operations.filter(deletes)];
}

function operationOf({ at, errors }: RouteGroup, route: Route, doc: Documentation): Operation {
  const { method, path, needs, params, query, body, upload } = route;
  return {
    ...doc,
    method: METHODS[method],
    path: at + path.replaceAll(/[:*](\w+)/g, '{$1}'),
    needs,
    params,
    query,
    body,
    upload,
    error: errors?.schema,
  };
}
