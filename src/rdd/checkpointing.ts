/**
 * Cutting lineages: rows are written once, and what they were made from is let go. The checkpoint is made after the first job that reads the
 * RDD, by a job of its own, and every RDD that was made from it, before or after, reads it from then on.
 *
 * https://spark.apache.org/docs/latest/rdd-programming-guide.html#rdd-persistence
 */
import { GnistaError } from "../errors.ts";
import { abortOutput, beginOutput, commitOutput } from "../io/output-committer.ts";
import { isMarked } from "../plan/checkpoint.ts";
import { Lazy, PlanNode } from "../plan/node.ts";
import type { Partitioner } from "../plan/partitioner.ts";
import { Preparation } from "../plan/preparation.ts";
import { savePartitioner } from "../plan/saved-partitioner.ts";
import { StorageLevel, withDisk } from "../plan/storage-level.ts";
import { checkpointFiles } from "../storage/checkpoint-file.ts";
import { ActionCall } from "./action-call.ts";
import { Persistence } from "./persistence.ts";
import type { RDDBase } from "./rdd-base.ts";

export class Checkpointing<T> extends Persistence<T> {
  /**
   * Marks the RDD to be written to files in the directory of `sc.setCheckpointDir`, after the next job that reads it, by a job of its own, which
   * computes the rows again unless the RDD is persisted. From then on they are read from there, also by RDDs that were made from this one before, and
   * the ancestors are let go. The files stay when the context is stopped. Of several marked RDDs on one path only the last is written, unless the
   * local property spark.checkpoint.checkpointAllMarkedAncestors is "true". UNSUPPORTED_OPERATION without a directory; later actions fail with
   * INPUT_NOT_FOUND or CORRUPT_INPUT for a file that is gone or damaged.
   *
   * @example
   * sc.setCheckpointDir(dir);
   * const squares = sc.range(4, undefined, 1, 2).map((x) => x * x).cache();
   * squares.checkpoint();
   * await squares.sum() // => 14
   * squares.isCheckpointed // => true
   * squares.toDebugString().includes("ReliableCheckpointRDD") // => true
   * squares.toDebugString().includes("range at") // => false
   */
  checkpoint(): void {
    const directory = this.context.getCheckpointDir();
    if (directory === null)
      throw new GnistaError(
        "UNSUPPORTED_OPERATION",
        "checkpoint() has no directory to write to; call sc.setCheckpointDir(directory) first, or use localCheckpoint()",
      );
    if (this.node.checkpoint !== null) return;
    const path = `${directory}/rdd-${this.id}`;
    const call = new ActionCall(this, "checkpoint");
    this.node.checkpoint = {
      path,
      making: new Preparation((signal) => writeFiles(this, call, path, signal)),
    };
  }

  /**
   * Marks the RDD so that after the next job that reads it what is stored of it takes the place of its ancestors. Quicker than `checkpoint`, but lost with
   * the context. Persists at the RDD's level with a disk added, or at MEMORY_AND_DISK; the job that follows stores only the partitions that are missing.
   * After `unpersist()`, or when what is stored cannot be read any more, actions fail with CHECKPOINT_LOST. Takes the place of a `checkpoint()` that
   * is not made yet. The rows of a collection, which come from nowhere else, stay where they are.
   *
   * @example
   * const squares = sc.range(4).map((x) => x * x).localCheckpoint();
   * squares.getStorageLevel() === StorageLevel.MEMORY_AND_DISK // => true
   * await squares.sum() // => 14
   * squares.toDebugString().includes("range at") // => false
   * await squares.unpersist().sum() // => throws CHECKPOINT_LOST
   */
  localCheckpoint(): this {
    const { storageLevel, checkpoint } = this.node;
    if (checkpoint !== null && !isMarked(this.node)) return this;
    this.keep(storageLevel === StorageLevel.NONE ? StorageLevel.MEMORY_AND_DISK : withDisk(storageLevel));
    const call = new ActionCall(this, "localCheckpoint");
    this.node.checkpoint = {
      path: null,
      making: new Preparation((signal) => storeAll(this, call, signal)),
    };
    return this;
  }

  /**
   * Whether the checkpoint that was asked for is made, so that the lineage is cut.
   *
   * @example
   * const rdd = sc.range(5).localCheckpoint();
   * rdd.isCheckpointed // => false
   * await rdd.count();
   * rdd.isCheckpointed // => true
   */
  get isCheckpointed(): boolean {
    return this.node.checkpoint?.making.isDone === true;
  }

  /**
   * The directory of the RDD's checkpoint, for `sc.checkpointFile`; null while there is none, and for a local one.
   *
   * @example
   * sc.setCheckpointDir(dir);
   * const rdd = sc.range(5);
   * rdd.checkpoint();
   * rdd.getCheckpointFile() // => null
   * await rdd.count();
   * rdd.getCheckpointFile() === `${sc.getCheckpointDir()}/rdd-${rdd.id}` // => true
   */
  getCheckpointFile(): string | null {
    return this.isCheckpointed ? (this.node.checkpoint?.path ?? null) : null;
  }

  /**
   * Whether `localCheckpoint` was called; as in Spark, also before it is made.
   *
   * @example
   * sc.range(5).isLocallyCheckpointed() // => false
   * sc.range(5).localCheckpoint().isLocallyCheckpointed() // => true
   */
  isLocallyCheckpointed(): boolean {
    return this.node.checkpoint?.path === null;
  }
}

async function writeFiles(rdd: RDDBase, call: ActionCall, path: string, signal: AbortSignal): Promise<void> {
  const { node } = rdd;
  const { numPartitions, partitioner } = node;
  const output = beginOutput(path);
  try {
    const parts = await call.valuesFor<string>(signal, rdd, {
      kind: "checkpoint",
      work: output.work,
      numPartitions,
      partitioner: savePartitioner(partitioner),
    });
    commitOutput(output, parts);
  } catch (error) {
    abortOutput(output);
    throw error;
  }
  node.readFrom(checkpointNode(path, numPartitions, call.site.text, partitioner));
}

/** The files in `path`. */
export function checkpointNode(
  path: string,
  numPartitions: number,
  callSite: string,
  partitioner: Partitioner | null,
): PlanNode {
  return new PlanNode({
    operator: {
      kind: "source",
      reader: "checkpoint",
      splits: new Lazy(() => checkpointFiles(path, numPartitions)),
    },
    numPartitions,
    label: "ReliableCheckpointRDD",
    callSite,
    partitioner,
  });
}

async function storeAll(rdd: RDDBase, call: ActionCall, signal: AbortSignal): Promise<void> {
  const { node, context } = rdd;
  // Its rows lie in memory, and come from nowhere.
  if (node.operator.kind === "collection") return;
  const missing = context.engine.missing(node);
  if (missing.length > 0) await call.valuesFor(signal, rdd, { kind: "count" }, missing);
  const left = context.engine.missing(node).length;
  if (left > 0)
    throw new GnistaError(
      "DISK_FAILED",
      `${call.site.text}: ${left} of ${node.numPartitions} partitions could not be kept; free memory or disk, and do not unpersist the RDD`,
      { operation: call.site.text },
    );
  node.readFrom(
    new PlanNode({
      operator: { kind: "localCheckpoint" },
      numPartitions: node.numPartitions,
      label: "LocalCheckpointRDD",
      callSite: call.site.text,
      partitioner: node.partitioner,
    }),
  );
}
