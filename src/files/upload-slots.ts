import { TooManyUploadsError } from '../errors.ts';

/** Uploads at a time: each has a socket, and bytes on the disk that are nobody's yet. */
const MOST = 200;
const MOST_OF_ONE_OWNER = 50;

/** Bounds the uploads that are under way. */
export class UploadSlots {
  #taken = 0;
  readonly #byOwner = new Map<string, number>();

  /** Dispose of it when the upload has ended. Throws TooManyUploadsError. */
  take(ownerId: string): Disposable {
    const own = this.#byOwner.get(ownerId) ?? 0;
    if (this.#taken >= MOST || own >= MOST_OF_ONE_OWNER) throw new TooManyUploadsError();
    this.#taken += 1;
    this.#byOwner.set(ownerId, own + 1);
    return {
      [Symbol.dispose]: () => {
        this.#taken -= 1;
        const left = (this.#byOwner.get(ownerId) ?? 1) - 1;
        if (left === 0) this.#byOwner.delete(ownerId);
        else this.#byOwner.set(ownerId, left);
      },
    };
  }
}
