/**
 * Spark's unified memory, on the driver: execution and storage share one budget and borrow from each other. A worker whose allocation fails asks;
 * what was used least recently is dropped, or the worker writes it to disk first: map outputs, and storage down to the part that is protected. Otherwise it
 * waits for other tasks to give memory back, and is refused when that cannot help: when all that run wait, the last to ask is refused, so
 * that the others go on. Storage takes what is free but for a reserve, and drops other datasets only, never execution.
 *
 * https://spark.apache.org/docs/latest/tuning.html#memory-management-overview
 */
import type { Heap } from "../memory/heap.ts";
import type { SegmentId } from "../memory/segment.ts";
import { storageLimit } from "../memory/task-share.ts";
import type { Candidate, Evictable, NotMoved } from "./evictable.ts";
import type { MemoryHolders } from "./memory-holders.ts";

/** What a worker asks for. */
export type MemoryNeed =
  | {
      readonly kind: "execution";
      readonly bytes: number;
      /** Where it must lie; null for anywhere. */
      readonly segment: SegmentId | null;
      /** How often it was granted and did not fit after all, as what is free is in pieces or was taken. */
      readonly tries: number;
      /** Whether it may wait for other tasks: not when they may wait for it. */
      readonly patient: boolean;
    }
  | { readonly kind: "storage"; readonly bytes: number; readonly dataset: number };

export type MemoryRequest<Moved> =
  | MemoryNeed
  /** What it was told to do is done, or could not be done. It still needs what it needed. */
  | { readonly kind: "moved"; readonly result: Moved | NotMoved }
  /** It does not want to wait any more. */
  | { readonly kind: "withdraw" };

export type MemoryReply<Move> =
  | { readonly kind: "granted" }
  /** A task is told what holds the memory. */
  | { readonly kind: "refused"; readonly holders: MemoryHolders | null }
  | { readonly kind: "move"; readonly move: Move };

/** The workers, as far as memory is concerned. */
export interface MemoryUsers<Move> {
  /** Those that run tasks now. */
  busy(): readonly number[];
  /** Bytes that a worker's task holds. */
  heldBy(worker: number): number;
  /** What holds the memory; `worker` is who asks, null on the driver's own thread. */
  holders(worker: number | null): MemoryHolders;
  reply(worker: number, reply: MemoryReply<Move>): void;
}

type Step<Move, Moved> =
  | { readonly kind: "granted" }
  | { readonly kind: "nothing" }
  | { readonly kind: "move"; readonly move: Move; readonly candidate: Candidate<Move, Moved> };

/** Tasks give memory back without a word, so who waits looks again. */
const LOOK_EVERY_MS = 10;

export class MemoryManager<Move, Moved> {
  readonly #heap: Heap;
  readonly #protected: number;
  readonly #evictables: readonly Evictable<Move, Moved>[];
  readonly #users: MemoryUsers<Move>;
  readonly #needs = new Map<number, MemoryNeed>();
  readonly #moving = new Map<number, Candidate<Move, Moved>>();
  /** How much was in use when each began to wait, in that order. */
  readonly #waiting = new Map<number, number>();
  #watch: NodeJS.Timeout | null = null;

  /** `storageFraction` of the budget is what execution leaves to storage. */
  constructor(
    heap: Heap,
    storageFraction: number,
    evictables: readonly Evictable<Move, Moved>[],
    users: MemoryUsers<Move>,
  ) {
    this.#heap = heap;
    this.#protected = heap.limit * storageFraction;
    this.#evictables = evictables;
    this.#users = users;
  }

  request(worker: number, request: MemoryRequest<Moved>): void {
    switch (request.kind) {
      case "withdraw":
        if (this.#waiting.delete(worker)) this.#reply(worker, { kind: "refused", holders: null });
        return;
      case "moved": {
        const candidate = this.#moving.get(worker);
        this.#moving.delete(worker);
        candidate?.moved(request.result);
        break;
      }
      default:
        this.#needs.set(worker, request);
    }
    this.#decide(worker);
    if (request.kind === "moved") this.#look();
  }

  /** What it was doing will not be done. */
  workerLost(worker: number): void {
    this.#needs.delete(worker);
    this.#waiting.delete(worker);
    this.#moving.get(worker)?.stayed();
    this.#moving.delete(worker);
    this.#look();
  }

  /** The same on the driver's own thread, which carries moves out and cannot wait. True when there may be room now. */
  makeRoom(need: MemoryNeed, perform: (move: Move) => Moved | NotMoved): true | MemoryHolders {
    for (;;) {
      const step = this.#step(need);
      if (step.kind === "granted") return true;
      if (step.kind === "nothing") return this.#users.holders(null);
      step.candidate.moved(perform(step.move));
    }
  }

  /** Drops all that can be dropped, the protected part too: for a task that has failed for want of memory. */
  async evictAll(perform: (move: Move) => Promise<Moved | NotMoved>): Promise<void> {
    const moves: Promise<void>[] = [];
    for (const candidate of this.#candidates()) {
      const move = candidate.evict();
      if (move !== null) moves.push(perform(move).then((result) => candidate.moved(result)));
    }
    await Promise.all(moves);
  }

  /** Nobody waits any more. */
  stop(): void {
    this.#needs.clear();
    this.#waiting.clear();
    this.#look();
  }

  /** Bytes of memory that are storage. */
  get storageBytes(): number {
    return this.#evictables.reduce((sum, { storageBytes }) => sum + storageBytes, 0);
  }

  #reply(worker: number, reply: MemoryReply<Move>): void {
    if (reply.kind !== "move") this.#needs.delete(worker);
    this.#users.reply(worker, reply);
  }

  #decide(worker: number): void {
    const need = this.#needs.get(worker);
    if (need === undefined) return;
    const step = this.#step(this.#sinceItWaits(worker, need));
    if (step.kind === "move") {
      this.#waiting.delete(worker);
      this.#moving.set(worker, step.candidate);
      this.#reply(worker, { kind: "move", move: step.move });
    } else if (step.kind === "granted" || !this.#mayWait(worker, need)) {
      this.#waiting.delete(worker);
      const holders =
        need.kind === "execution" && step.kind === "nothing" ? this.#users.holders(worker) : null;
      this.#reply(worker, step.kind === "granted" ? { kind: "granted" } : { kind: "refused", holders });
    } else {
      if (!this.#waiting.has(worker)) this.#waiting.set(worker, this.#heap.used);
      this.#watch ??= setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
    }
  }

  /** When memory was given back meanwhile, it is worth another try. */
  #sinceItWaits(worker: number, need: MemoryNeed): MemoryNeed {
    const before = this.#waiting.get(worker);
    if (need.kind === "storage" || before === undefined || this.#heap.used >= before) return need;
    return { ...need, tries: 0 };
  }

  /** Whether somebody else may give enough back, or is about to. Of those that only wait for each other the one that came last must not. */
  #mayWait(worker: number, need: MemoryNeed): boolean {
    if (need.kind === "storage") return false;
    if ([...this.#moving.keys()].some((other) => other !== worker)) return true;
    if (!need.patient) return false;
    const others = this.#users.busy().filter((other) => other !== worker);
    const held = others.reduce((sum, other) => sum + this.#users.heldBy(other), 0);
    if (this.#heap.used - held + need.bytes > this.#heap.limit) return false;
    if (others.some((other) => !this.#waiting.has(other))) return true;
    return this.#waiting.has(worker) && [...this.#waiting.keys()].at(-1) !== worker;
  }

  #look(): void {
    for (const worker of [...this.#waiting.keys()]) if (this.#waiting.has(worker)) this.#decide(worker);
    if (this.#waiting.size > 0 || this.#watch === null) return;
    clearInterval(this.#watch);
    this.#watch = null;
  }

  /** Drops what can be dropped at once, until there is room, or something must be written first, or there is nothing. */
  #step(need: MemoryNeed): Step<Move, Moved> {
    for (let retry = need.kind === "execution" ? need.tries : 0; ; retry = 0) {
      if (this.#isFree(need) && retry === 0) return { kind: "granted" };
      const candidate = this.#victim(need);
      if (candidate === undefined) return { kind: "nothing" };
      const move = candidate.evict();
      if (move !== null) return { kind: "move", move, candidate };
    }
  }

  #isFree(need: MemoryNeed): boolean {
    const { used, limit } = this.#heap;
    if (need.kind === "storage") return used + need.bytes <= storageLimit(this.#heap);
    const fits = need.segment === null || this.#heap.room(need.segment) > need.bytes;
    return fits && used + need.bytes <= limit;
  }

  #victim(need: MemoryNeed): Candidate<Move, Moved> | undefined {
    const candidates = this.#candidates();
    if (need.kind === "execution") {
      const storage = this.storageBytes;
      const { used, limit } = this.#heap;
      // When the budget has room but the segment has not, only what lies in it helps.
      const anywhere = used + need.bytes > limit;
      return candidates.find(
        ({ dataset, regions }) =>
          (dataset === null || storage > this.#protected) &&
          (anywhere || need.segment === null || regions.some(({ segment }) => segment === need.segment)),
      );
    }
    const others = candidates.filter(({ dataset }) => dataset !== null && dataset !== need.dataset);
    const missing = this.#heap.used + need.bytes - storageLimit(this.#heap);
    return others.reduce((sum, { bytes }) => sum + bytes, 0) < missing ? undefined : others[0];
  }

  /** Least recently used first. */
  #candidates(): Candidate<Move, Moved>[] {
    return this.#evictables
      .flatMap((evictable) => [...evictable.candidates()])
      .sort((a, b) => a.lastUse - b.lastUse);
  }
}
