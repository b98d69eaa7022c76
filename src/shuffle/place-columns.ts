/** Chunks placed by partition, one after the other, into a map output. */
import type { Chunk } from "../column/chunk.ts";
import type { Column } from "../column/column.ts";
import { hasPassingDictionary } from "../column/own-dictionaries.ts";
import { GnistaError } from "../errors.ts";
import type { RangePartitioned } from "../kernels/range-partition.ts";
import type { Arena } from "../memory/arena.ts";
import type { Keeper } from "../storage/keeper.ts";
import type { MapOutputBuilder } from "./map-output-builder.ts";
import { isPairs, toColumns } from "./pairs.ts";
import type { ShuffleTask } from "./task.ts";

/** Permutes rows into partition order. */
export type Place = (column: Column, out: Arena) => RangePartitioned;

/** `input` holds the chunks, and what is built of rows; it is released as far as the output does not refer to it. */
export function placeColumns(
  task: ShuffleTask,
  chunks: Iterable<Chunk>,
  input: Keeper,
  build: (rows: readonly unknown[], arena: Arena) => Column,
  place: Place,
  output: MapOutputBuilder,
): void {
  for (const column of toColumns(chunks, input, build)) {
    task.checkCancelled();
    const placed = place(column, output.arena(column.segment));
    const inMemory = output.add(placed, input.bytes);
    // Permuted codes still refer to their dictionary. It is copied when the output takes possession.
    if (!inMemory || !hasPassingDictionary(placed.column)) input.release();
  }
}

export function keysOf(column: Column): Column {
  if (isPairs(column)) return column.children[0];
  throw new GnistaError(
    "INVALID_ARGUMENT",
    "a keyed operation needs [key, value] pairs; make them with map((x) => [key, value]) or keyBy",
  );
}
