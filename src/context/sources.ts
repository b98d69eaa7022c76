/** Where rows come from: collections of the driver, ranges, files. They are read when a job needs them. */
import type { TypedArray } from "../column/builder.ts";
import { GnistaError } from "../errors.ts";
import { listFiles } from "../io/list-files.ts";
import { planRecordSplits } from "../io/records.ts";
import { planTextSplits } from "../io/text-splits.ts";
import { Lazy, narrow, PlanNode, type SourceReader } from "../plan/node.ts";
import { samePartitioner } from "../plan/partitioner.ts";
import { callSite } from "../rdd/call-site.ts";
import { checkPartitions } from "../rdd/derive.ts";
import type { RDD } from "../rdd/rdd.ts";
import type { Row } from "../rdd/types.ts";
import { SharedVariables } from "./shared-variables.ts";

export type NumberArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;
export type BigIntArray = BigInt64Array | BigUint64Array;

export class Sources extends SharedVariables {
  /** A driver-side collection; its rows are stored in shared memory when the first job needs them. */
  parallelize<T extends Row>(values: Iterable<T>, numSlices: number = this.defaultParallelism): RDD<T> {
    const site = callSite("parallelize");
    checkPartitions(numSlices, "parallelize");
    const held =
      Array.isArray(values) || (ArrayBuffer.isView(values) && !(values instanceof DataView))
        ? (values as unknown as readonly unknown[])
        : [...values];
    return this.rdd(
      new PlanNode({
        operator: { kind: "collection", slices: { kind: "array", values: held } },
        numPartitions: numSlices,
        label: "ParallelCollectionRDD",
        callSite: site.text,
      }),
    );
  }

  makeRDD<T extends Row>(values: Iterable<T>, numSlices?: number): RDD<T> {
    return this.parallelize(values, numSlices);
  }

  parallelizePairs(keys: NumberArray, values: NumberArray, numSlices?: number): RDD<[number, number]>;
  parallelizePairs(keys: BigIntArray, values: NumberArray, numSlices?: number): RDD<[bigint, number]>;
  parallelizePairs(keys: readonly string[], values: NumberArray, numSlices?: number): RDD<[string, number]>;
  parallelizePairs<K, V>(keys: readonly K[], values: readonly V[], numSlices?: number): RDD<[K, V]>;
  /** Two columns of the same length as pairs, copied to shared memory at once. */
  parallelizePairs(
    keys: TypedArray | readonly unknown[],
    values: TypedArray | readonly unknown[],
    numSlices: number = this.defaultParallelism,
  ): RDD<[never, never]> {
    const site = callSite("parallelizePairs");
    checkPartitions(numSlices, "parallelizePairs");
    const node = new PlanNode({
      operator: {
        kind: "collection",
        slices: { kind: "pairs", values: keys as readonly unknown[], seconds: values as readonly unknown[] },
      },
      numPartitions: numSlices,
      label: "ParallelCollectionRDD",
      callSite: site.text,
    });
    this.engine.load(node);
    return this.rdd(node);
  }

  /** 0 to `end`, or `start` to `end`, in steps; generated where it is used. */
  range(start: number, end?: number, step = 1, numSlices: number = this.defaultParallelism): RDD<number> {
    const site = callSite("range");
    checkPartitions(numSlices, "range");
    if (step === 0) throw new GnistaError("INVALID_ARGUMENT", "range needs a step other than 0");
    const [from, to] = end === undefined ? [0, start] : [start, end];
    const length = Math.max(0, Math.ceil((to - from) / step));
    return this.rdd(
      new PlanNode({
        operator: { kind: "range", start: from, step, length },
        numPartitions: numSlices,
        label: "ParallelCollectionRDD",
        callSite: site.text,
      }),
    );
  }

  emptyRDD<T>(): RDD<T> {
    return this.rdd(
      new PlanNode({
        operator: { kind: "union", aligned: false },
        numPartitions: 0,
        label: "EmptyRDD",
        callSite: callSite("emptyRDD").text,
      }),
    );
  }

  /** All rows of the RDDs, duplicates kept; partitions side by side unless all have the same partitioner. */
  union<T>(...rdds: readonly RDD<T>[]): RDD<T> {
    const site = callSite("union");
    const nodes = rdds
      .map((rdd) => rdd.node)
      .filter((node) => node.partitioner !== null || node.numPartitions > 0);
    const [first] = nodes;
    if (first === undefined) return this.emptyRDD();
    const aligned = nodes.every((node) => samePartitioner(node.partitioner, first.partitioner));
    return this.rdd(
      new PlanNode({
        operator: { kind: "union", aligned },
        dependencies: nodes.map(narrow),
        numPartitions: () =>
          aligned ? first.numPartitions : nodes.reduce((sum, node) => sum + node.numPartitions, 0),
        partitioner: aligned ? first.partitioner : null,
        label: aligned ? "PartitionerAwareUnionRDD" : "UnionRDD",
        callSite: site.text,
      }),
    );
  }

  /** The lines of text files: a path, a comma-separated list, globs, directories; .gz and .zst are unpacked. */
  textFile(path: string, minPartitions: number = this.defaultMinPartitions): RDD<string> {
    return this.#source("textFile", "text", () => planTextSplits(listFiles(path), minPartitions));
  }

  /** [path, text] for each file. */
  wholeTextFiles(path: string, minPartitions: number = this.defaultMinPartitions): RDD<[string, string]> {
    return this.#source("wholeTextFiles", "wholeText", () =>
      grouped(
        listFiles(path).map((f) => f.path),
        minPartitions,
      ),
    );
  }

  /** [path, bytes] for each file. */
  binaryFiles(path: string, minPartitions: number = this.defaultMinPartitions): RDD<[string, Buffer]> {
    return this.#source("binaryFiles", "binaryFile", () =>
      grouped(
        listFiles(path).map((f) => f.path),
        minPartitions,
      ),
    );
  }

  /** Records of a fixed number of bytes. */
  binaryRecords(path: string, recordLength: number): RDD<Buffer> {
    return this.#source("binaryRecords", "records", () =>
      planRecordSplits(listFiles(path), recordLength, this.defaultMinPartitions),
    );
  }

  /** What saveAsObjectFile wrote. */
  objectFile<T>(path: string, _minPartitions?: number): RDD<T> {
    return this.#source("objectFile", "object", () => listFiles(path).map((f) => f.path));
  }

  #source<T>(operation: string, reader: SourceReader, plan: () => readonly unknown[]): RDD<T> {
    const splits = new Lazy(plan);
    return this.rdd(
      new PlanNode({
        operator: { kind: "source", reader, splits },
        numPartitions: () => splits.get().length,
        label: "HadoopRDD",
        callSite: callSite(operation).text,
      }),
    );
  }
}

/** About even groups, in order. */
function grouped(paths: readonly string[], n: number): string[][] {
  const groups = Math.max(1, Math.min(n, paths.length));
  return Array.from({ length: groups }, (_, i) =>
    paths.slice(Math.floor((i * paths.length) / groups), Math.floor(((i + 1) * paths.length) / groups)),
  );
}
