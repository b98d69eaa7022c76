/**
 * The map side of combining by key for a hash partitioner. Dense keys and many distinct strings are laid out by cell, for the reduce side
 * to merge cell by cell; other groups are placed by partition. Partial results keep the order in which rows came.
 */
import type { Chunk } from "../column/chunk.ts";
import { pairColumn } from "../column/pair.ts";
import type { CombineKind } from "../kernels/accumulator.ts";
import { type KeyedColumns, localInputs } from "../kernels/aggregate.ts";
import { combineColumns } from "../kernels/aggregate-fields.ts";
import { toCells } from "../kernels/cells.ts";
import { denseRange } from "../kernels/dense.ts";
import { partitionByHash } from "../kernels/partition.ts";
import type { Arena } from "../memory/arena.ts";
import type { Combiner } from "../plan/node.ts";
import type { Keeper } from "../storage/keeper.ts";
import { placeStrings } from "./combine-strings.ts";
import { gatherPairs } from "./gather-pairs.ts";
import type { MapPiece } from "./map-output.ts";
import { RowCombiner } from "./row-combiner.ts";
import type { ShuffleTask } from "./task.ts";

/**
 * The map side for a hash partitioner: pieces of combined pairs in partition order, in the memory of `output`, and chunks of what had to be
 * combined row by row, which are still to be placed. Both are partial results: the reduce side merges them in order.
 */
export function combineForShuffle(
  task: ShuffleTask,
  chunks: Iterable<Chunk>,
  combiner: Combiner,
  numPartitions: number,
  keeper: Keeper,
  output: Keeper,
): { readonly pieces: MapPiece[]; readonly rest: Iterable<Chunk> } {
  const pieces: MapPiece[] = [];
  let rows: RowCombiner | null = null;
  let made: [unknown, unknown][][] = [];
  try {
    gatherPairs(task, chunks, combiner, false, keeper, {
      columns(inputs, kind) {
        pieces.push(placeCombined(task, inputs, kind, numPartitions, output));
      },
      strings(inputs, kind) {
        pieces.push(placeStrings(task, inputs, kind, numPartitions, output));
      },
      groups(groups) {
        const placed = output.arena(groups.segment);
        pieces.push(placeGroups(task, (arena) => groups.result(arena), numPartitions, placed));
      },
      combined(groups) {
        made = [...groups.pairs()];
      },
      rows(batch) {
        if (rows === null) {
          rows = new RowCombiner(task, combiner);
          for (const pairs of made) rows.addAll(pairs, true);
        }
        rows.addAll(batch, false);
      },
    });
    return { pieces, rest: rows === null ? made : (rows as RowCombiner).pairs() };
  } finally {
    keeper.release();
  }
}

function placeCombined(
  task: ShuffleTask,
  inputs: readonly KeyedColumns[],
  kind: CombineKind,
  n: number,
  output: Keeper,
): MapPiece {
  const { segment } = inputs[0].keys;
  const out = output.arena(segment);
  const scratch = task.heap.arena(segment);
  try {
    const local = localInputs(task.compute, inputs, kind, scratch);
    const keys = local.map((input) => input.keys);
    const range = keys[0].type.kind === "dictionary" ? null : denseRange(task.compute, keys);
    if (range !== null && typeof kind === "string") {
      const cells = toCells(task.compute, local, kind, range, n, out);
      const offsets = new Uint32Array(n + 1);
      for (let p = 1; p <= n; p++) offsets[p] = cells.offsets[p * cells.runs.count];
      return { column: pairColumn(cells), offsets, cells: { runs: cells.runs, offsets: cells.offsets } };
    }
    return placeGroups(task, (arena) => combineColumns(task.compute, local, kind, arena), n, out);
  } finally {
    scratch.release();
  }
}

function placeGroups(
  task: ShuffleTask,
  result: (arena: Arena) => KeyedColumns,
  n: number,
  out: Arena,
): MapPiece {
  if (n === 1) {
    const pairs = pairColumn(result(out));
    return { column: pairs, offsets: Uint32Array.of(0, pairs.length) };
  }
  const scratch = task.heap.arena(out.segment.id);
  try {
    const pairs = pairColumn(result(scratch));
    return partitionByHash(task.compute, pairs, pairs.children[0], n, out);
  } finally {
    scratch.release();
  }
}
