/** Writes into a document that the server may not have yet; what fails is told once, at the end. */
export class PendingWrites {
  #settled: Promise<void> = Promise.resolve();
  #failure: { by: unknown } | null = null;

  get hasFailed(): boolean {
    return this.#failure !== null;
  }

  add(write: Promise<void>): void {
    const settled = write.catch((error: unknown) => {
      this.#failure ??= { by: error };
    });
    this.#settled = Promise.all([this.#settled, settled]).then(() => {});
  }

  /** Resolves when the server has had all of them, whether it took them or not. */
  settled(): Promise<void> {
    return this.#settled;
  }

  /** Resolves when the server has all of them; rejects with the first failure. */
  async stored(): Promise<void> {
    await this.#settled;
    if (this.#failure) throw this.#failure.by;
  }
}
