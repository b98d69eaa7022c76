/** A read-only value that every worker gets once, instead of with every stage whose functions use it. */
import { cannotBeCopied } from "./column/cannot-be-copied.ts";
import { GnistaError } from "./errors.ts";
import type { Engine } from "./scheduler/engine.ts";

let nextId = 0;

/**
 * Made by `sc.broadcast`.
 *
 * https://spark.apache.org/docs/latest/rdd-programming-guide.html#broadcast-variables
 *
 * @example
 * const names = sc.broadcast({ 1: "one" });
 * await sc.parallelize([1]).map((id) => names.value[id]).collect() // => ["one"]
 */
export class Broadcast<T> {
  /** A number that no other broadcast of the process has. */
  readonly id = nextId++;
  readonly #engine: Engine;
  #value: { readonly held: T } | null;

  /** @internal */
  constructor(engine: Engine, value: T) {
    const obstacle = cannotBeCopied(value);
    if (obstacle !== null)
      throw new GnistaError(
        "TASK_NOT_SERIALIZABLE",
        `a broadcast cannot be sent to the workers, because it holds what cannot be copied: ${obstacle}; broadcast plain data`,
      );
    this.#engine = engine;
    this.#value = { held: value };
    engine.broadcast(this.id, value);
    Object.defineProperty(this, Symbol.for("gnista.handle"), { value: { kind: "broadcast", id: this.id } });
  }

  /**
   * The value, on the driver and in tasks. UNSUPPORTED_OPERATION after `destroy`.
   *
   * @example
   * sc.broadcast(7).value // => 7
   */
  get value(): T {
    if (this.#value === null)
      throw new GnistaError("UNSUPPORTED_OPERATION", `broadcast ${this.id} was used after destroy()`);
    return this.#value.held;
  }

  /**
   * Drops the workers' copies; they get it again when it is used again. Stages that run keep theirs until they end. `blocking` gives a promise that
   * resolves when the workers have dropped it.
   *
   * @example
   * const seven = sc.broadcast(7);
   * seven.unpersist();
   * await sc.range(1).map(() => seven.value).collect() // => [7]
   * await seven.unpersist(true);
   */
  unpersist(blocking?: false): void;
  unpersist(blocking: true): Promise<void>;
  unpersist(blocking = false): void | Promise<void> {
    const dropped = this.#engine.dropBroadcast(this.id);
    if (this.#value !== null) this.#engine.broadcast(this.id, this.#value.held);
    if (blocking) return dropped;
  }

  /**
   * Drops it everywhere. Using it afterwards is UNSUPPORTED_OPERATION; stages that run end as if it were there. `blocking` is as for `unpersist`.
   *
   * @example
   * const seven = sc.broadcast(7);
   * seven.destroy();
   * await sc.range(1).map(() => seven.value).collect() // => throws UNSUPPORTED_OPERATION
   */
  destroy(blocking?: false): void;
  destroy(blocking: true): Promise<void>;
  destroy(blocking = false): void | Promise<void> {
    this.#value = null;
    const dropped = this.#engine.dropBroadcast(this.id);
    if (blocking) return dropped;
  }
}
