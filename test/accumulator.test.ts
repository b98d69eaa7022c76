/** Accumulators of every kind: what tasks add comes back once, whatever else happens. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Context } from "../src/index.ts";

class Extremes {
  least = Number.POSITIVE_INFINITY;
  greatest = Number.NEGATIVE_INFINITY;

  copy(): Extremes {
    return Object.assign(new Extremes(), this);
  }
  reset(): void {
    Object.assign(this, new Extremes());
  }
  add(x: number): void {
    this.least = Math.min(this.least, x);
    this.greatest = Math.max(this.greatest, x);
  }
  merge(other: Extremes): void {
    this.add(other.least);
    this.add(other.greatest);
  }
  get value(): readonly [number, number] {
    return [this.least, this.greatest];
  }
}

describe.each(["local", "local[2]"])("accumulators on %s", (master) => {
  let sc: Context;
  beforeAll(async () => {
    sc = await Context.create({ master, memory: "128m" });
  });
  afterAll(() => sc.stop());

  test("of numbers know sum, count and mean", async () => {
    const total = sc.doubleAccumulator("total");
    total.add(0.5);
    await sc.range(0, 100, 1, 7).foreach((x) => total.add(x));
    expect([total.name, total.value, total.sum, total.count, total.avg]).toEqual([
      "total",
      4950.5,
      4950.5,
      101,
      4950.5 / 101,
    ]);
    total.reset();
    expect([total.isZero, total.count, total.avg]).toEqual([true, 0, Number.NaN]);
  });

  test("of the program's own classes start from zero in each task", async () => {
    const extremes = new Extremes();
    extremes.add(50);
    sc.register(extremes);
    const rdd = sc.parallelize([3, 99, -7, 12], 3);
    await rdd.foreach((x) => extremes.add(x));
    expect(extremes.value).toEqual([-7, 99]);
    const adding = rdd.map((x) => {
      extremes.add(x - 100);
      return x;
    });
    await adding.count();
    expect(extremes.value).toEqual([-107, 99]);
  });

  test("count what transformations add each time they are computed", async () => {
    const seen = sc.longAccumulator();
    const rdd = sc.range(0, 10, 1, 2).map((x) => {
      seen.add(1);
      return x;
    });
    await rdd.collect();
    await rdd.collect();
    expect(seen.value).toBe(20);
    expect(seen.isZero).toBe(false);
  });

  test("that cannot merge spoil nothing else", async () => {
    const bad = sc.accumulator(0, {
      zero: () => 0,
      addInPlace: (a, b) => {
        if (b === 1) return a + b;
        throw new Error("only ones");
      },
    });
    const good = sc.longAccumulator();
    await sc.range(0, 4, 1, 2).foreach(() => {
      bad.add(1);
      good.add(1);
    });
    expect(good.value).toBe(4);
    expect(await sc.range(3).count()).toBe(3);
  });

  test("of another context are refused", async () => {
    const other = await Context.create({ master: "local", memory: "64m" });
    const theirs = other.longAccumulator();
    await other.stop();
    await expect(sc.range(3).foreach(() => theirs.add(1))).rejects.toMatchObject({
      code: "UNSUPPORTED_OPERATION",
    });
  });
});
