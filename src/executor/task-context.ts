/** What a user's function may ask about the task it runs in, as Spark's TaskContext. */
import type { StageSpec } from "./protocol.ts";

/** Held by the global object, since user functions bring their own copy of this class to the workers. */
const holder = (): { current?: TaskContext | null } => {
  const globals = globalThis as unknown as Record<symbol, { current?: TaskContext | null }>;
  return (globals[Symbol.for("gnista.taskContext")] ??= {});
};

/**
 * @example
 * await sc.parallelize(["a", "b"], 2).mapPartitions(() => [TaskContext.get()!.partitionId()]).collect() // => [0, 1]
 */
export class TaskContext {
  readonly #stage: StageSpec;
  readonly #partition: number;
  readonly #attempt: number;

  constructor(stage: StageSpec, partition: number, attempt: number) {
    this.#stage = stage;
    this.#partition = partition;
    this.#attempt = attempt;
  }

  /** The context of the running task; null on the driver. */
  static get(): TaskContext | null {
    return holder().current ?? null;
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
    return this.#partition;
  }

  /** The stage that the task belongs to. */
  stageId(): number {
    return this.#stage.stage;
  }

  /** 0 for the first attempt. */
  attemptNumber(): number {
    return this.#attempt;
  }

  /** What `sc.setLocalProperty` had set when the action was called; null when nothing. */
  getLocalProperty(key: string): string | null {
    return this.#stage.localProperties[key] ?? null;
  }
}
