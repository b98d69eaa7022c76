/** A variable that tasks only add to and the driver reads. Each task's additions count once, when the task has succeeded. */
import { captureFunction } from "./closure/capture.ts";
import type { Engine } from "./scheduler/engine.ts";

/** How values of a custom accumulator are zeroed and added. */
export interface AccumulatorParam<T> {
  zero(initial: T): T;
  addInPlace(a: T, b: T): T;
}

let nextId = 0;

/**
 * Made by `sc.longAccumulator` and its kin. What tasks of actions add counts once a task, however often it was tried; what transformations add counts
 * each time they are computed.
 *
 * https://spark.apache.org/docs/latest/rdd-programming-guide.html#accumulators
 *
 * @example
 * const empty = sc.longAccumulator("empty lines");
 * await sc.parallelize(["a", "", ""]).foreach((line) => { if (line === "") empty.add(1); });
 * empty.value // => 2
 */
export class Accumulator<T, U = T> {
  /** A number that no other accumulator of the process has. */
  readonly id = nextId++;
  /** The name that it was given. */
  readonly name: string | null;
  readonly #addLocal: (value: T, update: U) => T;
  #value: T;

  /** @internal */
  constructor(engine: Engine, name: string | null, initial: T, how: AccumulatorHow<T, U>) {
    this.name = name;
    this.#value = initial;
    this.#addLocal = how.add;
    engine.onAccumulator(
      this.id,
      (update) => {
        this.#value = how.merge(this.#value, update as T);
      },
      how.zero,
      how.ship,
    );
    Object.defineProperty(this, Symbol.for("gnista.handle"), { value: { kind: "accumulator", id: this.id } });
  }

  /**
   * Adds to it, in a task or on the driver.
   *
   * @example
   * const total = sc.longAccumulator();
   * total.add(5);
   * total.value // => 5
   */
  add(update: U): void {
    this.#value = this.#addLocal(this.#value, update);
  }

  /**
   * What has been added by the tasks that have ended. To be read on the driver only: UNSUPPORTED_OPERATION in tasks. Setting it starts anew
   * from another value.
   *
   * @example
   * const total = sc.longAccumulator();
   * total.value = 3;
   * total.value // => 3
   */
  get value(): T {
    return this.#value;
  }

  set value(value: T) {
    this.#value = value;
  }
}

export interface AccumulatorHow<T, U> {
  readonly zero: T;
  readonly add: (value: T, update: U) => T;
  readonly merge: (value: T, other: T) => T;
  readonly ship: Parameters<Engine["onAccumulator"]>[3];
}

export const SUM: AccumulatorHow<number, number> = {
  zero: 0,
  add: (a, b) => a + b,
  merge: (a, b) => a + b,
  ship: { kind: "sum" },
};

export function listHow<U>(): AccumulatorHow<U[], U> {
  return {
    zero: [],
    add: (list, item) => [...list, item],
    merge: (a, b) => [...a, ...b],
    ship: { kind: "list" },
  };
}

export function customHow<T>(initial: T, param: AccumulatorParam<T>): AccumulatorHow<T, T> {
  const add = (a: T, b: T): T => param.addInPlace(a, b);
  return {
    zero: param.zero(initial),
    add,
    merge: add,
    ship: { kind: "custom", add: captureFunction(add, { operation: "accumulator" }) },
  };
}
