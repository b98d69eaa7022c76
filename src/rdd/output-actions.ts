/**
 * Writing files: a `part-NNNNN` a partition and `_SUCCESS` at the end. Tasks write under `_temporary`, so that a task that was tried twice shows once and
 * a job that failed leaves nothing. An output directory that exists is OUTPUT_EXISTS.
 *
 * https://spark.apache.org/docs/latest/rdd-programming-guide.html#actions
 */
import { GnistaError } from "../errors.ts";
import type { Compression } from "../io/compress-blocks.ts";
import { abortOutput, commitOutput, setupOutput } from "../io/output-committer.ts";
import type { Action } from "../plan/action.ts";
import { ActionCall, type ActionOptions } from "./action-call.ts";
import { AsyncActions } from "./async-actions.ts";
import { builtin } from "./derive.ts";
import type { RDDBase } from "./rdd-base.ts";

/** How text output is compressed; the parts get the extension .gz or .zst. Hadoop's class names are understood too. */
export type OutputCodec =
  | "none"
  | "gzip"
  | "zstd"
  | "org.apache.hadoop.io.compress.GzipCodec"
  | "org.apache.hadoop.io.compress.ZStandardCodec";

export class OutputActions<T> extends AsyncActions<T> {
  /**
   * A line a row: strings as they are, tuples as `(a,b)`, objects as JSON. One job. INVALID_ARGUMENT for null rows and for a codec that is not known.
   *
   * @example
   * await sc.parallelize(["a", "b"], 1).saveAsTextFile(`${dir}/letters`);
   * await sc.textFile(`${dir}/letters`).collect() // => ["a", "b"]
   */
  async saveAsTextFile(path: string, codec: OutputCodec = "none", options?: ActionOptions): Promise<void> {
    const compression = compressionOf(codec);
    await save(this, new ActionCall(this, "saveAsTextFile", options), path, (job) => ({
      kind: "call",
      fn: builtin("saveText", { value: path }, { value: job }, { value: compression }),
    }));
  }

  /**
   * The rows as they are, for `sc.objectFile`. One job.
   *
   * @example
   * await sc.parallelize([[1, { a: 2n }]], 1).saveAsObjectFile(`${dir}/objects`);
   * await sc.objectFile(`${dir}/objects`).collect() // => [[1, { a: 2n }]]
   */
  async saveAsObjectFile(path: string, options?: ActionOptions): Promise<void> {
    await save(this, new ActionCall(this, "saveAsObjectFile", options), path, (job) => ({
      kind: "call",
      fn: builtin("saveObjects", { value: path }, { value: job }),
    }));
  }

  /**
   * The rows as tables in Arrow's file format, for `sc.arrowFile` and any other program that reads Arrow; a partition a file, of the types that
   * its rows have. What becomes of rows and values is as for `toArrow`. One job; a partition's rows must fit in memory.
   *
   * @example
   * await sc.parallelize([{ city: "Oslo", n: 2 }, { city: "Bergen", n: 1 }], 2).saveAsArrowFile(`${dir}/cities`);
   * await sc.arrowFile(`${dir}/cities`).map((row) => row.city).collect() // => ["Oslo", "Bergen"]
   */
  async saveAsArrowFile(path: string, options?: ActionOptions): Promise<void> {
    await save(this, new ActionCall(this, "saveAsArrowFile", options), path, (job) => ({
      kind: "saveArrow",
      path,
      job,
    }));
  }
}

function compressionOf(codec: OutputCodec): Compression {
  switch (codec) {
    case "none":
      return "none";
    case "gzip":
    case "org.apache.hadoop.io.compress.GzipCodec":
      return "gzip";
    case "zstd":
    case "org.apache.hadoop.io.compress.ZStandardCodec":
      return "zstd";
    default:
      throw new GnistaError(
        "INVALID_ARGUMENT",
        `saveAsTextFile does not know the codec "${String(codec)}"; use "none", "gzip" or "zstd"`,
      );
  }
}

async function save(
  rdd: RDDBase,
  call: ActionCall,
  path: string,
  writer: (job: string) => Action,
): Promise<void> {
  const job = setupOutput(path);
  try {
    commitOutput(path, job, await call.values<string>(rdd, writer(job)));
  } catch (error) {
    abortOutput(path);
    throw error;
  }
}
