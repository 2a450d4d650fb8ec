import fc from 'fast-check';
import { openStage, type Stage } from '../support/stage.ts';
import { type ChatDoc, isIdle, until, Viewer } from '../support/viewer.ts';

type Step =
  | { do: 'text'; kind: 'content' | 'reasoning'; text: string }
  | { do: 'redact'; from: number; to: number }
  | { do: 'watch' | 'leave' | 'sleep' | 'wake'; who: number }
  | { do: 'rename'; title: string }
  | { do: 'pause' };

const VIEWERS = 3;

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('text' as const),
      kind: fc.constantFrom('content' as const, 'reasoning' as const),
      text: fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('redact' as const), from: fc.nat(40), to: fc.nat(60) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('watch' as const, 'leave' as const, 'sleep' as const, 'wake' as const),
      who: fc.nat(VIEWERS - 1),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('rename' as const), title: fc.string({ maxLength: 9 }) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('pause' as const) }) },
);

const end = fc.constantFrom('complete', 'stop', 'fail', 'interrupt');

describe('any run, watched by anybody at any time', () => {
  let stage: Stage;
  let chats = 0;
  beforeAll(async () => {
    stage = await openStage({ mirror: { flushMs: 2, maxMessages: 3 } });
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  it('[MIRROR-2] ends in a document that equals the database, for everybody', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.array(step, { maxLength: 25 }), end), { minLength: 1, maxLength: 3 }),
        async (turns) => {
          chats += 1;
          const chatId = `chat-${chats}`;
          const viewers = Array.from({ length: VIEWERS }, () => new Someone(stage.url, chatId));
          for (const [steps, how] of turns) {
            const answer = await stage.ask(chatId, 'Hello?');
            for (const step of steps) {
              if (step.do === 'text') answer.sink[step.kind](step.text);
              else if (step.do === 'redact') answer.sink.redact(step.from, step.to);
              else if (step.do === 'rename') await stage.chats.rename(chatId, step.title);
              else if (step.do === 'pause') await new Promise((resolve) => setTimeout(resolve, 3));
              else await viewers[step.who]?.[step.do]();
            }
            if (how === 'complete') answer.complete();
            if (how === 'stop') answer.run.stop('user_stop');
            if (how === 'fail') answer.fail(new Error('broken'));
            if (how === 'interrupt') answer.run.interrupt();
            await answer.over();
          }
          await stage.mirror.settled();
          const expected = stage.expected(chatId);
          for (const viewer of viewers) expect(await viewer.end()).toEqual(expected);
          for (const viewer of viewers) viewer[Symbol.dispose]();
        },
      ),
      { numRuns: 60 },
    );
  });
});

/** A viewer who comes and goes; when ops that it is missing are gone, it does as the page does, and loads afresh. */
class Someone implements Disposable {
  readonly #viewer: Viewer;
  #doc: ChatDoc | null = null;
  #asleep = false;

  constructor(
    private readonly url: string,
    private readonly chatId: string,
  ) {
    this.#viewer = new Viewer(url);
  }

  async watch(): Promise<void> {
    if (this.#asleep || this.#doc) return;
    this.#doc = await this.#viewer.watch(this.chatId);
    this.#doc.on('error', ({ code }) => {
      if ((code as unknown) === 'document_too_old') void this.#reload();
    });
  }

  async leave(): Promise<void> {
    const doc = this.#doc;
    this.#doc = null;
    if (!this.#asleep && doc) await new Promise<void>((resolve) => doc.destroy(() => resolve()));
    else if (doc) this.#doc = doc;
  }

  async sleep(): Promise<void> {
    if (this.#asleep) return;
    this.#asleep = true;
    await this.#viewer.sleep();
  }

  async wake(): Promise<void> {
    if (!this.#asleep) return;
    this.#asleep = false;
    await this.#viewer.wake(this.url);
  }

  /** What it sees in the end. */
  async end() {
    await this.wake();
    await this.watch();
    // One round trip: whatever was on its way before is here now, or was too old and is being loaded.
    await this.#viewer.fetch(this.chatId).catch(() => {});
    await this.#reloading;
    const doc = this.#doc;
    if (!doc) throw new Error('it watches');
    await until(doc, isIdle);
    return doc.data;
  }

  #reloading: Promise<void> | null = null;

  #reload(): Promise<void> {
    this.#reloading ??= (async () => {
      const old = this.#doc;
      this.#doc = null;
      if (old) await new Promise<void>((resolve) => old.destroy(() => resolve()));
      await this.watch();
      this.#reloading = null;
    })();
    return this.#reloading;
  }

  [Symbol.dispose](): void {
    this.#viewer[Symbol.dispose]();
  }
}
