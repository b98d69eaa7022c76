/** What the scheduler works with: the engine's stores, executors and settings. */
import type { Executors } from "../executor/executors.ts";
import type { AccumulatorAdd } from "../executor/protocol.ts";
import type { Heap } from "../memory/heap.ts";
import type { BlockManager } from "../storage/block-manager.ts";
import type { CollectionStore } from "../storage/collection-store.ts";
import type { SpillDirectory } from "../storage/spill-directory.ts";
import type { EventBus } from "./events.ts";
import type { SchedulerSettings } from "./settings.ts";
import type { ShuffleRegistry } from "./shuffle-registry.ts";

export interface AccumulatorEntry {
  readonly add: AccumulatorAdd;
  merge(update: unknown): void;
}

/** What a task may run out of. */
export type Scarce = "memory" | "disk";

export interface SchedulerParts {
  readonly heap: Heap;
  readonly spills: SpillDirectory;
  readonly events: EventBus;
  readonly executors: Executors;
  readonly blocks: BlockManager;
  readonly collections: CollectionStore;
  readonly shuffles: ShuffleRegistry;
  readonly accumulators: ReadonlyMap<number, AccumulatorEntry>;
  readonly settings: SchedulerSettings;
  /** Makes sure that every worker has these broadcasts. */
  shipBroadcasts(ids: ReadonlySet<number>): void;
  reclaim(what: Scarce): Promise<void>;
}
