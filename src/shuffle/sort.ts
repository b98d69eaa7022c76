/**
 * Pairs sorted by key, stable. What a range partitioner's grid has put into buckets on the map side is sorted bucket by bucket, at no
 * pass over all of it; columns of one type go through the kernels; everything else is sorted as JavaScript values.
 */
import { type Chunk, isRows } from "../column/chunk.ts";
import type { Column } from "../column/column.ts";
import { columnBytes } from "../column/concat.ts";
import { compareValues } from "../column/equality.ts";
import { sameType, valueWidth } from "../column/type.ts";
import { type FlatRows, flatChunks } from "../kernels/flat-rows.ts";
import { canSort, flatOrder, sortBuckets, sortByKey } from "../kernels/sort.ts";
import type { Arena } from "../memory/arena.ts";
import type { KeyOrdering } from "../plan/partitioner.ts";
import type { MapOutput } from "./map-output.ts";
import { asPair, isPairs } from "./pairs.ts";
import { decodeAll, type ReadMetrics } from "./read.ts";
import type { ShuffleTask } from "./task.ts";

/** `out` may be asked for once the segment is known. */
export function sortPairs(
  task: ShuffleTask,
  chunks: readonly Chunk[],
  ascending: boolean,
  out: () => Arena,
  ordering: KeyOrdering | null = null,
): Chunk[] {
  if (chunks.length === 0) return [];
  const columns = chunks.filter((chunk) => !isRows(chunk)) as Column[];
  if (
    ordering === null &&
    columns.length === chunks.length &&
    columns.every((c) => isPairs(c) && sameType(c.type, columns[0].type)) &&
    canSort(columns[0].children[0].type)
  )
    return [sortByKey(task.compute, columns, ascending, out())];
  const rows = decodeAll(task, chunks).map(asPair);
  const direction = ascending ? 1 : -1;
  const compare = ordering ?? compareValues;
  rows.sort((a, b) => direction * compare(a[0], b[0]));
  return [rows];
}

/** The rows of one partition, when they lie in the same buckets in all map outputs; else null. */
export function sortMapOutputs(
  task: ShuffleTask,
  outputs: readonly MapOutput[],
  partition: number,
  ascending: boolean,
  out: (segment: Column["segment"]) => Arena,
  metrics: ReadMetrics,
): Chunk[] | null {
  const pieces = outputs
    .flatMap((output) => output.pieces)
    .filter(({ offsets }) => offsets[partition] < offsets[partition + 1]);
  if (pieces.length === 0) return null;
  const layouts = pieces.map(({ buckets }) => buckets);
  const columns = pieces.map(({ column }) => column);
  const [first] = columns;
  const order = flatOrder(first, ascending);
  if (
    order === null ||
    !layouts.every((layout) => layout?.ascending === ascending) ||
    !columns.every((c) => c.segment === first.segment && sameType(c.type, first.type))
  )
    return null;
  const flat = flatChunks(columns);
  if (flat === null) return null;
  const widths = flat[0].map((leaf) => valueWidth(leaf.type));
  const { starts } = layouts[0]!;
  const buckets: FlatRows[][] = [];
  for (let b = starts[partition]; b < starts[partition + 1]; b++)
    buckets.push(
      flat.map((leaves, i) => {
        const { offsets } = layouts[i]!;
        return {
          leaves: leaves.map((leaf, f) => leaf.values + offsets[b] * widths[f]),
          length: offsets[b + 1] - offsets[b],
        };
      }),
    );
  task.checkCancelled();
  const sorted = sortBuckets(task.compute, columns, buckets, order, out(first.segment));
  metrics.shuffleRowsRead += sorted.length;
  metrics.shuffleBytesRead += columnBytes(task.heap, sorted);
  return [sorted];
}
