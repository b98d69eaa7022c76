/**
 * A read-only value that every worker gets once, instead of once a task.
 *
 * @example
 * const names = sc.broadcast({ 1: "one" });
 * rdd.map((id) => names.value[id]);
 */
import { GnistaError } from "./errors.ts";
import type { Engine } from "./scheduler/engine.ts";

let nextId = 0;

export class Broadcast<T> {
  readonly id = nextId++;
  readonly #engine: Engine;
  #value: { readonly held: T } | null;

  /** @internal */
  constructor(engine: Engine, value: T) {
    this.#engine = engine;
    this.#value = { held: value };
    engine.broadcast(this.id, value);
    Object.defineProperty(this, Symbol.for("gnista.handle"), { value: { kind: "broadcast", id: this.id } });
  }

  get value(): T {
    if (this.#value === null)
      throw new GnistaError("UNSUPPORTED_OPERATION", `broadcast ${this.id} was used after destroy()`);
    return this.#value.held;
  }

  /** Drops the workers' copies; they get it again when it is used again. */
  unpersist(): void {
    this.#engine.dropBroadcast(this.id);
    if (this.#value !== null) this.#engine.broadcast(this.id, this.#value.held);
  }

  /** Drops it everywhere; using it afterwards is an error. */
  destroy(): void {
    this.#value = null;
    this.#engine.dropBroadcast(this.id);
  }
}
