import { InternalError } from '../errors.ts';
import type { TerminalEvent } from '../runs/events.ts';
import type { Journal, RunStore, Segment, Settlement, StoredRun, UnsettledRun } from '../runs/store.ts';
import type { Prisma, PrismaClient } from './generated/client.ts';
import type { GroupCommit } from './group-commit.ts';
import { SegmentNumbers } from './segment-numbers.ts';
import { writesOfSettlement } from './settlement.ts';
import { insertSegments, removeSegments } from './statements.ts';
import { reading } from './storage-errors.ts';

const TEXT = { message: { select: { content: true, reasoning: true } } } satisfies Prisma.RunInclude;

type RunRow = Prisma.RunGetPayload<object>;
type WithText = Prisma.RunGetPayload<{ include: typeof TEXT }>;

/** Runs in SQLite. `reader` has a connection that cannot write; everything that writes goes through `commits`. */
export class PrismaRunStore implements RunStore {
  readonly #reader: PrismaClient;
  readonly #commits: GroupCommit;
  readonly #numbers: SegmentNumbers;

  /** `lastSegment`: the highest number of a segment that is stored. */
  constructor(reader: PrismaClient, commits: GroupCommit, lastSegment: number) {
    this.#reader = reader;
    this.#commits = commits;
    this.#numbers = new SegmentNumbers(lastSegment);
  }

  checkpoint(segments: readonly Segment[]): Promise<void> {
    return this.#commits.write([insertSegments.with(this.#numbers.give(segments))]);
  }

  replace(runId: string, segments: readonly Segment[]): Promise<void> {
    // They stay known: if this fails they are still there, and to remove them twice does no harm.
    const old = this.#numbers.of(runId);
    return this.#commits.write([insertSegments.with(this.#numbers.give(segments)), removeSegments.with(old)]);
  }

  async settle(settlement: Settlement): Promise<void> {
    const { runId } = settlement;
    const segments = this.#numbers.of(runId);
    await this.#commits.write([...writesOfSettlement(settlement), removeSegments.with(segments)]);
    this.#numbers.forget(runId);
  }

  async load(runId: string): Promise<StoredRun | null> {
    const row = await reading(this.#reader.run.findUnique({ where: { id: runId }, include: TEXT }));
    if (!row) return null;
    return row.status === 'streaming' ? { ...describe(row), status: row.status } : settled(row, row.status);
  }

  async exists(runId: string): Promise<boolean> {
    return (await reading(this.#reader.run.count({ where: { id: runId } }))) > 0;
  }

  async unsettled(limit: number): Promise<UnsettledRun[]> {
    const rows = await reading(
      this.#reader.run.findMany({
        where: { status: 'streaming' },
        orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
        take: limit,
      }),
    );
    const texts = await reading(
      this.#reader.runSegment.findMany({
        where: { runId: { in: rows.map(({ id }) => id) } },
        orderBy: { id: 'asc' },
      }),
    );
    this.#numbers.learn(texts);
    return rows.map((row) => ({
      ...describe(row),
      segments: ordered(texts.filter(({ runId }) => runId === row.id)),
    }));
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
}: RunRow) {
  return { runId: id, chatId, messageId, provider, model, protocol, requestId, promptTokens, createdAt };
}

/** By position. Of what was written twice, because a commit that succeeded was reported as failed, the later counts. */
function ordered(texts: ReadonlyArray<Segment & { id: number }>): Segment[] {
  const byPosition = new Map(texts.map(({ id: _, ...segment }) => [segment.position, segment]));
  return [...byPosition.values()].sort((one, other) => one.position - other.position);
}

function settled(row: WithText, status: Settlement['status']): StoredRun {
  const { cause, endedAt } = row;
  if (cause === null || endedAt === null || row.journal === null || row.terminal === null) {
    throw new InternalError(`Run ${row.id} is ${status}, but how it ended is not stored.`);
  }
  const journal: Journal = JSON.parse(row.journal);
  const terminal: TerminalEvent = JSON.parse(row.terminal);
  return { ...describe(row), status, cause, terminal, ...row.message, journal, endedAt };
}
