/** Has workers make copies of stored partitions, between their tasks: another worker than made the first, where there is one. */
import type { Executors } from "../executor/executors.ts";
import type { CopyMove } from "../storage/block-manager.ts";
import type { StoredCopy } from "../storage/stored-copy.ts";

interface Asked {
  readonly move: CopyMove;
  /** Who is not to do it, if another can. */
  readonly maker: number;
  worker: number;
  readonly resolve: (copy: StoredCopy | null) => void;
}

export class BlockCopies {
  readonly #executors: () => Executors;
  readonly #asked = new Map<number, Asked>();
  #next = 0;

  constructor(executors: () => Executors) {
    this.#executors = executors;
  }

  /** Null when it cannot be made. */
  copy(move: CopyMove, maker: number): Promise<StoredCopy | null> {
    return new Promise((resolve) => {
      const id = this.#next++;
      this.#asked.set(id, { move, maker, worker: -1, resolve });
      this.#send(id);
    });
  }

  /** False when nobody waits for it. */
  copied(id: number, copy: StoredCopy | null): boolean {
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    asked?.resolve(copy);
    return asked !== undefined;
  }

  /** Another one makes what it was to make. */
  workerLost(worker: number): void {
    for (const [id, asked] of this.#asked) if (asked.worker === worker) this.#send(id);
  }

  #send(id: number): void {
    const asked = this.#asked.get(id)!;
    const { workers } = this.#executors();
    const others = workers.filter((worker) => worker !== asked.maker);
    const able = others.length > 0 ? others : workers;
    if (able.length === 0) {
      this.copied(id, null);
      return;
    }
    asked.worker = able[id % able.length];
    this.#executors().send(asked.worker, { type: "copy", id, move: asked.move });
  }
}
