/** What is known of a file that somebody uploaded, beside its bytes. */
export interface StoredFile {
  readonly id: string;
  /** As `ownerIdOf` makes it. */
  readonly ownerId: string;
  /** 1 to 255 characters, for people; never a path. */
  readonly name: string;
  /** One of MEDIA_TYPES, detected from the bytes. */
  readonly mediaType: string;
  readonly bytes: number;
  /** SHA-256 of the bytes, in hexadecimal digits. */
  readonly sha256: string;
  /** Pixels. Null: not a picture. */
  readonly width: number | null;
  readonly height: number | null;
  /** Of a PDF. Null: not a PDF, or it could not be counted. */
  readonly pages: number | null;
  /** Where the bytes are; files of one owner with the same bytes share it. See `placeOf`. */
  readonly place: string;
  /** When it was uploaded last. */
  readonly uploadedAt: Date;
}

/** Where the rows of files are kept. Every method that fails because of the database throws StorageError. */
export interface FileStore {
  insert(file: StoredFile): Promise<void>;
  find(id: string): Promise<StoredFile | null>;
  /** The file with these bytes and this name that its owner has uploaded before. */
  findSame(ownerId: string, place: string, name: string): Promise<StoredFile | null>;
  /** Sets `uploadedAt`. */
  touch(id: string, uploadedAt: Date): Promise<void>;
  /** Returns false when there is no such file. */
  remove(id: string): Promise<boolean>;
  /** Bytes of all files of an owner, each of them counted as 4 KiB at least. */
  bytesOf(ownerId: string): Promise<number>;
  /** Those of these places that files refer to. */
  inUse(places: readonly string[]): Promise<Set<string>>;
  /** Some files that were uploaded before a moment and that nothing uses; none: there are no more. */
  unused(before: Date, limit: number): Promise<StoredFile[]>;
}
