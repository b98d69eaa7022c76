/**
 * What an operator that gathers rows may hold before it writes them to disk. With every executor at work this is an eighth of the budget between
 * all: an operator holds what it gathered and what it makes of it, a task has some of them at once, and what is cached has its half. One executor
 * has half of that, as what is made of short strings is several times what they are, and nobody ends before it who gives memory back.
 */
import type { Heap } from "./heap.ts";

const PARTS = 8;
/** Bytes of the budget for each row that a source makes at once. */
const SOURCE_SHARE = 512;
/** Less is not worth a file. */
const LEAST = 1 << 18;

/** Bytes, the same for every task whatever the others do, so that what is written to disk does not depend on timing. */
export function taskShare({ limit }: Pick<Heap, "limit">, executors: number): number {
  return Math.max(LEAST, Math.floor(limit / (PARTS * Math.max(2, executors))));
}

/**
 * Rows that a source makes at once: a million, or so few that what is made of them fits a small budget. Nothing but the budget counts, as sums
 * are added chunk by chunk.
 */
export function sourceRows({ limit }: Pick<Heap, "limit">): number {
  return Math.min(1 << 20, Math.max(1 << 13, Math.floor(limit / SOURCE_SHARE)));
}

/** How much of the budget may be in use when more is cached: what is left is what tasks may gather. */
export function storageLimit({ limit }: Pick<Heap, "limit">): number {
  return limit - limit / PARTS;
}
