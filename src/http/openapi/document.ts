import { z } from 'zod';
import { SESSION_COOKIE } from '../../auth/sessions/session-cookie.ts';
import type { NamedSchema, Reply } from '../routing/documentation.ts';
import { REQUEST_HEADERS } from '../routing/documentation.ts';
import type { RouteGroup } from '../routing/route.ts';
import { errorSchema } from '../schemas/errors.ts';
import { runEventSchema } from '../schemas/events.ts';
import { type Operation, operationsOf } from './operation.ts';

const ERROR: NamedSchema = { name: 'Error', schema: errorSchema };
const RUN_EVENT: NamedSchema = { name: 'RunEvent', schema: runEventSchema };

type Json = Record<string, unknown>;

/** The credentials that every route takes which needs one (AUTH-3, AUTH-4). */
const SECURITY_SCHEMES = {
  bearer: { type: 'http', scheme: 'bearer', description: 'An API key (`lss_…`), or a JSON Web Token.' },
  apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'An API key.' },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: SESSION_COOKIE,
    description:
      'The cookie of a session (`POST /api/session`), for pages of this server. Over HTTPS its name begins with `__Host-`; on another port than 80 and 443 it ends with `_{port}`.',
  },
} as const;

/**
 * The OpenAPI 3.1 document (WIRE-6), made from the declarations of the routes. `authenticates`: whether the server asks
 * for credentials.
 */
export function openapiDocument(groups: readonly RouteGroup[], version: string, authenticates = false) {
  const all = operationsOf(groups);
  const components = new Components();
  for (const each of [ERROR, RUN_EVENT]) components.reference([each]);
  const paths: Record<string, Json> = {};
  for (const operation of all) {
    const described = describe(operation, components);
    const security = authenticates ? { security: securityOf(operation) } : {};
    paths[operation.path] = { ...paths[operation.path], [operation.method]: { ...described, ...security } };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'LLM Streaming Service',
      version,
      description:
        'A streaming chat backend: every answer is a run, an append-only log that any number of readers follow.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    tags: [...new Set(all.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: components.schemas,
      ...(authenticates ? { securitySchemes: SECURITY_SCHEMES } : {}),
    },
  };
}

export type OpenApiDocument = ReturnType<typeof openapiDocument>;

/** Any one of these is enough; for a public route nothing is needed. */
function securityOf({ needs }: Operation): Json[] {
  return needs === 'public' ? [] : Object.keys(SECURITY_SCHEMES).map((name) => ({ [name]: [] }));
}

/** Schemas that have a name in the document. */
class Components {
  readonly schemas: Record<string, Json> = {};

  /** A schema that is any of these. */
  reference([first, ...others]: readonly NamedSchema[]): Json {
    if (!first) return {};
    this.schemas[first.name] ??= jsonSchema(first.schema);
    const reference = { $ref: `#/components/schemas/${first.name}` };
    return others.length === 0
      ? reference
      : { anyOf: [reference, ...others.map((each) => this.reference([each]))] };
  }
}

const BINARY = { type: 'string', format: 'binary' };
const FILE_BODY = {
  required: true,
  content: {
    'multipart/form-data': {
      schema: { type: 'object', required: ['file'], properties: { file: BINARY } },
      examples: {},
    },
    'application/octet-stream': { schema: BINARY, examples: {} },
  },
};

function describe(operation: Operation, components: Components): Json {
  const {
    method,
    path,
    tag,
    summary,
    description,
    needs,
    body,
    upload,
    replies,
    examples,
    error = ERROR,
  } = operation;
  const content = (schema: Json, more: Json = {}) => ({ 'application/json': { schema, ...more } });
  return {
    operationId: `${method}${path.replaceAll(/[^A-Za-z0-9]+(\w?)/g, (_, letter: string) => letter.toUpperCase())}`,
    tags: [tag],
    summary,
    ...(description ? { description } : {}),
    // OpenAPI has no word for what a principal must be allowed to do; tools ignore what begins with x-.
    'x-needs': needs,
    parameters: parametersOf(operation),
    ...(body
      ? {
          requestBody: {
            required: body.required,
            content: content(components.reference(body.schemas), { examples: bodyExamples(examples) }),
          },
        }
      : {}),
    ...(upload ? { requestBody: FILE_BODY } : {}),
    responses: {
      ...Object.fromEntries(
        Object.entries(replies).map(([status, reply]) => [status, replyOf(reply, components)]),
      ),
      default: {
        description: 'An error',
        content: content(components.reference([error])),
      },
    },
  };
}

function replyOf({ description, schemas, mediaType }: Reply, components: Components): Json {
  if (schemas) {
    return { description, content: { 'application/json': { schema: components.reference(schemas) } } };
  }
  if (!mediaType) return { description };
  // OpenAPI 3.1 has no word for the items of a stream; tools ignore what begins with x-.
  const event = components.reference([RUN_EVENT]);
  return { description, content: { [mediaType]: { schema: { type: 'string' }, 'x-native-event': event } } };
}

function parametersOf({ params, query, headers, examples }: Operation): Json[] {
  const [example] = examples;
  const inPath = fieldsOf(params).map(([name, schema]) => ({
    name,
    in: 'path',
    required: true,
    schema: jsonSchema(schema),
    example: example?.params?.[name],
  }));
  const inQuery = fieldsOf(query).map(([name, schema]) => {
    const { description, ...rest } = jsonSchema(schema);
    const value = examples.find((each) => each.query?.[name])?.query?.[name];
    return {
      name,
      in: 'query',
      required: !schema.safeParse(undefined).success,
      schema: rest,
      ...(description ? { description } : {}),
      ...(value === undefined ? {} : { example: value }),
    };
  });
  const inHeader = (headers ?? []).map((name) => ({
    name,
    in: 'header',
    required: false,
    description: REQUEST_HEADERS[name],
    schema: { type: 'string' },
  }));
  return [...inPath, ...inQuery, ...inHeader];
}

function bodyExamples(examples: Operation['examples']): Json {
  return Object.fromEntries(examples.map(({ name, body }) => [name, { value: body }]));
}

function fieldsOf(schema: Operation['query']): Array<[name: string, schema: z.ZodType]> {
  return Object.entries(schema?.shape ?? {});
}

/** The input side: fields with defaults are optional, and additional fields are not forbidden in replies. */
function jsonSchema(schema: z.ZodType): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return json;
}
