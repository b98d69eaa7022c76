/** Partitioners that can be written to a file and read by another program: those whose functions are the library's own. */
import { HashPartitioner, type Partitioner, RangePartitioner } from "./partitioner.ts";

export type SavedPartitioner =
  | { readonly kind: "hash"; readonly numPartitions: number }
  | { readonly kind: "range"; readonly bounds: readonly unknown[]; readonly ascending: boolean };

/** Null for one that cannot be written. */
export function savePartitioner(partitioner: Partitioner | null): SavedPartitioner | null {
  if (partitioner instanceof HashPartitioner)
    return { kind: "hash", numPartitions: partitioner.numPartitions };
  if (!(partitioner instanceof RangePartitioner) || partitioner.ordering !== null) return null;
  const { bounds, ascending, numPartitions } = partitioner;
  // It has more partitions than bounds when its sample had too few keys.
  return bounds?.length === numPartitions - 1 ? { kind: "range", bounds, ascending } : null;
}

export function loadPartitioner(saved: SavedPartitioner): Partitioner {
  return saved.kind === "hash"
    ? new HashPartitioner(saved.numPartitions)
    : new RangePartitioner(saved.bounds, saved.ascending);
}
