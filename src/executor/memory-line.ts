/**
 * A worker's line to the driver for what cannot wait until its task is done: memory that is short, and room for what is to be stored. It asks by
 * message, after all that it has reported, and waits in the middle of what it does; meanwhile it writes to disk what the driver says. Only one thing
 * is asked at a time, as what is done for the answer has only the memory that there is.
 */
import { receiveMessageOnPort } from "node:worker_threads";
import type { Compute } from "../kernels/compute.ts";
import type { SegmentId } from "../memory/segment.ts";
import type { SharedHeap } from "../memory/shared-heap.ts";
import { storageLimit } from "../memory/task-share.ts";
import type { NodeId } from "../plan/node.ts";
import type { DiskFiles } from "../storage/disk-files.ts";
import type { MemoryHolders } from "../storage/memory-holders.ts";
import type { MemoryNeed, MemoryReply, MemoryRequest } from "../storage/memory-manager.ts";
import { type Move, type Moved, tryMove } from "./moves.ts";
import { outOfMemory } from "./out-of-memory.ts";
import type { FromWorker, WorkerLine } from "./protocol.ts";
import type { CurrentTask, StorageLink } from "./stage-runtime.ts";

const LOOK_EVERY_MS = 20;

export class MemoryLine implements StorageLink {
  readonly #heap: SharedHeap;
  readonly #compute: Compute;
  readonly #files: DiskFiles;
  readonly #words: Int32Array;
  readonly #line: WorkerLine;
  readonly #post: (message: FromWorker) => void;
  #task: CurrentTask | null = null;

  constructor(
    heap: SharedHeap,
    compute: Compute,
    files: DiskFiles,
    line: WorkerLine,
    post: (message: FromWorker) => void,
  ) {
    this.#heap = heap;
    this.#compute = compute;
    this.#files = files;
    this.#line = line;
    this.#words = new Int32Array(line.words);
    this.#post = post;
    heap.onShortage((bytes, segment, tries) => this.#shortage(bytes, segment, tries));
  }

  enter(task: CurrentTask | null): void {
    this.#task = task;
  }

  mayStore(node: NodeId, bytes: number): boolean {
    if (this.#heap.used + bytes <= storageLimit(this.#heap)) return true;
    return this.#ask({ kind: "storage", bytes, dataset: node }) === true;
  }

  copyLost(node: NodeId, partition: number, identity: string): void {
    this.#post({ type: "copyLost", node, partition, identity });
  }

  #shortage(bytes: number, segment: SegmentId | null, tries: number): true | string | null {
    const task = this.#task;
    if (task === null) return null;
    const room = this.#ask({ kind: "execution", bytes, segment, tries, patient: task.patient });
    return room === true || room === null ? room : outOfMemory(bytes, this.#heap, room, task);
  }

  #ask(need: MemoryNeed): true | MemoryHolders | null {
    for (let request: MemoryRequest<Moved> = need; ; ) {
      const reply = this.#exchange(request);
      if (reply.kind !== "move") return reply.kind === "granted" ? true : reply.holders;
      request = { kind: "moved", result: tryMove(this.#compute, this.#files, reply.move) };
    }
  }

  #exchange(request: MemoryRequest<Moved>): MemoryReply<Move> {
    const before = Atomics.load(this.#words, 0);
    this.#post({ type: "memory", request });
    for (let withdrawn = false; Atomics.wait(this.#words, 0, before, LOOK_EVERY_MS) === "timed-out"; )
      if (!withdrawn && this.#task?.cancelled === true) {
        withdrawn = true;
        this.#post({ type: "memory", request: { kind: "withdraw" } });
      }
    return receiveMessageOnPort(this.#line.replies)!.message as MemoryReply<Move>;
  }
}
