/**
 * Random programs while everything that can be lost is: workers die at a row or at any moment, tasks throw, map outputs and stored partitions are
 * dropped, files are deleted and damaged, jobs are cancelled. Every answer is compared with plain arrays, and in the end nothing is left.
 */
import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Worker } from "node:worker_threads";
import fc from "fast-check";
import { expect } from "vitest";
import { heapOwner } from "../../src/executor/protocol.ts";
import { Context, GnistaError, type RDD, StorageLevel, TaskContext } from "../../src/index.ts";
import type { PlanNode } from "../../src/plan/node.ts";
import { identity, type Kind, type Model, plan } from "../rdd/programs.ts";
import { type OutsideFault, type Run, type Scenario, scenarios, type TaskFault } from "./scenarios.ts";
import { sleep, usedAfter } from "./support.ts";

const CHECK_EVERY = 10;

/** A context whose memory is so full that every map output goes to disk, and what can be done to it. */
class Ground {
  readonly #sc: Context;
  readonly #directory: string;
  /** By their numbers. */
  readonly #workers: Worker[];
  readonly #ballast: RDD<number>;
  #programs = 0;
  readonly #alive = new Set<number>();
  #base = 0;

  private constructor(sc: Context, directory: string, workers: Worker[]) {
    this.#sc = sc;
    this.#directory = directory;
    this.#workers = workers;
    sc.events.subscribe((event) => {
      if (event.type === "workerStart") this.#alive.add(event.worker);
      if (event.type === "workerExit") this.#alive.delete(event.worker);
    });
    this.#ballast = sc.range(0, 900_000, 1, 2).persist(StorageLevel.MEMORY_ONLY);
  }

  /** Its files are in `directory`. */
  static async open(directory: string): Promise<Ground> {
    const workers: Worker[] = [];
    const started = (worker: Worker): void => void workers.push(worker);
    process.on("worker", started);
    const conf = { "spark.local.dir": directory, "spark.stage.maxConsecutiveAttempts": "20" };
    const sc = await Context.create({ master: "local[2, 20]", memory: "18m", conf });
    const ground = new Ground(sc, directory, workers);
    await ground.#ballast.count();
    expect(sc.engine.heap.used).toBeGreaterThan(0.35 * sc.engine.heap.limit);
    ground.#base = sc.engine.heap.used;
    return ground;
  }

  async close(): Promise<void> {
    await this.#nothingLeft();
    await this.#sc.stop();
    expect(readdirSync(this.#directory)).toEqual([]);
  }

  async survives(scenario: Scenario): Promise<void> {
    await this.#runs(scenario);
    // Waiting for what finalizers free takes longer than a program.
    if (++this.#programs % CHECK_EVERY === 0) await this.#nothingLeft();
  }

  async #nothingLeft(): Promise<void> {
    // The ballast may have been evicted for a moment.
    await this.#ballast.count();
    expect(await usedAfter(this.#sc, this.#base)).toBe(this.#base);
    for (let i = 0; i < 200 && (this.#files().length > 0 || this.#alive.size !== 2); i++) {
      globalThis.gc?.();
      await sleep(10);
    }
    expect(this.#files()).toEqual([]);
    expect(this.#alive.size).toBe(2);
  }

  async #runs({ start, data, program, inTasks, outside, runs }: Scenario): Promise<void> {
    const { operations, model } = plan(start, data, program);
    const source = (kind: Kind): RDD<never> =>
      this.#sc.parallelize(data[kind].rows as never[], data[kind].slices) as RDD<never>;
    const kept: RDD<unknown>[] = [];
    let rdd: RDD<unknown> = source(start);
    for (let i = 0; i <= operations.length; i++) {
      for (const fault of inTasks) {
        if (fault.afterStep % (operations.length + 1) !== i) continue;
        if (fault.kind !== "persist") rdd = failing(rdd, fault);
        else {
          const persisted = rdd.map((row) => row).persist(StorageLevel[fault.level]);
          kept.push(persisted);
          // Its own level stays, whatever the program persists next.
          rdd = persisted.map((row) => row);
        }
      }
      if (i === operations.length) break;
      const [operation, n] = operations[i];
      rdd = operation.run(rdd as RDD<never>, n, source);
    }
    const node = rdd.node;
    const faults = outside.map(async (fault) => {
      await sleep(fault.after);
      await this.#strike(fault, node, () => over);
    });
    let over = false;
    let running: Promise<void>[] = [];
    for (const run of runs) {
      running.push(checked(rdd, run, model));
      if (run.beside) continue;
      await Promise.all(running);
      running = [];
    }
    await Promise.all(running);
    const rows = await rdd.collect();
    over = true;
    await Promise.all(faults);
    compare(rows, model);
    expect(await rdd.collect()).toEqual(rows);
    for (const each of kept) each.unpersist();
    unpersistAll(node, this.#sc);
  }

  async #strike({ kind, which }: OutsideFault, node: PlanNode, over: () => boolean): Promise<void> {
    if (kind === "kill") {
      const number = this.#workers.length - 1 - (which % 2);
      // As whoever ends a thread must, so that it does not die in a lock.
      this.#sc.engine.heap.condemn(heapOwner(number));
      void this.#workers[number].terminate();
    } else if (kind === "lose") {
      // About half of what there is.
      [...lossesIn(node)].forEach((place, i) => {
        if (((which >> (i % 10)) & 1) === 1) this.#sc.engine.lose(place);
      });
    } else {
      let files = this.#files();
      for (; files.length === 0 && !over(); files = this.#files()) await sleep(1);
      if (files.length === 0) return;
      const path = files[which % files.length];
      if (kind === "delete") rmSync(path, { force: true });
      else damage(path, which);
    }
  }

  #files(): string[] {
    return readdirSync(this.#directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  }
}

function damage(path: string, at: number): void {
  try {
    const file = openSync(path, "r+");
    writeSync(file, Buffer.from([at, 255 - at, 7]), 0, 3, at % 200);
    closeSync(file);
  } catch {
    // It has gone meanwhile.
  }
}

type Loss = Parameters<Context["engine"]["lose"]>[0];

function* lossesIn(node: PlanNode): Generator<Loss> {
  for (const each of nodesOf(node)) {
    for (let partition = 0; partition < each.numPartitions; partition++)
      yield { kind: "block", node: each.id, partition };
    for (const dependency of each.dependencies)
      if (dependency.kind === "shuffle")
        for (let mapPartition = 0; mapPartition < dependency.node.numPartitions; mapPartition++)
          yield { kind: "mapOutput", shuffle: dependency.id, mapPartition };
  }
}

function nodesOf(node: PlanNode, found = new Set<PlanNode>()): ReadonlySet<PlanNode> {
  if (!found.has(node)) {
    found.add(node);
    for (const dependency of node.dependencies) nodesOf(dependency.node, found);
  }
  return found;
}

/** Programs persist by themselves, too. */
function unpersistAll(node: PlanNode, sc: Context): void {
  for (const each of nodesOf(node)) sc.engine.unpersist(each);
}

function failing(rdd: RDD<unknown>, fault: TaskFault): RDD<unknown> {
  const { kind, row: at } = fault;
  const partition = fault.partition % Math.max(1, rdd.getNumPartitions());
  return rdd.mapPartitionsWithIndex(function* (index, rows) {
    const context = TaskContext.get()!;
    const first = context.attemptNumber() === 0 && context.stageAttemptNumber() === 0;
    let i = 0;
    for (const row of rows) {
      if (first && index === partition && i++ === at) {
        if (kind === "exit") process.exit(1);
        throw new Error("once");
      }
      yield row;
    }
  });
}

function compare(rows: readonly unknown[], model: Model): void {
  const [found, expected] = [rows.map(identity), model.rows.map(identity)];
  if (model.ordered) expect(found).toEqual(expected);
  else expect(found.sort()).toEqual(expected.sort());
}

/** One action gives what the model says, unless it was cancelled. */
async function checked(rdd: RDD<unknown>, { action, cancelAfter }: Run, model: Model): Promise<void> {
  const controller = new AbortController();
  const options = { signal: controller.signal };
  if (cancelAfter !== null) setTimeout(() => controller.abort(), cancelAfter);
  try {
    switch (action) {
      case "collect":
        compare(await rdd.collect(options), model);
        break;
      case "count":
        expect(await rdd.count(options)).toBe(model.rows.length);
        break;
      case "take": {
        const rows = await rdd.take(3, options);
        expect(rows.length).toBe(Math.min(3, model.rows.length));
        if (model.ordered) expect(rows.map(identity)).toEqual(model.rows.slice(0, 3).map(identity));
        break;
      }
      case "reduce": {
        const length = await rdd.map(() => 1).fold(0, (a, b) => a + b, options);
        expect(length).toBe(model.rows.length);
      }
    }
  } catch (error) {
    if (cancelAfter === null || !GnistaError.is(error, "JOB_CANCELLED")) throw error;
  }
}

/** Equal seeds make equal programs; moments differ. */
export const SEED = Number(process.env["GNISTA_TEST_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

/** Lets so many random programs run, and fails with the seed and the path of the first that gives a wrong answer or leaves something. */
export async function survive(numRuns: number): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "gnista-random-"));
  try {
    const ground = await Ground.open(directory);
    // Not made smaller: what depends on moments seldom happens twice.
    const options = { numRuns, seed: SEED, endOnFailure: true };
    await fc.assert(
      fc.asyncProperty(scenarios, (scenario) => ground.survives(scenario)),
      options,
    );
    await ground.close();
  } finally {
    rmSync(directory, { recursive: true });
  }
}
