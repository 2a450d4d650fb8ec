import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { Audit } from '../auth/audit.ts';
import { ownerIdOf, type Principal } from '../auth/principal.ts';
import { newId } from '../chat/new-id.ts';
import { asFileError, FilesFullError, NotFoundError } from '../errors.ts';
import { type FileFolder, placeOf } from './file-folder.ts';
import { fileName } from './file-name.ts';
import { measure } from './measure.ts';
import { mediaTypeOf, requireAsSaid } from './media-type.ts';
import { receive } from './receive.ts';
import type { FileStore, StoredFile } from './stored-file.ts';
import { Turns } from './turns.ts';
import { UploadSlots } from './upload-slots.ts';

export interface FileSettings {
  /** Of one file. */
  readonly bytes: number;
  /** Of all files of one owner. */
  readonly bytesPerUser: number;
  /** Files that nothing uses are removed after so long. In hours. */
  readonly unusedH: number;
}

/** What a client says of a file that it uploads. */
export interface Upload {
  readonly body: Readable;
  readonly name: string | undefined;
  readonly mediaType: string | undefined;
}

const HOUR_MS = 60 * 60 * 1000;
/** Files that are removed, and places that are looked up, at a time. */
const AT_ONCE = 500;

/**
 * Files that people upload (FILE-1, FILE-2). Bytes are written before the row that names them, and removed after it, so
 * that a kill leaves bytes without a row at worst, which `collect` removes.
 */
export class Files {
  /** What one owner changes is changed in turns: an upload must not lose bytes that a deletion removes. */
  readonly #turns = new Turns();
  readonly #slots = new UploadSlots();
  /** Bytes that have their place and do not have their row yet, or are about to. */
  readonly #placing = new Set<string>();
  /** Bytes without a row that are being removed. */
  readonly #removing = new Map<string, Promise<void>>();

  constructor(
    private readonly folder: FileFolder,
    private readonly store: FileStore,
    private readonly audit: Audit,
    private readonly settings: FileSettings,
  ) {}

  /**
   * Stores a file. The same bytes with the same name are the same file again. Throws PayloadTooLargeError,
   * UnsupportedMediaError, FilesFullError, TooManyUploadsError, InvalidRequestError (empty, cut off) and StorageError;
   * then nothing is stored.
   */
  async upload(principal: Principal, { body, name, mediaType: said }: Upload): Promise<StoredFile> {
    const ownerId = ownerIdOf(principal);
    using _slot = this.#slots.take(ownerId);
    const path = this.folder.newPath();
    try {
      const { sha256, bytes, text } = await receive(body, path, this.settings.bytes);
      const mediaType = await mediaTypeOf(path, text);
      requireAsSaid(said, mediaType);
      const measures = await measure(path, mediaType);
      const place = placeOf(ownerId, sha256);
      const described = { ownerId, place, name: fileName(name), mediaType, bytes, sha256, ...measures };
      return await this.#turns.take(ownerId, () => this.#keep(path, described));
    } catch (error) {
      throw asFileError(error);
    } finally {
      await this.folder.discard(path);
    }
  }

  async find(id: string): Promise<StoredFile> {
    const file = await this.store.find(id);
    if (!file) throw new NotFoundError(`File ${id}`);
    return file;
  }

  /** The path of its bytes. */
  pathOf({ place }: StoredFile): string {
    return this.folder.pathOf(place);
  }

  /** `request`: of the audit entry. Throws NotFoundError and StorageError. */
  async remove(principal: Principal, id: string, request?: IncomingMessage): Promise<void> {
    const file = await this.find(id);
    await this.#remove(file);
    await this.audit.record(principal, 'file.deleted', 'file', id, request);
  }

  /**
   * Removes files that nothing uses, and bytes that no file refers to, as long as `signal` is not aborted. Throws
   * StorageError.
   */
  async collect(now = new Date(), signal?: AbortSignal): Promise<void> {
    const before = new Date(now.getTime() - this.settings.unusedH * HOUR_MS);
    for (;;) {
      const files = await this.store.unused(before, AT_ONCE);
      for (const file of files) {
        if (signal?.aborted) return;
        await this.#remove(file, before);
      }
      if (files.length < AT_ONCE) break;
    }
    try {
      for await (const places of this.folder.places()) {
        for (let start = 0; start < places.length; start += AT_ONCE) {
          if (signal?.aborted) return;
          await this.#collectFrom(places.slice(start, start + AT_ONCE));
        }
      }
    } catch (error) {
      throw asFileError(error);
    }
  }

  async #collectFrom(places: readonly string[]): Promise<void> {
    const used = await this.store.inUse(places);
    for (const place of places) {
      if (used.has(place) || this.#placing.has(place)) continue;
      // An upload may have given it a row meanwhile.
      if ((await this.store.inUse([place])).size > 0 || this.#placing.has(place)) continue;
      const removal = this.folder.remove(place).finally(() => this.#removing.delete(place));
      this.#removing.set(place, removal);
      await removal;
    }
  }

  async #keep(path: string, file: Omit<StoredFile, 'id' | 'uploadedAt'>): Promise<StoredFile> {
    const { ownerId, place, name, bytes } = file;
    const uploadedAt = new Date();
    const same = await this.store.findSame(ownerId, place, name);
    const { bytesPerUser } = this.settings;
    if (!same && (await this.store.bytesOf(ownerId)) + bytes > bytesPerUser)
      throw new FilesFullError(bytesPerUser);
    const stored = { ...file, id: same?.id ?? newId(), uploadedAt };
    this.#placing.add(place);
    try {
      await this.#removing.get(place)?.catch(() => undefined);
      // Also of the same file again: if its bytes were lost, they are back.
      await this.folder.put(path, place);
      if (same) await this.store.touch(same.id, uploadedAt);
      else await this.store.insert(stored);
    } finally {
      this.#placing.delete(place);
    }
    return stored;
  }

  /** The row first: a kill after it leaves only bytes. `unusedSince`: not if it was uploaded again after that. */
  async #remove({ id, ownerId, place }: StoredFile, unusedSince?: Date): Promise<void> {
    await this.#turns.take(ownerId, async () => {
      const file = unusedSince && (await this.store.find(id));
      if (file && file.uploadedAt >= unusedSince) return;
      await this.store.remove(id);
      if ((await this.store.inUse([place])).size > 0) return;
      try {
        await this.folder.remove(place);
      } catch (error) {
        throw asFileError(error);
      }
    });
  }
}
