/**
 * Gives the rows of RunSegment their numbers and keeps, for each run, the numbers of its rows. So the table needs no
 * index by run, which every checkpoint would have to update.
 */
export class SegmentNumbers {
  readonly #byRun = new Map<string, number[]>();
  #last: number;

  /** `last`: the highest number in use. */
  constructor(last: number) {
    this.#last = last;
  }

  /** Numbers new rows. */
  give<Row extends { runId: string }>(rows: readonly Row[]): Array<Row & { id: number }> {
    return rows.map((row) => {
      this.#last += 1;
      this.#remember(row.runId, this.#last);
      return { ...row, id: this.#last };
    });
  }

  /** Registers rows that an earlier process stored. */
  learn(rows: ReadonlyArray<{ runId: string; id: number }>): void {
    for (const { runId, id } of rows) this.#remember(runId, id);
  }

  /** All rows of a run so far, including those whose write failed. */
  of(runId: string): Array<{ id: number }> {
    return (this.#byRun.get(runId) ?? []).map((id) => ({ id }));
  }

  forget(runId: string): void {
    this.#byRun.delete(runId);
  }

  #remember(runId: string, id: number): void {
    const numbers = this.#byRun.get(runId);
    if (numbers) numbers.push(id);
    else this.#byRun.set(runId, [id]);
  }
}
