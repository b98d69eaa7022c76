/**
 * Keeping computed partitions, in memory or on disk, for later jobs.
 *
 * https://spark.apache.org/docs/latest/rdd-programming-guide.html#rdd-persistence
 */
import { GnistaError } from "../errors.ts";
import { StorageLevel, withDisk } from "../plan/storage-level.ts";
import { OrderedOperations } from "./ordered-operations.ts";
import type { RDD } from "./rdd.ts";

export class Persistence<T> extends OrderedOperations<T> {
  /**
   * Keeps each partition once a job has computed it, so that later jobs read it. When memory is short, partitions that were used least recently
   * leave it: at levels with a disk they are written there, at others they are dropped, and computed again when needed. Serialized levels take
   * less memory and are decoded at each reading, as is what lies on disk. Levels with replicas keep as many copies, made by other workers,
   * so that one which cannot be read is made again from another. The rows of a collection are in memory already, and are not kept twice.
   * With a local checkpoint, a disk is added to the level.
   * UNSUPPORTED_OPERATION for another level than the one that is set; INVALID_ARGUMENT for NONE.
   *
   * @example
   * const squares = sc.range(4).map((x) => x * x).persist(StorageLevel.MEMORY_ONLY);
   * await squares.count() // => 4
   * await squares.sum() // => 14
   */
  persist(level: StorageLevel = StorageLevel.MEMORY_ONLY): this {
    const { storageLevel: current, checkpoint } = this.node;
    const isLocal = checkpoint?.path === null;
    if (current !== StorageLevel.NONE && current !== level && !isLocal)
      throw new GnistaError(
        "UNSUPPORTED_OPERATION",
        "the storage level of a persisted RDD cannot be changed; unpersist() it first",
      );
    if (level === StorageLevel.NONE)
      throw new GnistaError(
        "INVALID_ARGUMENT",
        "an RDD cannot be persisted at the level NONE; unpersist() it",
      );
    return this.keep(isLocal ? withDisk(level) : level);
  }

  /** Whatever the level was before. @internal */
  protected keep(level: StorageLevel): this {
    this.node.storageLevel = level;
    this.context.persisted(this as unknown as RDD<unknown>);
    return this;
  }

  /**
   * `persist(StorageLevel.MEMORY_ONLY)`.
   *
   * @example
   * sc.range(4).cache().isCached // => true
   */
  cache(): this {
    return this.persist(StorageLevel.MEMORY_ONLY);
  }

  /**
   * Frees what is kept; jobs that read it now finish first. `blocking` gives a promise that resolves when all is freed, in memory and on disk.
   *
   * @example
   * sc.range(4).cache().unpersist().isCached // => false
   * const kept = sc.range(4).persist(StorageLevel.DISK_ONLY);
   * await kept.count() // => 4
   * await kept.unpersist(true);
   */
  unpersist(blocking?: false): this;
  unpersist(blocking: true): Promise<this>;
  unpersist(blocking = false): this | Promise<this> {
    this.node.storageLevel = StorageLevel.NONE;
    const freed = this.context.unpersisted(this as unknown as RDD<unknown>);
    return blocking ? freed.then(() => this) : this;
  }

  /**
   * Frees the shuffle outputs that this RDD reads; a later job makes them again.
   *
   * @example
   * const sums = sc.parallelize([["a", 1], ["a", 2]]).reduceByKey((a, b) => a + b);
   * await sums.collect() // => [["a", 3]]
   * sums.cleanShuffleDependencies();
   * await sums.collect() // => [["a", 3]]
   */
  cleanShuffleDependencies(): void {
    this.context.engine.freeShuffles(this.node);
  }

  /**
   * Whether the RDD is marked to be kept.
   *
   * @example
   * sc.range(4).isCached // => false
   */
  get isCached(): boolean {
    return this.node.storageLevel !== StorageLevel.NONE;
  }

  /**
   * The level given to `persist`, or NONE.
   *
   * @example
   * sc.range(4).cache().getStorageLevel() === StorageLevel.MEMORY_ONLY // => true
   */
  getStorageLevel(): StorageLevel {
    return this.node.storageLevel;
  }
}
