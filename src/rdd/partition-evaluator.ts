/** The factory form of a partition function, as Spark's PartitionEvaluatorFactory: made on the driver, used in the workers. */
import type { Rows } from "./types.ts";

/** Makes the rows of one partition from the partitions of its inputs. */
export interface PartitionEvaluator<Ts extends readonly unknown[], U> {
  eval(partitionIndex: number, ...inputs: { [I in keyof Ts]: Rows<Ts[I]> }): Iterable<U>;
}

/** Must be able to travel to the workers, as any captured value. */
export interface PartitionEvaluatorFactory<Ts extends readonly unknown[], U> {
  createEvaluator(): PartitionEvaluator<Ts, U>;
}
