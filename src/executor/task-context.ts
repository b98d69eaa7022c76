/** What a user's function may ask about the task it runs in, as Spark's TaskContext. */
import type { TaskMetrics } from "./task-metrics.ts";
import type { TaskRuntime } from "./task-runtime.ts";

/** Held by the global object, since user functions bring their own copy of this class to the workers. */
const holder = (): { current?: TaskContext | null } => {
  const globals = globalThis as unknown as Record<symbol, { current?: TaskContext | null }>;
  return (globals[Symbol.for("gnista.taskContext")] ??= {});
};

/**
 * https://spark.apache.org/docs/latest/api/scala/org/apache/spark/TaskContext.html
 *
 * @example
 * await sc.parallelize(["a", "b"], 2).mapPartitions(() => [TaskContext.get()!.partitionId()]).collect() // => [0, 1]
 */
export class TaskContext {
  readonly #task: TaskRuntime;
  readonly #id: number;
  readonly #onCompletion: ((context: TaskContext) => void)[] = [];
  readonly #onFailure: ((context: TaskContext, error: unknown) => void)[] = [];
  #state: "running" | "completed" | "failed" = "running";

  /** @internal */
  constructor(task: TaskRuntime, id: number) {
    this.#task = task;
    this.#id = id;
  }

  /** The context of the running task; null on the driver. */
  static get(): TaskContext | null {
    return holder().current ?? null;
  }

  /** The partition of the running task; 0 on the driver. */
  static getPartitionId(): number {
    return holder().current?.partitionId() ?? 0;
  }

  /** @internal */
  static enter(context: TaskContext): void {
    holder().current = context;
  }

  /** @internal */
  static leave(): void {
    holder().current = null;
  }

  /** The partition that the task computes. */
  partitionId(): number {
    return this.#task.partition;
  }

  /** How many partitions the stage has. */
  numPartitions(): number {
    const { spec } = this.#task.stage;
    return spec.nodes[spec.root].numPartitions;
  }

  /** The stage that the task belongs to. */
  stageId(): number {
    return this.#task.stage.spec.stage;
  }

  /** How often the whole stage was tried before: it is tried again when what its tasks read was lost. */
  stageAttemptNumber(): number {
    return this.#task.stage.spec.attempt;
  }

  /** 0 for the first attempt. */
  attemptNumber(): number {
    return this.#task.attempt;
  }

  /** A number that no other attempt at any task of the process has. */
  taskAttemptId(): number {
    return this.#id;
  }

  /** What `sc.setLocalProperty` had set when the action was called; null when nothing. */
  getLocalProperty(key: string): string | null {
    return this.#task.stage.spec.localProperties[key] ?? null;
  }

  /** What the task has done so far. */
  taskMetrics(): TaskMetrics {
    return { ...this.#task.metrics };
  }

  /** Whether the job has been cancelled; the task ends at its next look. */
  isInterrupted(): boolean {
    return this.#task.cancelled;
  }

  /** Whether the task has ended, well or not. */
  isCompleted(): boolean {
    return this.#state !== "running";
  }

  /** Whether the task has failed. */
  isFailed(): boolean {
    return this.#state === "failed";
  }

  /** Calls `listener` when the task has ended, well or not: to close what it opened. The listener added last is called first. */
  addTaskCompletionListener(listener: (context: TaskContext) => void): this {
    this.#onCompletion.push(listener);
    return this;
  }

  /** Calls `listener` when the task has failed, before those for its end. */
  addTaskFailureListener(listener: (context: TaskContext, error: unknown) => void): this {
    this.#onFailure.push(listener);
    return this;
  }

  /** Calls the listeners, all of them whatever they throw. A task that went well fails with what the first one throws. @internal */
  end(error: unknown): void {
    if (this.#state !== "running") return;
    this.#state = error === null ? "completed" : "failed";
    const failures: unknown[] = [];
    const call = (listener: () => void): void => {
      try {
        listener();
      } catch (thrown) {
        failures.push(thrown);
      }
    };
    if (error !== null) for (const listener of this.#onFailure.reverse()) call(() => listener(this, error));
    for (const listener of this.#onCompletion.reverse()) call(() => listener(this));
    if (error === null && failures.length > 0) throw failures[0];
  }
}
