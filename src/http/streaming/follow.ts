import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import { InvalidRequestError } from '../../errors.ts';
import type { Followable } from '../../runs/followable.ts';
import { protocolNamed, protocolOf } from '../protocols/registry.ts';
import { countParts, uiFrom } from '../protocols/ui/encoder.ts';
import type { Exchange } from '../routing/exchange.ts';
import { headerOf } from '../routing/request.ts';
import type { WireProtocol } from './protocol.ts';
import { type StreamContext, streamRun } from './run-reader.ts';

/** The query of routes that follow a run. */
export const followQuery = z.object({
  protocol: z.string().optional(),
  after: z.string().optional(),
  startIndex: z.coerce.number().int().min(-1_000_000).max(1_000_000_000).optional(),
});

interface ResumeOptions {
  /** Null: that of the run. */
  protocol: WireProtocol | null;
  /** How many parts of a UI message stream the client has; null: it resumes by position. */
  startIndex: number | null;
  /** Null: from the start. */
  after: GivenPosition | null;
}

/** A position as a client sent it, and the name of the header or parameter. */
export interface GivenPosition {
  field: string;
  value: string;
}

/** Throws InvalidRequestError, whether there is a run to follow or not. */
export function resumeOptions({
  request,
  query: { protocol, startIndex, after },
}: Pick<Exchange, 'request'> & { query: z.output<typeof followQuery> }): ResumeOptions {
  return {
    protocol: protocol === undefined ? null : protocolNamed(protocol),
    startIndex: startIndex ?? null,
    after: lastEventIdOf({ request }) ?? positionIn('after', after),
  };
}

export function lastEventIdOf(exchange: Pick<Exchange, 'request'>): GivenPosition | null {
  return positionIn('Last-Event-ID', headerOf(exchange, 'last-event-id'));
}

/** What a header or a parameter of this name says; null where it is absent or empty. */
export function positionIn(field: string, value: string | undefined): GivenPosition | null {
  return value ? { field, value } : null;
}

/** Streams what a client that reconnects is missing (RUN-2), in the protocol it chose (WIRE-1); 204 when it has all. */
export function follow(
  response: ServerResponse,
  run: Followable,
  options: ResumeOptions,
  context: StreamContext,
): void {
  const { description, log } = run;
  if (options.startIndex !== null) {
    followByCount(response, run, options.startIndex, context);
    return;
  }
  const protocol = options.protocol ?? protocolOf(description);
  const from = options.after ? positionOf(options.after, run) : 0;
  if (log.terminal && from >= log.position) response.writeHead(204).end();
  else streamRun(response, run, from, protocol, context);
}

/**
 * For clients that count the parts they have (WIRE-3); below 0: from the end. When a run has ended, the boundaries of
 * its parts are gone. A client that resumes then must not take what it has for everything, so it is told how the run
 * ended.
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
  const count = countParts(run);
  if (startIndex > count)
    throw InvalidRequestError.field('startIndex', `is beyond what was said so far (${count})`);
  response.setHeader('x-workflow-stream-tail-index', String(count - 1));
  const skip = startIndex < 0 ? Math.max(0, count + startIndex) : startIndex;
  streamRun(response, run, 0, uiFrom(skip), context);
}

/** `<runId>:<position>`, as in the id of an event, or only the position. Throws InvalidRequestError. */
function positionOf({ field, value }: GivenPosition, { description, log }: Followable): number {
  const match = /^(?:([0-9a-f-]{36}):)?(\d{1,15})$/.exec(value);
  if (!match) throw InvalidRequestError.field(field, 'must be <runId>:<position>, as in the id of an event');
  const [, runId, digits] = match;
  if (runId !== undefined && runId !== description.runId) {
    throw InvalidRequestError.field(field, `belongs to another run than ${description.runId}`);
  }
  const position = Number(digits);
  if (position <= log.position) return position;
  // After a crash a reader may have more than was stored. It gets the terminal event, which says how much was stored.
  const { terminal } = log;
  if (terminal?.type === 'error' && terminal.code === 'interrupted') return log.position - 1;
  throw InvalidRequestError.field(field, `is beyond the end of the run so far (${log.position})`);
}
