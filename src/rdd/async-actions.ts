/**
 * Actions that can be cancelled by what they return.
 *
 * https://spark.apache.org/docs/latest/api/scala/org/apache/spark/rdd/AsyncRDDActions.html
 */
import type { ActionOptions } from "./action-call.ts";
import { ApproximateActions } from "./approximate-actions.ts";
import { FutureAction } from "./future-action.ts";
import type { Rows } from "./types.ts";

export class AsyncActions<T> extends ApproximateActions<T> {
  /**
   * `count`, cancellable.
   *
   * @example
   * await sc.range(10).countAsync() // => 10
   */
  countAsync(options?: ActionOptions): FutureAction<number> {
    return new FutureAction((own) => this.count(own), options);
  }

  /**
   * `collect`, cancellable.
   *
   * @example
   * await sc.range(3).collectAsync() // => [0, 1, 2]
   */
  collectAsync(options?: ActionOptions): FutureAction<T[]> {
    return new FutureAction((own) => this.collect(own), options);
  }

  /**
   * `take`, cancellable, whichever of its jobs runs.
   *
   * @example
   * await sc.range(100).takeAsync(2) // => [0, 1]
   */
  takeAsync(n: number, options?: ActionOptions): FutureAction<T[]> {
    return new FutureAction((own) => this.take(n, own), options);
  }

  /**
   * `foreach`, cancellable.
   *
   * @example
   * const total = sc.longAccumulator();
   * await sc.range(4).foreachAsync((x) => total.add(x));
   * total.value // => 6
   */
  foreachAsync(f: (row: T) => void, options?: ActionOptions): FutureAction<void> {
    return new FutureAction((own) => this.foreach(f, own), options);
  }

  /**
   * `foreachPartition`, cancellable.
   *
   * @example
   * const partitions = sc.longAccumulator();
   * await sc.parallelize([1, 2], 2).foreachPartitionAsync(() => partitions.add(1));
   * partitions.value // => 2
   */
  foreachPartitionAsync(f: (rows: Rows<T>) => void, options?: ActionOptions): FutureAction<void> {
    return new FutureAction((own) => this.foreachPartition(f, own), options);
  }
}
