/** Faults in the middle of jobs and of programs: the right answer or one clear error, and nothing is left behind. */
import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Context, type RDD } from "../../src/index.ts";
import { eventsOf, sleep, usedAfter } from "./support.ts";

describe("a worker that dies", () => {
  let sc: Context;
  let base: number;
  let alive = 0;
  beforeAll(async () => {
    sc = await Context.create({ master: "local[2]", memory: "256mb" });
    sc.events.subscribe((event) => {
      if (event.type === "workerStart") alive++;
      if (event.type === "workerExit") alive--;
    });
    await sc.range(0, 100, 1, 4).count();
    base = sc.engine.heap.used;
  });
  afterAll(() => sc.stop());

  const ROWS = 40_000;
  const pairs = (): RDD<[number, number]> =>
    sc.range(0, ROWS, 1, 4).map((x) => [x % 100, x] as [number, number]);
  const total = (ROWS * (ROWS - 1)) / 2;
  /** True twice in all, whatever the thread. */
  const chances = (): Int32Array => new Int32Array(new SharedArrayBuffer(4));

  const phases: Readonly<Record<string, (deaths: Int32Array) => RDD<[number, number]>>> = {
    "in a map": (deaths) =>
      pairs()
        .map(([k, v]) => {
          if (v === 25_000 && Atomics.add(deaths, 0, 1) < 2) process.exit(1);
          return [k, v] as [number, number];
        })
        .reduceByKey((a, b) => a + b),
    "while it combines for a shuffle": (deaths) =>
      pairs().reduceByKey((a, b) => {
        if (b === 25_000 && Atomics.add(deaths, 0, 1) < 2) process.exit(1);
        return a + b;
      }),
    "while it writes a shuffle": (deaths) =>
      pairs().partitionBy(3, (key) => {
        if (key === 99 && Atomics.add(deaths, 0, 1) < 2) process.exit(1);
        return key % 3;
      }),
    "while it reads a shuffle": (deaths) =>
      pairs()
        .groupByKey()
        .mapPartitions(function* (groups): Generator<[number, number]> {
          let seen = 0;
          for (const [key, values] of groups) {
            if (++seen === 10 && Atomics.add(deaths, 0, 1) < 2) process.exit(1);
            yield [key, [...values].reduce((a, b) => a + b, 0)];
          }
        }),
    "while it stores a partition": (deaths) =>
      pairs()
        .mapValues((v) => {
          if (v === 25_000 && Atomics.add(deaths, 0, 1) < 2) process.exit(1);
          return v;
        })
        .persist(),
  };

  it.each(Object.entries(phases))("%s costs no answer", async (_, program) => {
    const deaths = chances();
    const events = await eventsOf(sc, async () => expect(await program(deaths).values().sum()).toBe(total));
    expect(Atomics.load(deaths, 0)).toBeGreaterThanOrEqual(3);
    expect(events.filter((e) => e.type === "workerExit")).toHaveLength(2);
    expect(await usedAfter(sc, base)).toBe(base);
    for (let i = 0; i < 500 && alive < 2; i++) await sleep(10);
    expect(alive).toBe(2);
  });

  it("while cached partitions are held does not lose them", async () => {
    const deaths = chances();
    const computed = sc.longAccumulator();
    const kept = pairs()
      .mapValues((v) => {
        computed.add(1);
        return v;
      })
      .persist();
    expect(await kept.values().sum()).toBe(total);
    const read = kept.mapValues((v) => {
      if (v === 25_000 && Atomics.add(deaths, 0, 1) < 2) process.exit(1);
      return v;
    });
    expect(await read.values().sum()).toBe(total);
    expect(Atomics.load(deaths, 0)).toBe(3);
    expect(computed.value).toBe(ROWS);
    kept.unpersist();
    expect(await usedAfter(sc, base)).toBe(base);
  });

  it("four times with the same task is one clear error", async () => {
    const deadly = pairs().mapValues((v) => {
      if (v === 25_000) process.exit(7);
      return v;
    });
    await expect(deadly.groupByKey().count()).rejects.toMatchObject({
      code: "JOB_FAILED",
      message: expect.stringMatching(/partition 2 .* failed 4 times: WorkerLostError: .*exit code 7/),
    });
    expect(await usedAfter(sc, base)).toBe(base);
    expect(await pairs().values().sum()).toBe(total);
  });
});

const LIBRARY = JSON.stringify(pathToFileURL(resolve(import.meta.dirname, "../../src/index.ts")).href);

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a program in a process of its own, which is sent SIGINT when it says "now". */
function run(body: string, flags: readonly string[] = []): Promise<Ended> {
  const program = `import { Context } from ${LIBRARY};\n${body}`;
  const child = spawn(process.execPath, [...flags, "--input-type=module", "--eval", program], {
    timeout: 60_000,
    killSignal: "SIGKILL",
  });
  let [out, err] = ["", ""];
  child.stdout.on("data", (data: Buffer) => {
    out += data.toString();
    if (out.includes("now")) child.kill("SIGINT");
  });
  child.stderr.on("data", (data: Buffer) => {
    err += data.toString();
  });
  return new Promise((done) => child.on("close", (code, signal) => done({ code, signal, out, err })));
}

describe("a program", () => {
  it("goes on when a user's function has filled its worker's heap", async () => {
    const ended = await run(
      `const sc = await Context.create({ master: "local[2, 2]", memory: "64mb" });
const error = await sc.range(0, 4, 1, 4).map((x) => {
  let list = null;
  while (x === 2) list = { list, x };
  return x;
}).count().catch((e) => e);
console.log(error.code, error.message);
console.log(await sc.range(0, 100, 1, 8).sum(), sc.engine.heap.used);
await sc.stop();`,
      ["--max-old-space-size=128"],
    );
    expect(ended.out, ended.err).toMatch(
      /^JOB_FAILED .* failed 2 times: WorkerLostError: .* heap .*full.*\n4950 0\n$/,
    );
    expect(ended).toMatchObject({ code: 0, signal: null });
  });

  it("ends at once at Ctrl-C, whatever its tasks do", async () => {
    const ended = await run(
      `const sc = await Context.create({ master: "local[2]" });
sc.events.subscribe((event) => { if (event.type === "taskStart") console.log("now"); });
await sc.range(0, 4, 1, 4).map((x) => { for (;;) if (x < 0) return x; }).count();
console.log("not reached");`,
    );
    expect(ended.out).not.toContain("not reached");
    expect(ended.signal === "SIGINT" || ended.code === 130).toBe(true);
  });

  it("ends with its error at a rejection that it does not handle, while tasks run", async () => {
    const ended = await run(
      `const sc = await Context.create({ master: "local[2]" });
sc.events.subscribe((event) => { if (event.type === "taskStart") void Promise.reject(new Error("stray")); });
await sc.range(0, 4, 1, 4).map((x) => { for (;;) if (x < 0) return x; }).count();`,
    );
    expect(ended.err).toContain("stray");
    expect(ended).toMatchObject({ code: 1, signal: null });
  });

  it("ends when it forgets its context after a job that failed", async () => {
    const ended = await run(
      `const sc = await Context.create({ master: "local[2]" });
await sc.range(0, 4, 1, 4).map((x) => { throw new Error("no"); }).count().catch((e) => console.log(e.code));`,
    );
    expect(ended).toMatchObject({ code: 0, signal: null, out: "JOB_FAILED\n" });
  });

  it("ends with its error when an action that fails is not awaited", async () => {
    const ended = await run(
      `const sc = await Context.create({ master: "local[2]" });
void sc.range(0, 4, 1, 4).map((x) => { throw new Error("no"); }).count();`,
    );
    expect(ended.err).toContain("Error: no");
    expect(ended).toMatchObject({ code: 1, signal: null });
  });
});
