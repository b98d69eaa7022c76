/**
 * What an operator that gathers rows may hold before it writes them to disk. With every executor at work this is an eighth of the budget between
 * all: an operator holds what it gathered and what it makes of it, a task has some of them at once, and what is cached has its half.
 */
import type { Heap } from "./heap.ts";

const PARTS = 8;
/** Less is not worth a file. */
const LEAST = 1 << 20;

/** Bytes, the same for every task whatever the others do, so that what is written to disk does not depend on timing. */
export function taskShare({ limit }: Pick<Heap, "limit">, executors: number): number {
  return Math.max(LEAST, Math.floor(limit / (PARTS * executors)));
}

/** How much of the budget may be in use when more is cached: what is left is what tasks may gather. */
export function storageLimit({ limit }: Pick<Heap, "limit">): number {
  return limit - limit / PARTS;
}
