/** Checkpoints: when they are made, that they cut the lineage and let it go, what they hold, and what happens when they are lost. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Context, HashPartitioner, type RDD, StorageLevel } from "../../src/index.ts";
import type { PlanNode } from "../../src/plan/node.ts";
import { collectGarbage } from "../../src/scheduler/garbage.ts";
import { lineage, stageNodes } from "../../src/scheduler/stage.ts";
import { eventsOf, sleep, usedAfter } from "../scheduler/support.ts";

const RUNS = Number(process.env.GNISTA_TEST_RUNS ?? 30);

let sc: Context;
let dir: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "gnista-checkpoints-"));
  sc = await Context.create({ master: "local[2]", memory: "256m" });
  sc.setCheckpointDir(dir);
});
afterAll(async () => {
  await sc.stop();
  rmSync(dir, { recursive: true, force: true });
});

const KINDS = ["checkpoint", "localCheckpoint"] as const;
type CheckpointKind = (typeof KINDS)[number];
const SOURCE = { checkpoint: "ReliableCheckpointRDD", localCheckpoint: "LocalCheckpointRDD" } as const;

function mark<R extends RDD<never>>(rdd: R, kind: CheckpointKind): R {
  rdd[kind]();
  return rdd;
}

/** The labels of an RDD's lineage, itself first. */
function labels({ node }: { readonly node: PlanNode }): string[] {
  return lineage(node)
    .map((n) => n.label)
    .reverse();
}

async function jobsOf(run: () => Promise<unknown>): Promise<string[]> {
  const events = await eventsOf(sc, run);
  return events.flatMap((event) => (event.type === "jobStart" ? [event.callSite.split(" ")[0]] : []));
}

describe.each(KINDS)("%s", (kind) => {
  it("is made after the first action, and cuts the lineage", async () => {
    const rdd = sc.parallelize([1, 2, 3, 4], 2).flatMap((n) => Array.from({ length: n }, (_, i) => i));
    mark(rdd as RDD<never>, kind);
    expect([rdd.isCheckpointed, labels(rdd).length]).toEqual([false, 2]);
    const rows = await rdd.collect();
    expect([rdd.isCheckpointed, labels(rdd)]).toEqual([true, ["MapPartitionsRDD", SOURCE[kind]]]);
    expect(rdd.toDebugString()).toMatch(
      new RegExp(
        `^\\(2\\) MapPartitionsRDD.*\\n( \\| .*CachedPartitions.*\\n)? \\|  \\(2\\) ${SOURCE[kind]}`,
      ),
    );
    expect(await rdd.collect()).toEqual(rows);
    expect(rdd.explain()).toMatch(/checkpointed/);
  });

  const one = (): RDD<number> => sc.range(0, 40, 1, 4).map((x) => x + 1);
  const pairs = (): RDD<[number, number]> => one().map((x) => [x % 4, x] as [number, number]);
  const programs: Record<string, () => RDD<never>> = {
    map: () => one().map(String) as RDD<never>,
    filter: () => one().filter((x) => x % 2 === 0) as RDD<never>,
    sample: () => one().sample(false, 0.5, 0) as RDD<never>,
    glom: () => one().glom() as RDD<never>,
    mapPartitions: () => one().mapPartitions((rows) => [...rows].map(String)) as RDD<never>,
    pipe: () => one().pipe("cat") as RDD<never>,
    zipWithIndex: () => one().zipWithIndex() as RDD<never>,
    "a sum by key": () => pairs().reduceByKey((a, b) => a + b) as RDD<never>,
    "a partition by key": () => pairs().partitionBy(3) as RDD<never>,
    "a sort": () => pairs().sortByKey(false, 3) as RDD<never>,
    groups: () => pairs().groupByKey() as RDD<never>,
    cogroup: () => pairs().cogroup(pairs()) as RDD<never>,
    join: () => pairs().join(pairs().distinct()) as RDD<never>,
    union: () => one().union(sc.parallelize([7], 1)) as RDD<never>,
    cartesian: () => one().cartesian(sc.parallelize(["a", "b"], 2)) as RDD<never>,
    coalesce: () => one().coalesce(2) as RDD<never>,
    repartition: () => one().repartition(3) as RDD<never>,
    zip: () => one().zip(one()) as RDD<never>,
    "a union of pairs": () => pairs().partitionBy(2).union(pairs().partitionBy(2)) as RDD<never>,
    "no partitions": () => sc.emptyRDD() as RDD<never>,
  };
  it.each(Object.keys(programs))("holds what %s makes", async (name) => {
    const rdd = mark(programs[name](), kind);
    const wanted = await rdd.glom().collect();
    const { partitioner } = rdd;
    expect(rdd.isCheckpointed).toBe(true);
    expect(labels(rdd).slice(1)).toEqual([SOURCE[kind]]);
    expect(await rdd.glom().collect()).toEqual(wanted);
    expect(rdd.partitioner).toBe(partitioner);
    if (kind === "localCheckpoint") return;
    const again = sc.checkpointFile(rdd.getCheckpointFile()!);
    expect(await again.glom().collect()).toEqual(wanted);
    expect(again.partitioner === null ? null : partitioner!.equals!(again.partitioner)).toBe(
      partitioner === null ? null : true,
    );
  });

  it("is made by an action on a child, and read by children that were there before", async () => {
    const rdd = mark(one() as RDD<never>, kind) as unknown as RDD<number>;
    const child = rdd.map((x) => x * 2).filter((x) => x > 10);
    const sibling = rdd.map((x) => -x);
    const wanted = await child.collect();
    expect(rdd.isCheckpointed).toBe(true);
    expect(labels(child)).toEqual(["MapPartitionsRDD", "MapPartitionsRDD", "MapPartitionsRDD", SOURCE[kind]]);
    expect(labels(sibling)).toEqual(["MapPartitionsRDD", "MapPartitionsRDD", SOURCE[kind]]);
    expect(await child.collect()).toEqual(wanted);
    expect(await sibling.sum()).toBe(-820);
  });

  it("has all partitions, whichever the action read", async () => {
    const rdd = mark(one() as RDD<never>, kind) as unknown as RDD<number>;
    expect(await rdd.first()).toBe(1);
    expect(rdd.isCheckpointed).toBe(true);
    expect(await rdd.sum()).toBe(820);
  });

  it("does not compute again what is persisted", async () => {
    const calls = sc.longAccumulator();
    const rdd = one()
      .map((x) => {
        calls.add(1);
        return x;
      })
      .persist();
    mark(rdd as RDD<never>, kind);
    expect(await rdd.sum()).toBe(820);
    expect(await rdd.sum()).toBe(820);
    expect(calls.value).toBe(40);
  });

  it("of the last that is marked cuts the others off, unless all are wanted", async () => {
    const first = mark(one() as RDD<never>, kind) as unknown as RDD<number>;
    await mark(first.map((x) => x + 1) as RDD<never>, kind).count();
    expect(first.isCheckpointed).toBe(false);
    sc.setLocalProperty("spark.checkpoint.checkpointAllMarkedAncestors", "true");
    await mark(first.map((x) => x + 1) as RDD<never>, kind).count();
    expect(first.isCheckpointed).toBe(true);
    sc.setLocalProperty("spark.checkpoint.checkpointAllMarkedAncestors", null);
  });

  it("lets go of what the rows were made from, and its memory", async () => {
    await using own = await Context.create({ master: "local[2]", memory: "64m" });
    own.setCheckpointDir(dir);
    const before = own.engine.heap.used;
    const source = (): WeakRef<PlanNode>[] => {
      const inner = own
        .range(0, 20_000, 1, 2)
        .map((x) => [x % 5000, x] as [number, number])
        .sortByKey()
        .zipWithIndex();
      cut = inner
        .map(([[key]]) => key)
        .repartition(2)
        .filter((x) => x < 10);
      return lineage(cut.node)
        .filter((node) => node !== cut!.node)
        .map((node) => new WeakRef(node));
    };
    let cut: RDD<number> | undefined;
    const ancestors = source();
    expect(ancestors.length).toBeGreaterThan(4);
    mark(cut as unknown as RDD<never>, kind);
    expect(await cut!.count()).toBe(40);
    for (let i = 0; i < 100 && ancestors.some((node) => node.deref() !== undefined); i++) {
      // What was looked at stays until the end of the turn.
      await sleep(1);
      collectGarbage();
      await sleep(1);
    }
    expect(ancestors.filter((node) => node.deref() !== undefined).map((node) => node.deref()?.label)).toEqual(
      [],
    );
    const kept = own.engine.storage(cut!.node).memory;
    expect(await usedAfter(own, before + kept)).toBeLessThanOrEqual(before + kept);
    expect(await cut!.count()).toBe(40);
  });

  it("keeps long lineages flat", async () => {
    let rdd = sc.range(0, 4, 1, 1);
    let longest = 0;
    for (let i = 1; i <= 10_000; i++) {
      rdd = rdd.map((x) => x + 1);
      if (i % 500 !== 0) continue;
      mark(rdd as RDD<never>, kind);
      longest = Math.max(longest, stageNodes(rdd.node, () => false).length);
      await rdd.count();
      expect(lineage(rdd.node).length).toBe(2);
    }
    expect(longest).toBeLessThanOrEqual(502);
    expect(await rdd.collect()).toEqual([10_000, 10_001, 10_002, 10_003]);
  });

  it("keeps iterations that shuffle flat, as ranks of pages do", async () => {
    const ITERATIONS = 200;
    const edges = Array.from({ length: 60 }, (_, i) => [i % 20, (i * 7 + 3) % 20] as [number, number]);
    const links = sc.parallelize(edges, 2).groupByKey(2).persist();
    let ranks: RDD<[number, number]> = links.mapValues(() => 1);
    let longest = 0;
    for (let i = 1; i <= ITERATIONS; i++) {
      ranks = links
        .join(ranks)
        .flatMap(([, [to, rank]]) => to.map((page) => [page, rank / to.length] as [number, number]))
        .reduceByKey((a, b) => a + b, 2)
        .mapValues((sum) => 0.15 + 0.85 * sum);
      if (i % 10 !== 0) continue;
      mark(ranks as RDD<never>, kind);
      longest = Math.max(longest, lineage(ranks.node).length);
      await ranks.count();
      expect(lineage(ranks.node).length).toBe(2);
    }
    expect(longest).toBeLessThan(70);
    const out = Array.from({ length: 20 }, (_, page) =>
      edges.filter(([from]) => from === page).map(([, to]) => to),
    );
    let wanted = new Map(out.flatMap((to, page) => (to.length > 0 ? [[page, 1]] : [])));
    for (let i = 0; i < ITERATIONS; i++) {
      const sums = new Map<number, number>();
      for (const [page, rank] of wanted)
        for (const to of out[page]) sums.set(to, (sums.get(to) ?? 0) + rank / out[page].length);
      wanted = new Map([...sums].map(([page, sum]) => [page, 0.15 + 0.85 * sum]));
    }
    const found = new Map(await ranks.collect());
    expect([...found.keys()].sort()).toEqual([...wanted.keys()].sort());
    for (const [page, rank] of wanted) expect(found.get(page)).toBeCloseTo(rank, 9);
  });

  it("that fails fails the action, and is made by the next", async () => {
    const kept = mark(one() as RDD<never>, kind) as unknown as RDD<number>;
    const controller = new AbortController();
    const stop = sc.events.subscribe((event) => {
      if (event.type === "jobStart" && event.callSite.startsWith(kind)) controller.abort("enough");
    });
    const action =
      kind === "checkpoint"
        ? kept.collect({ signal: controller.signal })
        : kept.take(1, { signal: controller.signal });
    await expect(action).rejects.toMatchObject({ code: "JOB_CANCELLED" });
    stop();
    expect([kept.isCheckpointed, labels(kept).length]).toEqual([false, 2]);
    expect(await kept.sum()).toBe(820);
    expect(kept.isCheckpointed).toBe(true);
  });

  it("is made once by actions that run at the same time", async () => {
    const rdd = mark(one() as RDD<never>, kind) as unknown as RDD<number>;
    const jobs = await jobsOf(async () => {
      expect(await Promise.all([rdd.sum(), rdd.count(), rdd.max()])).toEqual([820, 40, 40]);
    });
    expect(jobs.filter((job) => job === "checkpoint")).toHaveLength(kind === "checkpoint" ? 1 : 0);
    expect(labels(rdd)).toEqual(["MapPartitionsRDD", SOURCE[kind]]);
  });
});

const value = fc.oneof(
  fc.double(),
  fc.string(),
  fc.boolean(),
  fc.bigInt(),
  fc.constant(null),
  fc.constant(undefined),
  fc.date({ noInvalidDate: true }),
  fc.array(fc.integer()),
  fc.record({ a: fc.string(), b: fc.option(fc.integer()) }, { noNullPrototype: true }),
  fc.uint8Array(),
  fc.tuple(fc.string(), fc.float()),
);
const column = fc.oneof(
  fc.array(fc.constantFrom("a", "bb", "ccc")),
  fc.array(fc.tuple(fc.constantFrom("x", "y"), fc.double())),
  fc.array(fc.record({ s: fc.string(), n: fc.double() }, { noNullPrototype: true })),
  fc.array(value),
);

it("holds all values bit for bit, in the js backend as in wasm", async () => {
  await using js = await Context.create({ master: "local", backend: "js", memory: "64m" });
  js.setCheckpointDir(dir);
  await fc.assert(
    fc.asyncProperty(column, fc.integer({ min: 1, max: 4 }), async (rows, n) => {
      const rdd = sc.parallelize<unknown>(rows, n).map((x) => x);
      rdd.checkpoint();
      const wanted = await rdd.glom().collect();
      expect(wanted.flat()).toStrictEqual(rows);
      expect(await rdd.glom().collect()).toStrictEqual(wanted);
      expect(await js.checkpointFile(rdd.getCheckpointFile()!).glom().collect()).toStrictEqual(wanted);
    }),
    { numRuns: RUNS },
  );
});

describe("the files", () => {
  async function made(on: Context = sc): Promise<{ rdd: RDD<[string, number]>; path: string; file: string }> {
    const words = Array.from({ length: 20_000 }, (_, i) => `word ${i % 100}`);
    const rdd = on.parallelize(words, 2).map((word) => [word, word.length] as [string, number]);
    rdd.checkpoint();
    await rdd.count();
    const path = rdd.getCheckpointFile()!;
    return { rdd, path, file: join(path, "part-00001") };
  }

  it("lie in the directory of the context, and outlive it", async () => {
    const own = await Context.create({ master: "local[2]", memory: "64m" });
    own.setCheckpointDir(dir);
    const { rdd, path } = await made(own);
    expect(path).toBe(`${own.getCheckpointDir()}/rdd-${rdd.id}`);
    expect(readdirSync(path).sort()).toEqual(["_SUCCESS", "part-00000", "part-00001"]);
    const wanted = await rdd.collect();
    await own.stop();
    await using other = await Context.create({ master: "local", memory: "64m" });
    const again = other.checkpointFile<[string, number]>(path);
    expect(await again.collect()).toEqual(wanted);
    expect((await again.reduceByKey((a, b) => a + b).lookup("word 7"))[0]).toBe(200 * 6);
    expect(labels(again)).toEqual(["ReliableCheckpointRDD"]);
  });

  it("have the dictionaries in them that memory keeps for all plans", async () => {
    const words = Array.from({ length: 5000 }, (_, i) => `word ${i % 100}`);
    const path = await (async () => {
      await using own = await Context.create({ master: "local[2]", memory: "64m" });
      own.setCheckpointDir(dir);
      const pairs = own.parallelizePairs(
        words,
        Float64Array.from(words, (word) => word.length),
        2,
      );
      pairs.checkpoint();
      await pairs.count();
      return pairs.getCheckpointFile()!;
    })();
    const again = sc.checkpointFile<[string, number]>(path);
    expect(await again.keys().collect()).toEqual(words);
    expect((await again.countByKey()).get("word 7")).toBe(50);
  });

  it("come back as columns", async () => {
    const { rdd } = await made();
    expect(await rdd.map(([, n]) => n * 2).sum()).toBe(2 * (await rdd.values().sum()));
    await rdd.count();
    expect(sc.metrics().at(-1)!.totals.bytesRead).toBeGreaterThan(0);
    expect(await rdd.take(2)).toEqual([
      ["word 0", 6],
      ["word 1", 6],
    ]);
  });

  it("that are gone are INPUT_NOT_FOUND", async () => {
    const { rdd, path, file } = await made();
    rmSync(file);
    await expect(rdd.count()).rejects.toMatchObject({ code: "INPUT_NOT_FOUND", place: { file } });
    expect(() => sc.checkpointFile(path)).toThrow(/part-00001 is not there/);
    rmSync(path, { recursive: true });
    expect(() => sc.checkpointFile(path)).toThrow(/no checkpoint in/);
  });

  it("that are damaged or cut off anywhere are CORRUPT_INPUT", async () => {
    const { rdd, file } = await made();
    const bytes = readFileSync(file);
    const damage = fc.nat(bytes.length - 1);
    const broken = { code: "CORRUPT_INPUT", place: { file } };
    await fc.assert(
      fc.asyncProperty(damage, fc.boolean(), async (at, cut) => {
        if (cut) truncateSync(file, at);
        else writeFileSync(file, bytes.with(at, bytes[at] ^ 0x10));
        await expect(rdd.collect()).rejects.toMatchObject(broken);
        writeFileSync(file, bytes);
      }),
      { numRuns: RUNS },
    );
    expect(await rdd.count()).toBe(20_000);
  });

  it("need a directory, by call or by setting", async () => {
    await using none = await Context.create({ master: "local", memory: "64m" });
    expect(() => none.range(3).checkpoint()).toThrow(/setCheckpointDir/);
    const conf = { "spark.checkpoint.dir": dir };
    await using own = await Context.create({ master: "local", memory: "64m", conf });
    const rdd = own.range(3).map((x) => x);
    rdd.checkpoint();
    await rdd.count();
    expect(rdd.getCheckpointFile()).toMatch(dir);
  });

  it("are not there when the checkpoint fails", async () => {
    await using own = await Context.create({ master: "local", memory: "64m" });
    own.setCheckpointDir(dir);
    const path = own.getCheckpointDir()!;
    rmSync(path, { recursive: true });
    writeFileSync(path, "in the way");
    const rdd = own.range(3).map((x) => x);
    rdd.checkpoint();
    await expect(rdd.count()).rejects.toMatchObject({
      code: expect.stringMatching(/DISK_FAILED|OUTPUT_EXISTS/),
    });
    expect(rdd.isCheckpointed).toBe(false);
  });

  it("keep the partitioner, so that nothing is moved again", async () => {
    const sums = sc
      .parallelize([1, 2, 3], 2)
      .map((x) => [x, x] as [number, number])
      .reduceByKey((a, b) => a + b, 3);
    sums.checkpoint();
    await sums.count();
    const again = sc.checkpointFile<[number, number]>(sums.getCheckpointFile()!);
    expect(again.partitioner).toEqual(new HashPartitioner(3));
    const events = await eventsOf(sc, () => again.join(sums).count());
    expect(events.filter((event) => event.type === "stageStart")).toHaveLength(1);
  });
});

describe("local checkpoints", () => {
  const rows = (): RDD<number> => sc.range(0, 40, 1, 4).map((x) => x + 1);

  it("add a disk to the level, before and after", async () => {
    expect(rows().localCheckpoint().getStorageLevel()).toBe(StorageLevel.MEMORY_AND_DISK);
    expect(rows().persist(StorageLevel.MEMORY_ONLY_SER).localCheckpoint().getStorageLevel()).toBe(
      StorageLevel.MEMORY_AND_DISK_SER,
    );
    expect(rows().localCheckpoint().persist(StorageLevel.MEMORY_ONLY_2).getStorageLevel()).toBe(
      StorageLevel.MEMORY_AND_DISK_2,
    );
    expect(rows().persist(StorageLevel.DISK_ONLY_3).localCheckpoint().getStorageLevel()).toBe(
      StorageLevel.DISK_ONLY_3,
    );
    // Also to what is stored already.
    const rdd = rows().persist(StorageLevel.MEMORY_ONLY);
    await rdd.take(1);
    await rdd.localCheckpoint().count();
    expect(rdd.isCheckpointed).toBe(true);
    expect(await rdd.sum()).toBe(820);
  });

  it("leave memory for the disk when it is short, and stay", async () => {
    await using small = await Context.create({ master: "local[2]", memory: "24m" });
    const build = (seed: number): RDD<number> =>
      small.range(0, 3_000_000, 1, 4).map((x) => Math.imul(x, seed) >>> 0);
    const first = build(2654435761).localCheckpoint();
    const sum = await first.sum();
    const second = build(40503).localCheckpoint();
    await second.sum();
    expect(await first.sum()).toBe(sum);
    expect(small.engine.storage(first.node).disk + small.engine.storage(second.node).disk).toBeGreaterThan(0);
  });

  it("that are lost say what to do", async () => {
    const rdd = rows().localCheckpoint();
    await rdd.count();
    sc.engine.lose({ kind: "block", node: rdd.node.id, partition: 3 });
    const lost = {
      code: "CHECKPOINT_LOST",
      place: { partition: 3 },
      message: expect.stringMatching(/checkpoint\(\)/),
    };
    await expect(rdd.collect()).rejects.toMatchObject(lost);
    await expect(rdd.mapPartitions((part) => part).collect()).rejects.toMatchObject(lost);
    expect(await rdd.take(5)).toEqual([1, 2, 3, 4, 5]);
    rdd.unpersist();
    await expect(rdd.first()).rejects.toMatchObject({ code: "CHECKPOINT_LOST" });
  });

  it("take the place of checkpoints that are not made yet, not of others", async () => {
    const rdd = rows();
    rdd.checkpoint();
    rdd.localCheckpoint();
    rdd.checkpoint();
    await rdd.count();
    expect([rdd.isLocallyCheckpointed(), rdd.getCheckpointFile()]).toEqual([true, null]);
    const other = rows();
    other.checkpoint();
    await other.count();
    other.localCheckpoint();
    expect(other.isLocallyCheckpointed()).toBe(false);
  });
});
