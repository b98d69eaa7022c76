import { expect, test } from "vitest";
import { Context, type RDD } from "../../src/index.ts";

type Keep = "not persisted" | "in memory" | { readonly room: number };

/** What `run` makes of the rows when they are kept so, which is checked. All memory but `room` megabytes may be in use already. */
async function kept<T, R>(
  keep: Keep,
  memory: string,
  rows: (sc: Context) => RDD<T>,
  run: (rows: RDD<T>) => Promise<R>,
): Promise<R> {
  await using sc = await Context.create({ master: "local[2]", memory });
  const { heap } = sc.engine;
  if (typeof keep === "object") heap.allocate(heap.limit - (keep.room << 20));
  const input = rows(sc);
  if (keep !== "not persisted") await input.persist().count();
  const result = await run(input);
  expect(sc.engine.storage(input.node).partitions).toBe(keep === "in memory" ? 1 : 0);
  return result;
}

async function sums<K>(rows: RDD<[K, number]>): Promise<readonly [ArrayLike<unknown>, Float64Array]> {
  const [keys, values] = await rows.reduceByKey((a, b) => a + b, 3).collectColumns();
  return [keys as ArrayLike<unknown>, values as Float64Array];
}

type Sums = Awaited<ReturnType<typeof sums>>;

function expectSame([keys, values]: Sums, [otherKeys, otherValues]: Sums): void {
  expect(keys.length).toBe(otherKeys.length);
  let different = 0;
  for (let i = 0; i < keys.length; i++)
    if (keys[i] !== otherKeys[i] || !Object.is(values[i], otherValues[i])) different++;
  expect(different).toBe(0);
}

// An eighth of the memory, 128 MB, is never for what is cached: with little more room, storing fails and tasks have enough.

test("very many strings: the same groups in order and bits, streamed, stored, or without room", async () => {
  const pairs = (sc: Context): RDD<[string, number]> =>
    sc
      .range(0, 1_060_000 * 24, 1, 1)
      .filter((x) => x % 24 === 0)
      .map((x) => [`key ${(x * 48271) % 300007}`, x / 3]);
  const stored = await kept("in memory", "1g", pairs, sums);
  expectSame(await kept("not persisted", "1g", pairs, sums), stored);
  expectSame(await kept({ room: 130 }, "1g", pairs, sums), stored);
});

test("integers: the same groups in order and bits, streamed, stored, or without room", async () => {
  const pairs = (sc: Context): RDD<[number, number]> =>
    sc.range(0, 16_000_000, 1, 1).map((x) => [(x % 1009) | 0, x / 3]);
  const stored = await kept("in memory", "1g", pairs, sums);
  expectSame(await kept("not persisted", "1g", pairs, sums), stored);
  expectSame(await kept({ room: 280 }, "1g", pairs, sums), stored);
});

test("long strings are cut into the same batches, streamed or stored", async () => {
  const pairs = (sc: Context): RDD<[string, number]> =>
    sc.range(0, 1_100_000, 1, 1).map((x) => [`${"long ".repeat(22)}${(x * 48271) % 300007}`, x / 3]);
  expectSame(await kept("not persisted", "2g", pairs, sums), await kept("in memory", "2g", pairs, sums));
});

test("rows without room to be stored are summed as stored ones are", async () => {
  const roots = (sc: Context): RDD<number> =>
    sc
      .range(0, 8_000_000, 1, 1)
      .mapPartitions((all) => all.filter((x) => x % 2 === 0).map((x) => Math.sqrt(x)));
  const sum = (rows: RDD<number>): Promise<number> => rows.sum();
  expect(await kept({ room: 24 }, "1g", roots, sum)).toBe(await kept("in memory", "1g", roots, sum));
});
