/** Partitions keys by a function, modulo the number of partitions: PySpark's partitionBy(n, f). Equal when size and function are the same. */
import type { Partitioner } from "../plan/partitioner.ts";

export class FunctionPartitioner implements Partitioner {
  readonly numPartitions: number;
  /** Not private: it travels to the workers with the instance. */
  readonly f: (key: unknown) => number;

  constructor(numPartitions: number, f: (key: unknown) => number) {
    this.numPartitions = numPartitions;
    this.f = f;
  }

  getPartition(key: unknown): number {
    const at = this.f(key) % this.numPartitions;
    return at < 0 ? at + this.numPartitions : at;
  }

  equals(other: Partitioner): boolean {
    return (
      other instanceof FunctionPartitioner && other.numPartitions === this.numPartitions && other.f === this.f
    );
  }
}
