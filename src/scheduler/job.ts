/** A job: one action over one node, from submission to its result; it can be cancelled at any time. */
import { GnistaError } from "../errors.ts";
import type { JobOptions } from "./engine.ts";
import { JobStages } from "./job-stages.ts";

export class Job {
  readonly id: number;
  readonly options: JobOptions;
  readonly stages = new JobStages();
  readonly #cancellers = new Set<(error: GnistaError) => void>();
  readonly #controller = new AbortController();
  /** Why the job ends early. */
  #cancelled: GnistaError | null = null;

  constructor(id: number, options: JobOptions) {
    this.id = id;
    this.options = options;
  }

  get cancelled(): GnistaError | null {
    return this.#cancelled;
  }

  /** Aborted when the job is cancelled, for jobs that run on its behalf. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  cancel(reason: string, cause?: unknown): void {
    const { callSite } = this.options;
    const message = `job ${this.id} (${callSite}) was cancelled: ${reason}`;
    this.end(new GnistaError("JOB_CANCELLED", message, { operation: callSite }, cause));
  }

  /** Ends the job with this error, wherever it is. */
  end(error: GnistaError): void {
    if (this.#cancelled !== null) return;
    this.#cancelled = error;
    for (const canceller of this.#cancellers) canceller(error);
    this.#controller.abort(error.message);
  }

  check(): void {
    if (this.#cancelled !== null) throw this.#cancelled;
  }

  /** `promise`, or the cancellation if that comes first. */
  orCancelled<T>(promise: Promise<T>): Promise<T> {
    if (this.#cancelled !== null) {
      promise.catch(() => {});
      return Promise.reject(this.#cancelled);
    }
    return new Promise<T>((resolve, reject) => {
      this.#cancellers.add(reject);
      promise.then(resolve, reject).finally(() => this.#cancellers.delete(reject));
    });
  }

  onCancel(canceller: (error: GnistaError) => void): () => void {
    if (this.#cancelled !== null) canceller(this.#cancelled);
    else this.#cancellers.add(canceller);
    return () => this.#cancellers.delete(canceller);
  }
}
