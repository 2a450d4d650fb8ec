import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import type { Permission } from '../../auth/access.ts';
import { parse } from '../../chat/validation.ts';
import type { BodyReader } from './body.ts';
import type { Documentation } from './documentation.ts';
import type { Caller } from './exchange.ts';
import type { ErrorDialect } from './report.ts';
import { queryOf } from './request.ts';

/** What the handler of a route gets: parsed by the schemas of its declaration. */
export interface Call<Params, Query, Body> extends Caller {
  /** The values of `:name` and `*name` in the path, decoded. */
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
}

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/**
 * What a principal must be allowed to do. `list`: see which resources of this kind are theirs; `read` and `write`: one
 * resource, whose id is in the path or in the body. `public`: nothing, everybody may send the request. `refuseForms`
 * treats a GET that needs `write` like a POST.
 */
export type Needs = 'public' | Permission;

/** The schema of an object whose fields the OpenAPI document lists one by one. */
export type FieldsSchema<Value> = z.ZodType<Value> & { readonly shape: Readonly<Record<string, z.ZodType>> };

interface Declaration<Params, Query, Body> {
  readonly method: Method;
  /** Below `at` of its group: `/chat/:chatId`. `*name`, at the end, takes the rest of the path, slashes included. */
  readonly path: string;
  readonly needs: Needs;
  readonly params?: FieldsSchema<Params>;
  readonly query?: FieldsSchema<Query>;
  /** Absent: whatever JSON is sent is read, and ignored. */
  readonly body?: BodyReader<Body>;
  /** The longest body, in bytes, where that is less than `limits.body_bytes`. */
  readonly bodyBytes?: number;
  /** Whether the body is a file, which the handler reads itself. Default: false. */
  readonly upload?: boolean;
  /** Whether a HEAD is served as a GET without a body. Default: true. */
  readonly head?: boolean;
  /** Throws to refuse a request, before anything of it is read. */
  readonly guard?: (request: IncomingMessage) => void;
  /** Absent: the route is not part of the OpenAPI document. */
  readonly doc?: Documentation;
  /** Replies, or throws as long as nothing was sent. */
  readonly handle: (call: Call<Params, Query, Body>) => void | Promise<void>;
}

/** One method of one path. Everything that the server does with it is derived from this value. */
export interface Route {
  readonly method: Method;
  readonly path: string;
  readonly needs: Needs;
  readonly params: FieldsSchema<unknown> | undefined;
  readonly query: FieldsSchema<unknown> | undefined;
  readonly body: BodyReader<unknown> | undefined;
  readonly bodyBytes: number | undefined;
  readonly upload: boolean;
  readonly head: boolean;
  readonly guard: ((request: IncomingMessage) => void) | undefined;
  readonly doc: Documentation | undefined;
  /** Validates parameters, query and body, in this order, and calls the handler. Throws InvalidRequestError. */
  run(caller: Caller, params: Readonly<Record<string, string>>, json: unknown): void | Promise<void>;
}

/** Routes that are mounted together. */
export interface RouteGroup {
  /** Where they are on our own server: `/api`. */
  readonly at: string;
  readonly routes: readonly Route[];
  /** What clients of these routes read of an error, beside the one shape. */
  readonly errors?: ErrorDialect;
}

export function route<Params = undefined, Query = undefined, Body = undefined>(
  declaration: Declaration<Params, Query, Body>,
): Route {
  const {
    params,
    query,
    body,
    bodyBytes,
    upload = false,
    head = true,
    guard,
    doc,
    handle,
    ...rest
  } = declaration;
  const paramsFrom = reader(params);
  const queryFrom = reader(query);
  const bodyFrom = body ? body.read : reader<Body>(undefined);
  return {
    ...rest,
    params,
    query,
    body,
    bodyBytes,
    upload,
    head: head && rest.method === 'GET',
    guard,
    doc,
    run: ({ request, response, principal }, raw, json) =>
      handle({
        request,
        response,
        principal,
        params: paramsFrom(raw),
        query: queryFrom(query && queryOf(request)),
        body: bodyFrom(json),
      }),
  };
}

/** Without a schema nothing is read: handlers of such a route see undefined. */
function reader<Value>(schema: z.ZodType<Value> | undefined): (value: unknown) => Value {
  if (schema) return (value) => parse(schema, value);
  const nothing = z.custom<Value>().parse(undefined);
  return () => nothing;
}
