import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { LOCAL } from '../../src/auth/principal.ts';
import * as library from '../../src/index.ts';
import {
  azure,
  ChatBusyError,
  ConfigError,
  type ConfigOverrides,
  configFrom,
  createService,
  DatabaseError,
  isTerminal,
  type LogEvent,
  type Service,
  ShuttingDownError,
  type Simulator,
  startSimulator,
} from '../../src/index.ts';
import * as internals from '../../src/internals.ts';
import { eventsOf, parseQuestion } from '../../src/internals.ts';
import { textOf } from '../support/events.ts';

const NOW = { delayMs: 0, firstDelayMs: 0 };
const ENDLESS = { tokens: 'endless', delayMs: 2, firstDelayMs: 0 } as const;

it('[LIB-1] the main entry has what was promised, under these names', () => {
  const promised = [
    ...['createLLMFunction', 'performAIEditing', 'performAIChat', 'createService', 'validateRequest'],
    ...['ensureChatsExist', 'ensureChatExists', 'addUserMessage', 'setAIStatus', 'updateStreamingStatus'],
    ...['createStreamingAIMessage', 'addStreamingEvent', 'finalizeStreamingMessage', 'interruptStreams'],
    ...['openai', 'openrouter', 'azure', 'anthropic', 'gemini', 'ollama', 'withFallbacks', 'withRetry'],
    ...['configFrom', 'loadConfig', 'ServiceError', 'InvalidRequestError', 'ProviderError', 'DatabaseError'],
  ];
  const missing = promised.filter((name) => typeof Reflect.get(library, name) !== 'function');
  expect(missing).toEqual([]);
});

it('[LIB-1] the parts of a service are in `internals`, and only there', () => {
  const parts = [
    ...['ChatService', 'Runs', 'RunLog', 'Mirror', 'ShareDbBackend', 'Viewers', 'Catalogue', 'openDatabase'],
    ...['parseQuestion', 'eventsOf', 'streamRun', 'frame', 'reportError', 'connect', 'withClocks'],
  ];
  expect(parts.filter((name) => typeof Reflect.get(internals, name) !== 'function')).toEqual([]);
  expect(Object.keys(internals).filter((name) => name in library)).toEqual([]);
});

describe('a service without a server', () => {
  let home: string;
  let simulator: Simulator;
  let service: Service;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'llm-library-'));
    simulator = await startSimulator();
    service = await open();
  });
  afterEach(async () => {
    await service[Symbol.asyncDispose]();
    await simulator[Symbol.asyncDispose]();
    await rm(home, { recursive: true });
  });

  const open = (more: ConfigOverrides = {}) =>
    createService(
      configFrom({
        database: { url: `file:${join(home, 'chat.db')}` },
        logging: { level: 'silent' },
        server: { drainMs: 100 },
        ...more,
      }),
      {
        providers: [azure({ endpoint: simulator.url, credential: 'key', apiVersion: '2024-10-21' })],
        logger: pino({ level: 'silent' }),
      },
    );
  const ask = (content: string, options: object = {}) => {
    const body = { chatId: 'c', messages: [{ role: 'user', content }], options };
    const question = parseQuestion(body, service.settings.question);
    return service.chats.ask(question, { principal: LOCAL, requestId: null, protocol: 'native' });
  };
  const all = async (events: AsyncIterable<LogEvent>) => {
    const seen: LogEvent[] = [];
    for await (const event of events) seen.push(event);
    return seen;
  };

  it('[LIB-1] answers, and can be read from any position, also after it was closed and opened again', async () => {
    simulator.setBehaviour({ chunks: ['Hello', ' there', ', you'], delayMs: 1, firstDelayMs: 0 });
    const run = await ask('Hi');
    const events = await all(eventsOf(run));
    expect(textOf(events)).toBe('Hello there, you');
    expect(events.filter(isTerminal)).toEqual([events.at(-1)]);

    await service[Symbol.asyncDispose]();
    service = await open();
    const again = await service.runs.open(run.description.runId);
    if (!again) throw new Error('it is stored');
    expect(textOf(await all(eventsOf(again, 7)))).toBe('there, you'.slice(1));
    expect(await all(eventsOf(again, again.log.position))).toEqual([]);
  });

  it('[RUN-1] counts who iterates as a reader', async () => {
    simulator.setBehaviour(ENDLESS);
    const run = await ask('Hi', { onDisconnect: 'cancel' });
    for await (const event of eventsOf(run)) if (event.type === 'content') break;
    const end = (await all(eventsOf(run))).at(-1);
    expect(end).toMatchObject({ type: 'stopped', cause: 'reader_left' });
  });

  it('[CHAT-7] [RUN-10] refuses a second question, and after it drains, any', async () => {
    simulator.setBehaviour(ENDLESS);
    const run = await ask('Hi');
    await expect(ask('And?')).rejects.toThrow(ChatBusyError);
    await service.drain();
    expect((await all(eventsOf(run))).at(-1)).toMatchObject({ type: 'error', code: 'interrupted' });
    await expect(ask('And?')).rejects.toThrow(ShuttingDownError);
  });

  it('[RUN-6] [LIB-1] leaves nothing open when it cannot start', async () => {
    await expect(open()).rejects.toThrow(DatabaseError);
    await service[Symbol.asyncDispose]();
    const nobody = { ...configFrom(), database: { url: `file:${join(home, 'chat.db')}` } };
    await expect(
      createService(
        { ...nobody, openai: { ...nobody.openai, model: 'unheard-of' } },
        {
          logger: pino({ level: 'silent' }),
          providers: [{ name: 'nobody', attempt: () => async () => ({ finishReason: 'stop', usage: null }) }],
        },
      ),
    ).rejects.toThrow(ConfigError);
    service = await open();
    simulator.setBehaviour({ chunks: ['Here'], ...NOW });
    expect(textOf(await all(eventsOf(await ask('Hi'))))).toBe('Here');
  });
});
