/**
 * `npm run bench`: measures the machine's floors, then each workload in a child process of its own (so that its memory goes back), prints a
 * table and writes all samples as JSON.
 */
import { fork } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { ChildTask } from "./child.ts";
import type { Floors } from "./floors/measure.ts";
import { commit, isBusy, machine, versions } from "./machine.ts";
import { type BenchOptions, HELP, parseOptions } from "./options.ts";
import { type WorkloadResult, workloadResult } from "./results.ts";
import type { Series } from "./runner.ts";
import { floorsText, printTable } from "./table.ts";
import type { Setting } from "./workload.ts";
import { WORKLOADS } from "./workloads/index.ts";

const CHILD = fileURLToPath(new URL("./child.ts", import.meta.url));

const SAMPLES = 7;

async function main(options: BenchOptions): Promise<void> {
  const chosen = WORKLOADS.filter(
    ({ name }) => options.only.length === 0 || options.only.some((only) => name.startsWith(only)),
  );
  if (options.list) {
    for (const { name } of WORKLOADS) console.log(name);
    return;
  }
  if (chosen.length === 0) throw new Error(`no workload is called ${options.only.join(" or ")}; see --list`);
  const before = machine();
  if (isBusy(before) && !options.force)
    throw new Error(
      `the machine is busy (load ${before.load.toFixed(2)} on ${before.cores} cores), so times would mean little; wait, or use --force`,
    );
  const { rows, threads, backend, smoke } = options;
  const setting: Setting = { rows, threads, backend, smoke };
  const floors = await inChild<Floors>({ kind: "floors", threads, smoke });
  const about = { time: new Date().toISOString(), commit: commit(), machine: before, versions: versions() };
  console.log(
    `${before.cpu}, ${before.cores} cores, ${Math.round(before.memory / 2 ** 30)} GiB, load ${before.load.toFixed(2)}`,
  );
  console.log(
    Object.entries(about.versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(", "),
  );
  console.log(`commit ${about.commit ?? "unknown"}, ${rows} rows, ${threads} threads, backend ${backend}`);
  console.log(`${floorsText(floors, threads)}\n`);

  const results: WorkloadResult[] = [];
  const failures: string[] = [];
  for (const workload of chosen) {
    process.stderr.write(`${workload.name} ... `);
    const start = performance.now();
    const samples = options.samples ?? workload.samples ?? SAMPLES;
    try {
      const series = await inChild<readonly Series[]>({
        kind: "workload",
        name: workload.name,
        setting,
        samples,
      });
      results.push(workloadResult(workload, setting, series, floors));
      process.stderr.write(`${((performance.now() - start) / 1000).toFixed(1)} s\n`);
    } catch (error) {
      failures.push(`${workload.name}: ${(error as Error).message}`);
      process.stderr.write("failed\n");
    }
  }
  console.log();
  printTable(results, !smoke);
  const file = options.json ?? fileURLToPath(resultsFile(about.time));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(
    file,
    `${JSON.stringify({ ...about, loadAfter: machine().load, options, floors, results, failures }, null, 1)}\n`,
  );
  console.log(`written to ${file}`);
  for (const failure of failures) console.error(`FAILED ${failure}`);
  if (failures.length > 0) process.exitCode = 1;
}

function resultsFile(time: string): URL {
  return new URL(`./results/${time.replace(/[:.]/g, "-")}.json`, import.meta.url);
}

function inChild<T>(task: ChildTask): Promise<T> {
  return new Promise((resolve, reject) => {
    const child = fork(CHILD, [JSON.stringify(task)], {
      execArgv: ["--expose-gc"],
      serialization: "advanced",
    });
    let result: { readonly value: T } | null = null;
    child.on("message", (value) => {
      result = { value: value as T };
    });
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      if (result !== null) resolve(result.value);
      else reject(new Error(`its process ended with ${signal ?? `code ${code}`}`));
    });
  });
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === null) console.log(HELP);
  else await main(options);
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
