import { ChangeList } from '../../src/editing/change-list.ts';
import type { CollaboratorListener, EditedDocument } from '../../src/editing/edited-document.ts';
import { EditedFiles } from '../../src/editing/edited-files.ts';
import { FileWriter } from '../../src/editing/file-writer.ts';
import type { WorkspaceDocument } from '../../src/editing/files.ts';
import { applyChanges, type TextStep } from '../../src/text/text-change.ts';
import type { FileEvent } from '../../src/wire/events.ts';
import type { WorkspaceFile } from '../../src/wire/workspaces.ts';

/** A document in memory, with every text that a file of it has had. */
class MemoryDocument implements EditedDocument {
  readonly source = 'edit';
  readonly version = 1;
  readonly data: WorkspaceDocument = { id: 'w', name: 'Notes', files: {} };
  readonly texts: string[] = [];
  #collaborators: CollaboratorListener | null = null;

  constructor(files: Record<string, WorkspaceFile>) {
    this.data.files = files;
  }

  change(fileId: string, steps: readonly TextStep[]): void {
    this.#set(fileId, steps);
  }

  create(fileId: string, file: WorkspaceFile): void {
    this.data.files[fileId] = file;
  }

  remove(fileId: string): void {
    delete this.data.files[fileId];
  }

  /** A collaborator appends to the file. */
  append(fileId: string, insert: string): void {
    const step = { at: this.data.files[fileId]?.text.length ?? 0, insert };
    this.#set(fileId, [step]);
    this.#collaborators?.text(fileId, step);
  }

  onCollaborators(listener: CollaboratorListener): void {
    this.#collaborators = listener;
  }

  async stored(): Promise<void> {}
  async [Symbol.asyncDispose](): Promise<void> {}

  #set(fileId: string, steps: readonly TextStep[]): void {
    const file = this.data.files[fileId];
    if (!file) throw new Error(`There is no file ${fileId}.`);
    for (const step of steps) file.text = applyChanges(file.text, [{ remove: 0, insert: '', ...step }]);
    this.texts.push(file.text);
  }
}

const LIMITS = { maxFiles: 2, fileChars: 200, totalChars: 1_000, opChars: 1_000 };
const OLD = 'first old line\nsecond old line\n';
const TOO_LONG = 'is longer than the 200 characters of a file';

function begin(name: string) {
  const document = new MemoryDocument({ a: { name: 'a.txt', text: OLD } });
  const changes = new ChangeList();
  const events: FileEvent[] = [];
  const writer = new FileWriter(name, {
    files: new EditedFiles(document),
    changes,
    limits: LIMITS,
    hidden: new Set(),
    emit: (event) => void events.push(event),
  });
  const textOf = () => Object.values(document.data.files).find((file) => file.name === name)?.text;
  return { document, changes, events, writer, textOf };
}

/** Each is 20 units long with its end, so that ten of them fit. */
function lines(from: number, to: number): string[] {
  return Array.from(
    { length: to - from },
    (_, index) => `the new line no. ${String(from + index).padStart(2, '0')}`,
  );
}

describe.each([
  ['a file that was there', 'a.txt', OLD, 'a'],
  ['a new file', 'new.txt', undefined, expect.any(String)],
])('[EDIT-6] %s that becomes too long', (_case, name, before, fileId) => {
  it('is taken back, and gets no further lines', async () => {
    const { document, changes, events, writer, textOf } = begin(name);
    // The newest line is held back until the next one comes.
    for (const line of lines(0, 6)) writer.line(line);
    await writer.flush();
    expect(textOf()).toBe(`${lines(0, 5).join('\n')}\n${before ?? ''}`);

    // Lines that wait for the next flush when the file turns out to be too long.
    for (const line of lines(6, 11)) writer.line(line);
    expect(textOf()).toBe(before);
    const { length } = document.texts;

    await writer.flush();
    for (const line of lines(11, 20)) {
      writer.line(line);
      await writer.flush();
    }
    await writer.close(false);
    expect(textOf()).toBe(before);
    expect(document.texts.slice(length)).toEqual([]);
    expect(changes.all).toEqual([{ fileId, name, change: 'left_out', reason: TOO_LONG }]);
    expect(events).toEqual([
      { type: 'file_start', fileId, name },
      { type: 'status_update', status: `"${name}" was left out: it ${TOO_LONG}.` },
    ]);
  });
});

it('[EDIT-2] [EDIT-6] keeps what a collaborator writes into a file that is left out, before and after', async () => {
  const { document, writer, textOf } = begin('a.txt');
  for (const line of lines(0, 6)) writer.line(line);
  await writer.flush();
  document.append('a', 'before\n');
  for (const line of lines(6, 11)) writer.line(line);
  document.append('a', 'after\n');
  for (const line of lines(11, 20)) writer.line(line);
  await writer.flush();
  await writer.cutOff();
  expect(textOf()).toBe(`${OLD}before\nafter\n`);
});

it.each([
  ['a.txt', OLD],
  ['new.txt', undefined],
])('[EDIT-6] begins no file after a binary line: %s', async (name, before) => {
  const { changes, events, writer, textOf } = begin(name);
  for (const line of ['\0', ...lines(0, 6)]) writer.line(line);
  await writer.flush();
  await writer.close(false);
  expect(textOf()).toBe(before);
  expect(events.map(({ type }) => type)).toEqual(['status_update']);
  expect(changes.all).toMatchObject([{ name, change: 'left_out', reason: 'is binary' }]);
});
