/**
 * Tasks of a stage that ran out of memory. Each is tried again when no other task of the stage runs, so that whether it fits does not depend on
 * what runs beside it; tasks that nobody had begun wait until then.
 */
export class LoneRetries {
  /** Failed tasks for which memory is being freed. */
  #expected = 0;
  readonly #alone: number[] = [];
  #postponed: number[] = [];
  #running = false;

  /** Whether other tasks must not be begun. */
  get pending(): boolean {
    return this.#running || this.#expected > 0 || this.#alone.length > 0;
  }

  /** A task has failed; `add` or `giveUp` follows. */
  expect(): void {
    this.#expected++;
  }

  giveUp(): void {
    this.#expected--;
  }

  add(partition: number): void {
    this.#expected--;
    this.#alone.push(partition);
  }

  postpone(partitions: readonly number[]): void {
    this.#postponed.push(...partitions);
  }

  /** What to begin now that nothing runs. */
  next(): readonly number[] {
    this.#running = false;
    if (this.#expected > 0) return [];
    const partition = this.#alone.shift();
    if (partition !== undefined) {
      this.#running = true;
      return [partition];
    }
    return this.#postponed.splice(0);
  }
}
