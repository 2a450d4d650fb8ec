import { createHash, randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** The folder is named as the database, with this at the end. */
export const FOLDER_SUFFIX = '.files';

/** Of these characters at the beginning of a place, each has a folder: 256 of them. */
const PREFIX = 2;

/**
 * The bytes of files in a folder of their own. They are written and synced under another name, and then renamed to
 * their place, so that a place never has a part of them (FILE-2). Every method throws errors of the file system.
 */
export class FileFolder {
  readonly #incoming: string;

  /** Removes what uploads left that a kill interrupted. `folder`: absolute. Only this process uses it. */
  constructor(private readonly folder: string) {
    this.#incoming = join(folder, 'incoming');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // It may have been copied from a backup.
    chmodSync(folder, 0o700);
    rmSync(this.#incoming, { recursive: true, force: true });
    mkdirSync(this.#incoming, { recursive: true, mode: 0o700 });
  }

  /** A path for bytes that have no place yet. */
  newPath(): string {
    return join(this.#incoming, randomUUID());
  }

  pathOf(place: string): string {
    return join(this.folder, place.slice(0, PREFIX), place);
  }

  /** Moves synced bytes to their place, which may have the same bytes already. */
  async put(path: string, place: string): Promise<void> {
    const target = this.pathOf(place);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    await rename(path, target);
    await syncFolder(dirname(target));
  }

  /** Removes bytes that got no place. Never throws: the next start removes them, too. */
  async discard(path: string): Promise<void> {
    await rm(path, { force: true }).catch(() => undefined);
  }

  async remove(place: string): Promise<void> {
    await rm(this.pathOf(place), { force: true });
  }

  /** All places that have bytes, those of one folder at a time. */
  async *places(): AsyncGenerator<string[]> {
    for (const name of await readdir(this.folder)) {
      if (name.length !== PREFIX) continue;
      yield await readdir(join(this.folder, name));
    }
  }
}

/** Names the bytes of one owner by their hash (FILE-2). Two owners of the same bytes learn nothing of each other. */
export function placeOf(ownerId: string, sha256: string): string {
  return createHash('sha256').update(`${ownerId}\0${sha256}`).digest('hex');
}

/** A new name in a folder outlives a power failure only when the folder was synced. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
