/** Partitioners as they travel to map tasks: those of the library as data, others as a function, which is captured once a partitioner. */
import { captureFunction } from "../closure/capture.ts";
import {
  HashPartitioner,
  type Partitioner,
  type PartitionerSpec,
  RangePartitioner,
  rangeOf,
} from "../plan/partitioner.ts";

export class PartitionerSpecs {
  readonly #captured = new WeakMap<Partitioner, PartitionerSpec>();

  of(partitioner: Partitioner): PartitionerSpec {
    const { numPartitions } = partitioner;
    if (partitioner instanceof HashPartitioner) return { kind: "hash", numPartitions };
    if (partitioner instanceof RangePartitioner && partitioner.ordering === null)
      return {
        kind: "range",
        numPartitions,
        bounds: partitioner.bounds ?? [],
        ascending: partitioner.ascending,
        ...(partitioner.grid === undefined ? {} : { grid: partitioner.grid }),
      };
    let spec = this.#captured.get(partitioner);
    if (spec === undefined) {
      const getPartition = captureFunction(partitionOf(partitioner), { operation: "partitionBy" });
      spec = { kind: "custom", numPartitions, getPartition };
      this.#captured.set(partitioner, spec);
    }
    return spec;
  }
}

function partitionOf(partitioner: Partitioner): (key: unknown) => number {
  if (!(partitioner instanceof RangePartitioner)) return (key) => partitioner.getPartition(key);
  const { ascending, ordering } = partitioner;
  const bounds = partitioner.bounds ?? [];
  return (key) => rangeOf(key, bounds, ascending, ordering!);
}
