/**
 * Work that must be done once before a job can run: sampling the bounds of a sort, counting for zipWithIndex. The job that needs it first does
 * it, and it ends with that job when that is cancelled; another that waits for it then begins it again. What failed is tried anew by the
 * next job.
 */
import { GnistaError } from "../errors.ts";

export class Preparation {
  readonly #work: (signal: AbortSignal) => Promise<void>;
  #running: Promise<void> | null = null;
  #done = false;

  constructor(work: (signal: AbortSignal) => Promise<void>) {
    this.#work = work;
  }

  async done(signal: AbortSignal): Promise<void> {
    while (!this.#done) {
      const begunHere = this.#running === null;
      this.#running ??= this.#work(signal)
        .then(() => {
          this.#done = true;
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
