import type { ChatDocument, MirroredMessage } from './chat-document.ts';
import type { Component, Path } from './operation.ts';

const FIELDS = ['title', 'status', 'activeRunId', 'updatedAt'] as const;

/**
 * The components that make `current` what `target` is; none when it is already. Messages are told apart by their ids and
 * text only ever grows at its end, so this compares, but never searches for the difference of two texts.
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

/** Text that came, at the end of what the message has. Null when the document has no such message. */
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
    ...grown([...at, 'reasoning'], message.reasoning, text.reasoning),
    ...grown([...at, 'content'], message.content, text.content),
  ];
}

/** Changes of messages that stay come first: their indexes are still those of `current`. */
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
    else removals.unshift({ p: ['messages', index], ld: message });
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
  for (const field of ['runId', 'edits'] as const) {
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
    return grown(at, current, target.slice(current.length));
  }
  // What was there may have been taken back (PROV-8): the op does not repeat it.
  return [{ p: at, oi: target }];
}

function grown(at: Path, current: string | undefined, text: string): Component[] {
  if (text === '') return [];
  return current === undefined ? [{ p: at, oi: text }] : [{ p: [...at, current.length], si: text }];
}
