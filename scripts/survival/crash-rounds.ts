import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Simulator, startSimulator } from '../../src/simulator/server.ts';
import { fillerTokens } from '../../src/simulator/tokens.ts';
import { answerOf, faultsIn, leftOpen, timesAsked } from './database-checks.ts';
import { below, oneOf, type Random, seeded } from './random.ts';
import { Reader, type Sight } from './reader.ts';
import { ServerProcess, StartError } from './server-process.ts';

export interface CrashOptions {
  rounds: number;
  /** The same seed gives the same chats, answers and kill times; what these interrupt also depends on the machine. */
  seed: number;
  /** Arguments of Node that start the server. */
  command: readonly string[];
  /** `stream.checkpoint_ms`: a crash may lose this much of an answer. */
  checkpointMs: number;
  /** Maximum time from the questions to the kill. */
  longestLifeMs: number;
  report?: (progress: string) => void;
}

export interface CrashFigures {
  rounds: number;
  /** Questions whose stream had begun before the kill, and those of them that the database does not have. */
  acknowledged: number;
  messagesLost: number;
  /** Answers interrupted by the kill, and how much each lost of what a reader had received. */
  cutAnswers: number;
  charactersLost: number[];
  /** The age of the oldest lost character at the moment of the kill. */
  millisecondsLost: number[];
  /** Runs, messages and pieces of text that were unfinished after a restart. */
  leftOpen: number;
  restartMs: number[];
  /** Everything else that was wrong, in sentences. */
  faults: string[];
}

/** One question of a round, with everything that its reader received. */
interface Asked {
  chatId: string;
  question: string;
  key: string;
  /** The whole answer. */
  expected: string;
  reader: Reader;
}

const CHATS_AT_ONCE = 6;
/** Restarts that are killed as well, before or while they clean up. */
const KILLED_RESTARTS = 0.15;
/** Rounds in which a second server tries to use the file. */
const INTRUSIONS = 0.1;

/** Kills the server at random instants under load, restarts it, and checks what is missing (RUN-6). */
export async function crashRounds(options: CrashOptions): Promise<CrashFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'llm-crash-'));
  await using simulator = await startSimulator();
  const configFile = join(folder, 'config.toml');
  await writeFile(configFile, `[stream]\ncheckpoint_ms = ${options.checkpointMs}\n`);
  const crash = new Crash(options, join(folder, 'chat.db'), configFile, simulator);
  try {
    return await crash.run();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

class Crash {
  readonly #options: CrashOptions;
  readonly #databaseFile: string;
  readonly #configFile: string;
  readonly #simulator: Simulator;
  readonly #random: Random;
  readonly #figures: CrashFigures;

  constructor(options: CrashOptions, databaseFile: string, configFile: string, simulator: Simulator) {
    this.#options = options;
    this.#databaseFile = databaseFile;
    this.#configFile = configFile;
    this.#simulator = simulator;
    this.#random = seeded(options.seed);
    this.#figures = {
      rounds: 0,
      acknowledged: 0,
      messagesLost: 0,
      cutAnswers: 0,
      charactersLost: [],
      millisecondsLost: [],
      leftOpen: 0,
      restartMs: [],
      faults: [],
    };
  }

  async run(): Promise<CrashFigures> {
    let server = await ServerProcess.start(this.#processOptions);
    try {
      for (let round = 1; round <= this.#options.rounds; round += 1) {
        const asked = this.#load(round);
        const readings = asked.map((each) => this.#ask(server.url, each));
        await sleep(below(this.#random, this.#options.longestLifeMs));
        const killedAt = performance.now();
        await server.kill();
        await Promise.all(readings);

        server = await this.#restart();
        if (round === 1 || this.#random() < INTRUSIONS) await this.#intrude();
        this.#figures.leftOpen += leftOpen(this.#databaseFile);
        for (const each of asked) await this.#examine(server.url, each, killedAt);
        for (const each of asked) await this.#goOn(server.url, each);
        for (const fault of faultsIn(this.#databaseFile)) this.#fault(round, fault);
        this.#figures.rounds = round;
        this.#options.report?.(`round ${round} of ${this.#options.rounds}`);
      }
    } finally {
      await server[Symbol.asyncDispose]();
    }
    return this.#figures;
  }

  get #processOptions() {
    return {
      command: this.#options.command,
      databaseFile: this.#databaseFile,
      simulatorUrl: this.#simulator.url,
      environment: { CONFIG_PATH: this.#configFile },
    };
  }

  /** Short answers that are over before the kill, long ones that are cut, in chats old and new. */
  #load(round: number): Asked[] {
    return Array.from({ length: CHATS_AT_ONCE }, (_, index) => {
      const tokens = oneOf(this.#random, [0, 3, 100, 2_000, 2_000]);
      const delay = oneOf(this.#random, [0, 1, 5, 20]);
      const chatId = `chat-${index}-${below(this.#random, 5)}`;
      return {
        chatId,
        question: `[[simulate: tokens=${tokens}, delay_ms=${delay}, first_delay_ms=0]] ${round}, ${index}`,
        key: `key-${round}-${index}`,
        expected: [...fillerTokens(tokens)].join(''),
        reader: new Reader(),
      };
    });
  }

  /** Asks and reads; some stop their answer, some come back as a second reader. */
  async #ask(url: string, asked: Asked): Promise<void> {
    const stopsAfter = this.#random() < 0.15 ? below(this.#random, 1_000) : null;
    const joinsAfter = this.#random() < 0.3 ? below(this.#random, 1_000) : null;
    const following = asked.reader.follow(this.#post(url, asked));
    const others: Array<Promise<unknown>> = [];
    if (stopsAfter !== null) {
      others.push(
        sleep(stopsAfter).then(async () => {
          const { runId } = asked.reader.sight;
          if (runId !== null) await this.#stop(url, runId);
        }),
      );
    }
    if (joinsAfter !== null) {
      others.push(
        sleep(joinsAfter).then(async () => {
          const { runId, position } = asked.reader.sight;
          if (runId !== null) await this.#continue(url, runId, Math.max(0, position));
        }),
      );
    }
    // The server may be dead already.
    await Promise.allSettled([following, ...others]);
  }

  #post(url: string, { chatId, question, key }: Asked): Promise<Response> {
    return fetch(`${url}/api/chat`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify({ chatId, messages: [{ role: 'user', content: question }] }),
    });
  }

  #continue(url: string, runId: string, position: number): Promise<Sight> {
    const headers = { 'last-event-id': `${runId}:${position}` };
    return new Reader().follow(fetch(`${url}/api/runs/${runId}/stream`, { headers }));
  }

  /** Some restarts are killed as well, at any moment. */
  async #restart(): Promise<ServerProcess> {
    while (this.#random() < KILLED_RESTARTS) {
      const doomed = ServerProcess.spawn(this.#processOptions);
      await sleep(below(this.#random, 1_000));
      await doomed.kill();
    }
    const startedAt = performance.now();
    const server = await ServerProcess.start(this.#processOptions);
    this.#figures.restartMs.push(performance.now() - startedAt);
    return server;
  }

  /** A second server on the same file must refuse, and say why. */
  async #intrude(): Promise<void> {
    try {
      const intruder = await ServerProcess.start(this.#processOptions);
      await intruder.kill();
      this.#figures.faults.push('a second server started on the same file');
    } catch (error) {
      const refused = error instanceof StartError && error.exit.code === 1;
      if (!refused || !error.output.includes('Another server uses the database'))
        this.#figures.faults.push(`a second server failed without saying why: ${String(error)}`);
    }
  }

  async #examine(url: string, asked: Asked, killedAt: number): Promise<void> {
    const { runId, text, terminals, arrivals, position } = asked.reader.sight;
    if (runId === null) return;
    this.#figures.acknowledged += 1;
    const stored = answerOf(this.#databaseFile, runId);
    if (stored?.question !== asked.question) {
      this.#figures.messagesLost += 1;
      return;
    }
    const wrong = (what: string) => this.#figures.faults.push(`${asked.question}: ${what}`);
    if (terminals.length > 1) wrong(`${terminals.length} terminals`);
    if (!asked.expected.startsWith(stored.content))
      wrong('what is stored is not the beginning of the answer');
    const [terminal] = terminals;
    if (terminal) {
      // A terminal that was read must be stored.
      if (stored.content !== text) wrong('the text of an ended run has changed');
      const whole = terminal.type === 'complete' && text !== asked.expected;
      if (whole) wrong('it is complete, but not all of it');
      if (terminal.type === 'error') wrong(`it failed: ${terminal.code}`);
    } else if (stored.status === 'interrupted') {
      this.#figures.cutAnswers += 1;
      const kept = stored.content.length;
      this.#figures.charactersLost.push(Math.max(0, text.length - kept));
      const firstLost = arrivals.find(({ length }) => length > kept);
      this.#figures.millisecondsLost.push(firstLost ? killedAt - firstLost.at : 0);
    } else if (!text.startsWith(stored.content) && !stored.content.startsWith(text)) {
      wrong('what was seen is not what is stored');
    }

    // Resumes from the beginning, from anywhere, and with more than was kept.
    const whole = await this.#continue(url, runId, 0);
    if (whole.text !== stored.content || whole.terminals.length !== 1)
      wrong(`a reader from 0 got ${whole.text.length} of ${stored.content.length} characters`);
    const from = below(this.#random, stored.content.length + 1);
    const rest = await this.#continue(url, runId, from);
    if (rest.text !== stored.content.slice(from) || rest.terminals.length !== 1)
      wrong(`a reader from ${from} of ${stored.content.length} got ${rest.text.length} characters`);
    if (!terminal && stored.status === 'interrupted' && position > stored.content.length) {
      const beyond = await this.#continue(url, runId, position);
      if (beyond.text !== '' || beyond.terminals[0]?.finalContentLength !== stored.content.length)
        wrong('a reader with more than was kept did not get the terminal alone');
    }
  }

  /**
   * A repeat never asks twice, whether its first request was stored or not; and then the chat takes the next message.
   */
  async #goOn(url: string, asked: Asked): Promise<void> {
    const wrong = (what: string) => this.#figures.faults.push(`${asked.question}: ${what}`);
    const { runId } = asked.reader.sight;
    const repeat = new Reader();
    // An answer that starts only now may be long.
    await repeat.follow(this.#post(url, asked), (begun) => void this.#stop(url, begun));
    if (runId !== null && repeat.sight.runId !== runId) wrong('a repeat began another run');
    if (timesAsked(this.#databaseFile, asked.question) !== 1) wrong('it is not stored exactly once');
    const next = { ...asked, key: `${asked.key}-next`, question: '[[simulate: tokens=2, delay_ms=0]] next' };
    const answer = await new Reader().follow(this.#post(url, next));
    if (answer.terminals[0]?.type !== 'complete') wrong('the chat does not take the next message');
  }

  #stop(url: string, runId: string): Promise<Response> {
    return fetch(`${url}/api/runs/${runId}/stop`, { method: 'POST' });
  }

  #fault(round: number, fault: string): void {
    this.#figures.faults.push(`round ${round}: ${fault}`);
  }
}
