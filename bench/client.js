// The load generator, a process of its own. Its parent calls `flood`, `started`, `mark`, `sequence` and `cpu`.

import { setTimeout as sleep } from 'node:timers/promises';
import { keepingAgent } from './connections.js';
import { ownTime } from './machine.js';
import { answer } from './remote.js';
import { resume } from './resume.js';
import { Samples } from './samples.js';
import { stream } from './stream.js';

/** @typedef {import('./answer.js').Instruction} Instruction */
/** @typedef {import('./samples.js').Spread} Spread */
/** @typedef {import('./stream.js').Target} Target */

/**
 * @typedef {object} Flood many streams at once, in waves
 * @property {Target} target
 * @property {Instruction} instruction
 * @property {number} streams how many at once
 * @property {number} [waves] how many times, one after the other; 1 unless told
 * @property {number} [rampMs] a wave's streams start spread over so many milliseconds, and more slowly if the server is
 * slow; 0 (all at once) unless told
 */

/**
 * @typedef {object} Observed what came in since the last mark. Times in milliseconds; null: not observed
 * @property {number} tokens
 * @property {number} events
 * @property {Spread | null} gap between two events of one stream
 * @property {Spread | null} delay from the upstream's write to this process's read
 * @property {Spread | null} first from the POST to the first token
 */

class Observation {
  #first = new Samples();
  #gap = new Samples();
  #delay = new Samples();
  #events = 0;
  #tokens = 0;
  first = (/** @type {number} */ value) => this.#first.add(value);
  gap = (/** @type {number} */ value) => this.#gap.add(value);
  delay = (/** @type {number} */ value) => this.#delay.add(value);
  event = () => {
    this.#events++;
  };
  tokens = (/** @type {number} */ count) => {
    this.#tokens += count;
  };

  /** @returns {Observed} */
  summary() {
    return {
      tokens: this.#tokens,
      events: this.#events,
      gap: this.#gap.spread(),
      delay: this.#delay.spread(),
      first: this.#first.spread(),
    };
  }
}

let observation = new Observation();
/** Streams of the current wave without a first token, and a promise for when there are none. */
let waiting = 0;
/** @type {() => void} */
let allStarted = () => {};
/** @type {Promise<void>} */
let started = Promise.resolve();

/** Uses the current observation, also when a mark replaces it during a stream. */
const observer = {
  first: (/** @type {number} */ value) => {
    observation.first(value);
    if (--waiting === 0) allStarted();
  },
  gap: (/** @type {number} */ value) => observation.gap(value),
  delay: (/** @type {number} */ value) => observation.delay(value),
  event: () => observation.event(),
  tokens: (/** @type {number} */ count) => observation.tokens(count),
};

/**
 * Maximum number of streams without a first token while streams are started one after another: more could overflow the
 * server's queue of unaccepted connections (511 in Node), and the kernel would reset them.
 */
const MOST_WAITING = 50;

/** Lets `places` in at a time, in the order in which they came. @param {number} places */
function turnstile(places) {
  /** @type {Array<() => void>} */
  const queue = [];
  return {
    enter: async () => {
      if (places > 0) places--;
      else await new Promise((/** @type {(value?: unknown) => void} */ resolve) => queue.push(resolve));
    },
    leave: () => {
      const next = queue.shift();
      if (next) next();
      else places++;
    },
  };
}

function mark() {
  const summary = observation.summary();
  observation = new Observation();
  return summary;
}

/** @param {Flood} flood @returns {Promise<void>} rejects with the first wrong answer */
async function flood({ target, instruction, streams, waves = 1, rampMs = 0 }) {
  const agent = keepingAgent();
  try {
    for (let wave = 0; wave < waves; wave++) {
      waiting = streams;
      started = new Promise((resolve) => {
        allStarted = resolve;
      });
      const { enter, leave } = turnstile(rampMs > 0 ? MOST_WAITING : streams);
      const first = (/** @type {number} */ value) => {
        leave();
        observer.first(value);
      };
      const all = Array.from({ length: streams }, async (_, index) => {
        if (rampMs > 0) await sleep((index * rampMs) / streams);
        await enter();
        await stream(target, instruction, agent, { ...observer, first });
      });
      await Promise.all(all);
    }
  } finally {
    agent.destroy();
  }
}

/**
 * One request after the other, the targets in turn, so that other load on the machine affects all of them alike.
 * @param {{ targets: Target[], instruction: Instruction, count: number, warmUp: number }} job
 * @returns {Promise<Observed[]>} per target
 */
async function sequence({ targets, instruction, count, warmUp }) {
  const agent = keepingAgent();
  let observations = targets.map(() => new Observation());
  try {
    for (let round = -warmUp; round < count; round++) {
      if (round === 0) observations = targets.map(() => new Observation());
      for (const [index, target] of targets.entries())
        await stream(target, instruction, agent, observations[index]);
    }
  } finally {
    agent.destroy();
  }
  return observations.map((each) => each.summary());
}

answer({ flood, sequence, resume, mark, started: () => started, cpu: ownTime });
