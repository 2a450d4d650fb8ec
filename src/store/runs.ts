import { InternalError } from '../errors.ts';
import type { TerminalEvent } from '../runs/events.ts';
import type { Journal, RunStore, Segment, Settlement, StoredRun } from '../runs/store.ts';
import type { Prisma, PrismaClient } from './generated/client.ts';
import type { GroupCommit } from './group-commit.ts';
import { writesOfSettlement } from './settlement.ts';
import { clearSegments, insertSegments } from './statements.ts';
import { reading } from './storage-errors.ts';

type StreamingRun = Extract<StoredRun, { status: 'streaming' }>;

const PARTS = {
  message: { select: { content: true, reasoning: true } },
  segments: { orderBy: { position: 'asc' } },
} satisfies Prisma.RunInclude;

type Row = Prisma.RunGetPayload<{ include: typeof PARTS }>;

/** Runs in SQLite. `reader` has a connection that cannot write; everything that writes goes through `commits`. */
export class PrismaRunStore implements RunStore {
  readonly #reader: PrismaClient;
  readonly #commits: GroupCommit;

  constructor(reader: PrismaClient, commits: GroupCommit) {
    this.#reader = reader;
    this.#commits = commits;
  }

  checkpoint(segments: readonly Segment[]): Promise<void> {
    const runs = new Set(segments.map(({ runId }) => runId));
    return this.#commits.write([insertSegments.with(segments)], [...runs]);
  }

  /** Shares no transaction with a checkpoint of the same run: there, clearing comes first, whoever asked first. */
  replace(runId: string, segments: readonly Segment[]): Promise<void> {
    return this.#commits.write([clearSegments.with([{ runId }]), insertSegments.with(segments)], [runId]);
  }

  settle(settlement: Settlement): Promise<void> {
    return this.#commits.write(writesOfSettlement(settlement));
  }

  async load(runId: string): Promise<StoredRun | null> {
    const row = await reading(this.#reader.run.findUnique({ where: { id: runId }, include: PARTS }));
    if (!row) return null;
    return row.status === 'streaming' ? streaming(row) : settled(row, row.status);
  }

  async exists(runId: string): Promise<boolean> {
    return (await reading(this.#reader.run.count({ where: { id: runId } }))) > 0;
  }

  async unsettled(limit: number): Promise<StreamingRun[]> {
    const rows = await reading(
      this.#reader.run.findMany({
        where: { status: 'streaming' },
        include: PARTS,
        orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
        take: limit,
      }),
    );
    return rows.map(streaming);
  }
}

function describe({
  id,
  chatId,
  messageId,
  provider,
  model,
  protocol,
  requestId,
  promptTokens,
  createdAt,
}: Row) {
  return { runId: id, chatId, messageId, provider, model, protocol, requestId, promptTokens, createdAt };
}

function streaming(row: Row): StreamingRun {
  return { ...describe(row), status: 'streaming', segments: row.segments };
}

function settled(row: Row, status: Settlement['status']): StoredRun {
  const { cause, endedAt } = row;
  if (cause === null || endedAt === null || row.journal === null || row.terminal === null) {
    throw new InternalError(`Run ${row.id} is ${status}, but how it ended is not stored.`);
  }
  const journal: Journal = JSON.parse(row.journal);
  const terminal: TerminalEvent = JSON.parse(row.terminal);
  return { ...describe(row), status, cause, terminal, ...row.message, journal, endedAt };
}
