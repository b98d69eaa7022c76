/**
 * The way in: a context owns the workers, the shared memory and the jobs of a program.
 *
 * @example
 * await using sc = await Context.create();
 * const counts = sc.textFile("notes.txt").flatMap((line) => line.split(" ")).map((w) => [w, 1]).reduceByKey((a, b) => a + b);
 * console.log(await counts.collect());
 */
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir, totalmem } from "node:os";
import { basename, join } from "node:path";
import { Accumulator, type AccumulatorParam, customHow, listHow, SUM } from "./accumulator.ts";
import { Broadcast } from "./broadcast.ts";
import { captureFunction } from "./closure/capture.ts";
import type { TypedArray } from "./column/builder.ts";
import { GnistaError } from "./errors.ts";
import { listFiles } from "./io/list-files.ts";
import { planRecordSplits } from "./io/records.ts";
import { planTextSplits } from "./io/text-splits.ts";
import type { Action, TaskValue } from "./plan/action.ts";
import { Lazy, narrow, PlanNode, type SourceReader } from "./plan/node.ts";
import { samePartitioner } from "./plan/partitioner.ts";
import { callSite } from "./rdd/call-site.ts";
import { builtin, RDD } from "./rdd/rdd.ts";
import { createEngine } from "./scheduler/create-engine.ts";
import type { Engine, RunningJob } from "./scheduler/engine.ts";
import type { EventBus } from "./scheduler/events.ts";
import type { JobMetrics } from "./scheduler/metrics.ts";

export interface ContextOptions {
  readonly appName?: string;
  /** "local" runs on the driver's thread, "local[n]" on n workers, "local[*]" (the default) on one a core; "local[n, f]" tries a task f times. */
  readonly master?: string;
  readonly backend?: "auto" | "js" | "wasm";
  /** Bytes, or a size such as "512m" or "4g"; by default 60 % of the machine's (or the container's) memory. */
  readonly memory?: number | string;
  readonly conf?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

const MAX_TASK_FAILURES = 4;

export class Context implements AsyncDisposable {
  readonly appName: string;
  readonly master: string;
  /** @internal */
  readonly engine: Engine;
  readonly #conf: Readonly<Record<string, string>>;
  readonly #signal: AbortSignal | undefined;
  readonly #persisted = new Map<number, RDD<unknown>>();
  readonly #tags = new Set<string>();
  readonly #properties: Record<string, string> = {};
  #group: string | undefined;
  #description: string | undefined;
  #files: string | null = null;

  constructor(engine: Engine, options: ContextOptions) {
    this.engine = engine;
    this.appName = options.appName ?? "gnista";
    this.master = options.master ?? "local[*]";
    this.#conf = options.conf ?? {};
    this.#signal = options.signal;
    Object.defineProperty(this, Symbol.for("gnista.driverOnly"), { value: "Context" });
  }

  static async create(options: ContextOptions = {}): Promise<Context> {
    const { threads, failures } = parseMaster(options.master ?? "local[*]");
    const backend = options.backend ?? "auto";
    if (!["auto", "js", "wasm"].includes(backend))
      throw new GnistaError(
        "BACKEND_UNAVAILABLE",
        `the backend "${backend}" is not part of this version; use "auto", "js" or "wasm"`,
      );
    const engine = await createEngine({
      threads,
      backend: backend === "js" ? "js" : "wasm",
      memory: parseMemory(options.memory),
      maxTaskFailures: failures,
    });
    return new Context(engine, options);
  }

  /** Ends all jobs and workers and gives the memory back. */
  async stop(): Promise<void> {
    await this.engine.stop();
    if (this.#files !== null) rmSync(this.#files, { recursive: true, force: true });
    this.#files = null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  get defaultParallelism(): number {
    return Number(this.#conf["spark.default.parallelism"] ?? this.engine.defaultParallelism);
  }

  get defaultMinPartitions(): number {
    return Math.min(this.defaultParallelism, 2);
  }

  get events(): EventBus {
    return this.engine.events;
  }

  conf(key: string): string | undefined {
    return this.#conf[key];
  }

  /** What the last jobs did: stages, tasks, rows, bytes shuffled. */
  metrics(): readonly JobMetrics[] {
    return this.engine.metrics();
  }

  // ---- sources

  /** A driver-side collection; its rows are stored in shared memory when the first job needs them. */
  parallelize<T>(values: Iterable<T>, numSlices: number = this.defaultParallelism): RDD<T> {
    const site = callSite("parallelize");
    checkSlices(numSlices, "parallelize");
    const held =
      Array.isArray(values) || (ArrayBuffer.isView(values) && !(values instanceof DataView))
        ? (values as unknown as readonly unknown[])
        : [...values];
    return this.#collection(
      new PlanNode({
        operator: { kind: "collection", slices: { kind: "array", values: held } },
        numPartitions: numSlices,
        label: "ParallelCollectionRDD",
        callSite: site.text,
      }),
    );
  }

  makeRDD<T>(values: Iterable<T>, numSlices?: number): RDD<T> {
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
    checkSlices(numSlices, "parallelizePairs");
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
    return new RDD(this, node);
  }

  /** 0 to `end`, or `start` to `end`, in steps; generated where it is used. */
  range(start: number, end?: number, step = 1, numSlices: number = this.defaultParallelism): RDD<number> {
    const site = callSite("range");
    checkSlices(numSlices, "range");
    if (step === 0) throw new GnistaError("INVALID_ARGUMENT", "range needs a step other than 0");
    const [from, to] = end === undefined ? [0, start] : [start, end];
    const length = Math.max(0, Math.ceil((to - from) / step));
    return new RDD(
      this,
      new PlanNode({
        operator: { kind: "range", start: from, step, length },
        numPartitions: numSlices,
        label: "ParallelCollectionRDD",
        callSite: site.text,
      }),
    );
  }

  emptyRDD<T>(): RDD<T> {
    return new RDD(
      this,
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
    return new RDD(
      this,
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

  // ---- shared variables

  broadcast<T>(value: T): Broadcast<T> {
    return new Broadcast(this.engine, value);
  }

  longAccumulator(name: string | null = null): Accumulator<number> {
    return new Accumulator(this.engine, name, 0, SUM);
  }

  doubleAccumulator(name: string | null = null): Accumulator<number> {
    return new Accumulator(this.engine, name, 0, SUM);
  }

  collectionAccumulator<T>(name: string | null = null): Accumulator<T[], T> {
    return new Accumulator<T[], T>(this.engine, name, [], listHow<T>());
  }

  /** PySpark's accumulator: numbers are summed, other types need a param. */
  accumulator<T>(initial: T, param?: AccumulatorParam<T>): Accumulator<T> {
    if (param !== undefined) return new Accumulator(this.engine, null, initial, customHow(initial, param));
    if (typeof initial !== "number")
      throw new GnistaError(
        "INVALID_ARGUMENT",
        "an accumulator of something else than numbers needs a param { zero, addInPlace }",
      );
    return new Accumulator(this.engine, null, initial as number, SUM) as unknown as Accumulator<T>;
  }

  /** Makes a file available to tasks under its name, by SparkFiles.get(name). Adding the same name again is ignored. */
  addFile(path: string): void {
    this.#files ??= mkdtempSync(join(tmpdir(), "gnista-files-"));
    process.env["GNISTA_FILES"] = this.#files;
    copyFileSync(path, join(this.#files, basename(path)));
  }

  // ---- jobs

  /** `f` over the iterator of each partition; the results, flattened when they are iterable, as PySpark's runJob. */
  async runJob<T, U>(
    rdd: RDD<T>,
    f: (rows: IterableIterator<T>) => Iterable<U>,
    partitions?: readonly number[],
  ): Promise<U[]> {
    const site = callSite("runJob");
    const fn = captureFunction(f, {
      operation: "runJob",
      ...(site.source === null ? {} : { source: site.source }),
    });
    const wanted = partitions ?? Array.from({ length: rdd.getNumPartitions() }, (_, i) => i);
    const values = await rdd.runValues<Iterable<U>>(
      { kind: "call", fn: builtin("toArray", fn) },
      wanted,
      site,
    );
    return values.flatMap((part) => [...part]);
  }

  setJobGroup(group: string, description?: string): void {
    this.#group = group;
    this.#description = description;
  }

  clearJobGroup(): void {
    this.#group = undefined;
    this.#description = undefined;
  }

  setJobDescription(description: string): void {
    this.#description = description;
  }

  addJobTag(tag: string): void {
    this.#tags.add(tag);
  }

  removeJobTag(tag: string): void {
    this.#tags.delete(tag);
  }

  getJobTags(): string[] {
    return [...this.#tags];
  }

  clearJobTags(): void {
    this.#tags.clear();
  }

  cancelJobGroup(group: string): void {
    this.engine.cancelGroup(group);
  }

  cancelJobsWithTag(tag: string): void {
    this.engine.cancelTag(tag);
  }

  cancelAllJobs(): void {
    this.engine.cancelAll("cancelAllJobs was called");
  }

  cancelJob(id: number): void {
    this.engine.cancelJob(id);
  }

  setLocalProperty(key: string, value: string | null): void {
    if (value === null) delete this.#properties[key];
    else this.#properties[key] = value;
  }

  getLocalProperty(key: string): string | null {
    return this.#properties[key] ?? null;
  }

  getPersistentRDDs(): Map<number, RDD<unknown>> {
    return new Map(this.#persisted);
  }

  /** @internal */
  persisted(rdd: RDD<unknown>): void {
    this.#persisted.set(rdd.id, rdd);
  }

  /** @internal */
  unpersisted(rdd: RDD<unknown>): void {
    this.#persisted.delete(rdd.id);
    this.engine.unpersist(rdd.node);
  }

  /** @internal */
  startAction(
    node: PlanNode,
    action: Action,
    partitions: readonly number[],
    site: string,
    onValue?: (value: TaskValue) => void,
    signal: AbortSignal | undefined = this.#signal,
  ): RunningJob {
    return this.engine.run(
      node,
      action,
      partitions,
      {
        callSite: site,
        signal,
        group: this.#group,
        description: this.#description,
        tags: this.getJobTags(),
        localProperties: { ...this.#properties },
      },
      onValue === undefined ? undefined : (_at, value) => onValue(value),
    );
  }

  /** @internal */
  async runAction(
    node: PlanNode,
    action: Action,
    partitions: readonly number[],
    site: string,
    signal?: AbortSignal,
  ): Promise<readonly TaskValue[]> {
    return this.startAction(node, action, partitions, site, undefined, signal).result;
  }

  #collection<T>(node: PlanNode): RDD<T> {
    return new RDD(this, node);
  }

  #source<T>(operation: string, reader: SourceReader, plan: () => readonly unknown[]): RDD<T> {
    const splits = new Lazy(plan);
    return new RDD(
      this,
      new PlanNode({
        operator: { kind: "source", reader, splits },
        numPartitions: () => splits.get().length,
        label: "HadoopRDD",
        callSite: callSite(operation).text,
      }),
    );
  }
}

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

function checkSlices(numSlices: number, operation: string): void {
  if (!Number.isInteger(numSlices) || numSlices < 1)
    throw new GnistaError("INVALID_ARGUMENT", `${operation} needs at least 1 partition, got ${numSlices}`);
}

/** About even groups, in order. */
function grouped(paths: readonly string[], n: number): string[][] {
  const groups = Math.max(1, Math.min(n, paths.length));
  return Array.from({ length: groups }, (_, i) =>
    paths.slice(Math.floor((i * paths.length) / groups), Math.floor(((i + 1) * paths.length) / groups)),
  );
}

function parseMaster(master: string): { readonly threads: number; readonly failures: number } {
  if (master === "local") return { threads: 0, failures: MAX_TASK_FAILURES };
  const match = /^local\[\s*(\*|\d+)\s*(?:,\s*(\d+)\s*)?\]$/.exec(master);
  if (match === null || match[1] === "0")
    throw new GnistaError(
      "INVALID_ARGUMENT",
      `the master "${master}" is not known; use "local", "local[n]" or "local[*]"`,
    );
  return {
    threads: match[1] === "*" ? availableParallelism() : Number(match[1]),
    failures: match[2] === undefined ? MAX_TASK_FAILURES : Number(match[2]),
  };
}

function parseMemory(memory: number | string | undefined): number {
  if (memory === undefined)
    return Math.floor(0.6 * Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY));
  if (typeof memory === "number") {
    if (!(memory >= 1 << 20))
      throw new GnistaError(
        "INVALID_ARGUMENT",
        `the memory of a context must be at least 1 MiB, got ${memory}`,
      );
    return memory;
  }
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt])b?$/i.exec(memory.trim());
  if (match === null)
    throw new GnistaError(
      "INVALID_ARGUMENT",
      `the memory "${memory}" is not understood; write bytes, or a size such as "512m" or "4g"`,
    );
  return Number(match[1]) * 1024 ** ("kmgt".indexOf(match[2].toLowerCase()) + 1);
}
