/** Arrow data in memory as columns, one a record batch; their memory must live as long as any plan that reads them. */
import type { Column } from "../column/column.ts";
import type { Compute } from "../kernels/compute.ts";
import type { Arena } from "../memory/arena.ts";
import type { Region } from "../memory/heap.ts";
import { byteRange, indexArrow } from "./arrow-index.ts";
import { readBatches } from "./read-batches.ts";

/** Batches share arenas up to here, so that small ones take no more than they need, and large ones spread over the segments. */
const ENOUGH = 4 << 20;

export interface ArrowTable {
  readonly columns: readonly Column[];
  /** All memory of the columns; the caller frees it. */
  readonly regions: readonly Region[];
}

export function readArrowTable(compute: Compute, bytes: Uint8Array): ArrowTable {
  const source = byteRange(bytes);
  const arenas: Arena[] = [];
  const arena = (): Arena => {
    const last = arenas.at(-1);
    if (last !== undefined && last.bytes < ENOUGH) return last;
    const next = compute.heap.arena();
    arenas.push(next);
    return next;
  };
  try {
    const columns = [
      ...readBatches(compute, source, indexArrow(source), { batch: arena, dictionary: arena, lasting: true }),
    ];
    return { columns, regions: arenas.flatMap((own) => own.detach()) };
  } catch (error) {
    for (const own of arenas) own.release();
    throw error;
  }
}
