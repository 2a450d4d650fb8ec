import { type ItemEvent, isTerminal, isText, isTransient, type TerminalEvent } from '../wire/events.ts';
import type { ReadonlyEntries } from './entries.ts';
import { RunLog } from './log.ts';
import type { Journal, Segment } from './store.ts';

type JournalEntry = Journal[number];

/** The outline of a log, without its text: adjacent entries of the same kind are merged. */
export function journalOf(entries: ReadonlyEntries): Journal {
  const journal: JournalEntry[] = [];
  for (const piece of pieces(entries, 0)) {
    if (piece.kind === 'event') journal.push({ event: piece.event });
    else if (piece.kind === 'content') journal.push({ content: piece.text.length });
    else journal.push({ reasoning: piece.text.length });
  }
  return journal;
}

/** The entries from index `from` on as rows for a checkpoint, merged likewise. */
export function segmentsOf(runId: string, entries: ReadonlyEntries, from: number): Segment[] {
  return Array.from(pieces(entries, from), (piece) =>
    piece.kind === 'event'
      ? { runId, position: piece.position, kind: 'event', text: JSON.stringify(piece.event) }
      : { runId, position: piece.position, kind: piece.kind, text: piece.text },
  );
}

/** Restores the log of an ended run from its stored outline and text. */
export function restoreLog(
  journal: Journal,
  text: { content: string; reasoning: string | null },
  terminal: TerminalEvent,
): RunLog {
  const log = new RunLog();
  let content = 0;
  let reasoning = 0;
  for (const entry of journal) {
    if ('event' in entry) {
      log.append(entry.event);
    } else if ('content' in entry) {
      log.content(text.content.slice(content, content + entry.content));
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

/** Text and outline from the segments that checkpoints stored, for a run that a crash interrupted. */
export function assemble(segments: readonly Segment[]) {
  let content = '';
  let reasoning = '';
  const journal: JournalEntry[] = [];
  for (const segment of segments) {
    if (segment.kind === 'event') {
      journal.push({ event: JSON.parse(segment.text) as ItemEvent });
    } else if (segment.kind === 'content') {
      content += segment.text;
      journal.push({ content: segment.text.length });
    } else {
      reasoning += segment.text;
      journal.push({ reasoning: segment.text.length });
    }
  }
  return { content, reasoning, journal };
}

interface TextPiece {
  kind: 'content' | 'reasoning';
  text: string;
  position: number;
}

type Piece = TextPiece | { kind: 'event'; event: ItemEvent; position: number };

function* pieces(entries: ReadonlyEntries, from: number): Generator<Piece> {
  let open: TextPiece | undefined;
  for (let index = from; index < entries.length; index += 1) {
    const kept = entries.keptAt(index);
    const position = entries.positionAt(index);
    if (typeof kept === 'string' || isText(kept)) {
      const kind = typeof kept === 'string' ? 'content' : kept.type;
      const text = typeof kept === 'string' ? kept : kept.content;
      if (open?.kind === kind) {
        open.text += text;
      } else {
        if (open) yield open;
        open = { kind, text, position: position - text.length };
      }
    } else if (!isTransient(kept) && !isTerminal(kept)) {
      if (open) yield open;
      open = undefined;
      yield { kind: 'event', event: kept, position: position - 1 };
    }
  }
  if (open) yield open;
}
