/** Barrier stages: tasks wait for each other, exchange messages, and succeed or are tried again together. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BarrierTaskContext, Context, TaskContext } from "../../src/index.ts";

describe("barrier stages", () => {
  let sc: Context;
  beforeAll(async () => {
    sc = await Context.create({ master: "local[4]", memory: "128m" });
  });
  afterAll(() => sc.stop());

  test("let tasks wait for each other", async () => {
    const arrived = new Int32Array(new SharedArrayBuffer(4));
    const seen = await sc
      .range(0, 4, 1, 4)
      .barrier()
      .mapPartitions(() => {
        const context = BarrierTaskContext.get()!;
        const counts: number[] = [];
        for (let round = 1; round <= 20; round++) {
          Atomics.add(arrived, 0, 1);
          context.barrier();
          counts.push(Atomics.load(arrived, 0));
          context.barrier();
        }
        return [counts.every((count, i) => count === 4 * (i + 1))];
      })
      .collect();
    expect(seen).toEqual([true, true, true, true]);
  });

  test("let tasks exchange messages, in the order of the partitions", async () => {
    const heard = await sc
      .parallelize(["a", "", "ü".repeat(3000), "d"], 4)
      .barrier()
      .mapPartitionsWithIndex((i, rows) => {
        const context = BarrierTaskContext.get()!;
        const [word] = rows;
        const first = context.allGather(word);
        const second = context.allGather(String(i * 10));
        return [[...first.map((text) => text.length), ...second.map(Number), context.getTaskInfos().length]];
      })
      .collect();
    expect(heard).toEqual(Array.from({ length: 4 }, () => [1, 0, 3000, 1, 0, 10, 20, 30, 4]));
  });

  test("are tried again as a whole when one task fails, and count once", async () => {
    const runs = new Int32Array(new SharedArrayBuffer(4));
    const total = sc.longAccumulator();
    const rows = await sc
      .range(0, 4, 1, 4)
      .barrier()
      .mapPartitions((all) => {
        const context = BarrierTaskContext.get()!;
        Atomics.add(runs, 0, 1);
        total.add(1);
        if (context.partitionId() === 2 && context.attemptNumber() < 2) throw new Error("not yet");
        context.barrier();
        return all.map((x) => x * 10 + context.attemptNumber());
      })
      .collect();
    expect(rows).toEqual([2, 12, 22, 32]);
    expect([runs[0], total.value]).toEqual([12, 4]);
  });

  test("fail with the error of the task that failed, after four attempts of all", async () => {
    const failing = sc
      .range(0, 3, 1, 3)
      .barrier()
      .mapPartitions((rows) => {
        const context = BarrierTaskContext.get()!;
        if (context.partitionId() === 1) throw new RangeError("one is out");
        context.barrier();
        return rows;
      });
    await expect(failing.count()).rejects.toMatchObject({
      code: "JOB_FAILED",
      message: expect.stringMatching(
        /partition 1 of mapPartitions at .* 4 times: RangeError: one is out/,
      ) as unknown,
    });
    expect(await sc.range(0, 100, 1, 8).sum()).toBe(4950);
  });

  test("survive the loss of a worker", async () => {
    const deaths = new Int32Array(new SharedArrayBuffer(4));
    const rows = await sc
      .range(0, 3, 1, 3)
      .barrier()
      .mapPartitions((all) => {
        if (BarrierTaskContext.get()!.partitionId() === 0 && Atomics.add(deaths, 0, 1) === 0) process.exit(1);
        BarrierTaskContext.get()!.barrier();
        return all;
      })
      .collect();
    expect(rows).toEqual([0, 1, 2]);
  });

  test("say when they can never come together", async () => {
    const many = sc
      .range(0, 8, 1, 8)
      .barrier()
      .mapPartitions((rows) => {
        BarrierTaskContext.get()!.barrier();
        return rows;
      });
    await expect(many.count()).rejects.toMatchObject({
      code: "UNSUPPORTED_OPERATION",
      message: expect.stringMatching(/all 8 tasks .* only 4 workers.*local\[8\]/) as unknown,
    });
    const unequal = sc
      .range(0, 2, 1, 2)
      .barrier()
      .mapPartitionsWithIndex((i, rows) => {
        if (i === 0) BarrierTaskContext.get()!.barrier();
        return rows;
      });
    await expect(unequal.count()).rejects.toMatchObject({
      code: "UNSUPPORTED_OPERATION",
      message: expect.stringMatching(/ended without/) as unknown,
    });
  });

  test("end when they are cancelled, and several can be under way", async () => {
    const waiting = sc
      .range(0, 2, 1, 2)
      .barrier()
      .mapPartitionsWithIndex((i, rows) => {
        if (i === 0) BarrierTaskContext.get()!.barrier();
        else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
        return rows;
      })
      .countAsync();
    const sum = (): Promise<number> =>
      sc
        .range(0, 4, 1, 4)
        .barrier()
        .mapPartitions((rows) => {
          const all = BarrierTaskContext.get()!.allGather(String([...rows]));
          return [all.reduce((a, b) => a + Number(b), 0)];
        })
        .sum();
    const others = [sum(), sum(), sum()];
    waiting.cancel();
    await expect(waiting).rejects.toMatchObject({ code: "JOB_CANCELLED" });
    expect(await Promise.all(others)).toEqual([24, 24, 24]);
  });

  test("feed shuffles, and are unknown elsewhere", async () => {
    const counts = await sc
      .range(0, 6, 1, 3)
      .barrier()
      .mapPartitions((rows) => {
        BarrierTaskContext.get()!.barrier();
        return rows.map((x) => [x % 2, 1]);
      })
      .reduceByKey((a, b) => a + b)
      .sortByKey()
      .collect();
    expect(counts).toEqual([
      [0, 3],
      [1, 3],
    ]);
    expect(
      await sc
        .range(1)
        .map(() => BarrierTaskContext.get() === null && TaskContext.get() !== null)
        .collect(),
    ).toEqual([true]);
    expect(BarrierTaskContext.get()).toBeNull();
  });
});

test("a barrier stage of one task runs on the driver's thread too", async () => {
  await using sc = await Context.create({ master: "local", memory: "64m" });
  const alone = (n: number): Promise<string[]> =>
    sc
      .range(0, 2, 1, n)
      .barrier()
      .mapPartitions(() => {
        BarrierTaskContext.get()!.barrier();
        return BarrierTaskContext.get()!.allGather("alone");
      })
      .collect();
  expect(await alone(1)).toEqual(["alone"]);
  await expect(alone(2)).rejects.toMatchObject({ code: "UNSUPPORTED_OPERATION" });
});
