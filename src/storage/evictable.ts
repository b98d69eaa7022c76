/**
 * What can give memory back when execution needs it. What has to be written to disk first is a move: plain data that a worker can carry out, and
 * the driver on master "local". Cached partitions and map outputs are evictable.
 */
import type { Region } from "../memory/heap.ts";

export interface Evictable<Move, Moved> {
  /** Bytes of memory that count as storage, of which a part is protected from execution. */
  readonly storageBytes: number;
  candidates(): Iterable<Candidate<Move, Moved>>;
}

export interface Candidate<Move, Moved> {
  readonly regions: readonly Region[];
  readonly bytes: number;
  /** By `nextUse`. */
  readonly lastUse: number;
  /** The dataset that it is cached for; null when it is not storage. */
  readonly dataset: number | null;
  /** Frees the memory, or says what must be done before; then `moved` or `stayed` must follow, and until then it is no candidate. */
  evict(): Move | null;
  moved(result: Moved | NotMoved): void;
  /** Who should have done it is gone. */
  stayed(): void;
}

/** Why it cannot be done. */
export interface NotMoved {
  readonly kind: "notMoved";
  readonly reason: string;
}

let clock = 0;

/** Numbers uses, so that what was used least recently can be told. */
export function nextUse(): number {
  return clock++;
}
