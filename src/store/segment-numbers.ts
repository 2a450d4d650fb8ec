/**
 * Numbers the rows of RunSegment, and remembers which are whose, so that a run's rows are found by their numbers: the table
 * then needs no index by run, which each checkpoint of each run would have to change.
 */
export class SegmentNumbers {
  readonly #byRun = new Map<string, number[]>();
  #last: number;

  /** `last`: the highest number that is in use. */
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

  /** Takes note of rows that an earlier process has stored. */
  learn(rows: ReadonlyArray<{ runId: string; id: number }>): void {
    for (const { runId, id } of rows) this.#remember(runId, id);
  }

  /** All rows of a run up to now, also those that could not be stored. */
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
