import type { HttpContext } from '../../src/http/context.ts';
import { type Operation, operationsOf } from '../../src/http/openapi/operation.ts';
import { routeTable } from '../../src/http/routes/table.ts';

/** Declarations need the limits of a context; only their handlers need the rest. */
const settings = {
  question: { messagesPerRequest: 1000, messageChars: 262_144 },
  workspaces: { maxFiles: 100, fileChars: 1_048_576, totalChars: 4_194_304, opChars: 65_536 },
};

/** What the OpenAPI document describes, without a server. */
export const documentedOperations: readonly Operation[] = operationsOf(
  Object.values(routeTable({ settings } as HttpContext)),
);
