import { pino } from 'pino';
import { Access } from '../../src/auth/access.ts';
import { LOCAL } from '../../src/auth/principal.ts';
import { ChatEvents } from '../../src/chat/chat-events.ts';
import type { Model, Models } from '../../src/chat/models.ts';
import { ChatService, type ChatSettings } from '../../src/chat/service.ts';
import { parseEdit, parseQuestion, parseRegeneration } from '../../src/http/protocols/native/request.ts';
import { listen } from '../../src/http/server/listen.ts';
import { type ChatDocument, documentOf } from '../../src/mirror/chat-document.ts';
import { Mirror, type MirrorSettings } from '../../src/mirror/mirror.ts';
import { deferred } from '../../src/runs/deferred.ts';
import type { Completion, Sink } from '../../src/runs/producer.ts';
import type { Run } from '../../src/runs/run.ts';
import { Runs } from '../../src/runs/runs.ts';
import { ShareDbBackend, type ShareDbSettings } from '../../src/sharedb/backend.ts';
import { SOCKET_LIMITS, type SocketLimits, Viewers } from '../../src/sharedb/sockets/viewers.ts';
import { SharedWorkspaces } from '../../src/workspaces/documents/shared-workspaces.ts';
import type { EditSettings } from '../../src/workspaces/edit-lifecycle.ts';
import { parseEditQuestion } from '../../src/workspaces/edit-request.ts';
import { WorkspaceService } from '../../src/workspaces/service.ts';
import { type TemporaryDatabase, temporaryDatabase } from './store-database.ts';

/** An answer whose every word the test decides. */
interface Answer {
  run: Run;
  sink: Sink;
  complete(): void;
  fail(error: Error): void;
  /** Resolves when the run is over: its terminal is in the log. */
  over(): Promise<void>;
}

export interface Stage extends AsyncDisposable {
  url: string;
  database: TemporaryDatabase;
  chats: ChatService;
  runs: Runs;
  mirror: Mirror;
  sharedb: ShareDbBackend;
  documents: SharedWorkspaces;
  viewers: Viewers;
  ask(chatId: string, content: string): Promise<Answer>;
  edit(chatId: string, messageId: string, content: string): Promise<Answer>;
  regenerate(chatId: string): Promise<Answer>;
  workspaces: WorkspaceService;
  /** Lets the model edit files. */
  editFiles(workspaceId: string, prompt: string): Promise<Answer>;
  /** What the document is to be, read from the database by the operator's own means. */
  expected(chatId: string): ChatDocument;
  /** Ops that the chat's document had so far. */
  ops(chatId: string): Array<Record<string, unknown>>;
}

export interface StageOptions {
  mirror?: Partial<MirrorSettings & ShareDbSettings>;
  sockets?: Partial<SocketLimits>;
  /** What becomes of edits that are cut off; by default they are kept. */
  onFailure?: EditSettings['onFailure'];
}

const WORKSPACE_LIMITS = { maxFiles: 100, fileChars: 1_048_576, totalChars: 4_194_304, opChars: 65_536 };
const LIMITS = { messagesPerRequest: 100, messageChars: 100_000 };

/** Database, runs, chats, mirror and WebSocket as the server puts them together; only the model is the test. */
export async function openStage({
  mirror: settings = {},
  sockets = {},
  onFailure = 'keep',
}: StageOptions = {}): Promise<Stage> {
  const logger = pino({ level: 'silent' });
  const database = await temporaryDatabase();
  const events = new ChatEvents(logger);
  const runs = new Runs(
    database.runs,
    {
      answerChars: 1_000_000,
      liveRuns: 1_000,
      liveRunsPerUser: 1_000,
      progressEvery: 5,
      revealing: true,
      countTokens: (text) => text.length,
      checkpointMs: 1_000,
      settleRetryMs: 1_000,
    },
    logger,
    events,
  );
  /** By where they write to, which is their run. */
  const begun = new Map<Sink, Omit<Answer, 'run' | 'over'>>();
  /** Edits, whose model writes to something else than their run. */
  const awaited: Array<(answer: Omit<Answer, 'run' | 'over'>) => void> = [];
  const model: Model = {
    ...CARD,
    answer: () => (sink, signal) => {
      const ended = deferred<Completion | Error>();
      signal.addEventListener('abort', () => ended.resolve(new Error('aborted')));
      const answer = {
        sink,
        complete: () => ended.resolve({ finishReason: 'stop', usage: null }),
        fail: (error: Error) => ended.resolve(error),
      };
      const wanted = awaited.shift();
      if (wanted) wanted(answer);
      else begun.set(sink, answer);
      return ended.promise.then((end) => {
        if (end instanceof Error) throw end;
        return end;
      });
    },
  };
  const models: Models = { resolve: () => model, list: () => [model] };
  const chatSettings: ChatSettings = {
    maxConversationPairs: 10,
    maxContextTokens: 100_000,
    defaultSystemPrompt: '',
    concurrency: 'reject',
    onDisconnect: 'continue',
    countTokens: (text) => text.length,
  };
  const mirrorSettings = { maxMessages: 50, flushMs: 10, keepOpsH: 24, ...settings };
  const sharedb = new ShareDbBackend(database.documents, mirrorSettings, logger);
  const access = new Access(database.owners, { record: async () => {} });
  const chats = new ChatService({ store: database.chats, runs, models, access, events }, chatSettings);
  const mirror = new Mirror({ sharedb, source: database.chats, runs, access }, mirrorSettings, logger);
  const documents = new SharedWorkspaces(sharedb, access, WORKSPACE_LIMITS, () => true);
  const workspaces = new WorkspaceService({
    store: database.workspaces,
    documents,
    chats,
    access,
    runs,
    settings: {
      ...WORKSPACE_LIMITS,
      onFailure,
      flushMs: settings.flushMs ?? 10,
      countTokens: (text) => text.length / 4,
    },
    logger,
  });
  events.observe(mirror);
  const viewers = new Viewers(
    (stream) => sharedb.listen(stream),
    async () => LOCAL,
    { ...SOCKET_LIMITS, ...sockets },
    logger,
  );
  const http = await listen((_request, response) => response.end(), viewers.upgrade, {
    host: '127.0.0.1',
    port: 0,
  });
  const context = { principal: LOCAL, requestId: null, protocol: 'native' };
  const answerOf = async (asking: Promise<{ description: { runId: string } }>): Promise<Answer> => {
    const { description } = await asking;
    const run = runs.get(description.runId);
    const answer = run && begun.get(run.generation);
    if (!answer) throw new Error('the run is over already');
    begun.delete(run.generation);
    return { ...answer, run, over: () => overOf(run) };
  };
  return {
    url: http.url,
    database,
    chats,
    runs,
    mirror,
    sharedb,
    documents,
    viewers,
    workspaces,
    async editFiles(workspaceId, prompt) {
      const begins = deferred<Omit<Answer, 'run' | 'over'>>();
      awaited.push(begins.resolve);
      const { description } = await workspaces.edit(
        workspaceId,
        parseEditQuestion({ prompt }, LIMITS),
        context,
      );
      const run = runs.get(description.runId);
      if (!run) throw new Error('the run is over already');
      return { ...(await begins.promise), run, over: () => overOf(run) };
    },
    ask: (chatId, content) =>
      answerOf(chats.ask(parseQuestion({ chatId, messages: [{ role: 'user', content }] }, LIMITS), context)),
    edit: (chatId, messageId, content) =>
      answerOf(chats.edit(chatId, parseEdit({ messageId, content }, LIMITS), context)),
    regenerate: (chatId) => answerOf(chats.regenerate(chatId, parseRegeneration({}), context)),
    expected(chatId) {
      const [chat] = database.query<{ id: string; title: string; updatedAt: string }>(
        'SELECT id, title, updatedAt FROM Chat WHERE id = ?',
        chatId,
      );
      if (!chat) throw new Error(`no chat ${chatId}`);
      const messages = database.query<Parameters<typeof documentOf>[0]['messages'][number]>(
        `SELECT id, position, role, status, content, reasoning, createdAt,
           (SELECT id FROM Run WHERE messageId = Message.id) AS runId,
           (SELECT cause FROM Run WHERE messageId = Message.id) AS cause FROM Message
         WHERE chatId = ? AND supersededAt IS NULL ORDER BY position`,
        chatId,
      );
      return documentOf(
        {
          chat: { ...chat, updatedAt: new Date(chat.updatedAt) },
          messages: messages
            .slice(-(settings.maxMessages ?? 50))
            .map((message) => ({ ...message, createdAt: new Date(message.createdAt) })),
        },
        null,
      );
    },
    ops: (chatId) =>
      database
        .query<{ op: string }>(
          `SELECT op FROM SharedOp WHERE collection = 'chats' AND documentId = ? ORDER BY version`,
          chatId,
        )
        .map(({ op }) => JSON.parse(op)),
    async [Symbol.asyncDispose]() {
      await runs[Symbol.asyncDispose]();
      await mirror.settled();
      await viewers[Symbol.asyncDispose]();
      await workspaces[Symbol.asyncDispose]();
      await http[Symbol.asyncDispose]();
      await mirror[Symbol.asyncDispose]();
      await sharedb[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** Resolves when its terminal is in the log. */
function overOf(run: Run): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (run.log.terminal) resolve();
    };
    run.log.follow(run.log.position, look);
    look();
  });
}

const CARD: Omit<Model, 'answer'> = {
  id: 'stage',
  provider: 'stage',
  contextWindow: null,
  maxOutputTokens: null,
  strengths: [],
  supports: {
    streaming: true,
    structuredOutput: false,
    reasoning: true,
    temperature: true,
    stop: true,
  },
  defaults: {},
  prices: { input: null, output: null },
  fallbacks: [],
};
