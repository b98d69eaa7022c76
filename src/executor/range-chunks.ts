/** Ranges of numbers, made where they are used. */
import type { Chunk } from "../column/chunk.ts";
import { plainColumn } from "../column/column.ts";
import { sourceRows } from "../memory/task-share.ts";
import type { Keeper } from "../storage/keeper.ts";
import type { TaskRuntime } from "./task-runtime.ts";

/** start, start + step, ... as f64 columns. */
export function* rangeChunks(
  task: TaskRuntime,
  range: { readonly start: number; readonly step: number; readonly length: number },
  numPartitions: number,
  partition: number,
  keeper: Keeper | null,
): Generator<Chunk> {
  const from = Math.floor((partition * range.length) / numPartitions);
  const to = Math.floor(((partition + 1) * range.length) / numPartitions);
  const slot = task.slot(keeper);
  const most = task.lazy ? 1024 : sourceRows(task.heap);
  for (let at = from; at < to; at += most) {
    const length = Math.min(most, to - at);
    const arena = slot.next();
    const ptr = arena.allocate(length * 8);
    const values = arena.segment.f64.subarray(ptr / 8, ptr / 8 + length);
    for (let i = 0; i < length; i++) values[i] = range.start + (at + i) * range.step;
    task.metrics.rowsRead += length;
    yield plainColumn({ type: { kind: "f64" }, length, segment: arena.segment.id, values: ptr });
  }
}
