/** Variables that tasks only add to and the driver reads. Each task's additions count once, when the task has succeeded. */
import { captureFunction } from "./closure/capture.ts";
import { valuesEqual } from "./column/equality.ts";
import type { AccumulatorAdd } from "./executor/protocol.ts";
import type { Engine } from "./scheduler/engine.ts";

/** How values of a custom accumulator are zeroed and added. */
export interface AccumulatorParam<T> {
  zero(initial: T): T;
  addInPlace(a: T, b: T): T;
}

/** An accumulator of the program's own, for `sc.register`. Its state must be in public fields, which travel between threads. */
export interface AccumulatorV2<IN, OUT = IN> {
  copy(): AccumulatorV2<IN, OUT>;
  /** Back to zero. */
  reset(): void;
  add(value: IN): void;
  /** Adds what another of the same class has. */
  merge(other: this): void;
  readonly value: OUT;
}

/** S is what is kept on the driver and comes back from tasks, T its value, U what is added. */
export interface AccumulatorHow<S, T, U> {
  zero(): S;
  add(state: S, update: U): S;
  merge(state: S, more: S): S;
  value(state: S): T;
  /** The state that has this value. */
  of(value: T): S;
  readonly ship: AccumulatorAdd;
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
export class Accumulator<T, U = T, S = unknown> {
  /** A number that no other accumulator of the process has. */
  readonly id = nextId++;
  /** The name that it was given. */
  readonly name: string | null;
  /** @internal */
  protected state: S;
  readonly #how: AccumulatorHow<S, T, U>;

  /** @internal */
  constructor(engine: Engine, name: string | null, how: AccumulatorHow<S, T, U>, initial: S = how.zero()) {
    this.name = name;
    this.state = initial;
    this.#how = how;
    engine.onAccumulator(
      this.id,
      (update) => {
        this.state = how.merge(this.state, update as S);
      },
      how.ship,
    );
    markAsHandle(this, this.id);
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
    this.state = this.#how.add(this.state, update);
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
    return this.#how.value(this.state);
  }

  set value(value: T) {
    this.state = this.#how.of(value);
  }

  /**
   * Back to zero.
   *
   * @example
   * const total = sc.longAccumulator();
   * total.add(5);
   * total.reset();
   * [total.value, total.isZero] // => [0, true]
   */
  reset(): void {
    this.state = this.#how.zero();
  }

  /**
   * Whether nothing has been added since it was made or reset.
   *
   * @example
   * sc.collectionAccumulator().isZero // => true
   */
  get isZero(): boolean {
    return valuesEqual(this.state, this.#how.zero());
  }
}

/** The sum of what was added, and how often. */
interface Total {
  readonly sum: number;
  readonly count: number;
}

const SUM: AccumulatorHow<Total, number, number> = {
  zero: () => ({ sum: 0, count: 0 }),
  add: (state, update) => ({ sum: state.sum + update, count: state.count + 1 }),
  merge: (state, more) => ({ sum: state.sum + more.sum, count: state.count + more.count }),
  value: ({ sum }) => sum,
  of: (sum) => ({ sum, count: 0 }),
  ship: { kind: "sum" },
};

/**
 * Made by `sc.longAccumulator` and `sc.doubleAccumulator`.
 *
 * @example
 * const total = sc.longAccumulator();
 * await sc.range(4).foreach((x) => total.add(x));
 * [total.value, total.count, total.avg] // => [6, 4, 1.5]
 */
export class NumberAccumulator extends Accumulator<number, number, Total> {
  /** @internal */
  constructor(engine: Engine, name: string | null, initial = 0) {
    super(engine, name, SUM, SUM.of(initial));
  }

  /** The same as `value`. */
  get sum(): number {
    return this.state.sum;
  }

  /** How many numbers were added. */
  get count(): number {
    return this.state.count;
  }

  /** Their mean; NaN when there are none. */
  get avg(): number {
    return this.state.sum / this.state.count;
  }
}

export function listHow<U>(): AccumulatorHow<U[], U[], U> {
  const append = (list: U[], more: readonly U[]): U[] => {
    for (const item of more) list.push(item);
    return list;
  };
  return {
    zero: () => [],
    add: (list, item) => append(list, [item]),
    merge: append,
    value: (list) => [...list],
    of: (list) => [...list],
    ship: { kind: "list" },
  };
}

export function customHow<T>(initial: T, param: AccumulatorParam<T>): AccumulatorHow<T, T, T> {
  const add = (a: T, b: T): T => param.addInPlace(a, b);
  return {
    zero: () => param.zero(initial),
    add,
    merge: add,
    value: (value) => value,
    of: (value) => value,
    ship: {
      kind: "custom",
      zero: param.zero(initial),
      add: captureFunction(add, { operation: "accumulator" }),
    },
  };
}

/** Makes functions that use the accumulator reach the tasks' own copies of it, which start from zero. */
export function registerAccumulator<IN, OUT>(engine: Engine, accumulator: AccumulatorV2<IN, OUT>): void {
  const id = nextId++;
  const zero = accumulator.copy();
  zero.reset();
  const make = captureFunction(() => zero.copy(), { operation: "register" });
  const prototype = Object.getPrototypeOf(accumulator) as object;
  engine.onAccumulator(
    id,
    (update) =>
      accumulator.merge(Object.assign(Object.create(prototype) as typeof accumulator, update as object)),
    { kind: "object", make },
  );
  markAsHandle(accumulator, id);
}

/** How capture tells it from other objects. */
function markAsHandle(accumulator: object, id: number): void {
  Object.defineProperty(accumulator, Symbol.for("gnista.handle"), { value: { kind: "accumulator", id } });
}
