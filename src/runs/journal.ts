import { isRemark, isTerminal, type TerminalEvent } from './events.ts';
import { type Entry, RunLog } from './log.ts';
import type { Journal, MarkEvent, Segment } from './store.ts';

type JournalEntry = Journal[number];

/** The order of a log without its text; neighbours of one kind become one. */
export function journalOf(entries: Iterable<Entry>): Journal {
  const journal: JournalEntry[] = [];
  for (const piece of pieces(entries)) {
    if (piece.kind === 'event') journal.push({ event: piece.event });
    else if (piece.kind === 'content') journal.push({ content: piece.text.length });
    else journal.push({ reasoning: piece.text.length });
  }
  return journal;
}

/** The same as rows for a checkpoint. */
export function segmentsOf(runId: string, entries: Iterable<Entry>): Segment[] {
  return Array.from(pieces(entries), (piece) =>
    piece.kind === 'event'
      ? { runId, position: piece.position, kind: 'event', text: JSON.stringify(piece.event) }
      : { runId, position: piece.position, kind: piece.kind, text: piece.text },
  );
}

/** The log of a run that has ended, from what was stored. */
export function restoreLog(
  journal: Journal,
  text: { content: string; reasoning: string | null },
  terminal: TerminalEvent,
): RunLog {
  const log = new RunLog();
  let content = 0;
  let reasoning = 0;
  let chunkNumber = 0;
  for (const entry of journal) {
    if ('event' in entry) {
      log.append(entry.event);
    } else if ('content' in entry) {
      chunkNumber += 1;
      const piece = text.content.slice(content, content + entry.content);
      log.append({ type: 'content', content: piece, chunkNumber });
      content += entry.content;
    } else {
      const piece = (text.reasoning ?? '').slice(reasoning, reasoning + entry.reasoning);
      log.append({ type: 'reasoning', content: piece });
      reasoning += entry.reasoning;
    }
  }
  log.append(terminal);
  return log;
}

/** What segments say, put together again: after a crash they are all there is. */
export function assemble(segments: readonly Segment[]) {
  let content = '';
  let reasoning = '';
  const journal: JournalEntry[] = [];
  for (const segment of segments) {
    if (segment.kind === 'event') {
      journal.push({ event: JSON.parse(segment.text) as MarkEvent });
    } else if (segment.kind === 'content') {
      content += segment.text;
      journal.push({ content: segment.text.length });
    } else {
      reasoning += segment.text;
      journal.push({ reasoning: segment.text.length });
    }
  }
  return { content, reasoning: reasoning === '' ? null : reasoning, journal };
}

interface TextPiece {
  kind: 'content' | 'reasoning';
  text: string;
  position: number;
}

type Piece = TextPiece | { kind: 'event'; event: MarkEvent; position: number };

function* pieces(entries: Iterable<Entry>): Generator<Piece> {
  let open: TextPiece | undefined;
  for (const { event, position } of entries) {
    if (isRemark(event) || isTerminal(event)) continue;
    if (event.type === 'content' || event.type === 'reasoning') {
      if (open?.kind === event.type) {
        open.text += event.content;
      } else {
        if (open) yield open;
        open = { kind: event.type, text: event.content, position: position - event.content.length };
      }
    } else {
      if (open) yield open;
      open = undefined;
      yield { kind: 'event', event, position: position - 1 };
    }
  }
  if (open) yield open;
}
