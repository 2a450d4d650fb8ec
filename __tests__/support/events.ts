import type { RunEvent, TerminalEvent } from '../../src/wire/events.ts';
import { isTerminal } from '../../src/wire/events.ts';

export type SeenEvent = RunEvent & { id: string };

/** An independent reading of the native protocol, from its description. */
export async function* readEvents(response: Response): AsyncGenerator<SeenEvent> {
  if (!response.ok || !response.body) {
    throw new Error(`expected a stream, got ${response.status}: ${await response.text()}`);
  }
  let rest = '';
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    const frames = (rest + text).split('\n\n');
    rest = frames.pop() ?? '';
    for (const frame of frames) {
      const lines = frame.split('\n').filter((line) => !line.startsWith(':'));
      if (lines.length === 0) continue;
      const [id, data, ...more] = lines;
      if (!id?.startsWith('id: ') || !data?.startsWith('data: ') || more.length > 0) {
        throw new Error(`not a frame of the protocol: ${JSON.stringify(frame)}`);
      }
      yield { id: id.slice(4), ...(JSON.parse(data.slice(6)) as RunEvent) };
    }
  }
  if (rest.replaceAll(/(?<=^|\n):[^\n]*\n/g, '') !== '')
    throw new Error(`the stream ended in the middle of a frame: ${JSON.stringify(rest)}`);
}

export async function allEvents(response: Response | Promise<Response>): Promise<SeenEvent[]> {
  const events: SeenEvent[] = [];
  for await (const event of readEvents(await response)) events.push(event);
  return events;
}

export function textOf(events: readonly RunEvent[]): string {
  return events.map((event) => (event.type === 'content' ? event.content : '')).join('');
}

/** The one terminal event; throws when there is another number of them, or something after it. */
export function terminalOf(events: readonly RunEvent[]): TerminalEvent {
  const terminals = events.filter(isTerminal);
  const [terminal] = terminals;
  if (!terminal || terminals.length !== 1 || events.at(-1) !== terminal) {
    throw new Error(
      `expected one terminal event at the end, got ${events.map(({ type }) => type).join(', ')}`,
    );
  }
  return terminal;
}

export function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

export function ask(url: string, content: string, more: Record<string, unknown> = {}): Promise<Response> {
  return post(`${url}/api/chat`, { messages: [{ role: 'user', content }], ...more });
}
