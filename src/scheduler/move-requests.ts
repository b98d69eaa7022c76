/** Has workers make copies of what is stored and write it to disk, between their tasks: another worker than made it, where there is one. */
import type { Executors } from "../executor/executors.ts";
import type { Move, Moved } from "../executor/moves.ts";
import type { NotMoved } from "../storage/evictable.ts";

interface Asked {
  readonly move: Move;
  /** Who is not to do it, if another can. */
  readonly maker: number;
  worker: number;
  readonly resolve: (result: Moved | NotMoved) => void;
}

export class MoveRequests {
  readonly #executors: () => Executors;
  readonly #asked = new Map<number, Asked>();
  #next = 0;

  constructor(executors: () => Executors) {
    this.#executors = executors;
  }

  move(move: Move, maker = -1): Promise<Moved | NotMoved> {
    return new Promise((resolve) => {
      const id = this.#next++;
      this.#asked.set(id, { move, maker, worker: -1, resolve });
      this.#send(id);
    });
  }

  /** False when nobody waits for it. */
  moved(id: number, result: Moved | NotMoved): boolean {
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    asked?.resolve(result);
    return asked !== undefined;
  }

  /** Another one does what it was to do. */
  workerLost(worker: number): void {
    for (const [id, asked] of this.#asked) if (asked.worker === worker) this.#send(id);
  }

  #send(id: number): void {
    const asked = this.#asked.get(id)!;
    const { workers } = this.#executors();
    const others = workers.filter((worker) => worker !== asked.maker);
    const able = others.length > 0 ? others : workers;
    if (able.length === 0) {
      this.moved(id, { kind: "notMoved", reason: "there is no worker thread" });
      return;
    }
    asked.worker = able[id % able.length];
    this.#executors().send(asked.worker, { type: "move", id, move: asked.move });
  }
}
