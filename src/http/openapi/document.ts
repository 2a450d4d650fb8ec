import { z } from 'zod';
import { chatIdSchema, type QuestionLimits } from '../../chat/question.ts';
import { type WorkspaceLimits, workspaceIdSchema } from '../../editing/workspace.ts';
import { catalogueOperations } from './catalogue-operations.ts';
import { chatOperations } from './chat-operations.ts';
import { clientOperations } from './client-operations.ts';
import { type Named, type Operation, REQUEST_HEADERS, type Reply } from './operation.ts';
import { runOperations } from './run-operations.ts';
import { errorSchema, openaiErrorSchema, runEventSchema } from './schemas.ts';
import { workspaceOperations } from './workspace-operations.ts';

type Json = Record<string, unknown>;

const PATH_PARAMETERS: Readonly<Record<string, z.ZodType>> = {
  chatId: chatIdSchema,
  runId: chatIdSchema,
  workspaceId: workspaceIdSchema,
  model: z.string(),
  provider: z.string(),
};

/** What requests may hold. */
export interface DocumentedLimits {
  question: QuestionLimits;
  workspaces: WorkspaceLimits;
}

/** Everything that the service can be asked, in the order in which its examples can be sent. */
export function operations({ question, workspaces }: DocumentedLimits): Operation[] {
  const editing = workspaceOperations(question, workspaces);
  const [deletions, others] = partition(
    [...chatOperations(question), ...editing],
    ({ method }) => method === 'delete',
  );
  return [...others, ...runOperations, ...catalogueOperations, ...clientOperations(question), ...deletions];
}

/** The OpenAPI 3.1 document (WIRE-6), made of the schemas that validate. */
export function openapiDocument(limits: DocumentedLimits, version: string) {
  const all = operations(limits);
  const components = new Components();
  for (const [name, schema] of [
    ['Error', errorSchema],
    ['OpenAIError', openaiErrorSchema],
    ['RunEvent', runEventSchema],
  ] as const) {
    components.reference({ name, schema });
  }
  const paths: Record<string, Json> = {};
  for (const operation of all) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: describe(operation, components) };
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
    components: { schemas: components.schemas },
  };
}

export type OpenApiDocument = ReturnType<typeof openapiDocument>;

/** Schemas that have a name in the document. */
class Components {
  readonly schemas: Record<string, Json> = {};

  reference(named: Named | readonly Named[]): Json {
    if ('schema' in named) {
      this.schemas[named.name] ??= jsonSchema(named.schema);
      return { $ref: `#/components/schemas/${named.name}` };
    }
    return { anyOf: named.map((each) => this.reference(each)) };
  }
}

function describe(operation: Operation, components: Components): Json {
  const { method, path, tag, summary, description, body, replies, examples } = operation;
  const failure = path.startsWith('/v1/') ? 'OpenAIError' : 'Error';
  const content = (schema: Json, more: Json = {}) => ({ 'application/json': { schema, ...more } });
  return {
    operationId: `${method}${path.replaceAll(/[^A-Za-z0-9]+(\w?)/g, (_, letter: string) => letter.toUpperCase())}`,
    tags: [tag],
    summary,
    ...(description ? { description } : {}),
    parameters: parametersOf(operation),
    ...(body
      ? {
          requestBody: {
            required: body.required ?? true,
            content: content(components.reference(body.schema), { examples: bodyExamples(examples) }),
          },
        }
      : {}),
    responses: {
      ...Object.fromEntries(
        Object.entries(replies).map(([status, reply]) => [status, replyOf(reply, components)]),
      ),
      default: {
        description: 'An error',
        content: content({ $ref: `#/components/schemas/${failure}` }),
      },
    },
  };
}

function replyOf({ description, schema, mediaType }: Reply, components: Components): Json {
  if (schema) {
    return { description, content: { 'application/json': { schema: components.reference(schema) } } };
  }
  if (!mediaType) return { description };
  // OpenAPI 3.1 has no word for the items of a stream; tools pass over what begins with x-.
  const event = { $ref: '#/components/schemas/RunEvent' };
  return { description, content: { [mediaType]: { schema: { type: 'string' }, 'x-native-event': event } } };
}

function parametersOf({ path, query, headers, examples }: Operation): Json[] {
  const [example] = examples;
  const inPath = Array.from(path.matchAll(/\{(\w+)\}/g), ([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: jsonSchema(PATH_PARAMETERS[name] ?? z.string()),
    example: example?.path?.[name],
  }));
  const inQuery = Object.entries(query?.shape ?? {}).map(([name, schema]) => {
    const { description, ...rest } = jsonSchema(schema as z.ZodType);
    const value = examples.find((each) => each.query?.[name])?.query?.[name];
    return {
      name,
      in: 'query',
      required: !(schema as z.ZodType).safeParse(undefined).success,
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

/** As a client has to send it, or may rely on it: with defaults unfilled, and without forbidding what may be added. */
function jsonSchema(schema: z.ZodType): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return json;
}

function partition<Item>(items: readonly Item[], belongs: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(belongs), items.filter((item) => !belongs(item))];
}
