/** Where checkpoints are written, and reading them again. */
import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { GnistaError } from "../errors.ts";
import { localPath } from "../io/local-path.ts";
import { loadPartitioner } from "../plan/saved-partitioner.ts";
import { callSite } from "../rdd/call-site.ts";
import { checkpointNode } from "../rdd/checkpointing.ts";
import type { RDD } from "../rdd/rdd.ts";
import { checkpointFiles, readCheckpointHead } from "../storage/checkpoint-file.ts";
import { FileSources } from "./file-sources.ts";

export class Checkpoints extends FileSources {
  #directory: string | null = null;

  /**
   * Makes a directory of its own in `directory`, into which `checkpoint()` writes from now on. It stays when the context is stopped. DISK_FAILED when it
   * cannot be made. The setting spark.checkpoint.dir does the same.
   *
   * @example
   * sc.setCheckpointDir(dir);
   * sc.getCheckpointDir().startsWith(`${dir}/`) // => true
   */
  setCheckpointDir(directory: string): void {
    const path = join(localPath(directory), randomUUID());
    try {
      mkdirSync(path, { recursive: true });
    } catch (error) {
      throw new GnistaError(
        "DISK_FAILED",
        `the checkpoint directory ${path} cannot be made: ${(error as Error).message}; choose another`,
        { file: path },
        error,
      );
    }
    this.#directory = path;
  }

  /**
   * The directory that checkpoints are written to; null when none is set.
   *
   * @example
   * await using own = await Context.create({ master: "local", memory: "64m" });
   * own.getCheckpointDir() // => null
   */
  getCheckpointDir(): string | null {
    const setting = this.conf("spark.checkpoint.dir");
    if (this.#directory === null && setting !== undefined) this.setCheckpointDir(setting);
    return this.#directory;
  }

  /**
   * The rows of a checkpoint, by this program or another: the path is what `getCheckpointFile()` says. Partitions and their order are what they
   * were; the partitioner, too, if it is one of the library's, with the natural order. INPUT_NOT_FOUND when there is no checkpoint, CORRUPT_INPUT when
   * it is damaged or not whole.
   *
   * @example
   * sc.setCheckpointDir(dir);
   * const sums = sc.parallelize([["a", 1], ["a", 2]]).reduceByKey((a, b) => a + b, 3);
   * sums.checkpoint();
   * await sums.count() // => 1
   * const again = sc.checkpointFile(sums.getCheckpointFile());
   * await again.collect() // => [["a", 3]]
   * again.partitioner.equals(sums.partitioner) // => true
   */
  checkpointFile<T>(path: string): RDD<T> {
    const directory = localPath(path);
    const there = new Set(filesIn(directory));
    const [first] = checkpointFiles(directory, 1);
    if (!there.has(first) && !there.has(join(directory, "_SUCCESS"))) throw noCheckpoint(directory);
    // A checkpoint of no partitions has no files.
    const { numPartitions, partitioner } = there.has(first)
      ? readCheckpointHead(first)
      : { numPartitions: 0, partitioner: null };
    const missing = checkpointFiles(directory, numPartitions).find((file) => !there.has(file));
    if (missing !== undefined)
      throw new GnistaError(
        "CORRUPT_INPUT",
        `the checkpoint in ${directory} has ${numPartitions} files, but ${missing} is not there; put it back, or make the checkpoint again`,
        { file: missing },
      );
    const node = checkpointNode(
      directory,
      numPartitions,
      callSite("checkpointFile").text,
      partitioner === null ? null : loadPartitioner(partitioner),
    );
    return this.rdd<T>(node).setName(path);
  }
}

function filesIn(directory: string): string[] {
  try {
    return readdirSync(directory).map((name) => join(directory, name));
  } catch (error) {
    throw noCheckpoint(directory, error);
  }
}

function noCheckpoint(directory: string, cause?: unknown): GnistaError {
  return new GnistaError(
    "INPUT_NOT_FOUND",
    `there is no checkpoint in ${directory}; name a directory as getCheckpointFile() does`,
    { file: directory },
    cause,
  );
}
