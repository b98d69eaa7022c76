/**
 * Where the map outputs of each shuffle are: kept for as long as some plan can still read them, so that a second job over the same
 * shuffle skips its map stage. When execution needs memory, outputs that no running stage reads go to disk. A shuffle whose dependency object is
 * garbage collected is freed.
 */
import type { MovedOutput, OutputMove } from "../executor/moves.ts";
import type { Heap } from "../memory/heap.ts";
import type { ShuffleDependency, ShuffleId } from "../plan/node.ts";
import { freeMapOutput, type MapOutput } from "../shuffle/map-output.ts";
import { type Candidate, type Evictable, nextUse } from "../storage/evictable.ts";
import type { SpillDirectory } from "../storage/spill-directory.ts";
import type { EventBus } from "./events.ts";
import type { Job } from "./job.ts";

export interface ShuffleState {
  readonly id: ShuffleId;
  readonly outputs: (MapOutput | null)[];
  /** The map stage that is under way, shared by all jobs that wait for it, and the job that runs it. */
  running: { readonly job: Job; readonly ended: Promise<void> } | null;
  /** Stages that read the outputs now. */
  readers: number;
  lastUse: number;
  /** Outputs out of the register, and the memory of those that went to disk, which running stages may still read. */
  readonly lost: MapOutput[];
  doomed: boolean;
}

/** What the registry tells. */
export interface ShuffleEvents {
  readonly events: EventBus;
  /** All bytes, in memory or on disk, that will live as long as a plan. */
  added(bytes: number): void;
}

export class ShuffleRegistry implements Evictable<OutputMove, MovedOutput> {
  readonly #heap: Heap;
  readonly #spills: SpillDirectory;
  readonly #tell: ShuffleEvents;
  readonly #states = new Map<ShuffleId, ShuffleState>();
  readonly #cleaner = new FinalizationRegistry<ShuffleId>((id) => this.drop(id));
  /** Outputs that are being written to disk. */
  readonly #moving = new Map<MapOutput, ShuffleState>();
  /** Outputs that could not be. */
  #unmovable = new WeakSet<MapOutput>();
  /** Why they could not. */
  notMoved: string | null = null;

  constructor(heap: Heap, spills: SpillDirectory, tell: ShuffleEvents) {
    this.#heap = heap;
    this.#spills = spills;
    this.#tell = tell;
  }

  /** None of its memory is protected from execution. */
  readonly storageBytes = 0;

  /** Of memory. */
  get bytes(): number {
    let bytes = 0;
    for (const { outputs, lost } of this.#states.values())
      for (const output of [...outputs, ...lost]) if (output !== null) bytes += memoryOf(output);
    return bytes;
  }

  state(dependency: ShuffleDependency): ShuffleState {
    let state = this.#states.get(dependency.id);
    if (state === undefined) {
      state = {
        id: dependency.id,
        outputs: new Array<MapOutput | null>(dependency.node.numPartitions).fill(null),
        running: null,
        readers: 0,
        lastUse: nextUse(),
        lost: [],
        doomed: false,
      };
      this.#states.set(dependency.id, state);
      this.#cleaner.register(dependency, dependency.id);
    }
    return state;
  }

  put(state: ShuffleState, partition: number, output: MapOutput): void {
    if (state.doomed || state.outputs[partition] !== null) this.#free(output);
    else {
      state.outputs[partition] = output;
      state.lastUse = nextUse();
      const inMemory = memoryOf(output);
      this.#tell.added(output.files.length > 0 ? Math.max(inMemory, output.bytes) : inMemory);
    }
  }

  acquire(state: ShuffleState): void {
    state.readers++;
    state.lastUse = nextUse();
  }

  release(state: ShuffleState): void {
    state.readers--;
    this.#freeLost(state);
  }

  /** A map output cannot be read any more: whoever needs it next makes it again. */
  lose(id: ShuffleId, partition: number): void {
    const state = this.#states.get(id);
    if (state === undefined) return;
    this.#takeOut(state, partition);
    this.#freeLost(state);
  }

  drop(id: ShuffleId): void {
    const state = this.#states.get(id);
    if (state === undefined) return;
    this.#states.delete(id);
    state.doomed = true;
    for (const partition of state.outputs.keys()) this.#takeOut(state, partition);
    this.#freeLost(state);
  }

  /** Nobody writes to disk any more. */
  clear(): void {
    const moving = [...this.#moving.values()];
    this.#moving.clear();
    for (const id of [...this.#states.keys()]) this.drop(id);
    for (const state of moving) this.#freeLost(state);
  }

  *candidates(): Generator<Candidate<OutputMove, MovedOutput>> {
    for (const state of this.#states.values()) {
      if (state.readers > 0) continue;
      for (const [partition, output] of state.outputs.entries())
        if (output !== null && output.regions.length > 0 && this.#isMovable(output))
          yield this.#candidate(state, partition, output);
    }
  }

  /** What could not be written to disk may be tried again. */
  retry(): void {
    this.#unmovable = new WeakSet();
    this.notMoved = null;
  }

  #isMovable(output: MapOutput): boolean {
    return !this.#moving.has(output) && !this.#unmovable.has(output);
  }

  #candidate(state: ShuffleState, partition: number, output: MapOutput): Candidate<OutputMove, MovedOutput> {
    const ended = (): void => {
      this.#moving.delete(output);
      this.#freeLost(state);
    };
    return {
      regions: output.regions,
      bytes: memoryOf(output),
      lastUse: state.lastUse,
      dataset: null,
      evict: () => {
        this.#moving.set(output, state);
        return { kind: "output", output, from: { shuffle: state.id, mapPartition: partition } };
      },
      moved: (result) => {
        if (result.kind === "output") this.#adopt(state, partition, output, result.output);
        else {
          this.#unmovable.add(output);
          this.notMoved = result.reason;
        }
        ended();
      },
      stayed: ended,
    };
  }

  /** Takes over what an output is on disk, unless that is not wanted any more. */
  #adopt(state: ShuffleState, partition: number, before: MapOutput, output: MapOutput): void {
    const added = output.files.filter((name) => !before.files.includes(name));
    if (state.outputs[partition] !== before) {
      void this.#spills.free(added);
      return;
    }
    state.outputs[partition] = output;
    state.lost.push({ ...before, files: [] });
    this.#tell.events.publish({
      type: "mapOutputEvicted",
      shuffle: state.id,
      partition,
      bytes: memoryOf(before),
      time: performance.now(),
    });
  }

  #takeOut(state: ShuffleState, partition: number): void {
    const output = state.outputs[partition];
    if (output !== null) state.lost.push(output);
    state.outputs[partition] = null;
  }

  /** Frees what nobody reads. */
  #freeLost(state: ShuffleState): void {
    if (state.readers > 0) return;
    for (const output of state.lost.splice(0))
      if (this.#moving.has(output)) state.lost.push(output);
      else this.#free(output);
  }

  #free(output: MapOutput): void {
    freeMapOutput(this.#heap, output);
    void this.#spills.free(output.files);
  }
}

function memoryOf({ regions }: MapOutput): number {
  return regions.reduce((sum, { bytes }) => sum + bytes, 0);
}
