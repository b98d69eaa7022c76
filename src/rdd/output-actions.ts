/**
 * Writing files: a directory with a `part-NNNNN` a partition and `_SUCCESS`, which is there when all is written and not before: tasks write beside it, a
 * task that was tried twice shows once, and a job that failed or a process that died leaves nothing to be seen. A directory that exists is OUTPUT_EXISTS,
 * what cannot be written DISK_FAILED.
 *
 * https://spark.apache.org/docs/latest/rdd-programming-guide.html#actions
 */
import { codecNamed } from "../io/codecs/codec.ts";
import { needsZstd } from "../io/codecs/zlib-stream.ts";
import { abortOutput, beginOutput, commitOutput } from "../io/output-committer.ts";
import { type SequenceFileOutput, sequenceFormat } from "../io/sequence/sequence-format.ts";
import type { Action } from "../plan/action.ts";
import { ActionCall, type ActionOptions } from "./action-call.ts";
import { AsyncActions } from "./async-actions.ts";
import { builtin } from "./derive.ts";
import type { RDD } from "./rdd.ts";
import type { RDDBase } from "./rdd-base.ts";
import { takeRows } from "./take-rows.ts";
import type { Pair } from "./types.ts";

/**
 * How output is compressed, by our names and Hadoop's. Text parts get the extension .deflate, .gz, .bz2, .snappy, .lz4 or .zst; .snappy and .lz4
 * are framed as Hadoop does.
 */
export type OutputCodec =
  | "none"
  | "deflate"
  | "gzip"
  | "bzip2"
  | "snappy"
  | "lz4"
  | "zstd"
  | `org.apache.hadoop.io.compress.${"DefaultCodec" | "DeflateCodec" | "GzipCodec" | "BZip2Codec" | "SnappyCodec" | "Lz4Codec" | "ZStandardCodec"}`;

export class OutputActions<T> extends AsyncActions<T> {
  /**
   * A line a row: strings as they are, tuples as `(a,b)`, objects as JSON. One job. INVALID_ARGUMENT for null rows and for a codec that is not known.
   *
   * @example
   * await sc.parallelize(["a", "b"], 1).saveAsTextFile(`${dir}/letters`);
   * await sc.textFile(`${dir}/letters`).collect() // => ["a", "b"]
   */
  async saveAsTextFile(path: string, codec: OutputCodec = "none", options?: ActionOptions): Promise<void> {
    const known = codecNamed(codec, "saveAsTextFile");
    needsZstd(known);
    await save(this, new ActionCall(this, "saveAsTextFile", options), path, (work) => ({
      kind: "call",
      fn: builtin("saveText", { value: work }, { value: known }),
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
    await save(this, new ActionCall(this, "saveAsObjectFile", options), path, (work) => ({
      kind: "call",
      fn: builtin("saveObjects", { value: work }),
    }));
  }

  /**
   * Pairs as Hadoop SequenceFiles, for `sc.sequenceFile` and Hadoop's programs. The classes are those of the first pair's key and value unless they
   * are named: integers become IntWritable, other numbers DoubleWritable, bigints LongWritable, strings Text, booleans BooleanWritable, null NullWritable,
   * Uint8Arrays BytesWritable, other typed arrays ArrayPrimitiveWritable, Maps and plain objects MapWritable, and arrays ArrayWritable, which
   * Hadoop reads only through a class of your own that says what is in it: name it, and what it is like. With a codec, runs of pairs are compressed together.
   *
   * INVALID_ARGUMENT for a pair that does not fit the classes, and for a codec that is not known. One job, and one more for the first pair if a class is not named.
   *
   * @example
   * const pairs = sc.parallelize([["a", 1], ["b", 2]], 1);
   * await pairs.saveAsSequenceFile(`${dir}/ints`, "gzip");
   * await sc.sequenceFile(`${dir}/ints`).collect() // => [["a", 1], ["b", 2]]
   * await pairs.saveAsSequenceFile(`${dir}/longs`, "none", { valueClass: "LongWritable" });
   * await sc.sequenceFile(`${dir}/longs`).collect() // => [["a", 1n], ["b", 2n]]
   * const lists = sc.parallelize([["a", [1, 2]]], 1);
   * const writables = { "com.acme.Numbers": "ArrayWritable<IntWritable>" };
   * await lists.saveAsSequenceFile(`${dir}/lists`, "none", { valueClass: "com.acme.Numbers", writables });
   * await sc.sequenceFile(`${dir}/lists`, { writables }).collect() // => [["a", [1, 2]]]
   */
  async saveAsSequenceFile<K, V>(
    this: RDD<Pair<K, V>>,
    path: string,
    codec: OutputCodec = "none",
    options: SequenceFileOutput & ActionOptions = {},
  ): Promise<void> {
    const call = new ActionCall(this, "saveAsSequenceFile", options);
    const known = codecNamed(codec, "saveAsSequenceFile");
    needsZstd(known);
    const { keyClass, valueClass } = options;
    const named = keyClass !== undefined && valueClass !== undefined;
    const [first] = named ? [] : await takeRows<Pair<K, V>>(this, 1, call);
    const format = sequenceFormat(known, options, first ?? null);
    await save(this, call, path, (work) => ({
      kind: "call",
      fn: builtin("saveSequence", { value: work }, { value: format }),
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
    await save(this, new ActionCall(this, "saveAsArrowFile", options), path, (work) => ({
      kind: "saveArrow",
      work,
    }));
  }
}

async function save(
  rdd: RDDBase,
  call: ActionCall,
  path: string,
  writer: (work: string) => Action,
): Promise<void> {
  const output = beginOutput(path);
  try {
    commitOutput(output, await call.values<string>(rdd, writer(output.work)));
  } catch (error) {
    abortOutput(output);
    throw error;
  }
}
