/** An action that runs while the program goes on: a promise of its result that can cancel its jobs. */
import type { ActionOptions } from "./action-call.ts";

/**
 * Spark's FutureAction.
 *
 * @example
 * const counting = sc.range(1000).countAsync();
 * await counting // => 1000
 * counting.isCompleted // => true
 */
export class FutureAction<T> implements Promise<T> {
  /** "FutureAction", as promises have one. */
  readonly [Symbol.toStringTag] = "FutureAction";
  readonly #controller = new AbortController();
  readonly #result: Promise<T>;
  #completed = false;

  /** @internal */
  constructor(run: (options: ActionOptions) => Promise<T>, options: ActionOptions = {}) {
    const own = this.#controller.signal;
    this.#result = run({
      signal: options.signal === undefined ? own : AbortSignal.any([own, options.signal]),
    }).finally(() => {
      this.#completed = true;
    });
    // Whoever waits for it sees the failure; that nobody may wait is the point of a future.
    this.#result.catch(() => {});
  }

  /**
   * Cancels the jobs of the action, which then fails with JOB_CANCELLED unless it has ended already.
   *
   * @example
   * const counting = sc.range(1000).countAsync();
   * counting.cancel();
   * await counting // => throws JOB_CANCELLED
   */
  cancel(reason = "the future was cancelled"): void {
    if (!this.#completed) this.#controller.abort(reason);
  }

  /**
   * Whether `cancel` stopped it.
   *
   * @example
   * const counting = sc.range(1000).countAsync();
   * counting.cancel();
   * counting.isCancelled // => true
   */
  get isCancelled(): boolean {
    return this.#controller.signal.aborted;
  }

  /**
   * Whether it has ended, well or not.
   *
   * @example
   * sc.range(1000).countAsync().isCompleted // => false
   */
  get isCompleted(): boolean {
    return this.#completed;
  }

  // biome-ignore lint/suspicious/noThenProperty: it is a promise
  then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#result.then(onFulfilled, onRejected);
  }

  catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.#result.catch(onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<T> {
    return this.#result.finally(onFinally);
  }
}
