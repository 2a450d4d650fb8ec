import type { RunUsage, UsageQuery, UsageStore, UsageSum } from '../chat/usage-report.ts';
import type { ReportThread } from './reads/report-thread.ts';
import { toColumn } from './writes/statement.ts';

const TOKENS = ['promptTokens', 'completionTokens', 'reasoningTokens'] as const;
const FIGURES = `count(*) AS "runs",
${TOKENS.map((column) => `coalesce(sum("${column}"), 0) AS "${column}"`).join(', ')},
sum("usageEstimated") AS "estimatedRuns"`;

/** Uses the index on createdAt. */
const ENDED = `FROM "Run" WHERE "createdAt" >= ? AND "createdAt" < ? AND +"status" <> 'streaming'`;

/** Uses the index on ownerId, which has the ids of chats, too. */
const OF_OWNERS = `AND "chatId" IN (SELECT "id" FROM "Chat" WHERE "ownerId" >= ? AND "ownerId" < ?)`;

/** `ended`: the runs that count. */
const byDay = (ended: string) => `SELECT substr("createdAt", 1, 10) AS "key", "provider", "model", ${FIGURES}
${ended} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`;

/** For the chats that used most: their figures by model. */
const byChat = (ended: string) => `SELECT "chatId" AS "key", "provider", "model", ${FIGURES}
${ended} AND "chatId" IN (
  SELECT "chatId" ${ended} GROUP BY 1 ORDER BY sum("promptTokens" + "completionTokens") DESC, 1 LIMIT ?
) GROUP BY 1, 2, 3 ORDER BY sum(sum("promptTokens" + "completionTokens")) OVER (PARTITION BY "chatId") DESC, 1, 2, 3`;

const newest = (ended: string) =>
  `SELECT "id" AS "runId", "chatId", "provider", "model", "createdAt", "usageEstimated" AS "estimated",
${TOKENS.map((column) => `coalesce("${column}", 0) AS "${column}"`).join(', ')}
${ended} ORDER BY "createdAt" DESC, "id" DESC LIMIT ?`;

/** Token usage of runs, from SQLite. Sums over many runs take long, so they are computed in another thread. */
export class SqliteUsageStore implements UsageStore {
  readonly #reports: ReportThread;

  constructor(reports: ReportThread) {
    this.#reports = reports;
  }

  sums(query: UsageQuery, by: 'day' | 'chat', limit: number) {
    const { ended, values } = endedRuns(query);
    return by === 'day'
      ? this.#reports.all<UsageSum & { key: string }>(byDay(ended), ...values)
      : this.#reports.all<UsageSum & { key: string }>(byChat(ended), ...values, ...values, limit);
  }

  async runs(query: UsageQuery, limit: number): Promise<RunUsage[]> {
    const { ended, values } = endedRuns(query);
    const rows = await this.#reports.all<RunRow>(newest(ended), ...values, limit);
    return rows.map(({ estimated, createdAt, ...row }) => ({
      ...row,
      createdAt: new Date(createdAt),
      estimated: estimated === 1,
    }));
  }
}

/** SQL for the runs that a query is about, and the values of its parameters. */
function endedRuns({ from, to, owners }: UsageQuery): { ended: string; values: string[] } {
  const period = [toColumn(from), toColumn(to)];
  if (!owners) return { ended: ENDED, values: period };
  return { ended: `${ENDED} ${OF_OWNERS}`, values: [...period, owners.from, owners.before] };
}

type RunRow = Omit<RunUsage, 'createdAt' | 'estimated'> & { createdAt: string; estimated: 0 | 1 };
