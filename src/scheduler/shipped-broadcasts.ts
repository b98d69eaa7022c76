/** The broadcasts of a context, and which worker has which: a value is sent to a worker once, when a stage first needs it there. */
import { GnistaError } from "../errors.ts";
import type { Executors } from "../executor/executors.ts";

export class ShippedBroadcasts {
  readonly #executors: Executors;
  readonly #values = new Map<number, unknown>();
  /** Drops that workers were told and have not done yet. */
  readonly #drops = new Set<{ readonly id: number; readonly worker: number; resolve(): void }>();
  readonly #shipped = new Map<number, Set<number>>();

  constructor(executors: Executors) {
    this.#executors = executors;
    this.newWorkers();
  }

  /** The workers that were not there when this was last called. */
  newWorkers(): number[] {
    const fresh = this.#executors.workers.filter((id) => !this.#shipped.has(id));
    for (const id of fresh) this.#shipped.set(id, new Set());
    return fresh;
  }

  workerLost(worker: number): void {
    this.#shipped.delete(worker);
    for (const drop of [...this.#drops]) if (drop.worker === worker) this.dropped(drop.id, worker);
  }

  set(id: number, value: unknown): void {
    this.#values.set(id, value);
  }

  /** Resolves when no worker has it any more. */
  async drop(id: number): Promise<void> {
    this.#values.delete(id);
    const holders = [...this.#shipped].flatMap(([worker, shipped]) => (shipped.delete(id) ? [worker] : []));
    const dropped = holders.map(
      (worker) => new Promise<void>((resolve) => this.#drops.add({ id, worker, resolve })),
    );
    for (const worker of holders) this.#executors.send(worker, { type: "dropBroadcast", id });
    await Promise.all(dropped);
  }

  /** A worker has dropped it. */
  dropped(id: number, worker: number): void {
    for (const drop of [...this.#drops])
      if (drop.id === id && drop.worker === worker) {
        this.#drops.delete(drop);
        drop.resolve();
      }
  }

  /** Makes sure that every worker has these. */
  ship(ids: ReadonlySet<number>): void {
    for (const id of ids) {
      if (!this.#values.has(id))
        throw new GnistaError("UNSUPPORTED_OPERATION", `broadcast ${id} was used after destroy()`);
      for (const [worker, shipped] of this.#shipped) {
        if (shipped.has(id)) continue;
        this.#executors.send(worker, { type: "broadcast", id, value: this.#values.get(id) });
        shipped.add(id);
      }
    }
  }
}
