/** The error of a task that finds no memory says what was asked for, what holds the memory, and what to do in its case. */
import { expect, it } from "vitest";
import { Context } from "../../src/index.ts";

const MIB = 1 << 20;
const SIZE = String.raw`[\d.]+ MiB`;

async function failure(job: Promise<unknown>): Promise<string> {
  const error = await job.then(
    () => null,
    (e: { code: string; cause: { code: string; message: string } }) => e,
  );
  expect(error).toMatchObject({ code: "JOB_FAILED", cause: { code: "OUT_OF_MEMORY" } });
  return error!.cause.message;
}

/** Rows that have to lie in memory in one piece. */
const large = (sc: Context, bytes: number, partitions = 1): Promise<unknown> =>
  sc
    .range(0, partitions, 1, partitions)
    .map(() => new Float64Array(bytes / 8))
    .collect();

const text = (what: string): RegExp =>
  new RegExp(`^${SIZE} more do not fit the memory of 24 MiB(, which is taken by .*)?\\. ${what}$`);

it.each(["local", "local[2]"])("on %s names the case", async (master) => {
  const conf = { "spark.local.dir": "/dev/null/nowhere", "spark.task.maxFailures": "1" };
  await using sc = await Context.create({ master, memory: "24m", conf });
  const wide = await failure(large(sc, 25 * MIB));
  expect(wide).toMatch(
    /^26214400 bytes in one piece are more than the whole memory of 25165824; make rows or partitions smaller, or give/,
  );

  const tooFew = await failure(sc.range(0, 3_200_000, 1, 1).collect());
  expect(tooFew).toMatch(text("Use more partitions than 1, or give the context more with the option memory"));
  expect(tooFew).toMatch(new RegExp(`this task ${SIZE}`));

  const kept = sc.range(0, 1_500_000, 1, 12).setName("numbers").persist();
  await kept.count();
  const cached = await failure(large(sc, 20 * MIB));
  expect(cached).toMatch(text(String.raw`Unpersist what is not needed \(numbers has most of it\), or .*`));
  expect(cached).toMatch(new RegExp(`cached data that is protected or in use ${SIZE}`));
  await kept.unpersist(true);

  const given = sc.parallelizePairs(new Float64Array(600_000), new Float64Array(600_000), 2);
  expect(await given.count()).toBe(600_000);
  const handed = await failure(large(sc, 18 * MIB));
  expect(handed).toMatch(text("Read the rows from files instead of handing them over, or .*"));
  expect(handed).toMatch(new RegExp(`collections of the program ${SIZE}`));
});

it.each(["local", "local[2]"])("on %s says why map outputs stay in memory", async (master) => {
  const conf = { "spark.local.dir": "/dev/null/nowhere", "spark.task.maxFailures": "1" };
  await using sc = await Context.create({ master, memory: "24m", conf });
  const moved = sc
    .range(0, 360_000, 1, 12)
    .map((x) => [x % 1000, x] as [number, number])
    .partitionBy(3);
  await moved.count();
  const message = await failure(large(sc, 20 * MIB));
  expect(message).toMatch(
    text(String.raw`The map outputs could not be written to disk \(.*ENOTDIR.*\); mend that, or .*`),
  );
  expect(message).toMatch(new RegExp(`map outputs ${SIZE}`));
  expect(await moved.count()).toBe(360_000);
});

it.each(["local", "local[2]"])("on %s tells a frequent key from too few partitions", async (master) => {
  const conf = { "spark.task.maxFailures": "1" };
  await using sc = await Context.create({ master, memory: "24m", conf });
  const groups = sc
    .range(0, 2_500_000, 1, 12)
    .map((x) => [x % 50 === 0 ? x : -1, x] as [number, number])
    .groupByKey(12);
  expect(await failure(groups.count())).toMatch(
    text(
      String.raw`Partition \d+ has (8|9|10|11|12) times the rows of the mean one: combine the values of its keys before they move \(reduceByKey or aggregateByKey, not groupByKey\), spread a frequent key over several, or .*`,
    ),
  );
});
