import { dropOldest } from '../drop-oldest.ts';
import { AttemptRecord } from './attempt-record.ts';

/** Addresses that are remembered; of more, the one that was seen least recently is forgotten. */
const MAX_ADDRESSES = 10_000;

/** What is known of addresses from which wrong credentials came. */
export class Attempts {
  /** The one that was seen least recently is the first. */
  readonly #records = new Map<string, AttemptRecord>();

  /** `most`: as of `AttemptRecord`. */
  constructor(private readonly most: number) {}

  /** Calls `attempt` with the record of an address, which is forgotten afterwards unless it has failures. */
  async from<Result>(address: string, attempt: (record: AttemptRecord) => Promise<Result>): Promise<Result> {
    const record = this.#records.get(address) ?? new AttemptRecord(this.most);
    this.#records.delete(address);
    this.#records.set(address, record);
    dropOldest(this.#records, MAX_ADDRESSES);
    try {
      return await attempt(record);
    } finally {
      if (record.isEmpty && this.#records.get(address) === record) this.#records.delete(address);
    }
  }
}
