import { REDACTED, storable, wholeCharacters } from '../../runs/text.ts';
import { type Change, type Path, setField } from '../document/change.ts';
import {
  type DocumentChat,
  type DocumentMessage,
  type Failure,
  now,
  pathOf,
  type StreamingEvent,
} from './chat-object.ts';

/** An event that is not text. */
export type Mark = Exclude<StreamingEvent, { type: 'text_chunk' }>;

/** The message at the time of writing. `textEvents`: number of events that the text written with it adds. */
export interface Place {
  at: Path;
  message: DocumentMessage;
  textEvents: number;
  chat: DocumentChat;
  /** The text and event of this write are in the document already. */
  isWritten: boolean;
}

/** Appends text to the content and to the events. */
export function growth(at: Path, { content, streamingEvents = [] }: DocumentMessage, text: string): Change[] {
  if (text === '') return [];
  const last = streamingEvents.at(-1);
  const events = [...at, 'streamingEvents'];
  return [
    { kind: 'insert', path: [...at, 'content'], at: content.length, text },
    last?.type === 'text_chunk'
      ? {
          kind: 'insert',
          path: [...events, streamingEvents.length - 1, 'content'],
          at: last.content.length,
          text,
        }
      : {
          kind: 'item',
          path: events,
          index: streamingEvents.length,
          value: { type: 'text_chunk', content: text, timestamp: now() } satisfies StreamingEvent,
        },
  ];
}

/** Marks the message as final and sets the chat's status. */
export function ending(
  { at, message, chat }: Place,
  failure: Failure | null,
  aiStatus: string | null,
): Change[] {
  const chatAt = pathOf(chat.id);
  return [
    ...setField(message, at, 'isComplete', true),
    ...(failure ? setField(message, at, 'error', { ...failure, message: storable(failure.message) }) : []),
    ...setField(chat, chatAt, 'aiStatus', aiStatus ?? undefined),
    ...setField(chat, chatAt, 'updatedAt', now()),
    ...settled(chat, message.id),
  ];
}

/** Clears the streaming state of a chat in which no message is being written, `ending` aside. */
export function settled(chat: DocumentChat | null, ending?: string): Change[] {
  if (!chat || chat.messages.some(({ id, isComplete }) => isComplete === false && id !== ending)) return [];
  const at = pathOf(chat.id);
  return [
    ...(chat.isStreaming ? setField(chat, at, 'isStreaming', false) : []),
    ...setField(chat, at, 'currentStatus', undefined),
  ];
}

/** Appends an event that is not text. */
export function markAdded({ at, message, textEvents, isWritten }: Place, mark: Mark): Change[] {
  if (isWritten) return [];
  const index = (message.streamingEvents?.length ?? 0) + textEvents;
  return [{ kind: 'item', path: [...at, 'streamingEvents'], index, value: mark }];
}

/** Overwrites content offsets `[from, to)` with U+2588, also in the events. */
export function redacted(at: Path, message: DocumentMessage, from: number, to: number): Change[] {
  return [
    ...overwritten([...at, 'content'], message.content, from, to),
    ...overwrittenEvents([...at, 'streamingEvents'], message.streamingEvents ?? [], from, to),
  ];
}

/** Replaces the new text of a file by the old one in its `file_complete` event. */
export function fileWithdrawn(at: Path, { streamingEvents = [] }: DocumentMessage, fileId: string): Change[] {
  return streamingEvents.flatMap((event, index) => {
    if (event.type !== 'file_complete' || event.fileId !== fileId) return [];
    const path = [...at, 'streamingEvents', index, 'after'];
    // Without the previous value: the op must not contain the redacted text.
    return [{ kind: 'field', path, value: event.before ?? '', was: undefined }];
  });
}

function overwritten(path: Path, text: string, from: number, to: number): Change[] {
  if (to <= 0 || from >= text.length) return [];
  const region = wholeCharacters(text, from, to);
  const taken = text.slice(region.from, region.to);
  if (taken === '' || taken === REDACTED.repeat(taken.length)) return [];
  return [
    { kind: 'remove', path, at: region.from, text: taken },
    { kind: 'insert', path, at: region.from, text: REDACTED.repeat(taken.length) },
  ];
}

/** The concatenated text of the events is the content, so offsets of one are offsets of the other. */
function overwrittenEvents(
  path: Path,
  events: readonly StreamingEvent[],
  from: number,
  to: number,
): Change[] {
  let offset = 0;
  return events.flatMap((event, index) => {
    if (event.type !== 'text_chunk') return [];
    const start = offset;
    offset += event.content.length;
    return overwritten([...path, index, 'content'], event.content, from - start, to - start);
  });
}
