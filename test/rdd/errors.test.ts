/** What goes wrong has a code, and a message that says what, where and what to do. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Context, type ErrorCode, type GnistaError, type RDD, StorageLevel } from "../../src/index.ts";

class Account {
  #balance = 0;
  readonly owner: string;

  constructor(owner: string) {
    this.owner = owner;
  }

  deposit(amount: number): number {
    this.#balance += amount;
    return this.#balance;
  }
}

class Counter {
  static #made = 0;
  count = 0;

  constructor() {
    Counter.#made++;
  }

  static made(): number {
    return Counter.#made;
  }

  /** The word #hash is no field. */
  up(): string {
    this.count++;
    return "#count; ";
  }
}

describe.each(["local", "local[2]"])("on %s", (master) => {
  let sc: Context;
  let numbers: RDD<number>;
  let pairs: RDD<[string, number]>;
  let dir: string;

  beforeAll(async () => {
    sc = await Context.create({ master, memory: "256m" });
    dir = mkdtempSync(join(tmpdir(), "gnista-errors-"));
    numbers = sc.parallelize([1, 2, 3], 2);
    pairs = sc.parallelize([
      ["a", 1],
      ["b", 2],
    ]);
  });
  afterAll(async () => {
    await sc.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  /** Checks the error that `action` throws or rejects with, at once or later. */
  async function fails(action: () => unknown, code: ErrorCode, message: RegExp): Promise<GnistaError> {
    let error: unknown;
    try {
      await action();
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) as unknown });
    return error as GnistaError;
  }

  test("empty collections", async () => {
    const none = sc.parallelize<number>([], 2);
    await fails(() => none.first(), "EMPTY_COLLECTION", /^first: empty collection/);
    await fails(() => none.reduce((a, b) => a + b), "EMPTY_COLLECTION", /^reduce: empty collection/);
    await fails(() => none.treeReduce((a, b) => a + b), "EMPTY_COLLECTION", /^treeReduce/);
    await fails(() => none.max(), "EMPTY_COLLECTION", /^max/);
    await fails(() => sc.emptyRDD<number>().min(), "EMPTY_COLLECTION", /^min/);
    await fails(() => none.histogram(2), "UNSUPPORTED_OPERATION", /empty RDD/);
  });

  test("numbers of partitions", async () => {
    for (const n of [0, -1, 1.5, Number.NaN]) {
      await fails(() => sc.parallelize([1], n), "INVALID_ARGUMENT", /parallelize needs at least 1 partition/);
      await fails(() => sc.range(3, 5, 1, n), "INVALID_ARGUMENT", /range needs at least 1 partition/);
      await fails(() => numbers.coalesce(n), "INVALID_ARGUMENT", /coalesce needs at least 1 partition/);
      await fails(() => numbers.repartition(n), "INVALID_ARGUMENT", /repartition needs at least 1/);
      await fails(() => pairs.reduceByKey((a) => a, n), "INVALID_ARGUMENT", /reduceByKey needs at least 1/);
      await fails(() => pairs.sortByKey(true, n), "INVALID_ARGUMENT", /sortByKey needs at least 1/);
      await fails(() => pairs.partitionBy(n), "INVALID_ARGUMENT", /partitionBy needs at least 1/);
    }
    await fails(() => numbers.zip(sc.range(3, 6, 1, 3)), "INVALID_ARGUMENT", /unequal numbers of partitions/);
    await fails(() => sc.runJob(numbers, (rows) => rows, [2]), "INVALID_ARGUMENT", /no partition 2/);
  });

  test("arguments out of range", async () => {
    await fails(() => numbers.sample(false, -1), "INVALID_ARGUMENT", /fraction/);
    await fails(() => numbers.sample(false, 1.5), "INVALID_ARGUMENT", /<= 1 without replacement/);
    await fails(() => numbers.randomSplit([1, -1]), "INVALID_ARGUMENT", /weights/);
    await fails(() => numbers.takeSample(false, -1), "INVALID_ARGUMENT", /takeSample/);
    await fails(() => pairs.sampleByKey(false, new Map([["a", 2]])), "INVALID_ARGUMENT", /fractions/);
    await fails(() => numbers.histogram(0), "INVALID_ARGUMENT", /at least 1 bucket/);
    await fails(() => numbers.histogram([3, 1]), "INVALID_ARGUMENT", /sorted/);
    await fails(() => sc.parallelize([1, Number.NaN]).histogram(2), "UNSUPPORTED_OPERATION", /NaN/);
    await fails(() => numbers.countApproxDistinct(0.9), "INVALID_ARGUMENT", /standard deviation/);
    await fails(() => numbers.countApprox(-1), "INVALID_ARGUMENT", /timeout/);
    await fails(() => numbers.treeReduce((a, b) => a + b, 0), "INVALID_ARGUMENT", /depth/);
    await fails(() => sc.range(0, 1, 0), "INVALID_ARGUMENT", /step/);
    await fails(() => sc.addJobTag("a,b"), "INVALID_ARGUMENT", /tag/);
    await fails(() => sc.accumulator("text"), "INVALID_ARGUMENT", /param/);
    await fails(
      () => sc.parallelizePairs(Float64Array.of(1, 2), Float64Array.of(1)),
      "INVALID_ARGUMENT",
      /as many/,
    );
    await fails(() => numbers.map("x" as never), "INVALID_ARGUMENT", /map needs a function/);
  });

  test("contexts", async () => {
    await fails(() => Context.create({ master: "local[0]" }), "INVALID_ARGUMENT", /master/);
    await fails(() => Context.create({ master: "yarn" }), "INVALID_ARGUMENT", /"local\[\*\]"/);
    await fails(() => Context.create({ memory: "lots" }), "INVALID_ARGUMENT", /"512m"/);
    await fails(() => Context.create({ memory: "1k" }), "INVALID_ARGUMENT", /at least 8 MiB/);
    await fails(() => Context.create({ backend: "gpu" as never }), "BACKEND_UNAVAILABLE", /"wasm"/);
    const own = await Context.create({ master, memory: "64m" });
    const rdd = own.range(3);
    await own.stop();
    await fails(() => rdd.collect(), "CONTEXT_STOPPED", /Context\.create/);
    await own.stop();
  });

  test("storage levels", async () => {
    const kept = sc.range(3).persist();
    await fails(() => kept.persist(StorageLevel.MEMORY_ONLY_SER), "UNSUPPORTED_OPERATION", /unpersist/);
    await fails(() => sc.range(3).persist(StorageLevel.NONE), "INVALID_ARGUMENT", /unpersist/);
  });

  test("output and input", async () => {
    const path = join(dir, "out");
    await numbers.saveAsTextFile(path);
    await fails(() => numbers.saveAsTextFile(path), "OUTPUT_EXISTS", /out already exists/);
    await fails(() => numbers.saveAsObjectFile(path), "OUTPUT_EXISTS", /out already exists/);
    const failed = join(dir, "failed");
    await fails(() => sc.parallelize(["a", null]).saveAsTextFile(failed), "INVALID_ARGUMENT", /null rows/);
    expect(existsSync(failed)).toBe(false);
    await fails(() => sc.textFile(join(dir, "missing")).count(), "INPUT_NOT_FOUND", /missing/);
    await fails(() => sc.textFile(join(dir, "*.none")).count(), "INPUT_NOT_FOUND", /no file matches/);
    writeFileSync(join(dir, "ten"), "0123456789");
    await fails(() => sc.binaryRecords(join(dir, "ten"), 3).count(), "CORRUPT_INPUT", /no multiple/);
    await fails(() => sc.objectFile(join(dir, "ten")).count(), "CORRUPT_INPUT", /not an object file/);
  });

  test("functions that throw name the operation, the partition and the line", async () => {
    const failing = numbers.map((x) => {
      if (x === 3) throw new RangeError("three is too much");
      return x;
    });
    const error = await fails(() => failing.collect(), "JOB_FAILED", /three is too much/);
    expect(error.message).toMatch(/map at test\/rdd\/errors\.test\.ts:\d+/);
    expect(error.place).toMatchObject({
      partition: 1,
      source: expect.stringContaining("errors.test.ts") as unknown,
    });
    const inAction = await fails(
      () =>
        numbers.foreach((x) => {
          if (x === 2) throw new Error("no twos");
        }),
      "JOB_FAILED",
      /no twos/,
    );
    expect(inAction.message).toMatch(/of foreach at test\/rdd\/errors\.test\.ts:\d+/);
    expect(await numbers.count()).toBe(3);
  });

  test("functions that are async", async () => {
    await fails(() => numbers.map(async (x) => x), "INVALID_ARGUMENT", /map is async/);
    await fails(() => numbers.foreach(async () => {}), "INVALID_ARGUMENT", /foreach is async/);
    await fails(() => numbers.mapPartitions((async () => []) as never), "INVALID_ARGUMENT", /async/);
    await fails(() => numbers.foreach(() => Promise.resolve()), "INVALID_ARGUMENT", /promise.*foreach at/);
    await fails(() => numbers.foreachPartition(() => Promise.resolve()), "INVALID_ARGUMENT", /promise/);
    await fails(() => numbers.map((x) => Promise.resolve(x)).collect(), "TASK_NOT_SERIALIZABLE", /not async/);
  });

  test("functions that return the wrong thing", async () => {
    await fails(() => numbers.mapPartitions(() => 3 as never).count(), "JOB_FAILED", /iterable/);
    await fails(() => numbers.flatMap(() => 3 as never).count(), "JOB_FAILED", /iterable/);
    await fails(
      () => (numbers as unknown as RDD<[number, number]>).reduceByKey((a) => a).collect(),
      "INVALID_ARGUMENT",
      /\[key, value\] pairs/,
    );
    await fails(() => pairs.partitionBy(2, () => Number.NaN).count(), "INVALID_ARGUMENT", /returned NaN/);
    await fails(
      () =>
        sc
          .parallelize([1, 2, 3], 1)
          .zip(sc.parallelize([1], 1))
          .collect(),
      "JOB_FAILED",
      /same number of elements/,
    );
    await fails(
      () => sc.parallelize(["x"], 1).pipe(["sh", "-c", "exit 3"]).collect(),
      "JOB_FAILED",
      /exit code 3/,
    );
  });

  test("captured values that cannot travel name the variable, the operation and the way out", async () => {
    const socket = new Socket();
    const pending = Promise.resolve(1);
    const secret = Symbol("secret");
    const account = new Account("ann");
    const nested = { deep: [new WeakMap()] };
    const capture = "TASK_NOT_SERIALIZABLE";
    await fails(
      () => numbers.map((x) => x + socket.bytesRead),
      capture,
      /map .*socket.*(mapPartitions|plain data)/,
    );
    await fails(() => numbers.filter(() => pending !== null), capture, /filter .*pending/);
    await fails(() => numbers.map(() => secret.description), capture, /secret/);
    await fails(() => numbers.map((x) => account.deposit(x)), capture, /account .*Account.*#balance/);
    await fails(() => numbers.map(() => nested.deep.length), capture, /nested\.deep\[0\]/);
    await fails(() => numbers.map(() => sc.appName), capture, /SPARK-5063/);
    await fails(() => numbers.foreach(() => void pairs.id), capture, /SPARK-5063/);
    await fails(() => pairs.reduceByKey((a) => a + account.deposit(1)), capture, /reduceByKey .*account/);
  });

  test("classes whose only private members are static travel", async () => {
    const counter = new Counter();
    expect(await numbers.map(() => counter.up()).collect()).toEqual(["#count; ", "#count; ", "#count; "]);
  });

  test("classes that only speak of private fields travel", async () => {
    class Note {
      readonly text = "as #text (";
      // The #text (or any other) is public.
      show(): string {
        return `${this.text} #show;`;
      }
    }
    const notes = sc.parallelize([new Note(), new Note()], 2);
    expect(await notes.map(({ text }) => text).collect()).toEqual(["as #text (", "as #text ("]);
  });

  test("rows that cannot travel", async () => {
    const code = "TASK_NOT_SERIALIZABLE";
    const accounts = sc.parallelize(["ann"], 1).map((owner) => new Account(owner));
    await fails(() => accounts.collect(), code, /Account.*#balance.*plain data/);
    await fails(
      () =>
        accounts
          .map((a) => [a.owner, { a }])
          .groupByKey()
          .count(),
      code,
      /#balance/,
    );
    expect(await accounts.map((a) => a.deposit(5)).collect()).toEqual([5]);
    await fails(() => sc.parallelize([() => 1]).collect(), code, /row/);
    await fails(() => numbers.map((x) => () => x).collect(), code, /row/);
    await fails(() => sc.runJob(numbers, () => [() => 1]), code, /result/);
    await fails(
      () =>
        numbers.aggregate(
          new Account("bob"),
          (a) => a,
          (a) => a,
        ),
      code,
      /Account|#balance/,
    );
    const seen = sc.collectionAccumulator<unknown>();
    await fails(() => numbers.foreach(() => seen.add(() => 1)), code, /result/);
    await fails(() => sc.broadcast(() => 1), code, /broadcast/);
  });

  test("accumulators are not read in tasks", async () => {
    const total = sc.longAccumulator();
    await fails(() => numbers.map(() => total.value).collect(), "UNSUPPORTED_OPERATION", /driver/);
  });

  test("cancellation", async () => {
    const stop = AbortSignal.abort("enough");
    await fails(() => numbers.count({ signal: stop }), "JOB_CANCELLED", /enough/);
    await fails(() => numbers.take(1, { signal: stop }), "JOB_CANCELLED", /enough/);
    expect(await numbers.count()).toBe(3);
  });
});
