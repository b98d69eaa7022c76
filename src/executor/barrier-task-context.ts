/** What a function may ask and do in a barrier stage, as Spark's BarrierTaskContext. */
import type { Barrier } from "./barrier.ts";
import { TaskContext } from "./task-context.ts";
import type { TaskRuntime } from "./task-runtime.ts";

/**
 * https://spark.apache.org/docs/latest/api/python/reference/api/pyspark.BarrierTaskContext.html
 *
 * @example
 * const talked = sc.parallelize(["a"], 1).barrier().mapPartitions((rows) => {
 *   const context = BarrierTaskContext.get();
 *   const [word] = rows;
 *   context.barrier();
 *   return context.allGather(word);
 * });
 * await talked.collect() // => ["a"]
 */
export class BarrierTaskContext extends TaskContext {
  readonly #barrier: Barrier;

  /** @internal */
  constructor(task: TaskRuntime, id: number, barrier: Barrier) {
    super(task, id);
    this.#barrier = barrier;
  }

  /** The context of the running task; null on the driver, and in stages without a barrier. */
  static override get(): BarrierTaskContext | null {
    const context = TaskContext.get();
    return context !== null && "allGather" in context ? (context as BarrierTaskContext) : null;
  }

  /**
   * Waits until all tasks of the stage have called it. UNSUPPORTED_OPERATION when there are more tasks than workers, or when one has ended without
   * calling it.
   */
  barrier(): void {
    this.#barrier.wait();
  }

  /** What all tasks of the stage pass to it, in the order of the partitions; waits for them as `barrier` does. */
  allGather(message = ""): string[] {
    return this.#barrier.gather(message);
  }

  /** An entry for each task of the stage. */
  getTaskInfos(): { readonly address: string }[] {
    return Array.from({ length: this.#barrier.tasks }, () => ({ address: "localhost" }));
  }
}
