import type { RunUsage, UsagePeriod, UsageStore, UsageSum } from '../chat/usage.ts';
import type { PrismaClient } from './generated/client.ts';
import { toColumn } from './statement.ts';
import { reading } from './storage-errors.ts';

/** Served by the index on createdAt. */
const ENDED = `FROM "Run" WHERE "createdAt" >= ? AND "createdAt" < ? AND +"status" <> 'streaming'`;

const TOKENS = ['promptTokens', 'completionTokens', 'reasoningTokens'] as const;
const FIGURES = `count(*) AS "runs",
${TOKENS.map((column) => `coalesce(sum("${column}"), 0) AS "${column}"`).join(', ')},
sum("usageEstimated") AS "estimatedRuns"`;

const BY_DAY = `SELECT substr("createdAt", 1, 10) AS "key", "provider", "model", ${FIGURES}
${ENDED} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`;

/** All models of the chats that used most. */
const BY_CHAT = `SELECT "chatId" AS "key", "provider", "model", ${FIGURES}
${ENDED} AND "chatId" IN (
  SELECT "chatId" ${ENDED} GROUP BY 1 ORDER BY sum("promptTokens" + "completionTokens") DESC, 1 LIMIT ?
) GROUP BY 1, 2, 3 ORDER BY sum(sum("promptTokens" + "completionTokens")) OVER (PARTITION BY "chatId") DESC, 1, 2, 3`;

const RUNS = `SELECT "id" AS "runId", "chatId", "provider", "model", "createdAt", "usageEstimated" AS "estimated",
${TOKENS.map((column) => `coalesce("${column}", 0) AS "${column}"`).join(', ')}
${ENDED} ORDER BY "createdAt" DESC, "id" DESC LIMIT ?`;

type Row<Fields> = { [Key in keyof Fields]: Fields[Key] extends number ? number | bigint : Fields[Key] };

/** What runs have used, from SQLite. */
export class PrismaUsageStore implements UsageStore {
  readonly #reader: PrismaClient;

  constructor(reader: PrismaClient) {
    this.#reader = reader;
  }

  async sums({ from, to }: UsagePeriod, by: 'day' | 'chat', limit: number) {
    const period = [toColumn(from), toColumn(to)];
    const rows =
      by === 'day'
        ? await this.#query<Row<UsageSum & { key: string }>>(BY_DAY, ...period)
        : await this.#query<Row<UsageSum & { key: string }>>(BY_CHAT, ...period, ...period, limit);
    return rows.map((row) => ({
      ...row,
      ...numbers(row),
      runs: Number(row.runs),
      estimatedRuns: Number(row.estimatedRuns),
    }));
  }

  async runs({ from, to }: UsagePeriod, limit: number): Promise<RunUsage[]> {
    const rows = await this.#query<Row<RunUsage>>(RUNS, toColumn(from), toColumn(to), limit);
    return rows.map((row) => ({ ...row, ...numbers(row), estimated: Boolean(row.estimated) }));
  }

  #query<Result>(sql: string, ...values: unknown[]): Promise<Result[]> {
    return reading(this.#reader.$queryRawUnsafe<Result[]>(sql, ...values));
  }
}

/** Sums may come as bigint. */
function numbers(row: Record<(typeof TOKENS)[number], number | bigint>) {
  return {
    promptTokens: Number(row.promptTokens),
    completionTokens: Number(row.completionTokens),
    reasoningTokens: Number(row.reasoningTokens),
  };
}
