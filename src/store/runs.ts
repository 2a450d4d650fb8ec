import { InternalError } from '../errors.ts';
import type { Journal, RunResult, RunStore, Segment, StoredRun, UnsettledRun } from '../runs/store.ts';
import type { TerminalEvent } from '../wire/events.ts';
import type { Prisma, PrismaClient } from './generated/client.ts';
import { reading, select } from './reads/query.ts';
import { SEGMENT_SIZES } from './reads/run-queries.ts';
import { insertSegments, removeSegments } from './writes/chat-statements.ts';
import type { GroupCommit } from './writes/group-commit.ts';
import { writesOfResult } from './writes/run-result.ts';
import { SegmentNumbers } from './writes/segment-numbers.ts';

const OWNER = { chat: { select: { ownerId: true } } } satisfies Prisma.RunInclude;
const TEXT = {
  ...OWNER,
  message: { select: { content: true, reasoning: true } },
} satisfies Prisma.RunInclude;

/** The most text, in bytes, that one call of `unsettled` returns, except that one run may have more. */
const UNSETTLED_BYTES = 16 * 1024 * 1024;

type RunRow = Prisma.RunGetPayload<{ include: typeof OWNER }>;
type WithText = Prisma.RunGetPayload<{ include: typeof TEXT }>;

/** Runs in SQLite. */
export class SqliteRunStore implements RunStore {
  readonly #reader: PrismaClient;
  readonly #commits: GroupCommit;
  readonly #numbers: SegmentNumbers;

  /** `lastSegment`: the highest number of a stored segment. */
  constructor(reader: PrismaClient, commits: GroupCommit, lastSegment: number) {
    this.#reader = reader;
    this.#commits = commits;
    this.#numbers = new SegmentNumbers(lastSegment);
  }

  checkpoint(segments: readonly Segment[]): Promise<void> {
    return this.#commits.write([insertSegments.with(this.#numbers.give(segments))]);
  }

  async replace(runId: string, segments: readonly Segment[]): Promise<void> {
    // The old numbers are kept: if this write fails the rows are still there, and removing them twice is harmless.
    const old = this.#numbers.of(runId);
    await this.#commits.write([insertSegments.with(this.#numbers.give(segments)), removeSegments.with(old)]);
    // Redacted text must not stay in the write-ahead log either; the run does not wait for that.
    void this.#commits.scrub();
  }

  async settle(settlement: RunResult): Promise<void> {
    const { runId } = settlement;
    const segments = this.#numbers.of(runId);
    await this.#commits.write([...writesOfResult(settlement), removeSegments.with(segments)]);
    this.#numbers.forget(runId);
    if (settlement.journal.some((entry) => 'event' in entry && entry.event.type === 'redact'))
      void this.#commits.scrub();
  }

  async #withBoundedText(rows: RunRow[]): Promise<RunRow[]> {
    if (rows.length < 2) return rows;
    const sizes = await select(this.#reader, SEGMENT_SIZES);
    return boundedBy(new Map(sizes.map(({ runId, bytes }) => [runId, Number(bytes)])), rows);
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
    const oldest = await reading(
      this.#reader.run.findMany({
        where: { status: 'streaming' },
        include: OWNER,
        orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
        take: limit,
      }),
    );
    const rows = await this.#withBoundedText(oldest);
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

/** The first rows whose text together is at most UNSETTLED_BYTES, and at least one. */
function boundedBy(sizes: ReadonlyMap<string, number>, rows: readonly RunRow[]): RunRow[] {
  let bytes = 0;
  const end = rows.findIndex(({ id }, index) => {
    bytes += sizes.get(id) ?? 0;
    return index > 0 && bytes > UNSETTLED_BYTES;
  });
  return rows.slice(0, end === -1 ? rows.length : end);
}

function describe({
  id,
  chatId,
  chat: { ownerId },
  messageId,
  provider,
  model,
  protocol,
  requestId,
  promptTokens,
  createdAt,
}: RunRow) {
  return {
    runId: id,
    chatId,
    ownerId,
    messageId,
    provider,
    model,
    protocol,
    requestId,
    promptTokens,
    createdAt,
  };
}

/** By position. A commit that succeeded may have been reported as failed, and repeated: then the later row counts. */
function ordered(texts: ReadonlyArray<Segment & { id: number }>): Segment[] {
  const byPosition = new Map(texts.map(({ id: _, ...segment }) => [segment.position, segment]));
  return [...byPosition.values()].sort((one, other) => one.position - other.position);
}

function settled(row: WithText, status: RunResult['status']): StoredRun {
  const { cause, endedAt } = row;
  if (cause === null || endedAt === null || row.journal === null || row.terminal === null) {
    throw new InternalError(`Run ${row.id} is ${status}, but how it ended is not stored.`);
  }
  const journal: Journal = JSON.parse(row.journal);
  const terminal: TerminalEvent = JSON.parse(row.terminal);
  return { ...describe(row), status, cause, terminal, ...row.message, journal, endedAt };
}
