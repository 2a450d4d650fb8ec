import type { Component, Path } from '../sharedb/json0.ts';
import type { ChatDocument, MirroredMessage } from './chat-document.ts';

const FIELDS = ['title', 'status', 'activeRunId', 'updatedAt'] as const;

/**
 * The components that change `current` into `target`; none when they are equal. Messages are identified by their ids
 * and text only grows at its end, so this compares, but never computes a diff of two texts.
 */
export function reconcile(current: ChatDocument, target: ChatDocument): Component[] {
  const components = messageChanges(current.messages, target.messages);
  for (const field of FIELDS) {
    if (current[field] !== target[field]) {
      components.push({ p: [field], od: current[field], oi: target[field] });
    }
  }
  return components;
}

/** The components that append text to a message. Null when the document has no such message. */
export function appended(
  document: ChatDocument,
  messageId: string,
  text: { content: string; reasoning: string },
): Component[] | null {
  const index = document.messages.findLastIndex(({ id }) => id === messageId);
  const message = document.messages[index];
  if (!message) return null;
  const at: Path = ['messages', index];
  return [
    ...appendText([...at, 'reasoning'], message.reasoning, text.reasoning),
    ...appendText([...at, 'content'], message.content, text.content),
  ];
}

/** Changes of messages that stay come first, while the indexes of `current` are valid. */
function messageChanges(
  current: readonly MirroredMessage[],
  target: readonly MirroredMessage[],
): Component[] {
  const wanted = new Map(target.map((message) => [message.id, message]));
  const known = new Set(current.map(({ id }) => id));
  const kept = current.filter(({ id }) => wanted.has(id));
  const common = target.filter(({ id }) => known.has(id));
  if (kept.some(({ id }, index) => common[index]?.id !== id)) return [{ p: ['messages'], oi: target }];
  const changes: Component[] = [];
  const removals: Component[] = [];
  for (const [index, message] of current.entries()) {
    const next = wanted.get(message.id);
    if (next) changes.push(...fieldChanges(['messages', index], message, next));
    // The op does not have to contain what it removes.
    else removals.unshift({ p: ['messages', index], ld: null });
  }
  const insertions = target.flatMap((message, index): Component[] =>
    known.has(message.id) ? [] : [{ p: ['messages', index], li: message }],
  );
  return [...changes, ...removals, ...insertions];
}

function fieldChanges(at: Path, current: MirroredMessage, target: MirroredMessage): Component[] {
  const changes = [
    ...textChange([...at, 'reasoning'], current.reasoning, target.reasoning),
    ...textChange([...at, 'content'], current.content, target.content),
  ];
  for (const field of ['runId', 'cause', 'edits'] as const) {
    const value = target[field];
    if (JSON.stringify(current[field]) === JSON.stringify(value)) continue;
    changes.push(value === undefined ? { p: [...at, field], od: null } : { p: [...at, field], oi: value });
  }
  for (const field of ['position', 'role', 'status', 'createdAt'] as const) {
    if (current[field] !== target[field]) {
      changes.push({ p: [...at, field], od: current[field], oi: target[field] });
    }
  }
  return changes;
}

function textChange(at: Path, current: string | undefined, target: string | undefined): Component[] {
  if (current === target) return [];
  if (target === undefined) return [{ p: at, od: null }];
  if (current !== undefined && target.startsWith(current)) {
    return appendText(at, current, target.slice(current.length));
  }
  // The old text may have been redacted (PROV-8), so the op must not contain it.
  return [{ p: at, oi: target }];
}

function appendText(at: Path, current: string | undefined, text: string): Component[] {
  if (text === '') return [];
  return current === undefined ? [{ p: at, oi: text }] : [{ p: [...at, current.length], si: text }];
}
