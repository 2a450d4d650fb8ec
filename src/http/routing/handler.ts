import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Permission } from '../../auth/access.ts';
import type { Gate } from '../../auth/gate.ts';
import { ANONYMOUS, type Principal } from '../../auth/principal.ts';
import { ticketIn } from '../../auth/tickets/ticket-text.ts';
import { InvalidRequestError, MethodNotAllowedError } from '../../errors.ts';
import { requireSameOrigin } from '../origins/same-origin.ts';
import { cutOff } from './cut-off.ts';
import type { Exchange } from './exchange.ts';
import { COMMON_HEADERS } from './headers.ts';
import { type BodyRules, parseField, readJson } from './json-body.ts';
import { checkShape } from './json-shape.ts';
import { pathTable } from './path-table.ts';
import { sendOptions } from './reply.ts';
import { type ErrorReport, reportError } from './report.ts';
import { isEncoded, pathOf } from './request-target.ts';
import type { Needs, Route, RouteGroup } from './route.ts';
import { closeWithSocket } from './socket-end.ts';

/**
 * Serves a request if it is for one of its routes. Resolves with false if it is not; then nothing was read and nothing
 * was sent. Never rejects: errors are sent in the one JSON shape.
 */
export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

/**
 * Lets a request pass, or throws ServiceError. Returns whether it has replied already. `route`: undefined when the path
 * has none for the method.
 */
export type Guard = (exchange: Exchange, route: Route | undefined) => boolean;

/** What a handler needs of the service. */
export interface HandlerContext extends ErrorReport {
  settings: ErrorReport['settings'] & { bodyBytes: number };
  gate: Gate;
}

interface HandlerOptions {
  /** Called before anything of a request is read. */
  guard: Guard;
  /** As in `BodyRules`; false by default. Only where pages of other origins are kept out. */
  plainText?: boolean;
}

/** Routes as a handler of plain requests. If something before has parsed the body (`request.body`), that is taken. */
export function handlerOf(
  groups: readonly RouteGroup[],
  context: HandlerContext,
  { guard, plainText = false }: HandlerOptions,
): Handler {
  const find = pathTable(groups);
  const { gate } = context;
  const rules: BodyRules = { limit: context.settings.bodyBytes, plainText };
  const commonHeaders = Object.entries(COMMON_HEADERS);

  return async (request, response) => {
    const path = pathOf(request);
    const match = find(path);
    if (!match) return false;
    const { byMethod, allowed, errors } = match.routes;
    const { method = 'GET' } = request;
    const exchange = { request, response };
    closeWithSocket(exchange);
    try {
      for (const [name, value] of commonHeaders) {
        if (!response.hasHeader(name)) response.setHeader(name, value);
      }
      const route = byMethod.get(method);
      if (guard(exchange, route)) return true;
      if (!isEncoded(path))
        throw InvalidRequestError.field('request', 'has a path that is not properly encoded');
      if (route) {
        route.guard?.(request);
        const params = decoded(match.params);
        const principal = await admitted(gate, request, route.needs, params);
        if (isWrittenBySession(principal, route.needs) && ticketIn(request) === null)
          requireSameOrigin(request, false);
        if (principal.credential) untilClosed(exchange, gate, principal);
        const isRead = route.method !== 'GET' && !route.upload;
        const json = isRead ? await bodyOf(request, rulesOf(route, rules)) : undefined;
        await route.run({ request, response, principal }, params, json);
      } else if (method === 'OPTIONS') sendOptions(exchange, allowed);
      else throw new MethodNotAllowedError(method, allowed);
    } catch (error) {
      reportError(error, exchange, context, errors);
    }
    return true;
  };
}

/** Cuts the response off when the credential of its reader ends. */
function untilClosed({ request, response }: Exchange, gate: Gate, principal: Principal): void {
  // It has left while its credential was checked: then nothing tells that again.
  if (response.destroyed || request.socket.destroyed) return;
  const forget = gate.opened(principal, () => cutOff(response));
  response.once('close', forget);
}

/** The parameters that name a resource in paths. */
const ID_PARAMETERS: Readonly<Record<Permission['resource'], readonly string[]>> = {
  chat: ['chatId'],
  // The id of a chat stands for its active run.
  run: ['runId', 'chatId'],
  workspace: ['workspaceId'],
  file: ['fileId'],
  model: [],
  usage: [],
  key: [],
  audit: [],
};

/** Who sends a request, if they may do what the route needs. Throws ServiceError. */
async function admitted(
  gate: Gate,
  request: IncomingMessage,
  needs: Needs,
  params: Readonly<Record<string, string>>,
): Promise<Principal> {
  if (needs === 'public') return ANONYMOUS;
  const name = ID_PARAMETERS[needs.resource].find((each) => each in params);
  return gate.admit(request, needs, name === undefined ? undefined : params[name]);
}

/** Also a GET may need to write; a link of another site could lead to it. */
function isWrittenBySession({ credential }: Principal, needs: Needs): boolean {
  return credential?.kind === 'session' && needs !== 'public' && needs.action === 'write';
}

function decoded(params: Readonly<Record<string, string>>): Record<string, string> {
  const values: Record<string, string> = {};
  for (const name in params) values[name] = decodeURIComponent(params[name] ?? '');
  return values;
}

/** Where a body is read before anybody is known, it is short. */
function rulesOf({ bodyBytes }: Route, rules: BodyRules): BodyRules {
  return bodyBytes === undefined ? rules : { ...rules, limit: Math.min(bodyBytes, rules.limit) };
}

/** What something before has made of the body: a value, or the text or bytes of it. */
async function bodyOf(request: IncomingMessage, rules: BodyRules): Promise<unknown> {
  const body = 'body' in request ? request.body : undefined;
  if (body === undefined || isLeftUnread(request, body)) return readJson(request, rules);
  const text = body instanceof Uint8Array ? Buffer.from(body).toString() : body;
  if (text === '') return undefined;
  if (typeof text === 'string') return parseField('body', text);
  checkShape(body);
  return body;
}

/** Parsers of Express 4 set an empty object when they have read nothing, because the type was not theirs. */
function isLeftUnread(request: IncomingMessage, body: unknown): boolean {
  const isEmpty = typeof body === 'object' && body !== null && Object.keys(body).length === 0;
  return isEmpty && request.readableDidRead === false;
}
