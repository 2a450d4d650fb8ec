import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import { parse } from '../chat/question.ts';
import { InvalidRequestError } from '../errors.ts';
import type { Followable } from '../runs/runs.ts';
import type { WireProtocol } from './protocol.ts';
import { protocolNamed, protocolOf } from './protocols.ts';
import { headerOf, queryOf } from './request.ts';
import type { Exchange } from './route.ts';
import { type StreamContext, streamRun } from './stream.ts';
import { countParts, uiFrom } from './ui/encoder.ts';

/** What the stream routes take beside the position. */
export const followQuery = z.object({
  protocol: z.string().optional(),
  after: z.string().optional(),
  startIndex: z.coerce.number().int().min(-1_000_000).max(1_000_000_000).optional(),
});

/** How somebody wants to follow. */
interface Wish {
  protocol: WireProtocol | null;
  /** How many parts of a UI message stream the client has; null: it goes by position. */
  startIndex: number | null;
  /** Whatever was given as a position, and where. */
  after: { field: string; value: string } | null;
}

/** Throws InvalidRequestError, whether there is something to follow or not. */
export function wishOf(exchange: Pick<Exchange, 'request'>): Wish {
  const { protocol, startIndex, after } = parse(followQuery, queryOf(exchange));
  const lastEventId = headerOf(exchange, 'last-event-id');
  return {
    protocol: protocol === undefined ? null : protocolNamed(protocol),
    startIndex: startIndex ?? null,
    after: lastEventId
      ? { field: 'Last-Event-ID', value: lastEventId }
      : after
        ? { field: 'after', value: after }
        : null,
  };
}

/** Streams what a client that comes back is missing (RUN-2), in the protocol of its choice (WIRE-1); 204: nothing. */
export function follow(response: ServerResponse, run: Followable, wish: Wish, context: StreamContext): void {
  const { description, log } = run;
  if (wish.startIndex !== null) {
    followByCount(response, run, wish.startIndex, context);
    return;
  }
  const protocol = wish.protocol ?? protocolOf(description);
  const from = wish.after ? positionOf(wish.after, run) : 0;
  if (log.terminal && from >= log.position) response.writeHead(204).end();
  else streamRun(response, run, from, protocol, context);
}

/**
 * For clients that count the parts they have (WIRE-3); below 0: from the end. The boundaries of a run's parts are gone
 * when it has ended. A client that comes back then must not take what it has for everything, but is told how it ended.
 */
function followByCount(
  response: ServerResponse,
  run: Followable,
  startIndex: number,
  context: StreamContext,
): void {
  const { log } = run;
  if (log.terminal && startIndex !== 0) {
    if (log.terminal.type === 'complete') {
      throw InvalidRequestError.field(
        'startIndex',
        'counts what a live run has said; this one is complete: read the chat instead',
      );
    }
    streamRun(response, run, log.position - 1, uiFrom(0), context);
    return;
  }
  const said = countParts(run);
  if (startIndex > said)
    throw InvalidRequestError.field('startIndex', `is beyond what was said so far (${said})`);
  response.setHeader('x-workflow-stream-tail-index', String(said - 1));
  const skip = startIndex < 0 ? Math.max(0, said + startIndex) : startIndex;
  streamRun(response, run, 0, uiFrom(skip), context);
}

/** `<runId>:<position>`, as in the id of an event, or only the position. Throws InvalidRequestError. */
function positionOf({ field, value }: NonNullable<Wish['after']>, { description, log }: Followable): number {
  const match = /^(?:([0-9a-f-]{36}):)?(\d{1,15})$/.exec(value);
  if (!match) throw InvalidRequestError.field(field, 'must be <runId>:<position>, as in the id of an event');
  const [, runId, digits] = match;
  if (runId !== undefined && runId !== description.runId) {
    throw InvalidRequestError.field(field, `belongs to another run than ${description.runId}`);
  }
  const position = Number(digits);
  if (position <= log.position) return position;
  // After a crash a reader may have more than was saved. It gets the terminal, which says how much that was.
  const { terminal } = log;
  if (terminal?.type === 'error' && terminal.code === 'interrupted') return log.position - 1;
  throw InvalidRequestError.field(field, `is beyond the end of the run so far (${log.position})`);
}
