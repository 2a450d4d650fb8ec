import type { Simulator } from '../../src/simulator/server.ts';
import { FAULTY_RESPONSES } from './faulty-provider.ts';
import { DOORS, HOSTILE_VALUES, PLACES } from './hostile-json.ts';
import { typeAndDelete } from './typist.ts';

interface Target {
  url: string;
  simulator: Simulator;
  /** 1: all of it, as `npm run test:survival` has it; less: so much of it. */
  scale: number;
}

/** Input that crashed, blocked or filled an earlier server. `attack` throws if the server violates `rule`. */
export interface Shape {
  name: string;
  /** The rule of the specification, and what is expected. */
  rule: string;
  attack(target: Target): Promise<void>;
}

const JSON_TYPE = { 'content-type': 'application/json' };

async function send(
  url: string,
  body: unknown,
  method = 'POST',
): Promise<{ status: number; text: string; run: string }> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(url, { method, headers: JSON_TYPE, body: text });
  return {
    status: response.status,
    text: await response.text(),
    run: response.headers.get('x-run-id') ?? '',
  };
}

function expectStatus(what: string, status: number, ...allowed: number[]): void {
  if (!allowed.includes(status)) throw new Error(`${what}: ${status} instead of ${allowed.join(' or ')}`);
}

const bodies: Shape[] = HOSTILE_VALUES.map(([what, json]) => ({
  name: `bodies of ${what}`,
  rule: 'ERR-1, LIMIT-2: 400, 404 or 413 of less than 100 KB at each door',
  async attack({ url, scale }) {
    const size = Math.floor((3_300_000 * scale) / (json(20_000).length / 20_000));
    for (const [method, path] of DOORS) {
      for (const [place, body] of PLACES) {
        const { status, text } = await send(url + path, body(json(Math.max(size, 20_000))), method);
        expectStatus(`${method} ${path}, ${place}`, status, 400, 404, 413);
        if (text.length > 100_000) throw new Error(`${method} ${path}, ${place}: ${text.length} characters`);
      }
    }
  },
}));

const user = (content: string) => ({ role: 'user', content });

/** Texts on which counting tokens is slow. */
const DEAR_TEXTS = ['a', 'ก', ' ', '漢字', 'e\u0301', '\u00a0'];

export const SHAPES: readonly Shape[] = [
  ...bodies,
  {
    name: 'questions as long as they may be',
    rule: 'LIMIT-2: answered, or 400 context_length_exceeded',
    async attack({ url, scale }) {
      const chars = Math.floor(80_000 + 180_000 * scale);
      for (const unit of DEAR_TEXTS) {
        const content = unit.repeat(chars / unit.length);
        const { status } = await send(`${url}/api/chat`, { messages: [user(content)] });
        expectStatus(JSON.stringify(unit), status, 200, 400);
      }
    },
  },
  {
    name: 'histories as long as they may be, many at once',
    rule: 'LIMIT-2: imported',
    async attack({ url, scale }) {
      const messages = Array.from({ length: 999 }, (_, index) => ({
        role: index % 2 === 0 ? 'user' : 'assistant',
        content: `${index} ${DEAR_TEXTS[index % DEAR_TEXTS.length]?.repeat(600)}`,
      }));
      const body = JSON.stringify({ messages: [...messages.slice(1), user('And now?')] });
      const all = await Promise.all(
        Array.from({ length: Math.ceil(20 * scale) }, () => send(`${url}/api/chat`, body)),
      );
      for (const { status } of all) expectStatus('a history', status, 200);
    },
  },
  {
    name: 'lines of an edit that are slow to read',
    rule: 'LIMIT-2, EDIT-4: the edit ends as complete',
    async attack({ url, simulator, scale }) {
      const lines = ['**a**', '**a** (', '```', '~~~'].map((head) => `${head}${' '.repeat(990)}x\n`);
      const chunks = Array.from(
        { length: Math.ceil(120 * scale) },
        (_, index) => lines[index % lines.length] ?? '',
      );
      simulator.setBehaviour({ chunks, delayMs: 0, firstDelayMs: 0 });
      const { text } = await send(`${url}/api/workspaces`, { files: [{ name: 'a.txt', text: 'a' }] });
      const edited = await send(`${url}/api/workspaces/${JSON.parse(text).workspace.id}/edit`, {
        prompt: 'Edit',
      });
      simulator.setBehaviour({ delayMs: 0, firstDelayMs: 0 });
      if (!edited.text.includes('"type":"complete"')) throw new Error(edited.text.slice(-500));
    },
  },
  {
    name: 'a chat of long answers',
    rule: 'LIMIT-2, CHAT-9: read in pages, exported',
    async attack({ url, scale }) {
      const question = '[[simulate: tokens=4000, token_chars=1024, delay_ms=0, first_delay_ms=0]]';
      for (let count = 0; count < Math.ceil(40 * scale); count += 1) {
        const { status } = await send(`${url}/api/chat`, { chatId: 'long', messages: [user(question)] });
        expectStatus('a long answer', status, 200);
      }
      for (const path of ['', '?limit=500', '/export', '/export?format=markdown']) {
        const response = await fetch(`${url}/api/chat/long${path}`);
        for await (const _ of response.body ?? []);
        expectStatus(`GET …/long${path}`, response.status, 200);
      }
    },
  },
  {
    name: 'many abandoned requests',
    rule: 'LIMIT-1: answered, or 503 overloaded; all of them can be stopped',
    async attack({ url, scale }) {
      const question = { messages: [user('[[simulate: tokens=endless, delay_ms=500]]')] };
      const runs: string[] = [];
      for (let wave = 0; wave < 20; wave += 1) {
        const asked = Array.from({ length: Math.ceil(300 * scale) }, async () => {
          const abort = new AbortController();
          const response = await fetch(`${url}/api/chat`, {
            method: 'POST',
            headers: JSON_TYPE,
            body: JSON.stringify(question),
            signal: abort.signal,
          });
          expectStatus('a question', response.status, 200, 503);
          if (response.status === 200) runs.push(response.headers.get('x-run-id') ?? '');
          abort.abort();
        });
        await Promise.all(asked);
      }
      for (const run of runs)
        expectStatus('a stop', (await send(`${url}/api/runs/${run}/stop`, '')).status, 200, 202);
    },
  },
  {
    name: 'a workspace in which a user types and deletes',
    rule: 'LIMIT-2: its history can be asked for, or is refused by name',
    async attack({ url, scale }) {
      const { text } = await send(`${url}/api/workspaces`, { files: [{ name: 'a.txt', text: '' }] });
      await typeAndDelete(url, JSON.parse(text).workspace, Math.ceil(2_000 * scale));
    },
  },
  ...Object.keys(FAULTY_RESPONSES).map((word) => ({
    name: `a provider: ${word}`,
    rule: 'RUN-3, RUN-9: one terminal event, and the chat is free',
    async attack({ url }: Target) {
      const body = { chatId: word.replaceAll(' ', '-'), model: 'gpt-4o', messages: [user(word)] };
      const { status, text } = await send(`${url}/api/chat`, body);
      expectStatus('a question', status, 200);
      if (!text.includes('"type":"error"')) throw new Error(`ends in ${text.slice(-300)}`);
      expectStatus(
        'the chat',
        (await fetch(`${url}/api/chat/${body.chatId}`, { method: 'DELETE' })).status,
        204,
      );
    },
  })),
];
