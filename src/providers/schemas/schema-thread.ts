import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

/** Timeout of a check after its start. A malicious `pattern` would take exponential time. In ms. */
const MOST_MS = 1_000;
/**
 * Timeout of compiling, which always ends: a schema with thousands of properties takes a quarter of a second, several
 * times as long on a busy machine. In ms.
 */
const MOST_COMPILING_MS = 4_000;
/** How long a check may wait in the queue, in ms. */
const MOST_WAITING_MS = 10_000;
const MOST_HEAP_MB = 256;

/** `problems`: mistakes in the answer; empty for a schema alone. `failure`: the mistake in the schema. */
type Outcome = { problems: string[] } | { failure: string };

/** The check took too long, or waited too long: the result is unknown. `own`: the check itself took too long. */
export class NotCheckedError extends Error {
  constructor(readonly own: boolean) {
    super(own ? 'The check took too long.' : 'Too many checks are waiting.');
  }
}

interface Job {
  schema: string;
  answer: string | null;
  resolve(outcome: Outcome): void;
  reject(error: NotCheckedError): void;
  waiting: NodeJS.Timeout;
}

/**
 * Compiles schemas and checks answers in a worker thread, one after the other. After a timeout the thread is
 * terminated, and the next job gets a new one.
 */
class SchemaThread {
  readonly #queue: Job[] = [];
  #running: Job | null = null;
  #limit: NodeJS.Timeout | undefined;
  #worker: Worker | null = null;
  #ready = false;

  /** `schema`: as JSON. `answer`: null, to compile only. Rejects with NotCheckedError. */
  check(schema: string, answer: string | null): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const waiting = setTimeout(() => {
        this.#queue.splice(this.#queue.indexOf(job), 1);
        reject(new NotCheckedError(false));
      }, MOST_WAITING_MS);
      const job: Job = { schema, answer, resolve, reject, waiting };
      this.#queue.push(job);
      this.#next();
    });
  }

  #next(): void {
    if (this.#running || this.#queue.length === 0) return;
    const worker = this.#worker ?? this.#start();
    // The thread keeps the process alive only while there are jobs.
    worker.ref();
    if (!this.#ready) return;
    const job = this.#queue.shift();
    if (!job) return;
    clearTimeout(job.waiting);
    this.#running = job;
    this.#limit = setTimeout(() => this.#stop(worker), job.answer === null ? MOST_COMPILING_MS : MOST_MS);
    worker.postMessage({ schema: job.schema, answer: job.answer });
  }

  #start(): Worker {
    const file = fileURLToPath(new URL('./schema-worker.js', import.meta.url));
    const worker = new Worker(file, {
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: MOST_HEAP_MB },
    });
    this.#worker = worker;
    worker.on('message', (message: 'ready' | Outcome) => {
      if (worker !== this.#worker) return;
      if (message === 'ready') this.#ready = true;
      else this.#finish((job) => job.resolve(message));
      if (this.#queue.length === 0 && !this.#running) worker.unref();
      this.#next();
    });
    // It ran out of memory, or could not start.
    worker.on('error', () => this.#stop(worker));
    return worker;
  }

  #stop(worker: Worker): void {
    if (worker !== this.#worker) return;
    const began = this.#ready;
    this.#worker = null;
    this.#ready = false;
    void worker.terminate();
    // A thread that cannot start would fail again: waiting jobs reject after their timeout.
    if (!began) return;
    this.#finish((job) => job.reject(new NotCheckedError(true)));
    this.#next();
  }

  #finish(settle: (job: Job) => void): void {
    clearTimeout(this.#limit);
    const job = this.#running;
    this.#running = null;
    if (job) settle(job);
  }
}

export const schemaThread = new SchemaThread();
