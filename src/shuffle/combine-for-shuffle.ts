/**
 * The map side of combining by key for a hash partitioner. Dense keys and many distinct strings are laid out by cell, for the reduce side
 * to merge cell by cell; other groups are placed by partition. Partial results keep the order in which rows came.
 */
import type { Chunk } from "../column/chunk.ts";
import { withOwnDictionaries } from "../column/own-dictionaries.ts";
import { pairColumn } from "../column/pair.ts";
import type { CombineKind } from "../kernels/accumulator.ts";
import { type KeyedColumns, localInputs } from "../kernels/aggregate.ts";
import { combineColumns } from "../kernels/aggregate-fields.ts";
import { toCells } from "../kernels/cells.ts";
import { denseRange } from "../kernels/dense.ts";
import { partitionByHash } from "../kernels/partition.ts";
import type { Arena } from "../memory/arena.ts";
import type { Combiner } from "../plan/node.ts";
import { Keeper } from "../storage/keeper.ts";
import { placeStrings } from "./combine-strings.ts";
import { gatherPairs } from "./gather-pairs.ts";
import type { MapPiece } from "./map-output.ts";
import type { MapOutputBuilder } from "./map-output-builder.ts";
import { buildPairs } from "./pairs.ts";
import { keysOf, type Place, placeColumns } from "./place-columns.ts";
import type { ShuffleTask } from "./task.ts";

/** Pieces of combined pairs in partition order. They are partial results: the reduce side merges them in order. */
export function combineForShuffle(
  task: ShuffleTask,
  chunks: Iterable<Chunk>,
  combiner: Combiner,
  keeper: Keeper,
  output: MapOutputBuilder,
): void {
  const n = output.numPartitions;
  const built = new Keeper(task.heap);
  try {
    gatherPairs(task, chunks, combiner, false, keeper, {
      columns(inputs, kind) {
        output.add(placeCombined(task, inputs, kind, output));
      },
      strings(inputs, kind) {
        output.add(placeStrings(task, inputs, kind, output));
      },
      groups(groups) {
        const placed = output.arena(groups.segment);
        output.add(placeGroups(task, (arena) => groups.result(arena), n, placed));
      },
      rows(pairs) {
        const place: Place = (column, out) => partitionByHash(task.compute, column, keysOf(column), n, out);
        placeColumns(task, pairs, built, buildPairs, place, output);
      },
    });
  } finally {
    keeper.release();
    built.release();
  }
}

function placeCombined(
  task: ShuffleTask,
  inputs: readonly KeyedColumns[],
  kind: CombineKind,
  output: MapOutputBuilder,
): MapPiece {
  const n = output.numPartitions;
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
  const scratch = task.heap.arena(out.segment.id);
  try {
    const pairs = withOwnDictionaries(task.heap, pairColumn(result(n === 1 ? out : scratch)), out);
    return n === 1
      ? { column: pairs, offsets: Uint32Array.of(0, pairs.length) }
      : partitionByHash(task.compute, pairs, pairs.children[0], n, out);
  } finally {
    scratch.release();
  }
}
