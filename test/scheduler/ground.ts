/**
 * Where random programs run: a context whose memory is so full that every map output goes to disk, what can be done to it from outside, and what must
 * not be left when a program is over.
 */
import { execFile, execFileSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, readdirSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Worker } from "node:worker_threads";
import { expect } from "vitest";
import { heapOwner } from "../../src/executor/protocol.ts";
import { Context, type RDD, StorageLevel } from "../../src/index.ts";
import type { PlanNode } from "../../src/plan/node.ts";
import type { OutsideFault } from "./scenarios.ts";
import { filesIn, openFiles, settled, sleep, usedAfter } from "./support.ts";

const WORKERS = 2;

export class Ground {
  readonly sc: Context;
  /** Temporary files of the context. */
  readonly #spill: string;
  /** Of programs; emptied after each. */
  readonly outputs: string;
  readonly #workers: readonly Worker[];
  /** The numbers of those that have started: a worker that is killed before counts as one that cannot start. */
  readonly #ready: number[] = [...Array(WORKERS).keys()];
  readonly #stopWatching: () => void;
  readonly #openBefore: readonly string[] | null;
  readonly #ballast: RDD<number>;
  #base = 0;
  #spilled = 0;

  private constructor(
    sc: Context,
    directory: string,
    workers: readonly Worker[],
    stopWatching: () => void,
    openBefore: readonly string[] | null,
  ) {
    this.sc = sc;
    this.#spill = join(directory, "spill");
    this.outputs = join(directory, "outputs");
    this.#workers = workers;
    this.#stopWatching = stopWatching;
    this.#openBefore = openBefore;
    sc.events.subscribe((event) => {
      if (event.type === "workerStart" && event.worker >= WORKERS) this.#ready.push(event.worker);
      if (event.type === "taskEnd") this.#spilled += event.metrics?.memoryBytesSpilled ?? 0;
    });
    this.#ballast = sc.range(0, 900_000, 1, 2).persist(StorageLevel.MEMORY_ONLY);
  }

  /** Its files are in `directory`. */
  static async open(directory: string): Promise<Ground> {
    for (const name of ["spill", "outputs"]) mkdirSync(join(directory, name));
    const conf = { "spark.local.dir": join(directory, "spill"), "spark.stage.maxConsecutiveAttempts": "20" };
    const setup = { master: `local[${WORKERS}, 20]`, memory: "18m", conf };
    // What the process opens with its first context it keeps.
    await (await Context.create(setup)).stop();
    const openBefore = openFiles();
    const workers: Worker[] = [];
    const started = (worker: Worker): void => void workers.push(worker);
    process.on("worker", started);
    const sc = await Context.create(setup);
    const ground = new Ground(sc, directory, workers, () => process.off("worker", started), openBefore);
    await ground.#ballast.count();
    expect(sc.engine.heap.used).toBeGreaterThan(0.35 * sc.engine.heap.limit);
    ground.#base = sc.engine.heap.used;
    return ground;
  }

  /** Bytes of columns that tasks wrote to disk. */
  get spilled(): number {
    return this.#spilled;
  }

  /** No thread, no open file and no temporary file. */
  async close(): Promise<void> {
    await this.sc.stop();
    expect(readdirSync(this.#spill)).toEqual([]);
    const more = (): boolean => (openFiles()?.length ?? 0) > (this.#openBefore?.length ?? 0);
    await settled(() => this.#alive() === 0 && !more());
    this.#stopWatching();
    expect(this.#alive()).toBe(0);
    expect(more(), `${openFiles()} instead of ${this.#openBefore}`).toBe(false);
  }

  /** After a program which nothing refers to any more, and whose outputs are removed. */
  async nothingLeft(): Promise<void> {
    const ours = (): string[] => openFiles()?.filter((path) => path.startsWith(this.#spill)) ?? [];
    // The ballast may have been evicted for a moment.
    await this.#ballast.count();
    expect(await usedAfter(this.sc, this.#base)).toBe(this.#base);
    await settled(() => filesIn(this.#spill).length + ours().length === 0 && this.#alive() === WORKERS);
    expect([filesIn(this.#spill), ours(), readdirSync(this.outputs)]).toEqual([[], [], []]);
    expect(this.#alive()).toBe(WORKERS);
  }

  /** Does what the fault says to the context or to what it has of `node` and its ancestors; when there is no file to spoil it waits for one until it is `over`. */
  async strike({ kind, which }: OutsideFault, node: PlanNode, over: () => boolean): Promise<void> {
    switch (kind) {
      case "kill": {
        const number = this.#ready[this.#ready.length - 1 - (which % WORKERS)];
        // As whoever ends a thread must, so that it does not die in a lock.
        this.sc.engine.heap.condemn(heapOwner(number));
        void this.#workers[number].terminate();
        return;
      }
      case "lose":
        // About half of what there is.
        [...lossesIn(node)].forEach((place, i) => {
          if (((which >> (i % 10)) & 1) === 1) this.sc.engine.lose(place);
        });
        return;
      case "full":
        await full([0, 0, 5000][which % 3], which % 4 === 0 ? 300 : which % 40, over);
        return;
      default: {
        let files = filesIn(this.#spill);
        for (; files.length === 0 && !over(); files = filesIn(this.#spill)) await sleep(1);
        if (files.length === 0) return;
        const path = files[which % files.length];
        if (kind === "delete") rmSync(path, { force: true });
        else damage(path, which);
      }
    }
  }

  #alive(): number {
    return this.#workers.filter(({ threadId }) => threadId !== -1).length;
  }
}

/** Files of this process may not get longer for some milliseconds, at most until it is `over`, where the system has a way to say so. */
async function full(bytes: number, ms: number, over: () => boolean): Promise<void> {
  if (LIMIT === null) return;
  const limit = (size: string | number): Promise<unknown> =>
    promisify(execFile)("prlimit", ["--pid", String(process.pid), `--fsize=${size}:`]);
  await limit(bytes);
  for (const end = performance.now() + ms; performance.now() < end && !over(); ) await sleep(1);
  await limit(LIMIT);
}

const LIMIT = ((): string | null => {
  try {
    const shown = ["--pid", String(process.pid), "--fsize", "--output", "SOFT", "--noheadings", "--raw"];
    return execFileSync("prlimit", shown, { encoding: "utf8" }).trim();
  } catch {
    return null;
  }
})();

function damage(path: string, at: number): void {
  try {
    const file = openSync(path, "r+");
    try {
      writeSync(file, Buffer.from([at, 255 - at, 7]), 0, 3, at % 200);
    } finally {
      closeSync(file);
    }
  } catch {
    // It has gone meanwhile, or the disk is full.
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

export function nodesOf(node: PlanNode, found = new Set<PlanNode>()): ReadonlySet<PlanNode> {
  if (!found.has(node)) {
    found.add(node);
    for (const dependency of node.dependencies) nodesOf(dependency.node, found);
  }
  return found;
}
