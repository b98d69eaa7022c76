/**
 * Where the map outputs of each shuffle are: kept for as long as some plan can still read them, so that a second job over the same
 * shuffle skips its map stage. A shuffle whose dependency object is garbage collected is freed.
 */
import type { Heap } from "../memory/heap.ts";
import type { ShuffleDependency, ShuffleId } from "../plan/node.ts";
import { freeMapOutput, type MapOutput } from "../shuffle/map-output.ts";
import type { SpillDirectory } from "../storage/spill-directory.ts";
import type { Job } from "./job.ts";

export interface ShuffleState {
  readonly id: ShuffleId;
  readonly outputs: (MapOutput | null)[];
  /** The map stage that is under way, shared by all jobs that wait for it, and the job that runs it. */
  running: { readonly job: Job; readonly ended: Promise<void> } | null;
  /** Stages that read the outputs now. */
  readers: number;
  /** Outputs out of the register that running stages may still read. */
  readonly lost: MapOutput[];
  doomed: boolean;
}

export class ShuffleRegistry {
  readonly #heap: Heap;
  readonly #spills: SpillDirectory;
  readonly #states = new Map<ShuffleId, ShuffleState>();
  readonly #cleaner = new FinalizationRegistry<ShuffleId>((id) => this.drop(id));

  readonly #added: (bytes: number) => void;

  /** `added` is told of all bytes, in memory or on disk, that will live as long as a plan. */
  constructor(heap: Heap, spills: SpillDirectory, added: (bytes: number) => void) {
    this.#heap = heap;
    this.#spills = spills;
    this.#added = added;
  }

  state(dependency: ShuffleDependency): ShuffleState {
    let state = this.#states.get(dependency.id);
    if (state === undefined) {
      state = {
        id: dependency.id,
        outputs: new Array<MapOutput | null>(dependency.node.numPartitions).fill(null),
        running: null,
        readers: 0,
        lost: [],
        doomed: false,
      };
      this.#states.set(dependency.id, state);
      this.#cleaner.register(dependency, dependency.id);
    }
    return state;
  }

  put(state: ShuffleState, partition: number, output: MapOutput): void {
    if (state.doomed || state.outputs[partition] !== null) this.#freeOutput(output);
    else {
      state.outputs[partition] = output;
      const inMemory = output.regions.reduce((sum, region) => sum + region.bytes, 0);
      this.#added(output.files.length > 0 ? Math.max(inMemory, output.bytes) : inMemory);
    }
  }

  acquire(state: ShuffleState): void {
    state.readers++;
  }

  release(state: ShuffleState): void {
    if (--state.readers > 0) return;
    if (state.doomed) this.#free(state);
    else this.#freeLost(state);
  }

  /** A map output cannot be read any more: whoever needs it next makes it again. */
  lose(id: ShuffleId, partition: number): void {
    const state = this.#states.get(id);
    const output = state?.outputs[partition] ?? null;
    if (state === undefined || output === null) return;
    state.outputs[partition] = null;
    state.lost.push(output);
    if (state.readers === 0) this.#freeLost(state);
  }

  drop(id: ShuffleId): void {
    const state = this.#states.get(id);
    if (state === undefined) return;
    this.#states.delete(id);
    state.doomed = true;
    if (state.readers === 0) this.#free(state);
  }

  clear(): void {
    for (const id of [...this.#states.keys()]) this.drop(id);
  }

  #free(state: ShuffleState): void {
    state.outputs.forEach((output, i) => {
      if (output !== null) this.#freeOutput(output);
      state.outputs[i] = null;
    });
    this.#freeLost(state);
  }

  #freeOutput(output: MapOutput): void {
    freeMapOutput(this.#heap, output);
    void this.#spills.free(output.files);
  }

  #freeLost(state: ShuffleState): void {
    for (const output of state.lost.splice(0)) this.#freeOutput(output);
  }
}
