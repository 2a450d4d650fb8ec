import { type FileEvent, isTerminal, type RunEvent } from '../../src/wire/events.ts';
import { post, readEvents, type SeenEvent } from './events.ts';

/** Begins an edit, in native events. */
export function beginEdit(
  url: string,
  workspaceId: string,
  prompt: string,
  more: Record<string, unknown> = {},
): Promise<Response> {
  return post(`${url}/api/workspaces/${workspaceId}/edit?protocol=native`, { prompt, ...more });
}

/** An edit from its beginning to its end. */
export async function edit(
  url: string,
  workspaceId: string,
  prompt = 'Change it.',
  more: Record<string, unknown> = {},
): Promise<SeenEvent[]> {
  const events: SeenEvent[] = [];
  for await (const event of readEvents(await beginEdit(url, workspaceId, prompt, more))) events.push(event);
  return events;
}

export function fileEvents(events: readonly RunEvent[]): FileEvent[] {
  return events.flatMap((event) =>
    event.type === 'file_start' ||
    event.type === 'file_complete' ||
    event.type === 'file_delete' ||
    event.type === 'status_update'
      ? [event]
      : [],
  );
}

export function statusesOf(events: readonly RunEvent[]): string[] {
  return events.flatMap((event) => (event.type === 'status_update' ? [event.status] : []));
}

export function reportOf(events: readonly RunEvent[]) {
  const terminal = events.findLast(isTerminal);
  return terminal?.edit;
}

/** An answer that writes files: names in bold, above a block. */
export function writing(
  files: Record<string, string>,
  { before = 'Here it is.', after = 'Done.' } = {},
): string {
  const blocks = Object.entries(files).map(([name, text]) => `**${name}**\n\n\`\`\`\n${text}\`\`\``);
  return [before, ...blocks, after].join('\n\n');
}

/** A few characters at a time, as a model says it. */
export function inTokens(text: string, size = 7): string[] {
  return Array.from({ length: Math.ceil(text.length / size) }, (_, index) =>
    text.slice(index * size, (index + 1) * size),
  );
}
