/** What a user's function may ask about the task it runs in, as Spark's TaskContext. */
import type { StageSpec } from "./protocol.ts";

let current: TaskContext | null = null;

/**
 * @example
 * rdd.mapPartitions((rows) => [TaskContext.get()!.partitionId()]);
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
    return current;
  }

  /** @internal */
  static enter(context: TaskContext): void {
    current = context;
  }

  /** @internal */
  static leave(): void {
    current = null;
  }

  partitionId(): number {
    return this.#partition;
  }

  stageId(): number {
    return this.#stage.stage;
  }

  /** 0 for the first attempt. */
  attemptNumber(): number {
    return this.#attempt;
  }

  getLocalProperty(key: string): string | null {
    return this.#stage.localProperties[key] ?? null;
  }
}
