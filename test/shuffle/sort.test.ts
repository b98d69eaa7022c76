/** Sorts over shuffles large enough for buckets, in both backends, against a stable sort of plain rows. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compareValues } from "../../src/column/equality.ts";
import { Context } from "../../src/index.ts";
import { TESTED } from "../backends.ts";

const ROWS = 60_000;
const mixed = (i: number): number => Math.imul(i + 1, 0x9e3779b1) >>> 0;

const KEYS: Record<string, (i: number) => number | bigint> = {
  "spread out": mixed,
  "signed, with equal ones": (i) => (mixed(i) >> 16) - 3000,
  "doubles of all magnitudes": (i) => (i % 2 === 0 ? -1 : 1) * 10 ** ((mixed(i) / 2 ** 32) * 600 - 300),
  "64 bits": (i) => (BigInt(mixed(i)) << 32n) | BigInt(mixed(i + 7)),
  "in order": (i) => i * 5,
  "in reverse": (i) => (ROWS - i) * 5,
  "one run in order a partition": (i) => (i % (ROWS / 3)) * 7,
  "few values": (i) => (mixed(i) >>> 29) * 1e8,
  "one heavy value": (i) => (i % 3 === 0 ? mixed(i) : 2 ** 31),
  "crowded at one end": (i) => Math.floor(4e9 / (1 + mixed(i))),
};

const VALUES: Record<string, (i: number) => unknown> = {
  "numbers, moved with their keys": (i) => i + 0.5,
  "pairs, column by column": (i) => [i, i + 0.5],
  "strings, by row number": (i) => `row ${i}`,
};

describe.each(TESTED)("sortByKey over a shuffle (%s)", (backend) => {
  let sc: Context;
  beforeAll(async () => {
    sc = await Context.create({ master: "local[2]", backend });
  });
  afterAll(() => sc.stop());

  const model = (rows: readonly [unknown, unknown][], ascending: boolean): [unknown, unknown][] =>
    [...rows].sort((a, b) => (ascending ? 1 : -1) * compareValues(a[0], b[0]));

  for (const [name, key] of Object.entries(KEYS))
    it(`keys ${name}`, async () => {
      const rows = Array.from({ length: ROWS }, (_, i): [number, unknown] => [key(i) as number, i]);
      const pairs = sc.parallelize(rows, 3);
      expect(await pairs.sortByKey().collect()).toEqual(model(rows, true));
      expect(await pairs.sortByKey(false, 5).collect()).toEqual(model(rows, false));
    });

  for (const [name, value] of Object.entries(VALUES))
    it(`values that are ${name}`, async () => {
      const rows = Array.from({ length: ROWS }, (_, i): [number, unknown] => [mixed(i), value(i)]);
      expect(await sc.parallelize(rows, 3).sortByKey().collect()).toEqual(model(rows, true));
    });

  it("keys that the sample did not see, beyond both ends", async () => {
    const rows = Array.from({ length: ROWS }, (_, i): [number, number] => [
      i === 7 ? -2e9 : i === 8 ? 2e9 : mixed(i) >>> 12,
      i,
    ]);
    expect(await sc.parallelize(rows, 4).sortByKey().collect()).toEqual(model(rows, true));
  });

  it("partitionBy the same ranges leaves the rows of a partition as they came", async () => {
    const rows = Array.from({ length: ROWS }, (_, i): [number, number] => [mixed(i), i]);
    const pairs = sc.parallelize(rows, 3);
    const sorted = pairs.sortByKey();
    await sorted.count();
    const partitioner = sorted.partitioner!;
    const parts = await pairs.partitionBy(partitioner).glom().collect();
    expect(parts).toEqual(parts.map((_, p) => rows.filter(([key]) => partitioner.getPartition(key) === p)));
    expect(parts.map(({ length }) => length)).not.toContain(0);
  });
});
