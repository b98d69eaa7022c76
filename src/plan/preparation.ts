/**
 * Work that must be done once before a job can run: sampling the bounds of a sort, counting for zipWithIndex. The job that needs it first does
 * it, and it ends with that job when that is cancelled; another that waits for it then begins it again. What failed is tried anew by the
 * next job.
 */
import { GnistaError } from "../errors.ts";

export class Preparation {
  /** Null once it is done: what it reaches can go then. */
  #work: ((signal: AbortSignal) => Promise<void>) | null;
  #running: Promise<void> | null = null;

  constructor(work: (signal: AbortSignal) => Promise<void>) {
    this.#work = work;
  }

  get isDone(): boolean {
    return this.#work === null;
  }

  async done(signal: AbortSignal): Promise<void> {
    while (this.#work !== null) {
      const begunHere = this.#running === null;
      this.#running ??= this.#work(signal)
        .then(() => {
          this.#work = null;
        })
        .finally(() => {
          this.#running = null;
        });
      try {
        await this.#running;
      } catch (error) {
        if (begunHere || signal.aborted || !GnistaError.is(error, "JOB_CANCELLED")) throw error;
      }
    }
  }
}
